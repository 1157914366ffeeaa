/**
 * One leg of a document, from its bundle. Everything told here was signed, hashed and proven on this
 * device; of a bundle that is refused nothing is told, and what a browser cannot judge is named.
 */

import { code, element, facts } from "../page/element.js";
import { checkItem } from "../page/evidence_view.js";
import { REASONS } from "../leg/vocabulary.js";

const TELLABLE = ["intact", "intact, with notice", "recalled", "withdrawn"];
const CLOSING = ["REFUSED", "EXPIRED", "SUBMISSION_REJECTED"];

/** The sections below the verdict. `words` know the catalogue `leg`. */
export function legSections(words, report, fileName) {
  const tells = TELLABLE.includes(report.verdict);
  return [
    ...(tells ? telling(words, report.facts, fileName) : []),
    element("section", {}, ...brokenChecks(words, report), evidencePanel(words, report, tells)),
  ];
}

function telling(words, told, fileName) {
  const parties = partiesOf(words, told);
  return [
    element(
      "section",
      { id: "leg", "data-state": told.state },
      element("h2", {}, words.say("leg.title")),
      CLOSING.includes(told.state)
        ? element("p", { class: "notice" }, words.say(`leg.closing.${told.state}`))
        : null,
      aboutDocument(words, told, parties),
      element("p", { class: "muted" }, words.say("leg.fact.names")),
    ),
    element(
      "section",
      { class: "timeline" },
      element("h2", {}, words.say("leg.events")),
      element("ol", {}, ...told.events.map((event) => eventItem(words, event, parties))),
    ),
    documentsSection(words, told, fileName),
  ];
}

/** By id of the organization: what the signed evidence calls it. */
function partiesOf(words, { sender, recipient, events }) {
  const said = events.find((event) => event.evidence !== null)?.evidence;
  const names = new Map([
    [sender, words.say("leg.fact.sender")],
    [recipient, words.say("leg.fact.recipient")],
  ]);
  if (said !== undefined) {
    names.set(sender, partyName(said.SenderDetails));
    names.set(recipient, partyName(said.RecipientDetails[0]));
  }
  return names;
}

function partyName({ OrganName, OrganId }) {
  return OrganName === undefined ? OrganId : `${OrganName} (${OrganId})`;
}

function aboutDocument(words, told, parties) {
  const { document = {}, description = {} } = told.message;
  const isShown = Object.keys(document).length > 0;
  const number = [document.codeNumber, document.codeNotation].filter(isText).join("/");
  return element(
    "div",
    {},
    isShown ? null : element("p", { class: "notice" }, words.say("leg.withheld")),
    facts([
      [words.say("leg.fact.number"), number],
      [words.say("leg.fact.date"), isText(document.promulgationDate) && words.date(document.promulgationDate)],
      [words.say("leg.fact.type"), shown(document.documentType)],
      [words.say("leg.fact.subject"), shown(description.subject)],
      [words.say("leg.fact.version"), shown(document.version)],
      [words.say("leg.fact.due"), isText(document.dueDate) && words.date(document.dueDate)],
      [words.say("leg.fact.sender"), [parties.get(told.sender), code(told.sender)]],
      [words.say("leg.fact.recipient"), [parties.get(told.recipient), code(told.recipient)]],
      [words.say("leg.fact.state"), words.say(`leg.state.${told.state}`)],
    ].map(([term, value]) => [term, value === false ? undefined : value])),
  );
}

function eventItem(words, event, parties) {
  const { action, time, actor, evidence } = event;
  return element(
    "li",
    { "data-action": action },
    element("p", { class: "step" }, element("strong", {}, words.say(`leg.action.${action}`))),
    element("p", { class: "when" }, words.moment(new Date(time * 1000))),
    element("p", {}, words.say(`leg.means.${action}`)),
    element("p", {}, signedBy(words, event, parties)),
    ...particulars(words, event),
    evidence === null && actor !== null
      ? element("p", { class: "muted" }, words.say("leg.words_missing"))
      : null,
    event.signer === null ? null : element("p", { class: "muted" }, code(event.signer)),
  );
}

function signedBy(words, { actor }, parties) {
  if (actor === null) return words.say("leg.by_nobody");
  if (parties.has(actor)) return words.say("leg.by", { who: parties.get(actor) });
  return words.say("leg.by_mandate", { who: actor });
}

function particulars(words, { action, reason, evidence }) {
  const said = [];
  const known = REASONS[reason];
  if (reason !== 0) {
    said.push(words.say("leg.reason", { text: known?.[words.language] ?? String(reason) }));
  }
  const { note, arrival, byDocument } = evidence?.Extensions ?? {};
  if (byDocument !== undefined) said.push(words.say(`leg.named.${action}`, { id: byDocument }));
  if (note !== undefined) said.push(words.say("leg.note", { text: note }));
  if (arrival !== undefined) {
    const date = words.date(arrival.ArrivalDate);
    said.push(words.say("leg.arrival", { number: arrival.ArrivalNumber, date }));
  }
  return said.map((text) => element("p", {}, text));
}

function documentsSection(words, { message, documents }, fileName) {
  const parts = Array.isArray(message.parts) ? message.parts : [];
  const enclosed = new Set(documents.map((one) => one.number));
  const section = element("section", { id: "documents" }, element("h2", {}, words.say("leg.documents")));
  if (enclosed.size === 0) section.append(element("p", {}, words.say("leg.documents_none")));
  for (const [number, part] of parts.entries()) {
    const where = enclosed.has(number) ? "enclosed" : "absent";
    section.append(
      element(
        "div",
        { "data-part": number, "data-where": where },
        element("h3", {}, shown(part?.name) ?? words.say("leg.document.unnamed", { number: number + 1 })),
        element("p", {}, words.say(`leg.document.${where}`)),
        facts([
          [shown(part?.mediaType) ?? "", sizeOf(words, part)],
          [words.say("leg.document.digest"), isText(part?.digest) ? code(part.digest) : undefined],
        ]),
      ),
    );
  }
  if (enclosed.size > 0) {
    const [{ number, ending }] = documents;
    const name = `documents/${String(number).padStart(4, "0")}${ending}`;
    section.append(
      element("p", { class: "notice" }, words.say("leg.document.signatures")),
      element("pre", {}, code(`unzip "${fileName}" ${name}\nprovenance document inspect ${name}`)),
    );
  }
  return section;
}

function sizeOf(words, part) {
  if (typeof part?.size !== "number") return undefined;
  return words.say("leg.document.size", { size: words.amount(part.size) });
}

/** Of a recall or a withdrawal the verdict itself says everything. */
function brokenChecks(words, { checks }) {
  return checks
    .filter((check) => check.outcome === "fail" || check.outcome === "unknown")
    .filter((check) => !["leg-recalled", "leg-withdrawn"].includes(check.code))
    .map((check) => {
      const outcome = words.say(`evidence.outcome.${check.outcome}`);
      return element("p", { class: "reason" }, `${outcome}: ${words.say(`leg.check.${check.number}`)}`);
    });
}

function evidencePanel(words, { checks, facts: told }, tells) {
  return element(
    "details",
    { class: "evidence" },
    element("summary", {}, words.say("evidence.title")),
    element("p", {}, words.say("leg.evidence.checks")),
    element(
      "ol",
      { class: "checks" },
      ...checks.map((check) => checkItem(words, check, words.say(`leg.check.${check.number}`))),
    ),
    tells ? hashes(words, told) : null,
  );
}

function hashes(words, told) {
  const { documentId } = told.message.document ?? {};
  const time = words.moment(new Date(told.blockTime * 1000));
  return facts(
    [
      [words.say("leg.evidence.leg"), code(told.leg)],
      [words.say("leg.evidence.document"), isText(documentId) ? code(documentId) : undefined],
      [words.say("leg.evidence.message"), code(told.commitment)],
      [words.say("leg.evidence.proven"), words.say("leg.evidence.proven_value", { block: told.block, time })],
      [words.say("leg.evidence.exported"), words.moment(told.exportedAt)],
    ],
    { class: "hashes" },
  );
}

function shown(value) {
  return isText(value) || typeof value === "number" ? String(value) : undefined;
}

function isText(value) {
  return typeof value === "string" && value !== "";
}
