/**
 * Trust anchors (docs/formats/trust.md): what a verifier believes before it opens any bundle.
 *
 * Whoever decides what stands here decides what verifies. A page that has it from the server it
 * checks must say so; `fingerprintOf` is what people can compare with a copy from elsewhere.
 */

import { toHex, utf8 } from "./bytes.js";
import { encode, isObject, parse } from "./canonical.js";
import { KEY_MEMBERS, readKey } from "./bundle.js";
import { sha256 } from "./digest.js";
import { parseKey } from "./note.js";
import { Refused } from "./fault.js";
import { Shape } from "./shape.js";

const MOST_NODES = 32;
const MOST = 1_000_000;
const MOST_KEYS = 1_000;
const FINGERPRINT_DOMAIN = utf8("provenance/trust-identity/v1\n");

/** Read a trust file (bytes). Throws Refused `trust-malformed` or `json-…`. */
export function parseTrust(data) {
  const value = parse(data);
  const members = ["v", "type", "chain", "contracts", "log", "issuedAt", "heads", "organizations"];
  // What only proofs about documents need may be left out.
  if (isObject(value) && "blocks" in value) members.push("blocks");
  const shape = new Shape(value, members, "trust-malformed");
  shape.constant("type", "provenance.trust");
  shape.constant("v", 1);
  const chain = shape.object("chain", ["id", "genesis", "engine", "rpc"]);
  const names = ["organizationRegistry", "checkpointLog", "recordStatus"];
  if (isObject(value.contracts) && "documentExchange" in value.contracts) {
    names.push("documentExchange");
  }
  const contracts = shape.object("contracts", names);
  const log = shape.object("log", ["origin", "key"]);
  const origin = log.text("origin");
  const organizations = shape.objects("organizations", ORGANIZATION, MOST);
  const blocks = members.includes("blocks") ? shape.objects("blocks", ["number", "hash"], MOST) : [];
  if (members.includes("blocks") && blocks.length === 0) {
    shape.refuse("left out where there is none", "blocks");
  }
  return {
    chainId: chain.integer("id"),
    genesis: chain.chainBytes("genesis"),
    engine: chain.text("engine"),
    nodes: chain.texts("rpc", MOST_NODES),
    registry: contracts.address("organizationRegistry"),
    checkpointLog: contracts.address("checkpointLog"),
    recordStatus: contracts.address("recordStatus"),
    documentExchange: names.length > 3 ? contracts.address("documentExchange") : null,
    blocks: new Map(blocks.map((one) => [one.integer("number"), one.chainBytes("hash")])),
    origin,
    key: readLogKey(log, origin),
    issuedAt: shape.time("issuedAt"),
    heads: shape.objects("heads", ["size", "root", "time", "block", "blockHash"], MOST).map(readHead),
    organizations: organizations.map(readOrganization),
  };
}

/** Which chain, contracts and log key these are, as one short value. */
export function fingerprintOf(trust) {
  const identity = {
    chain: { id: trust.chainId, genesis: "0x" + toHex(trust.genesis) },
    contracts: {
      organizationRegistry: trust.registry,
      checkpointLog: trust.checkpointLog,
      recordStatus: trust.recordStatus,
    },
    log: { origin: trust.origin, key: trust.key.vkey },
  };
  return toHex(sha256(FINGERPRINT_DOMAIN, encode(identity)));
}

const ORGANIZATION = [
  "org",
  "status",
  "roles",
  "registeredAt",
  "statusSince",
  "profile",
  "keys",
];

function readLogKey(log, origin) {
  let key;
  try {
    key = parseKey(log.text("key"));
  } catch (error) {
    if (error instanceof Refused) log.refuse(error.message, "key");
    throw error;
  }
  // A checkpoint is signed under its origin; another name could never verify.
  if (key.name !== origin) log.refuse("the key's name is not the log's origin", "key");
  return key;
}

function readHead(shape) {
  return {
    size: shape.integer("size"),
    root: shape.digest("root"),
    time: shape.integer("time"),
    block: shape.integer("block"),
    blockHash: shape.chainBytes("blockHash"),
  };
}

function readOrganization(shape) {
  shape.chainBytes("org");
  return {
    org: shape.value("org"),
    status: shape.integer("status", 3),
    roles: shape.integer("roles", 2 ** 32 - 1),
    registeredAt: shape.integer("registeredAt"),
    statusSince: shape.integer("statusSince"),
    profile: shape.digest("profile"),
    keys: shape.objects("keys", KEY_MEMBERS, MOST_KEYS).map(readKey),
  };
}
