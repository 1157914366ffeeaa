/**
 * Where the organization's own systems are told of alerts. The secret every alert is signed under is
 * made here, shown once, and kept by nobody but the ledger and whoever copied it.
 */

import { code, element, facts } from "../page/element.js";
import { labelled } from "./fields.js";
import { explain, later } from "./later.js";
import { hash } from "./screens.js";

const UNKNOWN = "alert-address-unknown";
const SECRET_BYTES = 32;

export function alertAddressView(portal) {
  const { words, server, session } = portal;
  const back = element("p", { class: "links" }, element("a", { href: hash("alerts") }, words.say("back")));
  if (!session.scopes.includes("admin")) {
    const refused = element("p", { class: "notice" }, words.say("alert_address.no_right"));
    return element("div", {}, refused, back);
  }
  const box = element("div", {});
  const show = () => {
    const told = later(
      words,
      () => addressOf(server),
      (address) => addressBox(portal, address, box, show),
    );
    box.replaceChildren(told);
  };
  show();
  return element(
    "div",
    {},
    element("p", { class: "muted" }, words.say("alert_address.meaning")),
    box,
    back,
  );
}

/** The address, or null where none was set. */
async function addressOf(server) {
  try {
    return await server.alertAddress();
  } catch (error) {
    if (error.problem?.code === UNKNOWN) return null;
    throw error;
  }
}

function addressBox(portal, address, box, show) {
  const { words } = portal;
  const { lastTakenAt, waiting, dead } = address ?? {};
  const state = facts([
    [words.say("alert_address.now"), address?.dest ?? words.say("alert_address.none")],
    [words.say("alert_address.taken"), lastTakenAt && words.moment(new Date(lastTakenAt))],
    [words.say("alert_address.waiting"), waiting ? String(waiting) : null],
    [words.say("alert_address.dead"), dead ? String(dead) : null],
  ]);
  return element(
    "div",
    {},
    element("section", {}, state, address ? ending(portal, show) : null),
    element("section", {}, addressForm(portal, box)),
  );
}

/** In place of the whole box, which tells of the address before, the secret comes. */
function addressForm({ words, server }, box) {
  const dest = element("input", {
    type: "url",
    autocomplete: "off",
    maxlength: 2048,
    placeholder: "https://",
  });
  const said = element("p", { class: "notice", role: "alert", hidden: true });
  const submit = element("button", { type: "submit", class: "main" }, words.say("keep"));
  const form = element(
    "form",
    { novalidate: true },
    labelled("dest", words.say("alert_address.dest"), dest),
    element("p", { class: "muted" }, words.say("alert_address.new_secret")),
    said,
    element("div", { class: "actions" }, submit),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const typed = dest.value.trim();
    const error = form.querySelector(".error");
    error.textContent = words.say("wrong.empty");
    error.hidden = typed !== "";
    if (typed === "") return;
    submit.disabled = true;
    said.hidden = true;
    const secret = newSecret();
    try {
      await server.setAlertAddress(typed, secret);
    } catch (fault) {
      said.textContent = explain(words, fault);
      said.hidden = false;
      submit.disabled = false;
      return;
    }
    box.replaceChildren(
      element(
        "section",
        {},
        element("p", { class: "status calm" }, words.say("alert_address.saved", { dest: typed })),
        facts([[words.say("alert_address.secret"), code(secret)]]),
        element("p", { class: "notice" }, words.say("alert_address.once")),
      ),
    );
  });
  return form;
}

/** A button that asks twice. */
function ending({ words, server }, show) {
  const button = element("button", { type: "button" }, words.say("alert_address.end"));
  const said = element("p", { class: "notice", role: "alert", hidden: true });
  let asked = false;
  button.addEventListener("click", async () => {
    if (!asked) {
      asked = true;
      button.textContent = words.say("recall.sure");
      return;
    }
    button.disabled = true;
    try {
      await server.endAlertAddress();
      show();
    } catch (error) {
      said.textContent = explain(words, error);
      said.hidden = false;
      button.disabled = false;
    }
  });
  return element("div", {}, said, element("div", { class: "actions" }, button));
}

/** 256 bits in hex, which every receiver can be given as text. */
function newSecret() {
  const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
