/** Which of the 24 national fields are there, and which rule asks for those that are not. */

import { element } from "../page/element.js";
import { later } from "./later.js";
import { hash } from "./screens.js";

/** Of a product, or with `lot` of one lot of it. */
export function completenessBox(portal, code, lot) {
  const { words } = portal;
  return element(
    "section",
    { class: "completeness" },
    element("h2", {}, words.say(lot === undefined ? "complete.product" : "complete.lot")),
    later(
      words,
      () => portal.server.completeness(code, lot),
      (found) => summary(words, found, doorsOf(code, lot)),
    ),
  );
}

/** Where each field is filled in: number -> address of a form. */
function doorsOf(code, lot) {
  const doors = {};
  const put = (address, ...numbers) => numbers.forEach((number) => (doors[number] = address));
  put(hash("describe", code), 1, 7, 12, 13, 14);
  put(hash("product", code), 3);
  put(hash("producer"), 4, 5, 6, 18);
  put(hash("certificates", code), 15);
  put(hash("quality", code), 16, 19, 22);
  if (lot !== undefined) {
    put(hash("record", "harvest"), 8, 9, 10, 11, 20);
    put(hash("record", "ship"), 17);
    put(hash("record", "pack"), 21);
    put(hash("record", "input"), 23);
  }
  return doors;
}

function summary(words, { fields, present }, doors) {
  const [missing, open] = ["missing", "not stated"].map((state) =>
    fields.filter((field) => field.state === state),
  );
  return element(
    "div",
    {},
    element("p", {}, words.say("complete.count", { present, all: fields.length })),
    element("progress", {
      max: fields.length,
      value: present,
      "aria-label": words.say("complete.product"),
    }),
    missing.length === 0
      ? element("p", {}, words.say("complete.none_missing"))
      : group(words, "complete.missing", missing, true, doors),
    open.length === 0 ? null : group(words, "complete.open", open, false, doors),
  );
}

function group(words, title, fields, isOpen, doors) {
  return element(
    "details",
    { open: isOpen },
    element("summary", {}, words.say(title, { count: fields.length })),
    element(
      "ul",
      { class: "rows" },
      ...fields.map((field) => element("li", {}, row(words, field, doors[field.number]))),
    ),
  );
}

function row(words, field, door) {
  const isVietnamese = words.language === "vi";
  const spell = (one) => (isVietnamese ? one.vi : one.en);
  return element(
    "div",
    { class: "row stacked" },
    element("strong", {}, spell(field)),
    element("span", {}, isVietnamese ? field.adviceVi : field.adviceEn),
    element("small", {}, words.say("complete.asked", { rules: field.rules.map(spell).join("; ") })),
    door === undefined || door === location.hash
      ? null
      : element("span", { class: "links" }, element("a", { href: door }, words.say("complete.fill"))),
  );
}
