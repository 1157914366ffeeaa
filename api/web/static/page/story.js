/**
 * The story page: fetch the proof of every step, check each on this device, and only then say
 * something. The worst step decides; a step that could not be checked is neither good nor bad.
 */

import { Chain } from "../verifier/chain.js";
import { Refused, Unavailable } from "../verifier/fault.js";
import { verify } from "../verifier/verifier.js";
import { worstVerdict } from "../verifier/verdict.js";
import { chooseNodes, compareAnchors, fetchAnchors } from "./anchors.js";
import { correctionsOf } from "./corrections.js";
import { download } from "./download.js";
import { element } from "./element.js";
import { retryButton, showFailure } from "./failure.js";
import { productBox } from "./product_view.js";
import { findRecalls, recallSentences } from "./recalls.js";
import { isTellable, recordItem } from "./record_view.js";
import { isAbout } from "./subject.js";
import { showTrust } from "./trust_view.js";
import { lookOf, showProgress, showVerdict } from "./verdict_view.js";
import { Words } from "./words.js";

const BUNDLE = "application/vnd.provenance.bundle+json";
const AT_ONCE = 5;
const NOTHING = { verdict: "could not check", checks: [], notices: [], facts: {} };

const page = document.getElementById("story");
const box = document.getElementById("verdict");
const subject = {
  gtin: page.dataset.gtin,
  lot: page.dataset.lot,
  serial: page.dataset.serial ?? null,
  uri: page.dataset.subject ?? null, // of a lot under a code of somebody's own
};

const steps = [...page.querySelectorAll("#claims [data-proof]")].map((step) => ({
  recordId: step.dataset.record,
  proof: step.dataset.proof,
}));

// Asked for before the words are there: on a slow line every turn of waiting counts.
const early = new Map();
ahead("anchors", fetchAnchors(page.dataset.trust));
for (const step of steps.slice(0, AT_ONCE)) ahead(step, download(step.proof, BUNDLE));

main();

async function main() {
  try {
    const words = await Words.load(document.documentElement.lang, page.dataset.catalogue);
    await check(words);
  } catch (error) {
    showFailure(box, page.dataset, error);
  }
}

async function check(words) {
  showProgress(box, words, 0, steps.length);
  let trust;
  try {
    trust = await (taken("anchors") ?? fetchAnchors(page.dataset.trust));
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    const reason = words.say("reason.trust", { detail: error.message });
    tell(words, steps.map((step) => unchecked(step, reason)), null, null);
    return;
  }
  const pin = compareAnchors(trust, new Date());
  const nodes = chooseNodes(trust, page.dataset.relay);
  const chain = new Chain(nodes.map((one) => one.node), trust);
  const asked = askForRecalls(chain);
  let done = 0;
  const results = await inTurn(steps, AT_ONCE, async (step) => {
    const result = await checkStep(words, step, trust, chain);
    done += 1;
    showProgress(box, words, done, steps.length);
    return result;
  });
  tell(words, results, pin, await asked);
  showTrust(document.getElementById("trust"), words, pin, nodes, () => check(words));
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

async function checkStep(words, step, trust, chain) {
  try {
    const bytes = await (taken(step) ?? download(step.proof, BUNDLE));
    const report = await verify(bytes, trust, chain, new Date());
    const { record } = report.facts;
    if (record !== undefined && record.id !== step.recordId) {
      const reason = words.say("step.other_record");
      return { ...step, report: { ...report, facts: {} }, verdict: "does not match", reason };
    }
    const about = record === undefined || isAbout(record.disclosed.body ?? {}, subject);
    if (!about && isTellable(report.verdict)) {
      return { ...step, report, verdict: "unrelated", reason: words.say("step.unrelated") };
    }
    return { ...step, report, verdict: report.verdict, reason: null };
  } catch (error) {
    if (error instanceof Refused) throw error;
    const key = error instanceof Unavailable ? "reason.fetch" : "reason.script";
    return unchecked(step, words.say(key, { detail: error.message }));
  }
}

function unchecked(step, reason) {
  return { ...step, report: NOTHING, verdict: NOTHING.verdict, reason };
}

/** Show what was found. `pin` is null where there are no anchors, `recalls` where no chain. */
function tell(words, results, pin, recalls) {
  const related = results.filter((result) => result.verdict !== "unrelated");
  const notices = new Set(related.flatMap((result) => result.report.notices));
  if (related.length < results.length) notices.add("unrelated-record");
  if (pin?.state === "changed") notices.add("trust-changed");
  if (recalls?.lifted) notices.add("recall-lifted");
  const verdicts = related.map((result) => result.verdict);
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
  const product = isTellable(verdict) ? [productBox(words, subject, standing)] : [];
  document.getElementById("product").replaceChildren(...product);
  document.getElementById("checked").replaceChildren(timeline(words, results, corrections, showClaims));
  showServersWord(words, verdict);
}

function sentences(words, verdict, results, related, notices) {
  const total = results.length;
  const good = related.filter((result) => isTellable(result.verdict)).length;
  const said = [headlineText(words, verdict, related)];
  if (verdict !== "unknown") said.push(words.say("verdict.count", { good, total }));
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
    element("h2", {}, words.say("timeline.title")),
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

async function inTurn(items, atOnce, work) {
  const results = new Array(items.length);
  let next = 0;
  const runner = async () => {
    while (next < items.length) {
      const at = next;
      next += 1;
      results[at] = await work(items[at]);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, runner));
  return results;
}
