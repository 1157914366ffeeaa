/** The first screen: what can be recorded, and the lots recorded last. */

import { element } from "../page/element.js";
import { lotRow } from "./lot_view.js";
import { hash } from "./screens.js";
import { STEPS, lotsOf } from "./steps.js";

const MOST_LOTS = 5;

export function homeView(portal) {
  const { words, entries } = portal;
  const lots = lotsOf(entries);
  const tiles = Object.keys(STEPS).map((step) =>
    element(
      "a",
      { class: "tile", href: hash("record", step), "data-step": step },
      words.say(`step.${step}`),
    ),
  );
  return element(
    "div",
    {},
    portal.openAlerts === 0
      ? null
      : element(
          "section",
          { class: "alarm" },
          element("p", {}, words.say("alerts.open", { count: portal.openAlerts })),
          element(
            "p",
            { class: "links" },
            element("a", { href: hash("alerts") }, words.say("alerts.see")),
          ),
        ),
    element("nav", { class: "tiles", "aria-label": words.say("home.title") }, ...tiles),
    element(
      "section",
      {},
      element("h2", {}, words.say("lots.title")),
      lots.length === 0
        ? element("p", { class: "muted" }, words.say("lots.none"))
        : element(
            "ul",
            { class: "rows" },
            ...lots.slice(0, MOST_LOTS).map((lot) => element("li", {}, lotRow(words, lot))),
          ),
      lots.length > MOST_LOTS
        ? element(
            "p",
            { class: "links" },
            element("a", { href: hash("lots") }, words.say("lots.all", { count: lots.length })),
          )
        : null,
    ),
    element(
      "nav",
      { class: "links", "aria-label": words.say("more") },
      element("a", { href: hash("entries") }, words.say("entries.title")),
      element("a", { href: hash("products") }, words.say("products.title")),
      element("a", { href: hash("sheets") }, words.say("sheet.title")),
      element("a", { href: hash("alerts") }, words.say("alerts.title")),
      element("a", { href: hash("account") }, words.say("account.title")),
    ),
  );
}
