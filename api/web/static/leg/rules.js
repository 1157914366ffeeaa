/**
 * The table of transitions of a leg: one message on its way to one recipient. Number by number that
 * of `ledger/exchange/rules.py` and contracts/libraries/LegRules.sol (a test compares them).
 */

/** Standing of a leg by number; NONE means it was never opened. */
export const STATES = [
  "NONE",
  "SUBMITTED",
  "SUBMISSION_REJECTED",
  "RELAYED",
  "RELAY_FAILED",
  "ARRIVED",
  "CONSIGNMENT_FAILED",
  "HANDED_OVER",
  "HANDOVER_FAILED",
  "RECEIVED",
  "REFUSED",
  "EXPIRED",
  "ASSIGNED",
  "IN_PROGRESS",
  "DONE",
  "RECALL_REQUESTED",
  "RECALLED",
  "WITHDRAWN",
  "SUPERSEDED",
];

/** What can be done to a leg, by number; SUBMIT and REJECT_SUBMISSION open it. */
export const ACTIONS = [
  "NONE",
  "SUBMIT",
  "REJECT_SUBMISSION",
  "RELAY",
  "FAIL_RELAY",
  "ARRIVE",
  "FAIL_CONSIGNMENT",
  "HAND_OVER",
  "FAIL_HANDOVER",
  "RECEIVE",
  "REFUSE",
  "ASSIGN",
  "BEGIN",
  "FINISH",
  "REQUEST_RECALL",
  "ACCEPT_RECALL",
  "REFUSE_RECALL",
  "WITHDRAW",
  "SUPERSEDE",
  "LOG_ACCESS",
  "ERASE",
  "EXPIRE",
  "MARK_OVERDUE",
];

const CLERK = 16;
const GATEWAY = 32;
const LEADER = 64;

/** Not yet in the recipient's system. */
export const ON_THE_WAY = ["SUBMITTED", "RELAYED", "RELAY_FAILED", "CONSIGNMENT_FAILED"];
/** In the recipient's system, waiting for the recipient's answer. */
export const UNANSWERED = ["ARRIVED", "HANDED_OVER", "HANDOVER_FAILED"];
const UNSETTLED = ["RECEIVED", "ASSIGNED", "IN_PROGRESS"];
const RECALLABLE = [...UNANSWERED, ...UNSETTLED, "EXPIRED", "DONE"];
const REPLACEABLE = [...ON_THE_WAY, ...RECALLABLE, "REFUSED", "RECALL_REQUESTED"];
const EVER_SUBMITTED = [...REPLACEABLE, "RECALLED", "WITHDRAWN", "SUPERSEDED"];
const ACCESSIBLE = [...RECALLABLE, "REFUSED", "RECALL_REQUESTED", "SUPERSEDED"];
const RECALL_OPEN = ["RECALL_REQUESTED", "SUPERSEDED"];
const ATTEMPT = { isAttempt: true };
const FAILURE = { needsReason: true, isAttempt: true, isFailure: true };
const OBLIGATION = { isObligation: true };

/** What opens a leg, in which state, with a key of which purpose; always the sender's. */
export const OPENINGS = {
  SUBMIT: { to: "SUBMITTED", purpose: CLERK },
  REJECT_SUBMISSION: { to: "SUBMISSION_REJECTED", purpose: GATEWAY },
};

/** The rule of every action on a leg that is open: from which states, to which (null: it stays, or
 * depends on the leg), whose, with a key of which purpose. */
export const RULES = {
  RELAY: rule(["SUBMITTED", "RELAY_FAILED"], "RELAYED", "recipient", GATEWAY, ATTEMPT),
  FAIL_RELAY: rule(["SUBMITTED", "RELAY_FAILED"], "RELAY_FAILED", "sender", GATEWAY, FAILURE),
  ARRIVE: rule(
    ["SUBMITTED", "RELAYED", "CONSIGNMENT_FAILED"],
    "ARRIVED",
    "recipient",
    GATEWAY,
    ATTEMPT,
  ),
  FAIL_CONSIGNMENT: rule(
    ["SUBMITTED", "RELAYED", "CONSIGNMENT_FAILED"],
    "CONSIGNMENT_FAILED",
    "recipient",
    GATEWAY,
    FAILURE,
  ),
  HAND_OVER: rule(["ARRIVED", "HANDOVER_FAILED", "EXPIRED"], "HANDED_OVER", "recipient", CLERK, {
    ...ATTEMPT,
    ...OBLIGATION,
  }),
  FAIL_HANDOVER: rule(UNANSWERED, "HANDOVER_FAILED", "recipient", GATEWAY, FAILURE),
  RECEIVE: rule(["HANDED_OVER", "EXPIRED"], "RECEIVED", "recipient", CLERK, OBLIGATION),
  REFUSE: rule(UNANSWERED, "REFUSED", "recipient", CLERK, { needsReason: true, ...OBLIGATION }),
  ASSIGN: rule(["RECEIVED"], "ASSIGNED", "recipient", LEADER),
  BEGIN: rule(["ASSIGNED"], "IN_PROGRESS", "recipient", CLERK),
  FINISH: rule(["IN_PROGRESS"], "DONE", "recipient", CLERK),
  REQUEST_RECALL: rule(RECALLABLE, "RECALL_REQUESTED", "sender", CLERK, {
    needsReason: true,
    needsLink: true,
  }),
  ACCEPT_RECALL: rule(RECALL_OPEN, "RECALLED", "recipient", CLERK, OBLIGATION),
  REFUSE_RECALL: rule(RECALL_OPEN, null, "recipient", CLERK, { needsReason: true, ...OBLIGATION }),
  WITHDRAW: rule(ON_THE_WAY, "WITHDRAWN", "sender", CLERK, { needsReason: true }),
  SUPERSEDE: rule(REPLACEABLE, "SUPERSEDED", "sender", CLERK, { needsLink: true }),
  LOG_ACCESS: rule(ACCESSIBLE, null, "recipient", GATEWAY),
  ERASE: rule(EVER_SUBMITTED, null, "either", LEADER, { needsReason: true }),
  EXPIRE: rule(["ARRIVED", "HANDOVER_FAILED"], "EXPIRED", "anyone", 0),
  MARK_OVERDUE: rule(
    [...ON_THE_WAY, ...UNANSWERED, ...UNSETTLED, "RECALL_REQUESTED"],
    null,
    "anyone",
    0,
  ),
};

function rule(states, to, party, purpose, more = {}) {
  return {
    states,
    to,
    party,
    purpose,
    needsReason: false,
    needsLink: false,
    isAttempt: false,
    isFailure: false,
    isObligation: false,
    ...more,
  };
}
