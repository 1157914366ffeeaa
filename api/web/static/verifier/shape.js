/**
 * Strict reading of the members of one of our JSON objects: exactly the named members, integers
 * that are integers, lower-case hexadecimal of an exact length. One value has one spelling.
 *
 * Every fault throws Refused with the code of the file's kind.
 */

import { findHex } from "./bytes.js";
import { isObject } from "./canonical.js";
import { Refused } from "./fault.js";

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

export class Shape {
  constructor(value, names, code, at = "") {
    this.code = code;
    this.at = at;
    if (!isObject(value)) this.refuse("not an object");
    for (const name of names) {
      if (!(name in value)) this.refuse(`member ${name} is missing`);
    }
    for (const name of Object.keys(value)) {
      if (!names.includes(name)) this.refuse("a member this version does not know", name);
    }
    this.members = value;
  }

  refuse(detail, ...steps) {
    throw new Refused(this.code, `${[this.at, ...steps].join("/")}: ${detail}`);
  }

  value(name) {
    return this.members[name];
  }

  object(name, names) {
    return new Shape(this.members[name], names, this.code, `${this.at}/${name}`);
  }

  /** A member that is an object or null. */
  findObject(name, names) {
    return this.members[name] === null ? null : this.object(name, names);
  }

  array(name, most) {
    const value = this.members[name];
    if (!Array.isArray(value)) this.refuse("not an array", name);
    if (value.length > most) this.refuse(`more than ${most} items`, name);
    return value;
  }

  objects(name, names, most) {
    return this.array(name, most).map(
      (item, index) => new Shape(item, names, this.code, `${this.at}/${name}/${index}`),
    );
  }

  integer(name, most = Number.MAX_SAFE_INTEGER) {
    const value = this.members[name];
    if (!Number.isInteger(value) || value < 0 || value > most) {
      this.refuse(`not an integer from 0 to ${most}`, name);
    }
    return value;
  }

  boolean(name) {
    const value = this.members[name];
    if (typeof value !== "boolean") this.refuse("neither true nor false", name);
    return value;
  }

  text(name) {
    return this.#text(this.members[name], name);
  }

  texts(name, most) {
    return this.array(name, most).map((item, index) => this.#text(item, name, index));
  }

  constant(name, expected) {
    if (this.members[name] !== expected) {
      this.refuse(`this verifier knows only ${expected} here`, name);
    }
  }

  choice(name, allowed) {
    const value = this.text(name);
    if (!allowed.includes(value)) this.refuse(`not one of ${allowed.join(", ")}`, name);
    return value;
  }

  /** A digest spelt without 0x. */
  digest(name) {
    return this.#bytes(this.members[name], 32, "", name);
  }

  digests(name, most) {
    return this.array(name, most).map((item, index) => this.#bytes(item, 32, "", name, index));
  }

  /** Bytes of exact length that live on chain, spelt with 0x. */
  chainBytes(name, length = 32) {
    return this.#bytes(this.members[name], length, "0x", name);
  }

  /** An account or contract, in lower case. */
  address(name) {
    this.#bytes(this.text(name), 20, "0x", name);
    return this.members[name];
  }

  /** An RFC 3339 time in the one spelling we write, as a Date. */
  time(name) {
    const text = this.text(name);
    const at = new Date(TIME.test(text) ? text : NaN);
    if (text.startsWith("0000") || Number.isNaN(at.getTime()) || at.toISOString() !== text) {
      this.refuse("not UTC with milliseconds and Z", name);
    }
    return at;
  }

  #text(value, ...steps) {
    if (typeof value !== "string") this.refuse("not a string", ...steps);
    return value;
  }

  #bytes(value, length, prefix, ...steps) {
    const bytes = findHex(this.#text(value, ...steps), length, prefix);
    if (bytes === undefined) {
      this.refuse(`not ${prefix}${2 * length} lower-case hexadecimal digits`, ...steps);
    }
    return bytes;
  }
}
