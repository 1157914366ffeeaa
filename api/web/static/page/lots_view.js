/** The lots of a product that verified events name: each leads to its own page. */

import { Unavailable } from "../verifier/fault.js";
import { element } from "./element.js";
import { pathOf, subjectOf } from "./goods_link.js";
import { findRecalls } from "./recalls.js";
import { stepName } from "./record_view.js";
import { inTurn } from "./step_check.js";
import { thingsOf } from "./subject.js";
import { verdictBadge } from "./verdict_view.js";

const AT_ONCE = 3;

/** The box, newest first, and what marks the recalled: {box, check(trust, chain)}; null where no
 * event names a lot. `results` are told, oldest first; of those that are `over` only the lot is. */
export function lotsBox(words, subject, results, over) {
  const lots = new Map();
  for (const result of [...results, ...over].sort(byTime)) {
    const { record, submission } = result.report.facts;
    const { body } = record.disclosed;
    for (const thing of thingsOf(body)) {
      if (thing.gtin === subject.gtin && thing.lot !== null && thing.serial === null) {
        lots.set(thing.lot, { uri: thing.uri, body, profile: submission.profile });
      }
    }
  }
  if (lots.size === 0) return null;
  const items = [...lots].reverse().map(([lot, found]) => lotItem(words, lot, found));
  const box = element(
    "section",
    { class: "contents", "data-facts": "lots" },
    element("h2", {}, words.say("lots.title")),
    element("p", { class: "muted" }, words.say("lots.text")),
    element("ul", {}, ...items.map(({ item }) => item)),
  );
  const check = (_, chain) =>
    inTurn(items, AT_ONCE, async ({ uri, state }) => {
      const badge = await recallBadge(words, chain, uri);
      if (badge !== null) state.replaceChildren(badge);
    });
  return { box, check };
}

function byTime(one, other) {
  return timeOf(one) - timeOf(other);
}

function timeOf({ report }) {
  return Date.parse(report.facts.record.disclosed.body.eventTime) || 0;
}

function lotItem(words, lot, { uri, body, profile }) {
  const when = words.localMoment(body.eventTime, body.eventTimeZoneOffset);
  const path = pathOf(uri).replace(/^\/about/, ""); // what the code on the pack opens
  const state = element("span", {});
  const item = element(
    "li",
    {},
    element(
      "p",
      { class: "step links" },
      element("a", { href: path + location.search }, words.say("lots.lot", { lot })),
      state,
    ),
    element("p", { class: "when" }, `${stepName(words, body, "")}: ${when}`),
    element("p", { class: "muted" }, words.say("step.by", { who: words.organization(profile) })),
  );
  return { item, uri, state };
}

/** A badge where the chain says that the lot is recalled, or does not answer. */
async function recallBadge(words, chain, uri) {
  try {
    const { inForce } = await findRecalls(chain, subjectOf(uri));
    return inForce.length > 0 ? verdictBadge(words, "recalled") : null;
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    return verdictBadge(words, "could not check");
  }
}
