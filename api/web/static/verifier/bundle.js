/**
 * The proof bundle, read strictly (docs/formats/bundle.md).
 *
 * The file has exactly one spelling, canonical JSON, so that every flipped bit is a refused file.
 * Well-formed says nothing about true: that is what the checks are for.
 */

import { isEqual, utf8 } from "./bytes.js";
import { encode, isNormalised, isObject, parse } from "./canonical.js";
import { sha256 } from "./digest.js";
import { Refused } from "./fault.js";
import { readView } from "./members.js";
import { Shape } from "./shape.js";
import { SUBMISSION_MEMBERS, readSubmission } from "./submission.js";

const MAX_BUNDLE_BYTES = 4 * 1024 * 1024;
const MOST_PATH = 63;
const MOST_ENTRIES = 10_000;
const CHECKSUM_DOMAIN = utf8("provenance/bundle/v1\n");
const PROFILE_DOMAIN = utf8("provenance/profile/v1\n");
const RECORD_ID = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const STATUS_KINDS = ["withdrawn", "recalled", "superseded", "recall-lifted"];

const SECTIONS = [
  "v",
  "type",
  "record",
  "submission",
  "log",
  "anchor",
  "signer",
  "status",
  "exportedAt",
  "checksum",
];
const LOG = ["origin", "index", "size", "path", "checkpoint"];
const ANCHOR = [
  "chainId",
  "genesis",
  "registry",
  "checkpointLog",
  "recordStatus",
  "block",
  "blockHash",
  "blockTime",
  "transaction",
];
export const KEY_MEMBERS = [
  "address",
  "custodial",
  "purposes",
  "validFrom",
  "validUntil",
  "registeredAt",
  "compromisedAt",
];
const PROFILE = ["v", "org", "name", "nameEn", "kind", "salt"];

/** Read a bundle (bytes). Throws Refused `bundle-…`, `json-…`, `view-…` or `submission-…`. */
export function parseBundle(data) {
  if (data.length > MAX_BUNDLE_BYTES) {
    throw new Refused("bundle-too-large", `${data.length} bytes; we read up to ${MAX_BUNDLE_BYTES}`);
  }
  const body = parse(data);
  if (!isObject(body) || body.type !== "provenance.bundle") {
    throw new Refused("bundle-malformed", "not a proof bundle");
  }
  if (body.v !== 1) throw new Refused("bundle-version-unknown", "only version 1 is known");
  if (!isEqual(encode(body), data)) {
    throw new Refused("bundle-not-canonical", "the bytes are not the canonical spelling");
  }
  const shape = new Shape(body, SECTIONS, "bundle-malformed");
  if (!isEqual(shape.digest("checksum"), checksumOf(body))) {
    throw new Refused("bundle-checksum-mismatch", "the file was damaged or changed");
  }
  const record = shape.object("record", ["id", "members"]);
  const submission = shape.object("submission", [...SUBMISSION_MEMBERS, "index", "path"]);
  const signer = shape.object("signer", [...KEY_MEMBERS, "profile"]);
  const log = shape.findObject("log", LOG);
  const anchor = shape.findObject("anchor", ANCHOR);
  if (log === null && anchor !== null) shape.refuse("anchored without being in the log", "anchor");
  return {
    recordId: readId(record),
    items: readView(record.value("members")),
    submission: readSubmission(pick(submission, SUBMISSION_MEMBERS)),
    submissionIndex: submission.integer("index"),
    submissionPath: submission.digests("path", MOST_PATH),
    log: log && readLog(log),
    anchor: anchor && readAnchor(anchor),
    signer: { key: readKey(signer), profile: readProfile(signer) },
    status: readStatus(shape.object("status", ["checkedAt", "entries"])),
    exportedAt: shape.time("exportedAt"),
  };
}

/** A key history entry, here and in a trust file; times in unix seconds. */
export function readKey(shape) {
  return {
    address: shape.address("address"),
    custodial: shape.boolean("custodial"),
    purposes: shape.integer("purposes", 255),
    validFrom: shape.integer("validFrom"),
    validUntil: shape.integer("validUntil"),
    registeredAt: shape.integer("registeredAt"),
    compromisedAt: shape.integer("compromisedAt"),
  };
}

/** What the registry keeps of a profile. */
export function profileDigest(profile) {
  return sha256(PROFILE_DOMAIN, encode(profile));
}

/** Guards against damage, not against forgers: anybody can compute it. */
function checksumOf(body) {
  const rest = { ...body };
  delete rest.checksum;
  return sha256(CHECKSUM_DOMAIN, encode(rest));
}

function pick(shape, names) {
  return Object.fromEntries(names.map((name) => [name, shape.value(name)]));
}

function readId(record) {
  const id = record.text("id");
  if (!RECORD_ID.test(id)) record.refuse("not a record id", "id");
  return id;
}

function readLog(shape) {
  return {
    origin: shape.text("origin"),
    index: shape.integer("index"),
    size: shape.integer("size"),
    path: shape.digests("path", MOST_PATH),
    checkpoint: shape.text("checkpoint"),
  };
}

function readAnchor(shape) {
  return {
    chainId: shape.integer("chainId"),
    genesis: shape.chainBytes("genesis"),
    registry: shape.address("registry"),
    checkpointLog: shape.address("checkpointLog"),
    recordStatus: shape.address("recordStatus"),
    block: shape.integer("block"),
    blockHash: shape.chainBytes("blockHash"),
    blockTime: shape.integer("blockTime"),
    transaction: shape.chainBytes("transaction"),
  };
}

function readProfile(signer) {
  if (signer.value("profile") === null) return null;
  const shape = signer.object("profile", PROFILE);
  shape.constant("v", 1);
  shape.chainBytes("org");
  const [name, nameEn, kind, salt] = PROFILE.slice(2).map((member) => shape.text(member));
  const lengths = [name, nameEn, kind].map((text) => [...text].length);
  if (name.trim() === "" || lengths[0] > 200 || lengths[1] > 200) {
    shape.refuse("a name has 1 to 200 characters");
  }
  if (lengths[2] === 0 || lengths[2] > 40 || !/^[0-9a-f]{32,64}$/.test(salt)) {
    shape.refuse("kind or salt is not in the profile's form");
  }
  if (![name, nameEn, kind].every(isNormalised)) shape.refuse("text is not in Unicode NFC");
  return signer.value("profile");
}

function readStatus(shape) {
  const names = ["org", "kind", "time", "reason", "authority"];
  return {
    checkedAt: shape.integer("checkedAt"),
    entries: shape.objects("entries", names, MOST_ENTRIES).map((entry) => {
      entry.chainBytes("org");
      return {
        org: entry.value("org"),
        kind: STATUS_KINDS.indexOf(entry.choice("kind", STATUS_KINDS)) + 1,
        time: entry.integer("time"),
        reason: entry.digest("reason"),
        authority: entry.boolean("authority"),
      };
    }),
  };
}
