/**
 * Canonical JSON: RFC 8785 (JCS) over strict I-JSON (RFC 7493).
 *
 * The browser's own reader keeps the last of two equal names and rounds large integers, so that one
 * document could mean two things. This reader refuses duplicate names, numbers that cannot be kept
 * exactly, unpaired surrogates, more than 64 levels and bytes that are not UTF-8, and brings every
 * string into NFC. Objects come back without a prototype.
 *
 * A syntax fault anywhere outranks the other faults, of which the first is reported.
 */

import { utf8 } from "./bytes.js";
import { Refused } from "./fault.js";

export const MAX_DEPTH = 64;
export const MAX_SAFE_INTEGER = Number.MAX_SAFE_INTEGER;

const FIRST_EXPONENT = 1e21;
const PARSER_DEPTH = 1000; // the call stack ends somewhere; so deep a document is refused anyway

/** Read one document (bytes). Throws Refused `json-…`. */
export function parse(data) {
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    throw new Refused("json-malformed", "not UTF-8");
  }
  const reader = new Reader(text);
  const value = reader.document();
  if (reader.fault !== undefined) throw reader.fault;
  return normalise(value);
}

/** The RFC 8785 text of a value that `parse` could have returned. */
export function stringify(value) {
  if (Array.isArray(value)) return `[${value.map(stringify).join(",")}]`;
  if (isObject(value)) {
    const members = Object.keys(value)
      .sort()
      .map((name) => `${JSON.stringify(name)}:${stringify(value[name])}`);
    return `{${members.join(",")}}`;
  }
  return JSON.stringify(value);
}

/** `stringify` in UTF-8. */
export function encode(value) {
  return utf8(stringify(value));
}

export function isObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

export function isNormalised(text) {
  return text.normalize("NFC") === text;
}

function normalise(value) {
  if (typeof value === "string") return value.normalize("NFC");
  if (Array.isArray(value)) return value.map(normalise);
  if (!isObject(value)) return value;
  const members = Object.create(null);
  for (const name of Object.keys(value)) {
    const composed = name.normalize("NFC");
    if (composed in members) {
      throw new Refused("json-duplicate-key", `member ${JSON.stringify(composed)} twice after NFC`);
    }
    members[composed] = normalise(value[name]);
  }
  return members;
}

class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
    this.fault = undefined;
  }

  document() {
    this.space();
    const value = this.value(0);
    this.space();
    if (this.at !== this.text.length) this.malformed();
    return value;
  }

  value(depth) {
    const char = this.text[this.at];
    if (char === "{") return this.object(depth);
    if (char === "[") return this.array(depth);
    if (char === '"') return this.string();
    for (const [word, value] of WORDS) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.number();
  }

  object(depth) {
    this.enter(depth);
    const members = Object.create(null);
    this.at += 1;
    this.space();
    if (this.take("}")) return members;
    do {
      this.space();
      if (this.text[this.at] !== '"') this.malformed();
      const name = this.string();
      if (name in members) {
        this.note("json-duplicate-key", `member ${JSON.stringify(name)} twice`);
      }
      this.space();
      if (!this.take(":")) this.malformed();
      this.space();
      members[name] = this.value(depth + 1);
      this.space();
    } while (this.take(","));
    if (!this.take("}")) this.malformed();
    return members;
  }

  array(depth) {
    this.enter(depth);
    const items = [];
    this.at += 1;
    this.space();
    if (this.take("]")) return items;
    do {
      this.space();
      items.push(this.value(depth + 1));
      this.space();
    } while (this.take(","));
    if (!this.take("]")) this.malformed();
    return items;
  }

  string() {
    const start = this.at;
    do {
      this.at += this.text[this.at] === "\\" ? 2 : 1;
      if (this.at >= this.text.length) this.malformed();
    } while (this.text[this.at] !== '"');
    this.at += 1;
    let text;
    try {
      text = JSON.parse(this.text.slice(start, this.at));
    } catch {
      this.malformed();
    }
    if (SURROGATE.test(text)) this.note("json-surrogate", "text holds an unpaired surrogate");
    return text;
  }

  number() {
    for (const word of ["NaN", "Infinity", "-Infinity"]) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return this.inexact(word);
      }
    }
    NUMBER.lastIndex = this.at;
    const found = NUMBER.exec(this.text);
    if (found === null) this.malformed();
    this.at = NUMBER.lastIndex;
    const [literal, tail] = found;
    const value = Number(literal);
    const tooLarge = Number.isInteger(value) && Math.abs(value) > MAX_SAFE_INTEGER;
    // From 1e21 on JCS writes an exponent, so a float stays a float when it is read back.
    if (
      !Number.isFinite(value) ||
      (tooLarge && (tail === "" || Math.abs(value) < FIRST_EXPONENT))
    ) {
      return this.inexact(literal);
    }
    return value;
  }

  enter(depth) {
    if (depth >= PARSER_DEPTH) {
      throw new Refused("json-depth-exceeded", `more than ${MAX_DEPTH} levels deep`);
    }
    if (depth >= MAX_DEPTH) {
      this.note("json-depth-exceeded", `more than ${MAX_DEPTH} levels deep`);
    }
  }

  inexact(literal) {
    this.note("json-number-out-of-range", `${literal.slice(0, 40)} cannot be kept exactly`);
    return 0;
  }

  space() {
    SPACE.lastIndex = this.at;
    SPACE.exec(this.text);
    this.at = SPACE.lastIndex;
  }

  take(char) {
    if (this.text[this.at] !== char) return false;
    this.at += 1;
    return true;
  }

  note(code, detail) {
    this.fault ??= new Refused(code, detail);
  }

  malformed() {
    throw new Refused("json-malformed", `not JSON at character ${this.at}`);
  }
}

const WORDS = [
  ["true", true],
  ["false", false],
  ["null", null],
];
const SPACE = /[ \t\r\n]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)((?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)/y;
const SURROGATE = /[\ud800-\udfff]/u; // in this mode a pair is one character: only loners match
