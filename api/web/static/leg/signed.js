/**
 * What the parties of a leg sign, as EIP-712 typed data: its opening and each step. Field for field
 * the structs of contracts/interfaces/IDocumentExchange.sol, with the leg's id in place of its salt.
 * Also the hash chain over all events of a leg, which the contract keeps.
 */

import { fromUint } from "../verifier/bytes.js";
import { keccak256 } from "../verifier/digest.js";
import { typeHash, typedDigest } from "../verifier/eip712.js";
import { ACTIONS, STATES } from "./rules.js";

const OPENING_TYPE = typeHash(
  "Opening(bytes32 leg,bytes32 sender,bytes32 recipient,bytes32 actor,uint8 action,uint16 reason," +
    "bytes32 message,bytes32 evidence,bytes32 replaces,uint64 arriveBy,uint32 answerWithin," +
    "uint64 settleBy,uint8 attempts,uint64 deadline)",
);
const STEP_TYPE = typeHash(
  "Step(bytes32 leg,bytes32 org,bytes32 actor,uint8 action,uint16 reason,bytes32 evidence," +
    "bytes32 link,uint32 nonce,uint64 deadline)",
);
const LAPSE_TYPE = typeHash("Lapse(bytes32 leg,uint8 action,uint32 nonce)");

/** The id of the leg of these parties (32 bytes each) with that salt. */
export function legId(sender, recipient, salt) {
  return keccak256(sender, recipient, salt);
}

/** What the signature over an opening or a step signs. `key`: {leg, sender, recipient}, `domain`:
 * {chainId, contract}. */
export function signedDigest(signed, key, { chainId, contract }) {
  if (signed.isOpening) {
    return typedDigest(
      chainId,
      contract,
      OPENING_TYPE,
      key.leg,
      key.sender,
      key.recipient,
      signed.actor,
      word(ACTIONS.indexOf(signed.action)),
      word(signed.reason),
      signed.message,
      signed.evidence,
      signed.replaces,
      word(signed.arriveBy),
      word(signed.answerWithin),
      word(signed.settleBy),
      word(signed.attempts),
      word(signed.deadline),
    );
  }
  return typedDigest(
    chainId,
    contract,
    STEP_TYPE,
    key.leg,
    signed.org,
    signed.actor,
    word(ACTIONS.indexOf(signed.action)),
    word(signed.reason),
    signed.evidence,
    signed.link,
    word(signed.nonce),
    word(signed.deadline),
  );
}

/** What stands in the chain of a leg for an event that a deadline alone made true. */
export function lapseDigest(leg, action, nonce) {
  return keccak256(LAPSE_TYPE, leg, word(ACTIONS.indexOf(action)), word(nonce));
}

/** The head of a leg after one more event: it commits to every event, state and time so far. */
export function chainHead(head, digest, state, blockTime) {
  return keccak256(head, digest, word(STATES.indexOf(state)), word(blockTime));
}

function word(value) {
  return fromUint(value, 32);
}
