/**
 * Signed notes, exactly C2SP signed-note v1.0.0, with Ed25519 keys.
 *
 * A note without a verified signature of a key we know is worth nothing, so the only way to its
 * text is `openNote`.
 */

import { isEd25519Signature } from "../vendor/noble.js";
import { findBase64, isEqual, toHex, utf8 } from "./bytes.js";
import { sha256 } from "./digest.js";
import { Refused } from "./fault.js";

const ED25519 = 1;
const MAX_NOTE_BYTES = 1_000_000;
const MAX_SIGNATURES = 100;
const DASH = "\u2014 ";
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/;
// Unicode white space as the other verifiers see it; \s of this language is another set.
const SPACE =
  // eslint-disable-next-line no-control-regex
  /[\u0009-\u000d\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/** Read `<name>+<key ID>+<base64>`. Throws Refused `note-key-malformed`. */
export function parseKey(vkey) {
  const [name, keyId, ...rest] = vkey.split("+");
  const data = findBase64(rest.join("+"));
  if (!isKeyName(name) || data === undefined || data.length !== 33 || data[0] !== ED25519) {
    throw new Refused("note-key-malformed", "not an Ed25519 verifier key");
  }
  const id = sha256(utf8(name), utf8("\n"), data).slice(0, 4);
  if (toHex(id) !== keyId) {
    throw new Refused("note-key-malformed", "the key ID is not that of name and key");
  }
  return { name, id, publicKey: data.slice(1), vkey };
}

/** The note's text, once the key's signature is verified. Throws Refused `note-…`. */
export function openNote(note, key) {
  const { text, signatures } = splitNote(note);
  const ours = signatures.filter((line) => line.name === key.name && isEqual(line.id, key.id));
  for (const { signature } of ours) {
    if (!isEd25519Signature(signature, utf8(text), key.publicKey)) {
      throw new Refused("note-signature-invalid", `the signature of ${key.name} does not verify`);
    }
  }
  if (ours.length === 0) throw new Refused("note-unsigned", "no known key has signed this note");
  return text;
}

function splitNote(note) {
  if (utf8(note).length > MAX_NOTE_BYTES) refuse(`a note has at most ${MAX_NOTE_BYTES} bytes`);
  // The last blank line divides: text may hold blank lines, signature lines may not.
  const blank = note.lastIndexOf("\n\n");
  if (blank < 0 || CONTROL.test(note) || !note.endsWith("\n") || blank + 2 === note.length) {
    refuse("not text, a blank line and signature lines");
  }
  const lines = note.slice(blank + 2, -1).split("\n");
  if (lines.length > MAX_SIGNATURES) refuse(`a note has at most ${MAX_SIGNATURES} signatures`);
  return { text: note.slice(0, blank + 1), signatures: lines.map(parseLine) };
}

function parseLine(line) {
  const body = line.startsWith(DASH) ? line.slice(DASH.length) : undefined;
  const gap = body === undefined ? -1 : body.indexOf(" ");
  const data = gap < 0 ? undefined : findBase64(body.slice(gap + 1));
  const name = gap < 0 ? "" : body.slice(0, gap);
  if (!isKeyName(name) || data === undefined || data.length < 5) refuse("not a signature line");
  return { name, id: data.slice(0, 4), signature: data.slice(4) };
}

function isKeyName(name) {
  return name !== "" && !name.includes("+") && !SPACE.test(name) && !CONTROL.test(name);
}

function refuse(detail) {
  throw new Refused("note-malformed", detail);
}
