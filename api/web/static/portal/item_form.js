/**
 * A form over one item of master data. It is changed online only, based on the version that was
 * read: what somebody else has changed meanwhile is never overwritten.
 */

import { element } from "../page/element.js";
import { Unreadable } from "./fields.js";
import { itemField } from "./item_fields.js";
import { memberAt, valueOf, withMembers } from "./item_members.js";
import { explain } from "./later.js";
import { Refusal } from "./server.js";

/**
 * `members` of `item`, filled in. `keep` is given the changed item, and throws what the server
 * throws; `more` are nodes to stand below the fields.
 */
export function itemForm(portal, { room, members, item, keep, more = [] }) {
  const { words, places } = portal;
  const fields = members.map((member) => itemField({ words, places }, room, member));
  for (const { member, fill } of fields) {
    const value = valueOf(item, member);
    if (value !== undefined) fill(value);
  }
  const said = element("p", { class: "notice", role: "alert", hidden: true });
  const submit = element("button", { type: "submit", class: "main" }, words.say("keep"));
  const form = element(
    "form",
    { novalidate: true },
    ...fields.map(({ node }) => node),
    ...more,
    said,
    element("div", { class: "actions" }, submit),
    element("p", { class: "muted" }, words.say("describe.signed")),
  );
  const tell = (text) => {
    said.textContent = text;
    said.hidden = false;
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    said.hidden = true;
    const values = readAll(words, fields);
    if (values === null) return;
    submit.disabled = true;
    try {
      await keep(withMembers(item, members, values));
    } catch (error) {
      const refused = error instanceof Refusal ? error : null;
      const member = memberAt(members, refused?.problem.pointer);
      if (refused?.status === 412) tell(words.say("describe.stale"));
      else if (member === undefined) tell(explain(words, error));
      else mark(words, fields.find((field) => field.member === member).node, "wrong.member");
    } finally {
      submit.disabled = false;
    }
  });
  return form;
}

function readAll(words, fields) {
  const values = {};
  let isRight = true;
  for (const { member, node, read } of fields) {
    clear(node);
    try {
      values[member.name] = read();
    } catch (fault) {
      if (!(fault instanceof Unreadable)) throw fault;
      mark(words, node, fault.message, isRight);
      isRight = false;
    }
  }
  if (!isRight) return null;
  const [name, fault] = contradiction(values);
  if (name === undefined) return values;
  mark(words, fields.find(({ member }) => member.name === name).node, fault);
  return null;
}

/** [name, fault] of a member that does not go with another, or []. */
function contradiction({ street, commune, province, issued, expires }) {
  if ((street ?? commune) !== undefined && province === undefined) {
    return ["province", "wrong.province"];
  }
  if (issued !== undefined && expires !== undefined && expires < issued) {
    return ["expires", "wrong.expires"];
  }
  return [];
}

function mark(words, node, fault, isFirst = true) {
  const error = node.querySelector(".error");
  error.textContent = words.say(fault);
  error.hidden = false;
  const control = node.querySelector("input, select");
  control.setAttribute("aria-invalid", "true");
  if (isFirst) control.focus();
}

function clear(node) {
  const error = node.querySelector(".error");
  if (error !== null) error.hidden = true;
  node.querySelector("[aria-invalid]")?.removeAttribute("aria-invalid");
}
