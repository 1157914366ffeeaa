/**
 * A leg and its life: what the contract DocumentExchange decides, decided the same way
 * (`ledger/exchange/leg.py`). Every refusal throws Refused `leg-history-illegal`.
 */

import { isEqual } from "../verifier/bytes.js";
import { Refused } from "../verifier/fault.js";
import { ON_THE_WAY, OPENINGS, RULES, UNANSWERED } from "./rules.js";
import { chainHead, lapseDigest, legId, signedDigest } from "./signed.js";

const TIME_MAX = 2 ** 48 - 1;
const ZERO = new Uint8Array(32);

/** What was noted about a leg for ever. */
export const MARKS = {
  ARRIVAL_OVERDUE: 1,
  ANSWER_OVERDUE: 2,
  SETTLEMENT_OVERDUE: 4,
  SUPERSESSION_ANSWERED: 8,
  ERASED_BY_SENDER: 16,
  ERASED_BY_RECIPIENT: 32,
  RECALL_ANSWER_OVERDUE: 64,
};

/**
 * The leg after all these events {action, time, signed}, each of which its rules allow where it
 * stands. What other legs it refers to is the contract's to know; that it was satisfied shows in the
 * head.
 */
export function replay(events, key, domain) {
  const [first, ...rest] = events;
  let leg = open(first, key, domain);
  let before = first.time;
  for (const event of rest) {
    if (event.time < before) refuse("an event is older than the one before");
    before = event.time;
    leg = event.signed === null ? lapse(leg, event, key) : act(leg, event, key, domain);
  }
  return leg;
}

function open({ action, time, signed }, key, domain) {
  if (signed === null || !signed.isOpening) refuse("the first event does not open the leg");
  checkOpening(signed, time, key);
  const { to: state } = OPENINGS[action];
  return {
    state,
    previous: "NONE",
    failures: 0,
    attempts: signed.attempts,
    marks: 0,
    events: 1,
    arriveBy: signed.arriveBy,
    answerWithin: signed.answerWithin,
    answerBy: 0,
    settleBy: signed.settleBy,
    head: chainHead(ZERO, signedDigest(signed, key, domain), state, time),
  };
}

function checkOpening(opening, now, key) {
  const submitted = opening.action === "SUBMIT";
  if (submitted !== (opening.reason === 0)) refuseReason(opening.action);
  if (isZero(opening.message) || isZero(opening.evidence)) refuse("it lacks content");
  if (isEqual(key.sender, key.recipient)) refuse("sender and recipient are the same");
  const { arriveBy, answerWithin, settleBy, attempts, replaces } = opening;
  if (!submitted) {
    if (!isZero(replaces) || arriveBy || answerWithin || settleBy || attempts) {
      refuse("a rejected submission has no terms");
    }
    return;
  }
  if (now >= arriveBy || arriveBy > TIME_MAX) refuse("it must arrive at a time to come");
  if (settleBy > TIME_MAX || (settleBy !== 0 && settleBy <= now)) {
    refuse("it must be settled at a time to come, or at none");
  }
  if (answerWithin === 0 || attempts === 0) refuse("no time to answer, or no attempt to deliver");
  if (isEqual(replaces, key.leg)) refuse("the leg to be replaced was never opened");
}

function act(leg, { time, signed }, key, domain) {
  if (signed.isOpening) refuse("a leg is opened once");
  const rule = RULES[signed.action];
  if (!rule.states.includes(leg.state)) refuseState(leg, signed.action);
  if (signed.nonce !== leg.events) refuse(`the leg has ${leg.events} events, not ${signed.nonce}`);
  checkParty(signed, rule, key);
  if (rule.needsReason !== (signed.reason !== 0)) refuseReason(signed.action);
  if (isZero(signed.evidence) || rule.needsLink === isZero(signed.link)) {
    refuse(`${signed.action} lacks content or link, or has a link too many`);
  }
  const moved = move(leg, signed, rule, time, key);
  const head = chainHead(leg.head, signedDigest(signed, key, domain), moved.state, time);
  return { ...moved, events: leg.events + 1, head };
}

function checkParty(step, rule, key) {
  const asSender = isEqual(step.org, key.sender) && rule.party !== "recipient";
  const asRecipient = isEqual(step.org, key.recipient) && rule.party !== "sender";
  if (!asSender && !asRecipient) refuse(`${step.action} is the ${rule.party}'s to do`);
}

function move(leg, step, rule, now, key) {
  if (rule.isAttempt && leg.failures >= leg.attempts) refuse("all attempts failed");
  const moved = { ...leg, failures: leg.failures + (rule.isFailure ? 1 : 0) };
  if (step.action === "SUPERSEDE") {
    const successor = legId(key.sender, key.recipient, step.link);
    if (isEqual(successor, key.leg)) refuse("there is no leg that replaces it");
  } else if (step.action === "ERASE") {
    const bySender = isEqual(step.org, key.sender);
    markOnce(moved, bySender ? MARKS.ERASED_BY_SENDER : MARKS.ERASED_BY_RECIPIENT);
  } else if (leg.state === "SUPERSEDED" && rule.isObligation) {
    // The copy that was replaced is destroyed, or kept and it is said why; it stays replaced.
    return markOnce(moved, MARKS.SUPERSESSION_ANSWERED);
  } else if (step.action === "REFUSE_RECALL") {
    return { ...moved, state: leg.previous };
  } else if (step.action === "REQUEST_RECALL") {
    moved.previous = leg.state;
    moved.answerBy = now + leg.answerWithin;
  } else if (step.action === "ARRIVE") {
    moved.answerBy = now + leg.answerWithin;
  }
  return rule.to === null ? moved : { ...moved, state: rule.to };
}

function markOnce(leg, mark) {
  if (leg.marks & mark) refuse("it was done before, and is done once only");
  leg.marks |= mark;
  return leg;
}

function lapse(leg, { action, time }, key) {
  if (!RULES[action].states.includes(leg.state)) refuseState(leg, action);
  const moved = { ...leg };
  if (action === "EXPIRE") {
    if (time <= leg.answerBy) refuseHaste();
    moved.state = "EXPIRED";
  } else {
    const [mark, due] = expectation(leg);
    if (due === 0 || time <= due || leg.marks & mark) refuseHaste();
    moved.marks |= mark;
  }
  moved.head = chainHead(leg.head, lapseDigest(key.leg, action, leg.events), moved.state, time);
  moved.events += 1;
  return moved;
}

/** What an open leg waits for, as the mark it gets when that comes too late, and until when (0: for
 * ever). */
function expectation({ state, arriveBy, answerBy, settleBy }) {
  if (ON_THE_WAY.includes(state)) return [MARKS.ARRIVAL_OVERDUE, arriveBy];
  if (UNANSWERED.includes(state)) return [MARKS.ANSWER_OVERDUE, answerBy];
  if (state === "RECALL_REQUESTED") return [MARKS.RECALL_ANSWER_OVERDUE, answerBy];
  return [MARKS.SETTLEMENT_OVERDUE, settleBy];
}

function isZero(word) {
  return word.every((byte) => byte === 0);
}

function refuseState(leg, action) {
  refuse(`${action} is not possible while it is ${leg.state}`);
}

function refuseReason(action) {
  refuse(`${action} lacks its reason, or has one where nothing is to be justified`);
}

function refuseHaste() {
  refuse("no deadline has passed that was not marked before");
}

function refuse(detail) {
  throw new Refused("leg-history-illegal", detail);
}
