/**
 * One event of a leg as its bundle tells it: what was signed, by which key, and in a block of which
 * time. What a deadline alone made true has no signature. Form: docs/formats/leg-bundle.md.
 */

import { Refused } from "../verifier/fault.js";
import { Shape } from "../verifier/shape.js";
import { ACTIONS, OPENINGS, RULES } from "./rules.js";

const MEMBERS = ["action", "time", "signer", "signature", "signed"];
const OPENING = [
  "actor",
  "reason",
  "message",
  "evidence",
  "replaces",
  "arriveBy",
  "answerWithin",
  "settleBy",
  "attempts",
  "deadline",
];
const STEP = ["org", "actor", "reason", "evidence", "link", "nonce", "deadline"];
const BITS = { reason: 16, answerWithin: 32, attempts: 8, nonce: 32 }; // the rest fits 64 anyway

/** {action, time, signed, signer, signature}; the last three null where nobody signs. */
export function readEvent(value, code, at) {
  const shape = new Shape(value, MEMBERS, code, at);
  const action = shape.choice("action", ACTIONS.slice(1));
  const time = shape.integer("time");
  if (RULES[action]?.party === "anyone") {
    for (const name of ["signer", "signature", "signed"]) {
      if (shape.value(name) !== null) {
        shape.refuse("nobody signs what a deadline makes true", name);
      }
    }
    return { action, time, signed: null, signer: null, signature: null };
  }
  const signer = shape.address("signer");
  const signature = shape.chainBytes("signature", 65);
  const isOpening = action in OPENINGS;
  const members = shape.object("signed", isOpening ? OPENING : STEP);
  const signed = { isOpening, action };
  for (const name of isOpening ? OPENING : STEP) signed[name] = readMember(members, name);
  for (const [name, bits] of Object.entries(BITS)) {
    if (signed[name] >= 2 ** bits) {
      throw new Refused("leg-content-malformed", `/${name}: not a uint${bits}`);
    }
  }
  return { action, time, signed, signer, signature };
}

function readMember(shape, name) {
  if (name === "org" || name === "actor") return shape.chainBytes(name);
  if (["message", "evidence", "replaces", "link"].includes(name)) return shape.digest(name);
  return shape.integer(name);
}
