/**
 * Disclosed views: some members of a record with their salts, of the others only the digest.
 *
 * d_i = SHA256("provenance/member/v1\n" ‖ salt_i ‖ JCS([pointer_i, value_i])), and the record's
 * commitment = SHA256("provenance/record/v1\n" ‖ u32be(n) ‖ d_1 ‖ … ‖ d_n). A view that no record
 * can have (out of order, one member inside another) was made up, and could show one thing to a
 * reader of the list and another to a reader of the object; it is refused as it is read.
 */

import { concat, findHex, fromUint, utf8 } from "./bytes.js";
import { MAX_DEPTH, encode, isObject } from "./canonical.js";
import { sha256 } from "./digest.js";
import { Refused } from "./fault.js";

const SALT_BYTES = 16;
const MAX_MEMBERS = 100_000;
const RECORD_DOMAIN = utf8("provenance/record/v1\n");
const MEMBER_DOMAIN = utf8("provenance/member/v1\n");
const LOOSE_TILDE = /~(?![01])/;

/** Read the JSON array: `[{salt, pointer, value} | {digest}]`. Throws Refused `view-malformed`. */
export function readView(value) {
  if (!Array.isArray(value)) refuse("the members are not an array");
  const items = value.map(readItem);
  if (items.length === 0 || items.length > MAX_MEMBERS) {
    refuse(`a record has 1 to ${MAX_MEMBERS} members`);
  }
  checkOrder(items);
  return items;
}

/** The commitment of the only record this can be a view of; always recomputed. */
export function commitmentOf(items) {
  return sha256(RECORD_DOMAIN, fromUint(items.length, 4), concat(...items.map(memberDigest)));
}

function memberDigest(item) {
  if (item.digest !== undefined) return item.digest;
  return sha256(MEMBER_DOMAIN, item.salt, encode([item.pointer, item.value]));
}

/** What is shown, as a Map from pointer to value, in order. */
export function shownMembers(items) {
  return new Map(items.filter(isShown).map((item) => [item.pointer, item.value]));
}

/** What is shown, nested again as in the record's envelope. */
export function nestMembers(items) {
  const envelope = Object.create(null);
  for (const item of items.filter(isShown)) {
    const way = item.pointer.slice(1).split("/").map(unescapeStep);
    const last = way.pop();
    let at = envelope;
    for (const step of way) at = at[step] ??= Object.create(null);
    at[last] = item.value;
  }
  return envelope;
}

function isShown(item) {
  return item.digest === undefined;
}

function unescapeStep(step) {
  return step.replaceAll("~1", "/").replaceAll("~0", "~");
}

function readItem(item) {
  if (typeof item === "string") {
    const digest = findHex(item, 32);
    return digest === undefined ? refuse("not 64 lower-case hexadecimal digits") : { digest };
  }
  if (!Array.isArray(item) || item.length !== 3) {
    refuse("neither a digest nor salt, pointer and value");
  }
  const [saltText, pointer, value] = item;
  const salt = findHex(saltText, SALT_BYTES);
  if (salt === undefined) refuse(`a salt is ${2 * SALT_BYTES} lower-case hexadecimal digits`);
  if (typeof pointer !== "string" || pointer[0] !== "/" || LOOSE_TILDE.test(pointer)) {
    refuse("not the JSON pointer of a member");
  }
  if (isObject(value) && Object.keys(value).length > 0) {
    refuse("an object with members is not one member");
  }
  return { salt, pointer, value };
}

function checkOrder(items) {
  let before = "";
  const ways = new Set();
  const shown = new Set();
  for (const { pointer } of items.filter(isShown)) {
    if (pointer.split("/").length - 1 > MAX_DEPTH) refuse(`more than ${MAX_DEPTH} levels deep`);
    // Strings compare by UTF-16 code units here, as the format asks.
    if (pointer <= before) refuse("the members are not in the order of their pointers");
    before = pointer;
    shown.add(pointer);
    let way = pointer.slice(0, pointer.lastIndexOf("/"));
    while (way !== "" && !ways.has(way)) {
      ways.add(way);
      way = way.slice(0, way.lastIndexOf("/"));
    }
  }
  for (const pointer of shown) {
    if (ways.has(pointer)) refuse(`${pointer} is shown as a value and as an object`);
  }
}

function refuse(detail) {
  throw new Refused("view-malformed", detail);
}
