/**
 * The view calls a verifier makes, encoded and decoded by hand (Solidity ABI v2).
 *
 * A node's answer that does not fit is Unavailable `chain-answer-malformed`; an empty one most often
 * means that no contract stands at the address: `contract-missing`.
 */

import { concat, findHex, fromUint, toHex, toUint, utf8 } from "./bytes.js";
import { keccak256 } from "./digest.js";
import { Unavailable } from "./fault.js";

const WORD = 32;
const AUTHORITY = 4;

/** CheckpointLog.findHead(logId, size): Head {size, time, blockNumber, root}. */
export const findHead = {
  encode: (logId, size) => call("findHead(bytes32,uint64)", logId, fromUint(size, WORD)),
  decode: (data) => {
    const [size, time, block, root] = words(data, 4);
    if (toUint(size) === 0n) return null;
    return { size: toUint64(size), time: toTime(time), block: toTime(block), root };
  },
};

/** OrganizationRegistry.organization(org): {status, roles, registeredAt, statusSince, profile}. */
export const findOrganization = {
  encode: (org) => call("organization(bytes32)", org),
  decode: (data) => {
    const [status, roles, registeredAt, statusSince, profile] = words(data, 5);
    if (toUint(status) === 0n) return null;
    return {
      status: toSmall(status, 8),
      roles: toSmall(roles, 32),
      registeredAt: toNumber(toUint64(registeredAt)),
      statusSince: toNumber(toUint64(statusSince)),
      profile,
    };
  },
};

/** OrganizationRegistry.key(org, address): the key's history entry. */
export const findKey = {
  encode: (org, address) => call("key(bytes32,address)", org, fromUint(BigInt(address), WORD)),
  decode: (data) => {
    const found = words(data, 6);
    if (toUint(found[4]) === 0n) return null;
    const custodial = toSmall(found[0], 1);
    const [validFrom, validUntil, registeredAt, compromisedAt] = found
      .slice(2)
      .map((word) => toNumber(toUint64(word)));
    return {
      custodial: custodial === 1,
      purposes: toSmall(found[1], 8),
      validFrom,
      validUntil,
      registeredAt,
      compromisedAt,
    };
  },
};

/** RecordStatus.statuses(subject): Entry[] {org, kind, time, reason, roles}. */
export const statuses = {
  encode: (subject) => call("statuses(bytes32)", subject),
  decode: (data) => {
    const bytes = fromAnswer(data);
    const start = toOffset(bytes, 0);
    const count = toOffset(bytes, start);
    const body = bytes.slice(start + WORD);
    if (body.length < count * 5 * WORD) malformed("an array is cut short");
    return Array.from({ length: count }, (_, index) => {
      const entry = Array.from({ length: 5 }, (_, member) => wordAt(body, 5 * index + member));
      return {
        org: "0x" + toHex(entry[0]),
        kind: toSmall(entry[1], 8),
        time: toNumber(toUint64(entry[2])),
        reason: entry[3],
        authority: (toSmall(entry[4], 32) & AUTHORITY) !== 0,
      };
    });
  },
};

/** The data of a view call; every argument is a word. */
export function call(signature, ...args) {
  return "0x" + toHex(concat(keccak256(utf8(signature)).slice(0, 4), ...args));
}

/** The first `count` words of an answer. */
export function words(data, count) {
  const bytes = fromAnswer(data);
  if (bytes.length < count * WORD) malformed("an answer is cut short");
  return Array.from({ length: count }, (_, index) => wordAt(bytes, index));
}

function fromAnswer(data) {
  if (data === "0x") throw new Unavailable("contract-missing", "no contract answered");
  const text = typeof data === "string" ? data.toLowerCase() : "";
  return findHex(text, (text.length - 2) / 2, "0x") ?? malformed("an answer is not hexadecimal");
}

function wordAt(bytes, index) {
  return bytes.slice(index * WORD, (index + 1) * WORD);
}

function toOffset(bytes, at) {
  if (bytes.length < at + WORD) malformed("an answer is cut short");
  const value = toUint(bytes.slice(at, at + WORD));
  if (value > BigInt(bytes.length)) malformed("an offset leads outside");
  return Number(value);
}

/** The uint64 (a bigint) in a word. */
export function toUint64(word) {
  const value = toUint(word);
  if (value >= 1n << 64n) malformed("more than 64 bits");
  return value;
}

/** A number where it is exact; a bigint compares with numbers all the same. */
export function toNumber(value) {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

function toTime(word) {
  const value = toNumber(toUint64(word));
  return typeof value === "number" ? value : malformed("no chain has such a time or height");
}

/** The number of so many bits in a word. */
export function toSmall(word, bits) {
  const value = toUint(word);
  if (value >= 1n << BigInt(bits)) malformed(`more than ${bits} bits`);
  return Number(value);
}

function malformed(detail) {
  throw new Unavailable("chain-answer-malformed", detail);
}
