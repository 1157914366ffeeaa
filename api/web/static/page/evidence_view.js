/** The technical evidence of one record: every check, every hash, and how to check it elsewhere. */

import { code, element, english, facts } from "./element.js";

const ICONS = { pass: "✓", fail: "✕", skipped: "–", unknown: "?" };

/** A closed panel; `proof` is the address of the bundle, or null for a file of the visitor's. */
export function evidencePanel(words, { report, proof, recordId }) {
  const panel = element("details", { class: "evidence" });
  panel.append(
    element("summary", {}, words.say("evidence.title")),
    element("p", {}, words.say("evidence.checks")),
    element("ol", { class: "checks" }, ...report.checks.map((check) => checkItem(words, check, words.say(`check.${check.number}`)))),
    hashes(words, report),
  );
  if (proof !== null) panel.append(...links(words, proof, recordId));
  return panel;
}

/** One check with its name, its outcome and what the verifier said. */
export function checkItem(words, check, name) {
  return element(
    "li",
    { class: check.outcome, "data-check": check.number, "data-outcome": check.outcome },
    element("span", { class: "icon", "aria-hidden": "true" }, ICONS[check.outcome]),
    element(
      "span",
      {},
      `${name}: `,
      element("strong", {}, words.say(`evidence.outcome.${check.outcome}`)),
      element("br"),
      element("small", {}, english(check.code ? `${check.code}: ${check.detail}` : check.detail)),
    ),
  );
}

function hashes(words, report) {
  const { record, submission, log, anchor } = report.facts;
  if (record === undefined) return facts([]);
  return facts(
    [
      [words.say("evidence.record"), code(record.id)],
      [words.say("evidence.commitment"), code(record.commitment)],
      [words.say("evidence.signer"), code(submission.signer)],
      [words.say("evidence.organization"), code(submission.org)],
      [words.say("evidence.log"), log && words.say("evidence.log_value", log)],
      [words.say("evidence.root"), anchor && code(anchor.root)],
      [
        words.say("evidence.block"),
        anchor &&
          words.say("evidence.block_value", {
            block: anchor.block,
            chain: anchor.chainId,
            time: words.moment(new Date(anchor.blockTime * 1000)),
          }),
      ],
    ],
    { class: "hashes" },
  );
}

function links(words, proof, recordId) {
  const file = `${recordId.split(":").pop()}.bundle.json`;
  return [
    element(
      "p",
      { class: "links" },
      element("a", { href: `${proof}?form=bundle`, download: file }, words.say("evidence.download")),
      element("a", { href: `${proof}?form=tlog-proof` }, words.say("evidence.download_tlog")),
    ),
    element("p", {}, words.say("evidence.cli")),
    element("pre", {}, code(`provenance verify ${file} --trust trust.json`)),
  ];
}
