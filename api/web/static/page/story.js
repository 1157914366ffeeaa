/**
 * The story page: fetch the proof of every step, check each on this device, and only then say
 * something. The worst step decides; a step that could not be checked is neither good nor bad.
 */

import { Chain } from "../verifier/chain.js";
import { Unavailable } from "../verifier/fault.js";
import { worstVerdict } from "../verifier/verdict.js";
import { chooseNodes, compareAnchors, fetchAnchors } from "./anchors.js";
import { correctionsOf } from "./corrections.js";
import { download } from "./download.js";
import { element } from "./element.js";
import { retryButton, showFailure } from "./failure.js";
import { productBox } from "./product_view.js";
import { findRecalls, recallSentences } from "./recalls.js";
import { isTellable, recordItem } from "./record_view.js";
import { BUNDLE, checkStep, inTurn, unchecked } from "./step_check.js";
import { showTrust } from "./trust_view.js";
import { lookOf, showProgress, showVerdict } from "./verdict_view.js";
import { Words } from "./words.js";

const AT_ONCE = 5;
const OVER = ["recalled", "withdrawn"];
const DESCRIBED = ["product", "place", "party"];

const page = document.getElementById("story");
const box = document.getElementById("verdict");
const { kind } = page.dataset;
const subject = {
  kind, // goods (with a GTIN), own (goods), unit, asset; product, place, party
  gtin: page.dataset.gtin,
  lot: page.dataset.lot,
  serial: page.dataset.serial ?? null,
  uri: kind === "goods" ? null : page.dataset.subject, // the one name of what has no lot of a GTIN
};
const isDescribed = DESCRIBED.includes(kind);
const isPlain = kind === "goods" || kind === "own"; // most visits: no more words than they need

const steps = [...page.querySelectorAll("#claims [data-proof]")].map((step) => ({
  recordId: step.dataset.record,
  proof: step.dataset.proof,
}));

const views = loadViews();
views.catch(() => {}); // looked at before anything is checked

// Asked for before the words are there: on a slow line every turn of waiting counts.
const early = new Map();
ahead("anchors", fetchAnchors(page.dataset.trust));
for (const step of steps.slice(0, AT_ONCE)) ahead(step, download(step.proof, BUNDLE));

main();

async function main() {
  try {
    const { catalogue, moreWords } = page.dataset;
    const words = await Words.load(document.documentElement.lang, catalogue);
    await check(isPlain ? words : await words.and(moreWords), await views);
  } catch (error) {
    showFailure(box, page.dataset, error);
  }
}

/** What only some pages need is fetched by those alone. */
async function loadViews() {
  if (isDescribed) {
    const [described, lots] = await Promise.all([
      import("./description_view.js"),
      import("./lots_view.js"),
    ]);
    return { ...described, ...lots };
  }
  return kind === "unit" || kind === "asset" ? import("./contents_view.js") : {};
}

async function check(words, shown) {
  showProgress(box, words, 0, steps.length);
  let trust;
  try {
    trust = await (taken("anchors") ?? fetchAnchors(page.dataset.trust));
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    const reason = words.say("reason.trust", { detail: error.message });
    tell(words, shown, steps.map((step) => unchecked(step, reason)), null, null);
    return;
  }
  const pin = compareAnchors(trust, new Date());
  const nodes = chooseNodes(trust, page.dataset.relay);
  const chain = new Chain(nodes.map((one) => one.node), trust);
  const asked = askForRecalls(chain);
  let done = 0;
  const results = await inTurn(steps, AT_ONCE, async (step) => {
    const result = await checkStep(words, step, { trust, chain, subject, bytes: taken(step) });
    done += 1;
    showProgress(box, words, done, steps.length);
    return result;
  });
  const inner = tell(words, shown, results, pin, await asked);
  showTrust(document.getElementById("trust"), words, pin, nodes, () => check(words, shown));
  await inner?.check(trust, chain);
  await tellOfProduct(words, results, trust, chain);
}

/** The recalls of these goods; null where the chain could not say. */
async function askForRecalls(chain) {
  try {
    return await findRecalls(chain, subject);
  } catch (error) {
    if (error instanceof Unavailable) return null;
    throw error;
  }
}

/** Show what was found; gives what is still to be looked into, or null. `pin` is null
 * where there are no anchors, `recalls` where no chain. */
function tell(words, shown, results, pin, recalls) {
  const related = results.filter((result) => result.verdict !== "unrelated");
  const notices = new Set(related.flatMap((result) => result.report.notices));
  if (related.length < results.length) notices.add("unrelated-record");
  if (pin?.state === "changed") notices.add("trust-changed");
  if (recalls?.lifted) notices.add("recall-lifted");
  const verdicts = related.filter((result) => !isOver(result)).map((result) => result.verdict);
  if (recalls === null) verdicts.push("could not check");
  else if (recalls.inForce.length > 0) verdicts.push("recalled");
  let verdict = worstVerdict(verdicts) ?? "unknown";
  if (verdict === "intact" && notices.size > 0) verdict = "intact, with notice";
  const showClaims = isTellable(verdict) || verdict === "could not check";
  const said = sentences(words, verdict, results, related, notices);
  said.splice(1, 0, ...recallSentences(words, recalls?.inForce ?? [], related));
  showVerdict(box, words, verdict, said, [
    verdict === "could not check" ? retryButton(words.say("retry")) : null,
  ]);
  const told = related.filter((result) => isTellable(result.verdict));
  const corrections = correctionsOf(told);
  const standing = told.filter((result) => !corrections.has(result.recordId));
  const inner = isTellable(verdict) ? innerBox(words, shown, standing, related.filter(isOver)) : null;
  document
    .getElementById("product")
    .replaceChildren(...(isTellable(verdict) ? outerBoxes(words, shown, standing) : []), ...(inner ? [inner.box] : []));
  document.getElementById("checked").replaceChildren(timeline(words, results, corrections, showClaims));
  showServersWord(words, verdict);
  return inner;
}

/** What the organizations whose steps were checked say about the product. */
async function tellOfProduct(words, results, trust, chain) {
  const named = [...page.querySelectorAll("#described [data-record]")];
  if (named.length === 0) return;
  const told = results.filter((result) => isTellable(result.verdict));
  const orgs = new Set(told.map(({ report }) => report.facts.record.disclosed.org));
  const steps = named.map(({ dataset }) => ({ recordId: dataset.record, proof: dataset.proof }));
  const { showDescriptions } = await import("./described.js"); // many visits go without
  const into = document.getElementById("description");
  const more = await words.and(page.dataset.moreWords);
  await showDescriptions(more, into, steps, { trust, chain, subject, orgs });
}

/** A product is not recalled because one of its lots is: that lot says so itself. */
function isOver({ verdict, report }) {
  const { kind: recordKind } = report.facts.record?.disclosed ?? {};
  return kind === "product" && recordKind === "epcis.event" && OVER.includes(verdict);
}

/** What is known about the subject itself. */
function outerBoxes(words, { descriptionBoxes }, standing) {
  return isDescribed ? descriptionBoxes(words, standing) : [productBox(words, subject, standing)];
}

/** What belongs to it, each thing with a state that is still to be found out: the lots of a product,
 * the contents of a container; null where there are none. */
function innerBox(words, { lotsBox, contentsBox }, standing, over) {
  if (kind === "product") return lotsBox(words, subject, standing, over);
  if (kind !== "unit" && kind !== "asset") return null;
  return contentsBox(words, subject, standing.map((result) => result.report.facts.record.disclosed));
}

function sentences(words, verdict, results, related, notices) {
  const total = results.length;
  const good = related.filter((result) => isTellable(result.verdict)).length;
  const said = [headlineText(words, verdict, related)];
  if (verdict !== "unknown") said.push(words.say(isDescribed ? "verdict.count_records" : "verdict.count", { good, total }));
  return [...said, ...[...notices].map((notice) => words.say(`notice.${notice}`))];
}

function headlineText(words, verdict, related) {
  const key = `verdict.${lookOf(verdict)}.text`;
  if (verdict !== "intact") return words.say(key);
  const times = related.map((result) => result.report.facts.anchor.blockTime);
  const names = related.map((result) => words.organization(result.report.facts.submission.profile));
  const date = words.day(new Date(Math.max(...times) * 1000));
  return words.say(key, { date, who: [...new Set(names)].join("; ") });
}

function timeline(words, results, corrections, showClaims) {
  return element(
    "section",
    { class: "timeline" },
    element("h2", {}, isDescribed ? words.say("timeline.records") : words.say("timeline.title")),
    element(
      "ol",
      {},
      ...results.map((result, index) => {
        const correction = corrections.get(result.recordId);
        return recordItem(words, { ...result, place: index + 1, correction }, subject, showClaims);
      }),
    ),
  );
}

/** The server's own telling stays, in its separate box, only while nothing better is known. */
function showServersWord(words, verdict) {
  const claims = document.getElementById("claims");
  claims.hidden = isTellable(verdict);
  if (verdict !== "could not check") {
    claims.replaceChildren(element("p", {}, words.say("claims.hidden")));
  }
}

function ahead(what, answer) {
  answer.catch(() => {}); // looked at by whoever takes it
  early.set(what, answer);
}

/** What was asked for ahead of time; a second try asks again. */
function taken(what) {
  const answer = early.get(what);
  early.delete(what);
  return answer;
}
