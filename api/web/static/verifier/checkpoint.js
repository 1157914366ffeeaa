/**
 * Checkpoints, exactly C2SP tlog-checkpoint v1.0.0: origin, size, base64 of the root and, if the
 * log writes any, extension lines, as the text of a signed note.
 */

import { findBase64, utf8 } from "./bytes.js";
import { sha256 } from "./digest.js";
import { Refused } from "./fault.js";
import { openNote } from "./note.js";

const SIZE = /^(?:0|[1-9][0-9]{0,18})$/;
const SIZE_LIMIT = 2n ** 63n;

/** The checkpoint of that origin, signed by the key. Sizes are bigint: they reach 2^63. */
export function checkCheckpoint(note, key, origin) {
  const checkpoint = parseCheckpoint(openNote(note, key));
  if (checkpoint.origin !== origin) {
    throw new Refused("checkpoint-origin-foreign", "a checkpoint of another log");
  }
  return checkpoint;
}

/** The log's name on chain. */
export function logId(origin) {
  return sha256(utf8(origin));
}

function parseCheckpoint(text) {
  const lines = text.split("\n");
  if (lines.length < 4 || lines.pop() !== "") refuse("not at least three lines");
  const [origin, size, encoded, ...extensions] = lines;
  const root = findBase64(encoded);
  if (!SIZE.test(size)) refuse("the size is not a plain decimal number");
  if (root === undefined || root.length !== 32) refuse("the root is not base64 of 32 bytes");
  if ([origin, ...extensions].some((line) => line === "")) refuse("an empty line");
  if (BigInt(size) >= SIZE_LIMIT) refuse("a size is from 0 to 2^63-1");
  return { origin, size: BigInt(size), root };
}

function refuse(detail) {
  throw new Refused("checkpoint-malformed", detail);
}
