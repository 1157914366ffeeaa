/**
 * RLP (Ethereum yellow paper, appendix B), read strictly: one value has one spelling. Byte strings
 * (Uint8Array) and lists of such (Array), nothing else.
 */

import { concat } from "../verifier/bytes.js";
import { Refused } from "../verifier/fault.js";

const STRING = 0x80;
const LIST = 0xc0;
const SHORT = 55;
const MOST_DEPTH = 16;

/** The one item that these bytes are. Throws Refused `rlp-malformed`. */
export function decode(data) {
  const [item, end] = read(data, 0, data.length, 0);
  if (end !== data.length) malformed("bytes after the end");
  return item;
}

/** The bytes of a list of byte strings. */
export function encodeList(items) {
  const body = concat(...items.map(encodeString));
  return concat(head(body.length, LIST), body);
}

function encodeString(bytes) {
  if (bytes.length === 1 && bytes[0] < STRING) return bytes;
  return concat(head(bytes.length, STRING), bytes);
}

function head(length, kind) {
  if (length <= SHORT) return Uint8Array.of(kind + length);
  const spelt = [];
  for (let left = length; left > 0; left = Math.floor(left / 256)) spelt.unshift(left % 256);
  return Uint8Array.of(kind + SHORT + spelt.length, ...spelt);
}

function read(data, at, end, depth) {
  if (at >= end || depth > MOST_DEPTH) malformed("cut off, or too deep");
  const first = data[at];
  if (first < STRING) return [data.subarray(at, at + 1), at + 1];
  const kind = first >= LIST ? LIST : STRING;
  let length = first - kind;
  let start = at + 1;
  if (length > SHORT) {
    const width = length - SHORT;
    if (start + width > end || data[start] === 0) malformed("a length has another spelling");
    length = 0;
    for (const byte of data.subarray(start, start + width)) length = length * 256 + byte;
    start += width;
    if (length <= SHORT) malformed("a length has another spelling");
  }
  const stop = start + length;
  if (stop > end) malformed("cut off");
  if (kind === STRING) {
    if (length === 1 && data[start] < STRING) malformed("a byte has another spelling");
    return [data.subarray(start, stop), stop];
  }
  const items = [];
  while (start < stop) {
    const [item, next] = read(data, start, stop, depth + 1);
    items.push(item);
    start = next;
  }
  return [items, stop];
}

function malformed(detail) {
  throw new Refused("rlp-malformed", detail);
}
