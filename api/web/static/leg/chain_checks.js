/** Checks 8 to 12 of a leg's bundle: whose chain and keys, when, and what became of it. */

import { isEqual, toHex } from "../verifier/bytes.js";
import { parse } from "../verifier/canonical.js";
import { checkIdentity, passed } from "../verifier/checks.js";
import { Refused, Unavailable } from "../verifier/fault.js";
import { Shape } from "../verifier/shape.js";
import { checkRow } from "./block_headers.js";
import { skipped } from "./checks.js";
import { findLeg } from "./contract.js";
import { MARKS } from "./leg.js";
import { OPENINGS, RULES } from "./rules.js";

const MAX_STATEMENT_BYTES = 4_096;
const OVERDUE = [
  [MARKS.ARRIVAL_OVERDUE, "arrival-overdue"],
  [MARKS.ANSWER_OVERDUE, "answer-overdue"],
  [MARKS.SETTLEMENT_OVERDUE, "settlement-overdue"],
  [MARKS.RECALL_ANSWER_OVERDUE, "recall-answer-overdue"],
];

/** Check 8: the state in which the head was proven is of a block of the trusted chain. With a chain
 * the last header is asked for; without, any header from the proven block on may be one that the
 * issuer of the trust file saw, for each contains the ones before it. */
export async function checkBlock({ anchor }, trust, chain) {
  const { headers, block } = anchor;
  checkRow(headers);
  const last = headers.at(-1);
  if (chain !== null) {
    const found = await chain.blockHash(last.number);
    if (found === null || !isEqual(found, last.hash)) {
      throw new Refused("block-differs", `the chain has another block ${last.number}`);
    }
    return passed(`block ${last.number} is the chain's`);
  }
  const known = headers.filter((one) => one.number >= block && trust.blocks.has(one.number));
  for (const { number, hash } of known) {
    if (!isEqual(trust.blocks.get(number), hash)) {
      throw new Refused("block-differs", `the issuer of the trust file saw another block ${number}`);
    }
  }
  if (known.length === 0) {
    const detail = `the trust file has no block from ${block} to ${last.number}`;
    throw new Unavailable("issuer-saw-no-block", detail);
  }
  return passed(`block ${known[0].number} is the one the issuer of the trust file saw`);
}

/** Check 9: bundle, trust file and nodes mean the same chain and contract. */
export function checkLegIdentity({ domain, genesis }, trust, chain) {
  if (domain.chainId !== trust.chainId || !isEqual(genesis, trust.genesis)) {
    throw new Unavailable("ledger-foreign", `a document on chain ${domain.chainId}`);
  }
  if (trust.documentExchange === null) {
    throw new Unavailable("trust-names-no-exchange", "the trust file names no DocumentExchange");
  }
  if (domain.contract !== trust.documentExchange) {
    throw new Refused("anchor-other-contract", "the bundle names another contract");
  }
  return checkIdentity(null, trust, chain);
}

/** Check 10: each signing key was the acting organization's, for that purpose, at that time. The
 * contract let none pass that was not; this compares the registry's history with it, and tells what
 * was learnt about a key since. */
export async function checkSigners({ events, keys }, evidence) {
  const copies = new Map(keys.map((key) => [`${key.org} ${key.address}`, key]));
  const notices = new Set();
  for (const { action, time, signed, signer } of events) {
    if (signed === null) continue;
    const org = "0x" + toHex(signed.actor);
    const key = await evidence.findKey(org, signer);
    if (key === null) refuseSigner("key-unknown", `${signer} never belonged to the organization`);
    checkKey(action, time, key);
    if (key.compromisedAt && key.compromisedAt <= time) notices.add("disputed");
    const copy = copies.get(`${org} ${signer}`);
    const same =
      copy !== undefined &&
      copy.custodial === key.custodial &&
      copy.purposes === key.purposes &&
      copy.validFrom === key.validFrom;
    if (!same) refuseSigner("entry-false", "the bundle's copy of a key is not the registry's");
  }
  return passed(`${copies.size} keys were authorized`, ...notices);
}

function checkKey(action, time, key) {
  const { purpose } = OPENINGS[action] ?? RULES[action];
  if (!(key.purposes & purpose)) refuseSigner("purpose-missing", "the key may not sign this");
  if (time < key.validFrom || time < key.registeredAt) {
    refuseSigner("key-not-yet-valid", "a key signed before it was in force");
  }
  if (key.validUntil && time >= key.validUntil) {
    refuseSigner("key-expired", "a key signed after its end");
  }
}

/** Check 11, as far as a browser goes: each statement is of one of the blocks. The authority's token
 * (RFC 3161) is not judged here, and that is said. */
export function checkStamps({ stamps, anchor, domain, genesis }) {
  if (stamps.length === 0) return skipped("no time-stamp in the bundle");
  for (const { statement } of stamps) {
    const said = readStatement(statement);
    const header = anchor.headers.find((one) => one.number === said.block);
    if (
      said.chainId !== domain.chainId ||
      !isEqual(said.genesis, genesis) ||
      header === undefined ||
      !isEqual(header.hash, said.hash)
    ) {
      throw new Refused("timestamp-block-differs", "the token is about another block");
    }
  }
  return skipped("the tokens are not judged in a browser", "time-stamp-not-checked");
}

function readStatement(data) {
  const code = "timestamp-statement-malformed";
  if (data.length > MAX_STATEMENT_BYTES) throw new Refused(code, `${data.length} bytes`);
  const shape = new Shape(parse(data), ["v", "type", "chain", "log"], code);
  shape.constant("type", "provenance.timestamp");
  shape.constant("v", 1);
  const chain = shape.object("chain", ["id", "genesis", "block", "hash"]);
  return {
    chainId: chain.integer("id"),
    genesis: chain.chainBytes("genesis"),
    block: chain.integer("block"),
    hash: chain.chainBytes("hash"),
  };
}

/** Check 12: neither withdrawn nor called back, by now where the contract is asked, else as far as
 * the bundle goes. Gives the finding and the leg as it is now. */
export async function checkStanding(leg, key, trust, chain) {
  const notices = [];
  let now = leg;
  if (chain !== null) {
    const data = findLeg.encode(key.leg);
    now = await chain.view("the leg", trust.documentExchange, data, findLeg);
    if (now.events < leg.events || (now.events === leg.events && !isEqual(now.head, leg.head))) {
      throw new Refused("leg-head-differs", "the contract now holds another history");
    }
    if (now.events > leg.events) notices.push("leg-went-on");
  }
  if (now.state === "RECALLED") {
    throw new Refused("leg-recalled", "the document was called back, which was accepted");
  }
  if (now.state === "WITHDRAWN") {
    throw new Refused("leg-withdrawn", "the sender withdrew the document on its way");
  }
  notices.push(...OVERDUE.filter(([mark]) => now.marks & mark).map(([, notice]) => notice));
  if (now.state === "SUPERSEDED") notices.push("superseded");
  if (now.state === "RECALL_REQUESTED") notices.push("recall-requested");
  return passed(`it is ${now.state}`, ...notices);
}

function refuseSigner(code, detail) {
  throw new Refused(`signer-${code}`, detail);
}
