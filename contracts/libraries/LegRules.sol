// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Standing of a leg: one message on its way to one recipient. `None` means it was never opened.
enum LegState {
    None,
    Submitted,
    SubmissionRejected,
    Relayed,
    RelayFailed,
    Arrived,
    ConsignmentFailed,
    HandedOver,
    HandoverFailed,
    Received,
    Refused,
    Expired,
    Assigned,
    InProgress,
    Done,
    RecallRequested,
    Recalled,
    Withdrawn,
    Superseded
}

/// @notice What can be done to a leg.
enum LegAction {
    None,
    Submit,
    RejectSubmission,
    Relay,
    FailRelay,
    Arrive,
    FailConsignment,
    HandOver,
    FailHandover,
    Receive,
    Refuse,
    Assign,
    Begin,
    Finish,
    RequestRecall,
    AcceptRecall,
    RefuseRecall,
    Withdraw,
    Supersede,
    LogAccess,
    Erase,
    Expire,
    MarkOverdue
}

/// @notice Who may do it. `Anyone` needs no signature, only a deadline that has passed.
enum LegParty {
    Sender,
    Recipient,
    Either,
    Anyone
}

/**
 * @notice One line of the table of transitions.
 * @dev `from` has bit `n` set if the action is legal in state `n`; `to` is `None` where the state stays, or depends on
 * the leg. `purpose` is the bit a key needs (see {IOrganizationRegistry}).
 */
struct LegRule {
    uint256 from;
    LegState to;
    LegParty party;
    uint8 purpose;
    bool needsReason;
    bool needsLink;
    bool isFailure;
    bool isAttempt;
    bool isObligation;
}

/**
 * @title The table of transitions of a leg
 * @notice `ledger/exchange/rules.py` is the same table in Python; tests drive both side by side.
 */
library LegRules {
    uint8 internal constant CLERK = 16;
    uint8 internal constant GATEWAY = 32;
    uint8 internal constant LEADER = 64;

    uint256 private constant SUBMITTED = 1 << uint8(LegState.Submitted);
    uint256 private constant RELAYED = 1 << uint8(LegState.Relayed);
    uint256 private constant RELAY_FAILED = 1 << uint8(LegState.RelayFailed);
    uint256 private constant ARRIVED = 1 << uint8(LegState.Arrived);
    uint256 private constant CONSIGNMENT_FAILED = 1 << uint8(LegState.ConsignmentFailed);
    uint256 private constant HANDED_OVER = 1 << uint8(LegState.HandedOver);
    uint256 private constant HANDOVER_FAILED = 1 << uint8(LegState.HandoverFailed);
    uint256 private constant RECEIVED = 1 << uint8(LegState.Received);
    uint256 private constant REFUSED = 1 << uint8(LegState.Refused);
    uint256 private constant EXPIRED = 1 << uint8(LegState.Expired);
    uint256 private constant ASSIGNED = 1 << uint8(LegState.Assigned);
    uint256 private constant IN_PROGRESS = 1 << uint8(LegState.InProgress);
    uint256 private constant DONE = 1 << uint8(LegState.Done);
    uint256 private constant RECALL_REQUESTED = 1 << uint8(LegState.RecallRequested);
    uint256 private constant SUPERSEDED = 1 << uint8(LegState.Superseded);
    uint256 private constant RECALLED = 1 << uint8(LegState.Recalled);
    uint256 private constant WITHDRAWN = 1 << uint8(LegState.Withdrawn);

    /// @dev On the way: not yet in the recipient's system.
    uint256 internal constant ON_THE_WAY = SUBMITTED | RELAYED | RELAY_FAILED | CONSIGNMENT_FAILED;
    /// @dev In the recipient's system, and waiting for the recipient's answer.
    uint256 internal constant UNANSWERED = ARRIVED | HANDED_OVER | HANDOVER_FAILED;
    /// @dev Received, and waiting to be settled.
    uint256 internal constant UNSETTLED = RECEIVED | ASSIGNED | IN_PROGRESS;
    uint256 private constant RECALLABLE = UNANSWERED | UNSETTLED | EXPIRED | DONE;
    uint256 private constant REPLACEABLE = ON_THE_WAY | RECALLABLE | REFUSED | RECALL_REQUESTED;
    uint256 private constant EVER_SUBMITTED = REPLACEABLE | RECALLED | WITHDRAWN | SUPERSEDED;
    uint256 private constant ACCESSIBLE = RECALLABLE | REFUSED | RECALL_REQUESTED | SUPERSEDED;

    /// @notice The rule for an action on a leg that is open; one that allows nothing for the others.
    function ruleOf(LegAction action) internal pure returns (LegRule memory rule) {
        if (action == LegAction.Relay) {
            rule = _attempt(SUBMITTED | RELAY_FAILED, LegState.Relayed, LegParty.Recipient, GATEWAY);
        } else if (action == LegAction.FailRelay) {
            rule = _failure(SUBMITTED | RELAY_FAILED, LegState.RelayFailed, LegParty.Sender);
        } else if (action == LegAction.Arrive) {
            rule = _attempt(
                SUBMITTED | RELAYED | CONSIGNMENT_FAILED,
                LegState.Arrived,
                LegParty.Recipient,
                GATEWAY
            );
        } else if (action == LegAction.FailConsignment) {
            rule = _failure(
                SUBMITTED | RELAYED | CONSIGNMENT_FAILED,
                LegState.ConsignmentFailed,
                LegParty.Recipient
            );
        } else if (action == LegAction.HandOver) {
            rule = _attempt(
                ARRIVED | HANDOVER_FAILED | EXPIRED,
                LegState.HandedOver,
                LegParty.Recipient,
                CLERK
            );
            rule.isObligation = true;
        } else if (action == LegAction.FailHandover) {
            rule = _failure(UNANSWERED, LegState.HandoverFailed, LegParty.Recipient);
        } else if (action == LegAction.Receive) {
            rule = _plain(HANDED_OVER | EXPIRED, LegState.Received, LegParty.Recipient, CLERK);
            rule.isObligation = true;
        } else if (action == LegAction.Refuse) {
            rule = _reasoned(UNANSWERED, LegState.Refused, LegParty.Recipient, CLERK);
            rule.isObligation = true;
        } else if (action == LegAction.Assign) {
            rule = _plain(RECEIVED, LegState.Assigned, LegParty.Recipient, LEADER);
        } else if (action == LegAction.Begin) {
            rule = _plain(ASSIGNED, LegState.InProgress, LegParty.Recipient, CLERK);
        } else if (action == LegAction.Finish) {
            rule = _plain(IN_PROGRESS, LegState.Done, LegParty.Recipient, CLERK);
        } else if (action == LegAction.RequestRecall) {
            rule = _reasoned(RECALLABLE, LegState.RecallRequested, LegParty.Sender, CLERK);
            rule.needsLink = true;
        } else if (action == LegAction.AcceptRecall) {
            rule = _plain(
                RECALL_REQUESTED | SUPERSEDED,
                LegState.Recalled,
                LegParty.Recipient,
                CLERK
            );
            rule.isObligation = true;
        } else if (action == LegAction.RefuseRecall) {
            rule = _reasoned(
                RECALL_REQUESTED | SUPERSEDED,
                LegState.None,
                LegParty.Recipient,
                CLERK
            );
            rule.isObligation = true;
        } else if (action == LegAction.Withdraw) {
            rule = _reasoned(ON_THE_WAY, LegState.Withdrawn, LegParty.Sender, CLERK);
        } else if (action == LegAction.Supersede) {
            rule = _plain(REPLACEABLE, LegState.Superseded, LegParty.Sender, CLERK);
            rule.needsLink = true;
        } else if (action == LegAction.LogAccess) {
            rule = _plain(ACCESSIBLE, LegState.None, LegParty.Recipient, GATEWAY);
        } else if (action == LegAction.Erase) {
            rule = _reasoned(EVER_SUBMITTED, LegState.None, LegParty.Either, LEADER);
        } else if (action == LegAction.Expire) {
            rule = _plain(ARRIVED | HANDOVER_FAILED, LegState.Expired, LegParty.Anyone, 0);
        } else if (action == LegAction.MarkOverdue) {
            rule = _plain(
                ON_THE_WAY | UNANSWERED | UNSETTLED | RECALL_REQUESTED,
                LegState.None,
                LegParty.Anyone,
                0
            );
        }
    }

    /// @notice Whether the set of states holds that one.
    function holds(uint256 set, LegState state) internal pure returns (bool) {
        return (set >> uint8(state)) & 1 == 1;
    }

    function _plain(
        uint256 from,
        LegState to,
        LegParty party,
        uint8 purpose
    ) private pure returns (LegRule memory rule) {
        rule.from = from;
        rule.to = to;
        rule.party = party;
        rule.purpose = purpose;
    }

    /// @dev Against somebody's wish: it has to be said why.
    function _reasoned(
        uint256 from,
        LegState to,
        LegParty party,
        uint8 purpose
    ) private pure returns (LegRule memory rule) {
        rule = _plain(from, to, party, purpose);
        rule.needsReason = true;
    }

    /// @dev Counts against the attempts that the sender allowed.
    function _attempt(
        uint256 from,
        LegState to,
        LegParty party,
        uint8 purpose
    ) private pure returns (LegRule memory rule) {
        rule = _plain(from, to, party, purpose);
        rule.isAttempt = true;
    }

    /// @dev An attempt that failed, told by a gateway.
    function _failure(
        uint256 from,
        LegState to,
        LegParty party
    ) private pure returns (LegRule memory rule) {
        rule = _reasoned(from, to, party, GATEWAY);
        rule.isAttempt = true;
        rule.isFailure = true;
    }
}
