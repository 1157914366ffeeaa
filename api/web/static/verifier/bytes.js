/** Byte strings in the spellings our formats use; each value has exactly one spelling. */

import { Refused } from "./fault.js";

const encoder = new TextEncoder();

export function utf8(text) {
  return encoder.encode(text);
}

export function concat(...parts) {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export function isEqual(a, b) {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Lower-case hexadecimal of exactly `length` bytes, behind `prefix`; undefined for anything else. */
export function findHex(text, length, prefix = "") {
  if (typeof text !== "string" || !text.startsWith(prefix)) return undefined;
  const digits = text.slice(prefix.length);
  if (digits.length !== 2 * length || !/^[0-9a-f]*$/.test(digits)) return undefined;
  return Uint8Array.from({ length }, (_, index) => parseInt(digits.substr(2 * index, 2), 16));
}

/** As `findHex`; throws Refused `digest-malformed`. */
export function fromHex(text, length = 32, prefix = "") {
  const bytes = findHex(text, length, prefix);
  if (bytes === undefined) {
    throw new Refused("digest-malformed", `not ${2 * length} lower-case hexadecimal digits`);
  }
  return bytes;
}

/** Standard base64 with padding in its one canonical spelling; undefined for anything else. */
export function findBase64(text) {
  let binary;
  try {
    binary = atob(text);
  } catch {
    return undefined;
  }
  if (btoa(binary) !== text) return undefined;
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}

/** An unsigned integer (number or bigint) as `length` bytes, big-endian. */
export function fromUint(value, length) {
  return fromHex(BigInt(value).toString(16).padStart(2 * length, "0"), length);
}

/** The unsigned big-endian integer of some bytes. */
export function toUint(bytes) {
  return bytes.length === 0 ? 0n : BigInt("0x" + toHex(bytes));
}
