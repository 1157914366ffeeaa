/**
 * The bundle of a leg, read strictly (docs/formats/leg-bundle.md): everything that proves one
 * message on its way to one recipient. Well-formed says nothing about true.
 */

import { isEqual } from "../verifier/bytes.js";
import { KEY_MEMBERS, readKey } from "../verifier/bundle.js";
import { encode, isObject, parse } from "../verifier/canonical.js";
import { Refused } from "../verifier/fault.js";
import { readView } from "../verifier/members.js";
import { Shape } from "../verifier/shape.js";
import { readHeaders } from "./block_headers.js";
import { unpack } from "./container.js";
import { readEvent } from "./events.js";
import { legId } from "./signed.js";
import { MAX_NODE_BYTES, MOST_NODES } from "./state_proof.js";

const MALFORMED = "leg-bundle-malformed";
const LEG = "leg.json";
const MESSAGE = "message.json";
const PROOF = "anchor/proof.json";
const HEADERS = "anchor/headers.rlp";
const REPORT = "report.pdf";
const SECTIONS = ["v", "type", "chain", "leg", "events", "keys", "exportedAt"];
const MOST_EVENTS = 1_000;
const MOST_KEYS = 100;
const MOST_STAMPS = 16;
const MOST_PARTS = 200;
const NUMBERED = /^(evidence|tsa|pki|documents)\/(\d{4})(\.[A-Za-z0-9]{1,8})?$/;
const NODE = /^(?:[0-9a-f]{2})+$/;

/** Read a file (bytes). Throws Refused `container-…`, `leg-bundle-malformed`, `json-…`,
 * `view-malformed`, `leg-content-malformed`, `block-header-malformed`. */
export function parseLegBundle(data) {
  const files = unpack(data, LEG);
  const shape = new Shape(parse(files.get(LEG)), SECTIONS, MALFORMED);
  shape.constant("type", "provenance.leg");
  shape.constant("v", 1);
  const chain = shape.object("chain", ["id", "genesis", "documentExchange"]);
  const key = readLegKey(shape);
  const numbered = takeNumbered(files);
  const bundle = {
    domain: { chainId: chain.integer("id"), contract: chain.address("documentExchange") },
    genesis: chain.chainBytes("genesis"),
    key,
    events: shape
      .array("events", MOST_EVENTS)
      .map((event, index) => readEvent(event, MALFORMED, `/events/${index}`)),
    keys: shape.objects("keys", ["org", ...KEY_MEMBERS], MOST_KEYS).map(readKeyCopy),
    message: readView(readJson(files, MESSAGE)),
    evidence: readNumbered(numbered, "evidence", (_, content) => readEvidenceFile(content)),
    anchor: readAnchor(files),
    exportedAt: shape.time("exportedAt"),
    documents: readNumbered(numbered, "documents", (ending, content) => ({ ending, content })),
    stamps: readStamps(numbered),
    hasCover: files.has(REPORT),
  };
  checkSpelling(files, numbered, bundle);
  return bundle;
}

function readLegKey(shape) {
  const leg = shape.object("leg", ["id", "sender", "recipient", "salt"]);
  const sender = leg.chainBytes("sender");
  const recipient = leg.chainBytes("recipient");
  const id = legId(sender, recipient, leg.digest("salt"));
  if (!isEqual(id, leg.digest("id"))) {
    leg.refuse("not the id that these parties and this salt make", "id");
  }
  const texts = { senderText: leg.value("sender"), recipientText: leg.value("recipient") };
  return { leg: id, sender, recipient, ...texts };
}

function readKeyCopy(shape) {
  shape.chainBytes("org");
  return { org: shape.value("org"), ...readKey(shape) };
}

function takeNumbered(files) {
  const found = [];
  for (const [name, content] of files) {
    const [, kind, digits, ending] = NUMBERED.exec(name) ?? [];
    if (kind !== undefined) {
      found.push({ name, kind, number: Number(digits), ending: ending ?? "", content });
    }
  }
  if (found.filter((one) => one.kind === "documents").length > MOST_PARTS) {
    refuse("more documents than a message can have");
  }
  return found;
}

/** By number; two of one number cannot both be spelled again, and are refused for that. */
function readNumbered(numbered, kind, read) {
  return new Map(
    numbered
      .filter((one) => one.kind === kind)
      .map((one) => [one.number, read(one.ending, one.content)]),
  );
}

function readEvidenceFile(content) {
  const value = parse(content);
  const shape = new Shape(value, ["envelope", "recordSalt"], MALFORMED);
  const envelope = shape.value("envelope");
  if (!isObject(envelope)) shape.refuse("not an object", "envelope");
  return { envelope, salt: shape.digest("recordSalt"), json: value };
}

function readAnchor(files) {
  const shape = new Shape(readJson(files, PROOF), ["block", "account", "storage"], MALFORMED);
  const [account, storage] = ["account", "storage"].map((name) =>
    shape.texts(name, MOST_NODES).map((text) => readNode(shape, name, text)),
  );
  const headers = readHeaders(take(files, HEADERS));
  const block = shape.integer("block");
  if (headers.filter((header) => header.number === block).length !== 1) {
    shape.refuse("none of the headers is of this block, or several are", "block");
  }
  return { block, headers, proof: { account, storage } };
}

function readNode(shape, name, text) {
  if (text.length > 2 * MAX_NODE_BYTES || !NODE.test(text)) {
    shape.refuse(`not 1 to ${MAX_NODE_BYTES} bytes in lower-case hexadecimal digits`, name);
  }
  const digits = text.match(/../g);
  return Uint8Array.from(digits, (pair) => parseInt(pair, 16));
}

function readStamps(numbered) {
  const files = new Map(numbered.map((one) => [one.name, one.content]));
  const count = Math.floor(numbered.filter((one) => one.kind === "tsa").length / 2);
  if (count > MOST_STAMPS) refuse("more time-stamps than anybody needs");
  return Array.from({ length: count }, (_, index) => {
    const place = `tsa/${spellNumber(index)}`;
    const [statement, response] = [files.get(`${place}.json`), files.get(`${place}.tsr`)];
    if (statement === undefined || response === undefined) {
      refuse("a time-stamp has a statement and an answer");
    }
    return { statement, response };
  });
}

/** Every entry is one that these contents are written as, and its JSON is canonical. */
function checkSpelling(files, numbered, bundle) {
  const certificates = numbered.filter((one) => one.kind === "pki").length;
  const expected = [
    LEG,
    MESSAGE,
    PROOF,
    HEADERS,
    ...(bundle.hasCover ? [REPORT] : []),
    ...[...bundle.evidence.keys()].map((number) => `evidence/${spellNumber(number)}.json`),
    ...[...bundle.documents].map(([number, one]) => `documents/${spellNumber(number)}${one.ending}`),
    ...bundle.stamps.flatMap((_, number) => [
      `tsa/${spellNumber(number)}.json`,
      `tsa/${spellNumber(number)}.tsr`,
    ]),
    ...Array.from({ length: certificates }, (_, number) => `pki/${spellNumber(number)}.crt`),
  ];
  const isWhole = expected.length === files.size && expected.every((name) => files.has(name));
  const json = [LEG, MESSAGE, PROOF].map((name) => [name, parse(files.get(name))]);
  for (const [number, { json: value }] of bundle.evidence) {
    json.push([`evidence/${spellNumber(number)}.json`, value]);
  }
  if (
    bundle.events.length === 0 ||
    !isWhole ||
    !json.every(([name, value]) => isEqual(encode(value), files.get(name)))
  ) {
    refuse("there are no events, or an entry that does not belong here");
  }
}

function spellNumber(number) {
  return String(number).padStart(4, "0");
}

function readJson(files, name) {
  return parse(take(files, name));
}

function take(files, name) {
  if (!files.has(name)) refuse(`there is no ${name}`);
  return files.get(name);
}

function refuse(detail) {
  throw new Refused(MALFORMED, detail);
}
