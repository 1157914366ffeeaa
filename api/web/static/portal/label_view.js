/** A label for the printer: product, lot, day and the code that opens the lot's page. */

import { element } from "../page/element.js";
import { isGtin, lotPath } from "./identifier.js";
import { labelSheet } from "./label_sheet.js";
import { findLot } from "./lot_view.js";
import { hash } from "./screens.js";

export function labelView(portal, code, number) {
  const { words, entries, session } = portal;
  const lot = findLot(entries, code, number);
  if (lot === undefined) return element("p", { class: "notice" }, words.say("lot.unknown"));
  const made = new Date(lot.entries.at(-1).event.eventTime);
  const missing = element(
    "p",
    { class: "notice", role: "alert", hidden: true },
    words.say("label.offline"),
  );
  const picture = element("img", {
    src: `/qr${lotPath(portal.owner, lot)}.svg`,
    alt: words.say("label.alt", { code, lot: number }),
  });
  picture.addEventListener("error", () => (missing.hidden = false));
  const print = element("button", { type: "button", class: "main" }, words.say("label.print"));
  print.addEventListener("click", () => window.print());
  return element(
    "div",
    {},
    missing,
    element(
      "section",
      { class: "label" },
      picture,
      element(
        "div",
        {},
        element("p", { class: "product" }, lot.name ?? code),
        element("p", {}, session.name),
        isGtin(code)
          ? element("p", {}, `(01) ${code}`, element("br"), `(10) ${number}`)
          : element("p", {}, words.say("label.own", { code, lot: number })),
        element("p", {}, words.say("label.day", { day: words.day(made) })),
        element("p", { class: "small" }, words.say("label.scan")),
      ),
    ),
    element("div", { class: "actions screen-only" }, print),
    element("p", { class: "muted screen-only" }, words.say("label.print_help")),
    element("section", { class: "screen-only" }, labelSheet(portal, lot)),
    element(
      "p",
      { class: "links screen-only" },
      element("a", { href: hash("lot", code, number) }, words.say("back")),
    ),
  );
}
