/**
 * The container of a leg's bundle: an ASiC-E file (ETSI EN 319 162) that has exactly one spelling.
 *
 * A ZIP of stored entries, `mimetype` first, the others by name, no dates, no extras, no comments;
 * last `META-INF/ASiCManifest.xml` with the SHA-256 of every other entry. Nothing is compressed, so
 * nothing can be larger than the file it came in. What was read is packed again and compared: a
 * flipped bit, a byte before or after, an entry the manifest does not name are all refused.
 */

import { concat, isEqual, utf8 } from "../verifier/bytes.js";
import { sha256 } from "../verifier/digest.js";
import { Refused } from "../verifier/fault.js";

const MAX_CONTAINER_BYTES = 64 * 1024 * 1024;
const MOST_ENTRIES = 4_000;
const MIMETYPE = "mimetype";
const MANIFEST = "META-INF/ASiCManifest.xml";
const MEDIA_TYPE = utf8("application/vnd.etsi.asic-e+zip");
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}(?:\/[A-Za-z0-9][A-Za-z0-9._-]{0,63}){0,2}$/;
const TYPES = {
  ".json": "application/json",
  ".pdf": "application/pdf",
  ".tsr": "application/timestamp-reply",
  ".crt": "application/pkix-cert",
};
const LOCAL_BYTES = 30;
const VERSION = 20; // needed to extract
const FIRST_DAY = 0x21; // 1980-01-01, the zero of ZIP's calendar

/** The entries as a Map without `mimetype` and manifest; `signature` names the one that holds the
 * parties' signatures. Throws Refused `container-…`. */
export function unpack(data, signature) {
  if (data.length > MAX_CONTAINER_BYTES) {
    throw new Refused("container-too-large", `${data.length} bytes`);
  }
  const found = walk(data);
  if (!isEqual(found.get(MIMETYPE) ?? [], MEDIA_TYPE)) {
    malformed("the first entry does not say ASiC-E");
  }
  const manifest = found.get(MANIFEST);
  if (manifest === undefined || !found.has(signature)) {
    malformed(`no ${MANIFEST}, or no ${signature}`);
  }
  found.delete(MANIFEST);
  const references = new Map(
    [...found].filter(([name]) => name !== MIMETYPE).map(([name, content]) => [name, reference(name, content)]),
  );
  checkManifest(references, manifest, signature);
  found.delete(MIMETYPE);
  const names = [...found.keys()];
  if (!names.every((name) => NAME.test(name)) || !isEqual(pack(found, references, signature), data)) {
    throw new Refused("container-not-canonical", "not the spelling of these entries");
  }
  return found;
}

/** Entries by their local headers, one after the other. What these leave out, or say otherwise than
 * the directory, is seen when the file is packed again. */
function walk(data) {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const found = new Map();
  let at = 0;
  while (at + LOCAL_BYTES <= data.length && view.getUint32(at, true) === 0x04034b50) {
    const size = view.getUint32(at + 18, true);
    const nameEnd = at + LOCAL_BYTES + view.getUint16(at + 26, true);
    const start = nameEnd + view.getUint16(at + 28, true);
    const name = toAscii(data.subarray(at + LOCAL_BYTES, nameEnd));
    if (found.has(name) || found.size >= MOST_ENTRIES || start + size > data.length) {
      malformed(`entry ${name.slice(0, 80)}: twice, or cut off`);
    }
    found.set(name, data.subarray(start, start + size));
    at = start + size;
  }
  return found;
}

function checkManifest(references, manifest, signature) {
  if (isEqual(manifest, spellManifest([...references.values()], signature))) return;
  const text = toAscii(manifest);
  for (const [name, line] of references) {
    if (!text.includes(` URI="${name}" `)) {
      throw new Refused("container-entry-unsigned", `not in the manifest: ${name.slice(0, 80)}`);
    }
    if (!text.includes(line)) {
      const detail = `${name.slice(0, 80)} is not what the manifest says`;
      throw new Refused("container-entry-differs", detail);
    }
  }
  malformed("the manifest is not that of these entries");
}

/** ASiCManifest of EN 319 162-1 A.4, its references in the order of the entries. */
function spellManifest(references, signature) {
  return utf8(
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
      '<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" ' +
      'xmlns:ds="http://www.w3.org/2000/09/xmldsig#">\n' +
      `<asic:SigReference URI="${signature}" MimeType="${typeOf(signature)}"/>\n` +
      references.join("") +
      "</asic:ASiCManifest>\n",
  );
}

function reference(name, content) {
  const digest = btoa(String.fromCharCode(...sha256(content)));
  return (
    `<asic:DataObjectReference URI="${name}" MimeType="${typeOf(name)}">` +
    '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>' +
    `<ds:DigestValue>${digest}</ds:DigestValue></asic:DataObjectReference>\n`
  );
}

function typeOf(name) {
  return TYPES[name.slice(name.lastIndexOf("."))] ?? "application/octet-stream";
}

/** The one file of these entries. */
function pack(entries, references, signature) {
  const names = [...entries.keys()].sort();
  const manifest = spellManifest(
    names.map((name) => references.get(name)),
    signature,
  );
  const ordered = [[MIMETYPE, MEDIA_TYPE], ...names.map((name) => [name, entries.get(name)])];
  ordered.push([MANIFEST, manifest]);
  const body = [];
  const directory = [];
  let start = 0;
  for (const [name, content] of ordered) {
    const spelt = utf8(name);
    const stamp = [[0, 2], [FIRST_DAY, 2], [crc32(content), 4], [content.length, 4]];
    stamp.push([content.length, 4], [spelt.length, 2], [0, 2]);
    const local = record(0x04034b50, [[VERSION, 2], [0, 2], [0, 2], ...stamp]);
    const central = [[VERSION, 2], [VERSION, 2], [0, 2], [0, 2], ...stamp];
    central.push([0, 2], [0, 2], [0, 2], [0, 4], [start, 4]);
    body.push(local, spelt, content);
    directory.push(record(0x02014b50, central), spelt);
    start += local.length + spelt.length + content.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const count = ordered.length;
  const end = [[0, 2], [0, 2], [count, 2], [count, 2], [size, 4], [start, 4], [0, 2]];
  return concat(...body, ...directory, record(0x06054b50, end));
}

/** A record of little-endian [value, width] fields behind its mark. */
function record(mark, fields) {
  const bytes = new Uint8Array(4 + fields.reduce((sum, [, width]) => sum + width, 0));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, mark, true);
  let at = 4;
  for (const [value, width] of fields) {
    if (width === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += width;
  }
  return bytes;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** One character per byte: what is no ASCII is no name either, and fits no manifest. */
function toAscii(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return text;
}

function malformed(detail) {
  throw new Refused("container-malformed", detail);
}
