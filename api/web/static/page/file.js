/** The page that checks a file of the visitor's own, with trust anchors of their own if they like. */

import { Chain } from "../verifier/chain.js";
import { Refused, Unavailable } from "../verifier/fault.js";
import { fingerprintOf, parseTrust } from "../verifier/trust.js";
import { verify } from "../verifier/verifier.js";
import { chooseNodes, compareAnchors, fetchAnchors, spellFingerprint } from "./anchors.js";
import { element } from "./element.js";
import { retryButton, showFailure } from "./failure.js";
import { isTellable, recordItem } from "./record_view.js";
import { showTrust } from "./trust_view.js";
import { lookOf, showProgress, showVerdict } from "./verdict_view.js";
import { Words } from "./words.js";

const page = document.getElementById("file");
const box = document.getElementById("verdict");
const checked = document.getElementById("checked");
const bundleInput = document.getElementById("bundle-file");
const trustInput = document.getElementById("trust-file");
const offlineInput = document.getElementById("offline");
const dropZone = document.getElementById("drop-zone");
const limits = document.getElementById("limits");
const limitsOfRecords = limits.textContent;

let round = 0; // of two checks started one after the other, only the newer may speak

main();

async function main() {
  try {
    const words = await Words.load(document.documentElement.lang, page.dataset.catalogue);
    for (const input of [bundleInput, trustInput, offlineInput]) {
      input.addEventListener("change", () => run(words));
    }
    for (const name of ["dragover", "drop"]) {
      dropZone.addEventListener(name, (event) => event.preventDefault());
    }
    dropZone.addEventListener("drop", (event) => {
      bundleInput.files = event.dataTransfer.files;
      run(words);
    });
    await run(words);
  } catch (error) {
    showFailure(box, page.dataset, error);
  }
}

async function run(words) {
  const file = bundleInput.files[0];
  if (file === undefined) return;
  round += 1;
  const mine = round;
  checked.replaceChildren();
  showProgress(box, words, 0, 1);
  try {
    const found = await check(words, file);
    if (mine === round) tell(words, found);
  } catch (error) {
    if (mine !== round) return;
    if (!(error instanceof Unavailable)) {
      showFailure(box, page.dataset, error);
      return;
    }
    const text = words.say("verdict.unchecked.text");
    const actions = [retryButton(words.say("retry"))];
    showVerdict(box, words, "could not check", [error.message, text], actions);
  }
}

async function check(words, file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const own = trustInput.files[0];
  const trust = own === undefined ? await fetchAnchors(page.dataset.trust) : await read(words, own);
  const nodes = offlineInput.checked ? [] : chooseNodes(trust, page.dataset.relay);
  const chain = nodes.length === 0 ? null : new Chain(nodes.map((one) => one.node), trust);
  const judged = { trust, nodes, own: own !== undefined, fileName: file.name };
  if (!isContainer(bytes)) {
    return { ...judged, report: await verify(bytes, trust, chain, new Date()), leg: null };
  }
  // Few files are bundles of legs: their verifier and words come only with one.
  const [{ verifyLeg }, view, more] = await Promise.all([
    import("../leg/verifier.js"),
    import("../leg_page/leg_view.js"),
    words.and(page.dataset.legWords),
  ]);
  const report = await verifyLeg(bytes, trust, chain, new Date());
  return { ...judged, report, leg: { view, words: more } };
}

/** Whether the bytes begin as a ZIP does, and no JSON does. */
function isContainer(bytes) {
  return bytes[0] === 0x50 && bytes[1] === 0x4b;
}

async function read(words, file) {
  try {
    return parseTrust(new Uint8Array(await file.arrayBuffer()));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const detail = words.say("drop.bad_trust", { detail: error.message });
    throw new Unavailable("trust-malformed", detail);
  }
}

function tell(words, found) {
  const { trust, nodes, own, leg } = found;
  const said = own ? [words.say("drop.own_trust"), spellFingerprint(fingerprintOf(trust))] : [];
  if (leg === null) tellRecord(words, found.report, said);
  else tellLeg(leg, found, said);
  if (!own) {
    const pin = compareAnchors(trust, new Date());
    showTrust(document.getElementById("trust"), words, pin, nodes, () => run(words));
  }
}

function tellLeg({ view, words }, { report, fileName }, said) {
  const { verdict, notices } = report;
  const text = verdict === "unknown" ? "drop.foreign" : `leg.verdict.${lookOf(verdict)}`;
  const sentences = [words.say(text), ...said];
  sentences.push(...notices.map((one) => words.say(`leg.notice.${one}`)));
  showFound(words, verdict, sentences);
  limits.textContent = words.say("leg.limits");
  checked.replaceChildren(...view.legSections(words, report, fileName));
}

function tellRecord(words, report, more) {
  const { verdict, facts, notices } = report;
  const said = [headlineText(words, verdict, facts), ...more];
  showFound(words, verdict, [...said, ...notices.map((one) => words.say(`notice.${one}`))]);
  limits.textContent = limitsOfRecords;
  const result = { recordId: facts.record?.id ?? "", proof: null, report, verdict, reason: null, place: 1 };
  const parts = [element("ol", {}, recordItem(words, result, null, true))];
  if (isTellable(verdict)) parts.push(members(words, facts.record.disclosed));
  checked.replaceChildren(
    element(
      "section",
      { class: "timeline" },
      element("h2", {}, words.say("drop.record")),
      ...parts,
    ),
  );
}

/** A file of another ledger is no code that nobody knows: it has a headline of its own. */
function showFound(words, verdict, sentences) {
  const headline = verdict === "unknown" ? words.say("verdict.short.unknown") : null;
  showVerdict(box, words, verdict, sentences, [], headline);
}

function headlineText(words, verdict, facts) {
  if (verdict === "unknown") return words.say("drop.foreign");
  const key = `verdict.${lookOf(verdict)}.text`;
  if (verdict !== "intact") return words.say(key);
  return words.say(key, {
    date: words.day(new Date(facts.anchor.blockTime * 1000)),
    who: words.organization(facts.submission.profile),
  });
}

function members(words, disclosed) {
  return element(
    "details",
    {},
    element("summary", {}, words.say("drop.values")),
    element("pre", {}, JSON.stringify(disclosed, null, 2)),
  );
}
