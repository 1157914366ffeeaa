/** One lot: what was recorded about it here, its page, its label. */

import { element } from "../page/element.js";
import { completenessBox } from "./completeness_view.js";
import { isWrong } from "./correction.js";
import { entryRow } from "./entry_view.js";
import { lotPath } from "./identifier.js";
import { spellLot } from "./lot_fields.js";
import { ANCHORED, CONFLICT, RECORDED, REFUSED, WAITING } from "./queue.js";
import { hash } from "./screens.js";
import { stateBadge } from "./status_view.js";
import { lotsOf } from "./steps.js";

const MOST_LOTS = 200;
const WORST_FIRST = [REFUSED, CONFLICT, WAITING, RECORDED, ANCHORED];

export function lotView(portal, code, number) {
  const { words, entries } = portal;
  const lot = findLot(entries, code, number);
  if (lot === undefined) return element("p", { class: "notice" }, words.say("lot.unknown"));
  const births = lot.entries.filter((entry) => isBirth(entry, lot));
  const isTwice = births.some(({ isFetched }) => isFetched) && births.some((one) => !one.isFetched);
  const isPublic = lot.entries.some(({ state }) => state === RECORDED || state === ANCHORED);
  return element(
    "div",
    {},
    element(
      "section",
      {},
      element("p", { class: "product" }, lot.name ?? code),
      element("p", {}, stateBadge(words, stateOf(lot))),
      element("p", { class: "muted" }, words.say(`explain.${stateOf(lot)}`)),
      isTwice ? element("p", { class: "notice" }, words.say("lot.twice")) : null,
      isPublic
        ? element(
            "p",
            { class: "actions" },
            element(
              "a",
              { class: "button main", href: hash("label", code, number) },
              words.say("lot.label"),
            ),
            element("a", { class: "button", href: pagePath(portal, lot) }, words.say("lot.page")),
          )
        : null,
    ),
    element(
      "section",
      {},
      element("h2", {}, words.say("lot.entries")),
      element(
        "ul",
        { class: "rows" },
        ...lot.entries.map((one) => element("li", {}, entryRow(words, one))),
      ),
    ),
    element(
      "p",
      { class: "links" },
      element("a", { href: hash("complete", code, number) }, words.say("lot.complete")),
      isPublic ? element("a", { href: hash("trace", code, number) }, words.say("lot.trace")) : null,
      isPublic
        ? element("a", { href: hash("recall", code, number) }, words.say("recall.title"))
        : null,
      element("a", { href: "#/" }, words.say("home.back")),
    ),
  );
}

/** What the national list still asks of the lot. */
export function lotCompletenessView(portal, code, number) {
  const { words } = portal;
  return element(
    "div",
    {},
    completenessBox(portal, code, number),
    element(
      "p",
      { class: "links" },
      element("a", { href: hash("lot", code, number) }, words.say("back")),
    ),
  );
}

/** Every lot this device knows of, newest first. */
export function lotsView({ words, entries }) {
  const lots = lotsOf(entries);
  return element(
    "div",
    {},
    element(
      "section",
      {},
      lots.length === 0
        ? element("p", { class: "muted" }, words.say("lots.none"))
        : element(
            "ul",
            { class: "rows" },
            ...lots.slice(0, MOST_LOTS).map((lot) => element("li", {}, lotRow(words, lot))),
          ),
      lots.length > MOST_LOTS
        ? element("p", { class: "muted" }, words.say("lots.more", { count: MOST_LOTS }))
        : null,
    ),
    element("p", { class: "links" }, element("a", { href: "#/" }, words.say("home.back"))),
  );
}

/** A lot in a list. */
export function lotRow(words, lot) {
  return element(
    "a",
    { class: "row", href: hash("lot", lot.code, lot.lot) },
    element("span", {}, spellLot(words, lot)),
    stateBadge(words, stateOf(lot)),
  );
}

export function findLot(entries, code, number) {
  return lotsOf(entries).find((lot) => lot.code === code && lot.lot === number);
}

/** Address of the page a consumer sees. */
export function pagePath({ words, owner }, lot) {
  return lotPath(owner, lot) + (words.language === "en" ? "?lang=en" : "");
}

/** Whether it brought the lot about; two devices without a network may choose the same number. */
function isBirth(entry, { code, lot }) {
  if ((entry.step !== "harvest" && entry.step !== "process") || isWrong(entry)) return false;
  return entry.values?.lot?.code === code && entry.values.lot.lot === lot;
}

/** A lot is as far as the entry that is least far. */
function stateOf(lot) {
  return WORST_FIRST.find((state) => lot.entries.some((entry) => entry.state === state));
}
