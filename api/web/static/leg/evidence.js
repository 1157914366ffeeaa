/**
 * Exchange evidence: what was said of one event of a leg, as ETSI EN 319 522 writes it
 * (docs/formats/evidence.md). Reading is strict, so there is one JSON for one evidence: whatever is
 * derived from the rest (names of events, texts of reasons) must be what we would have written, and
 * nothing unknown can hide between the members.
 */

import { concat, findHex, fromUint, isEqual, utf8 } from "../verifier/bytes.js";
import { encode, isObject, stringify } from "../verifier/canonical.js";
import { sha256, shake256 } from "../verifier/digest.js";
import { Refused } from "../verifier/fault.js";
import { OPENINGS, RULES } from "./rules.js";
import { EVENTS, REASONS, reasonJson } from "./vocabulary.js";

const SALT_BYTES = 16;
const SALT_DOMAIN = utf8("provenance/salt/v1");
const MEMBER_DOMAIN = utf8("provenance/member/v1\n");
const RECORD_DOMAIN = utf8("provenance/record/v1\n");
const ZERO = "0".repeat(64);

const RECORD_ID = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const DOCUMENT_ID =
  /^[^,\t-\r ](?:[^,]*[^,\t-\r ])?,(\d{4}\/\d{2}\/\d{2}),[^/,\t-\r ]+\/[^,\t-\r ](?:[^,]*[^,\t-\r ])?$/;
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f]/;
const SPACE_AT_END = /^[\s\x85]|[\s\x85]$/;
const FILED = ["SUBMIT", "RECEIVE", "FINISH"];
const NAMING = ["REQUEST_RECALL", "SUPERSEDE"];

/** The commitment of the record with that envelope and salt (docs/formats/record.md). */
export function commitEnvelope(envelope, salt) {
  const members = [];
  collect("", envelope, members);
  // Strings compare by UTF-16 code units here, as the format asks.
  members.sort(([one], [other]) => (one < other ? -1 : 1));
  const salts = shake256(SALT_BYTES * members.length, salt, SALT_DOMAIN);
  const digests = members.map((member, index) =>
    sha256(MEMBER_DOMAIN, salts.slice(SALT_BYTES * index, SALT_BYTES * (index + 1)), encode(member)),
  );
  return sha256(RECORD_DOMAIN, fromUint(members.length, 4), ...digests);
}

/** The evidence in a record's envelope. Throws Refused `evidence-malformed`,
 * `exchange-reason-unknown` or `document-malformed`. */
export function readEvidence(envelope) {
  const { body } = envelope;
  const evidence = readBody(body);
  const written = {
    v: 1,
    kind: "exchange.evidence",
    id: evidence.id,
    org: evidence.issuer,
    capturedAt: evidence.eventTime,
    body,
  };
  if (!isSame(written, envelope)) {
    malformed("id, org, kind or time are not those of the evidence");
  }
  return evidence;
}

/** That this is evidence of exactly that opening or step. Throws Refused `evidence-differs`. */
export function checkDescribes(evidence, signed, key, domain) {
  const pairs = [
    [evidence.leg, key.leg],
    [findHex(evidence.sender.Identifier, 32, "0x"), key.sender],
    [findHex(evidence.recipient.Identifier, 32, "0x"), key.recipient],
    [findHex(evidence.issuer, 32, "0x"), signed.actor],
    signed.isOpening ? [evidence.message, signed.message] : [evidence.link, signed.link],
  ];
  if (
    !pairs.every(([said, wasSigned]) => isEqual(said, wasSigned)) ||
    evidence.action !== signed.action ||
    evidence.reason !== signed.reason ||
    evidence.sequence !== (signed.isOpening ? 0 : signed.nonce)
  ) {
    throw new Refused("evidence-differs", "not what was signed");
  }
  if (evidence.chainId !== domain.chainId || evidence.contract !== domain.contract) {
    throw new Refused("evidence-differs", "of another chain");
  }
}

function collect(at, members, found) {
  for (const [name, value] of Object.entries(members)) {
    const here = `${at}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    if (isObject(value) && Object.keys(value).length > 0) collect(here, value, found);
    else found.push([here, value]);
  }
}

function readBody(body) {
  const members = object(body);
  const log = object(members.TransactionLogInformation);
  const extensions = object(members.Extensions);
  const action = Object.keys(EVENTS).find((name) => EVENTS[name].uri === members.ERDSEventId);
  if (action === undefined) malformed("no event that is known here");
  const opens = action in OPENINGS;
  const evidence = {
    id: matching(members.EvidenceIdentifier, RECORD_ID),
    action,
    chainId: integer(log.chainId, 1, Number.MAX_SAFE_INTEGER),
    contract: log.contract,
    leg: digest(log.leg),
    sequence: integer(log.sequence, 0, 2 ** 32 - 1),
    sender: readParty(members.SenderDetails),
    recipient: readParty(only(members.RecipientDetails)),
    issuer: orgId(object(members.EvidenceIssuerDetails).Identifier),
    eventTime: time(members.EventTime),
    message: digest(object(members.UserContentInfo).DigestValue),
    documentId: readDocumentId(members.MessageIdentifier),
    reason: members.EventReasons === undefined ? 0 : readReason(members.EventReasons),
    link: extensions.link === undefined ? findHex(ZERO, 32) : digest(extensions.link),
    note: optional(extensions.note, (value) => text(value, 500)),
    staff: optional(extensions.edXML?.StaffInfo, readStaff),
    arrival: optional(extensions.arrival, readArrival),
    file: optional(extensions.file, readFile),
  };
  if (findHex(evidence.contract, 20, "0x") === undefined) malformed("no contract");
  if (!["organization", "platform"].includes(extensions.custody)) malformed("no such custody");
  integer(extensions.version, 1, 2 ** 31 - 1);
  optional(members.SubmissionTime, time);
  optional(extensions.previousEvidence, (value) => matching(value, RECORD_ID));
  optional(extensions.report, digest);
  optional(extensions.byDocument, readDocumentId);
  if (opens !== (evidence.sequence === 0) || opens === (members.SubmissionTime !== undefined)) {
    malformed("an opening is event 0 of its leg, and nothing else is");
  }
  if (opens && extensions.previousEvidence !== undefined) malformed("nothing comes before it");
  checkMembers(evidence, extensions);
  if (!isSame(write(evidence, members), body)) malformed("not what this evidence is written as");
  return evidence;
}

function checkMembers({ action, reason, note, arrival, file, sender, recipient }, extensions) {
  const reasons = Object.values(REASONS).filter((one) => one.action === action);
  if (reason === 0 ? reasons.length > 0 : REASONS[reason]?.action !== action) {
    throw new Refused("exchange-reason-unknown", `${action} has no reason ${reason}`);
  }
  if (reason % 100 === 99 && note === undefined) malformed("the reason is to stand in the note");
  const needsLink = RULES[action]?.needsLink === true;
  if (needsLink !== (extensions.link !== undefined)) malformed("a link too many, or none");
  if ((action === "RECEIVE") !== (arrival !== undefined)) {
    malformed("an arrival number belongs to a receipt, and only there");
  }
  if (file !== undefined && !FILED.includes(action)) malformed("a file is not named here");
  if (extensions.byDocument !== undefined && !NAMING.includes(action)) {
    malformed("a document is named by who recalls or replaces one");
  }
  if (sender.Identifier === recipient.Identifier) malformed("sender and recipient are the same");
}

/** The JSON this evidence has, whatever else stood in what was read. */
function write({ action, reason, sender, recipient, staff, arrival, file }, members) {
  const event = EVENTS[action];
  const { Extensions: extensions, TransactionLogInformation: log } = members;
  const edXML = present({ StatusCode: event.statusCode ?? undefined, StaffInfo: staff });
  return present({
    EvidenceVersion: "EN319522v1.2.1",
    EvidenceIdentifier: members.EvidenceIdentifier,
    ERDSEventId: event.uri,
    EventReasons: reason === 0 ? undefined : [reasonJson(reason)],
    EventTime: members.EventTime,
    SubmissionTime: members.SubmissionTime,
    EvidenceIssuerPolicyID: ["https://ns.thanhhoa.example/exchange/policy/1"],
    EvidenceIssuerDetails: { Identifier: members.EvidenceIssuerDetails.Identifier },
    SenderDetails: sender,
    RecipientDetails: [recipient],
    EvidenceRefersToRecipient: recipient.Identifier,
    MessageIdentifier: members.MessageIdentifier,
    UserContentInfo: {
      DigestMethod: "https://ns.thanhhoa.example/record-commitment/1",
      DigestValue: members.UserContentInfo.DigestValue,
    },
    TransactionLogInformation: {
      chainId: log.chainId,
      contract: log.contract,
      leg: log.leg,
      sequence: log.sequence,
    },
    Extensions: present({
      action,
      impliedEvents: event.implied.length > 0 ? event.implied : undefined,
      party: RULES[action]?.party ?? "sender",
      custody: extensions.custody,
      version: extensions.version,
      previousEvidence: extensions.previousEvidence,
      link: extensions.link,
      report: extensions.report,
      byDocument: extensions.byDocument,
      note: extensions.note,
      arrival,
      file,
      edXML: Object.keys(edXML).length > 0 ? edXML : undefined,
    }),
  });
}

function present(members) {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

function readParty(value) {
  const { Identifier, OrganId, OrganName } = object(value);
  const name = optional(OrganName, (found) => text(found, 200));
  return present({ Identifier: orgId(Identifier), OrganId: text(OrganId, 50), OrganName: name });
}

function readStaff(value) {
  const { Department, Staff } = object(value);
  const found = present({
    Department: optional(Department, (one) => text(one, 100)),
    Staff: optional(Staff, (one) => text(one, 100)),
  });
  return Object.keys(found).length > 0 ? found : malformed("neither a department nor a person");
}

function readArrival(value) {
  const { ArrivalNumber, ArrivalDate } = object(value);
  return { ArrivalNumber: integer(ArrivalNumber, 1, 10 ** 10 - 1), ArrivalDate: day(ArrivalDate) };
}

function readFile(value) {
  const { OrganId, FileCatalog, FileNotation } = object(value);
  return {
    OrganId: text(OrganId, 50),
    FileCatalog: integer(FileCatalog, 1900, 9999),
    FileNotation: text(FileNotation, 20),
  };
}

function readReason(value) {
  return integer(object(only(value)).number, 1, 2 ** 16 - 1);
}

function readDocumentId(value) {
  const [, issued] = DOCUMENT_ID.exec(typeof value === "string" ? value : "") ?? [];
  if (issued === undefined || [...value].length > 104 || !isDay(issued.replaceAll("/", "-"))) {
    throw new Refused("document-malformed", "not OrganId,YYYY/MM/DD,number/notation");
  }
  return value;
}

function only(value) {
  return Array.isArray(value) && value.length === 1 ? value[0] : malformed("there is one here");
}

function object(value) {
  return isObject(value) ? value : malformed("there must be a JSON object here");
}

function optional(value, read) {
  return value === undefined ? undefined : read(value);
}

function text(value, most) {
  const length = typeof value === "string" ? [...value].length : 0;
  const isBare = length > 0 && length <= most && !SPACE_AT_END.test(value) && !CONTROL.test(value);
  return isBare ? value : malformed(`not a text of 1 to ${most} characters`);
}

function integer(value, least, most) {
  const fits = Number.isInteger(value) && value >= least && value <= most;
  return fits ? value : malformed(`not a whole number from ${least} to ${most}`);
}

function digest(value) {
  return findHex(value, 32) ?? malformed("not 64 lower-case hexadecimal digits");
}

function orgId(value) {
  return findHex(value, 32, "0x") === undefined ? malformed("no organization's id") : value;
}

function matching(value, pattern) {
  return typeof value === "string" && pattern.test(value) ? value : malformed(`not ${pattern}`);
}

function time(value) {
  const at = new Date(matching(value, TIME));
  const isReal = !value.startsWith("0000") && !Number.isNaN(at.getTime());
  return isReal && at.toISOString() === value ? value : malformed("no such time");
}

function day(value) {
  return isDay(matching(value, DAY)) ? value : malformed("no such date");
}

function isDay(value) {
  const at = new Date(`${value}T00:00:00.000Z`);
  const isReal = !value.startsWith("0000") && !Number.isNaN(at.getTime());
  return isReal && at.toISOString().startsWith(value);
}

function isSame(written, read) {
  return stringify(written) === stringify(read);
}

function malformed(detail) {
  throw new Refused("evidence-malformed", detail);
}
