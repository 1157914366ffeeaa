/**
 * Checks 2 to 7 of a leg's bundle: what was said and signed, and that the contract keeps just that.
 * They hold or fail by the file alone, up to the root of the state in which the head was proven.
 */

import { isEqual, toHex } from "../verifier/bytes.js";
import { passed } from "../verifier/checks.js";
import { sha256 } from "../verifier/digest.js";
import { recover } from "../verifier/eip712.js";
import { Refused } from "../verifier/fault.js";
import { commitmentOf, nestMembers, shownMembers } from "../verifier/members.js";
import { checkDescribes, commitEnvelope, readEvidence } from "./evidence.js";
import { signedDigest } from "./signed.js";
import { checkSlot, legHeadSlot } from "./state_proof.js";

const KIND = "exchange.message";

/** The check does not apply, or rests on something already refused. */
export function skipped(detail, ...notices) {
  return { outcome: "skipped", detail, notices };
}

/** Check 2: the manifest is the one committed to, of the sender, whatever it withholds. */
export function checkMessage({ events, message, key }) {
  const { signed } = events[0];
  if (signed === null || !signed.isOpening) {
    throw new Refused("leg-history-illegal", "the first event does not open the leg");
  }
  if (!isEqual(commitmentOf(message), signed.message)) {
    throw new Refused("leg-message-differs", "not the message that was signed");
  }
  const shown = shownMembers(message);
  for (const [pointer, value] of [["/v", 1], ["/kind", KIND], ["/org", key.senderText]]) {
    if (shown.get(pointer) !== value) {
      throw new Refused("leg-message-differs", `${pointer} is not ${value}`);
    }
  }
  const withheld = message.length - shown.size;
  return passed(`${shown.size} members of its manifest disclosed, ${withheld} withheld`);
}

/** Check 3: every file in the bundle is the part of the message it says it is. */
export function checkDocuments({ documents, message }) {
  if (documents.size === 0) return skipped("the bundle holds no documents");
  const parts = partsOf(message);
  for (const [number, { content }] of documents) {
    if (parts[number]?.digest !== toHex(sha256(content))) {
      throw new Refused("leg-document-differs", `document ${number} is not the one that was sent`);
    }
  }
  return passed(`${documents.size} documents as they were sent`);
}

/** The parts of the message, as far as its manifest shows them. */
export function partsOf(message) {
  const parts = nestMembers(message).body?.parts;
  return Array.isArray(parts) ? parts : [];
}

/** Check 4: each event was signed by the key it names, for this leg, contract and chain. */
export function checkSignatures({ events, key, domain }) {
  let count = 0;
  events.forEach(({ signed, signer, signature }, number) => {
    if (signed === null) return;
    if (recover(signedDigest(signed, key, domain), signature) !== signer) {
      throw new Refused("leg-signature-invalid", `event ${number} was not signed by ${signer}`);
    }
    count += 1;
  });
  return passed(`${count} events signed, ${events.length - count} made true by a deadline`);
}

/** Check 5: each record of evidence is the one committed to, and tells of its event. */
export function checkEvidence({ events, evidence, key, domain }) {
  for (const [number, { envelope, salt }] of evidence) {
    const signed = events[number]?.signed ?? null;
    if (signed === null) throw new Refused("evidence-differs", `evidence ${number} is of no event`);
    const said = readEvidence(envelope);
    if (!isEqual(commitEnvelope(envelope, salt), signed.evidence)) {
      const detail = `evidence ${number} is not the one that was signed`;
      throw new Refused("evidence-differs", detail);
    }
    checkDescribes(said, signed, key, domain);
  }
  const missing = events.filter((event) => event.signed !== null).length - evidence.size;
  const detail = `${evidence.size} records as they were signed`;
  return missing > 0 ? passed(`${detail}, ${missing} missing`, "evidence-missing") : passed(detail);
}

/** Check 7: the contract keeps the head that these events make, in the named block's state. */
export function checkHead({ anchor, key, domain, events }, leg) {
  const header = anchor.headers.find((one) => one.number === anchor.block);
  const slot = legHeadSlot(key.leg);
  const kept = checkSlot(header.stateRoot, domain.contract, slot, anchor.proof);
  if (!isEqual(kept, leg.head)) {
    throw new Refused("leg-head-differs", "the contract holds another history of this leg");
  }
  if (events.at(-1).time > header.time) {
    throw new Refused("leg-head-differs", "an event is newer than the block");
  }
  return passed(`${leg.events} events in the state of block ${anchor.block}`);
}
