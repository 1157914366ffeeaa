/** Which of the 24 national fields are there, and which rule asks for those that are not. */

import { element } from "../page/element.js";
import { later } from "./later.js";

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
      (found) => summary(words, found),
    ),
  );
}

function summary(words, { fields, present }) {
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
      : group(words, "complete.missing", missing, true),
    open.length === 0 ? null : group(words, "complete.open", open, false),
  );
}

function group(words, title, fields, isOpen) {
  return element(
    "details",
    { open: isOpen },
    element("summary", {}, words.say(title, { count: fields.length })),
    element(
      "ul",
      { class: "rows" },
      ...fields.map((field) => element("li", {}, row(words, field))),
    ),
  );
}

function row(words, field) {
  const isVietnamese = words.language === "vi";
  const spell = (one) => (isVietnamese ? one.vi : one.en);
  return element(
    "div",
    { class: "row stacked" },
    element("strong", {}, spell(field)),
    element("span", {}, isVietnamese ? field.adviceVi : field.adviceEn),
    element("small", {}, field.rules.map(spell).join("; ")),
  );
}
