// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {ExchangeAuthority} from "./ExchangeAuthority.sol";
import {IDocumentExchange} from "./interfaces/IDocumentExchange.sol";
import {IMandates} from "./interfaces/IMandates.sol";
import {IOrganizationRegistry} from "./interfaces/IOrganizationRegistry.sol";
import {LegAction, LegParty, LegRule, LegRules, LegState} from "./libraries/LegRules.sol";

/// @title The life of every document between agencies, one leg per recipient
contract DocumentExchange is ExchangeAuthority, Multicall {
    using LegRules for uint256;

    bytes32 private constant OPENING_TYPEHASH =
        keccak256(
            "Opening(bytes32 leg,bytes32 sender,bytes32 recipient,bytes32 actor,uint8 action,uint16 reason,bytes32 message,bytes32 evidence,bytes32 replaces,uint64 arriveBy,uint32 answerWithin,uint64 settleBy,uint8 attempts,uint64 deadline)"
        );
    bytes32 private constant STEP_TYPEHASH =
        keccak256(
            "Step(bytes32 leg,bytes32 org,bytes32 actor,uint8 action,uint16 reason,bytes32 evidence,bytes32 link,uint32 nonce,uint64 deadline)"
        );
    /// @dev What nobody signs, because a deadline alone makes it true.
    bytes32 private constant LAPSE_TYPEHASH =
        keccak256("Lapse(bytes32 leg,uint8 action,uint32 nonce)");

    /// @dev Marks of a leg.
    uint8 private constant ARRIVAL_OVERDUE = 1;
    uint8 private constant ANSWER_OVERDUE = 2;
    uint8 private constant SETTLEMENT_OVERDUE = 4;
    uint8 private constant SUPERSESSION_ANSWERED = 8;
    uint8 private constant ERASED_BY_SENDER = 16;
    uint8 private constant ERASED_BY_RECIPIENT = 32;
    uint8 private constant RECALL_ANSWER_OVERDUE = 64;

    /// @dev The largest time a leg can hold.
    uint64 private constant TIME_MAX = type(uint48).max;

    mapping(bytes32 id => Leg) private _legs;

    /// @param mandates_ The mandates; their registry, the access root, is this contract's too.
    constructor(IMandates mandates_) ExchangeAuthority(mandates_) {}

    /// @inheritdoc IDocumentExchange
    function open(Opening calldata opening, address signer, bytes calldata signature) external {
        bytes32 id = legId(opening.sender, opening.recipient, opening.salt);
        if (_legs[id].state != LegState.None) revert LegAlreadyOpened(id);
        _checkOpening(id, opening);
        bool submitted = opening.action == LegAction.Submit;
        uint8 purpose = submitted ? LegRules.CLERK : LegRules.GATEWAY;
        _checkMandate(opening.sender, opening.actor, opening.action);
        _checkSigner(opening.actor, signer, purpose, false);
        bytes32 digest = _digestOf(id, opening);
        _checkSignature(opening.actor, signer, digest, signature, opening.deadline);

        LegState state = submitted ? LegState.Submitted : LegState.SubmissionRejected;
        bytes32 head = _chain(bytes32(0), digest, state);
        _legs[id] = Leg({
            state: state,
            previous: LegState.None,
            failures: 0,
            attempts: opening.attempts,
            marks: 0,
            events: 1,
            arriveBy: uint48(opening.arriveBy),
            answerWithin: opening.answerWithin,
            answerBy: 0,
            settleBy: uint48(opening.settleBy),
            head: head
        });
        emit LegOpened(
            id,
            opening.sender,
            opening.recipient,
            opening.message,
            opening.replaces,
            opening.arriveBy,
            opening.answerWithin,
            opening.settleBy,
            opening.attempts
        );
        emit LegMoved(
            id,
            opening.sender,
            opening.actor,
            signer,
            opening.action,
            state,
            opening.reason,
            0,
            opening.evidence,
            opening.replaces,
            head
        );
    }

    /// @inheritdoc IDocumentExchange
    function act(Step calldata step, address signer, bytes calldata signature) external {
        bytes32 id = legId(step.sender, step.recipient, step.salt);
        Leg memory found = _known(id);
        LegRule memory rule = LegRules.ruleOf(step.action);
        if (rule.party == LegParty.Anyone || !rule.from.holds(found.state)) {
            revert LegActionIllegal(id, step.action, found.state);
        }
        if (step.nonce != found.events) revert LegNonceInvalid(id, step.nonce, found.events);
        _checkParty(id, step, rule);
        _checkContent(id, step, rule);
        _checkMandate(step.org, step.actor, step.action);
        _checkSigner(step.actor, signer, rule.purpose, rule.isObligation);
        bytes32 digest = _digestOf(id, step);
        _checkSignature(step.actor, signer, digest, signature, step.deadline);

        _move(id, found, step, rule);
        found.head = _chain(found.head, digest, found.state);
        ++found.events;
        _legs[id] = found;
        emit LegMoved(
            id,
            step.org,
            step.actor,
            signer,
            step.action,
            found.state,
            step.reason,
            step.nonce,
            step.evidence,
            step.link,
            found.head
        );
    }

    /// @inheritdoc IDocumentExchange
    function expire(bytes32 id) external {
        Leg memory found = _known(id);
        if (!LegRules.ruleOf(LegAction.Expire).from.holds(found.state)) {
            revert LegActionIllegal(id, LegAction.Expire, found.state);
        }
        // A validator can shift a block's time by seconds; deadlines are hours and more.
        // slither-disable-next-line timestamp
        if (block.timestamp <= found.answerBy) {
            revert LegNotOverdue(id, found.state, uint64(block.timestamp));
        }

        found.state = LegState.Expired;
        _lapse(id, found, LegAction.Expire);
    }

    /// @inheritdoc IDocumentExchange
    function markOverdue(bytes32 id) external {
        Leg memory found = _known(id);
        if (!LegRules.ruleOf(LegAction.MarkOverdue).from.holds(found.state)) {
            revert LegActionIllegal(id, LegAction.MarkOverdue, found.state);
        }
        (uint8 mark, uint64 by) = _expectation(found);
        // slither-disable-next-line timestamp,incorrect-equality
        if (by == 0 || block.timestamp <= by || found.marks & mark != 0) {
            revert LegNotOverdue(id, found.state, uint64(block.timestamp));
        }

        found.marks |= mark;
        _lapse(id, found, LegAction.MarkOverdue);
    }

    /// @inheritdoc IDocumentExchange
    function leg(bytes32 id) external view returns (Leg memory) {
        return _legs[id];
    }

    /// @inheritdoc IDocumentExchange
    function legId(
        bytes32 sender,
        bytes32 recipient,
        bytes32 salt
    ) public pure returns (bytes32) {
        return keccak256(abi.encode(sender, recipient, salt));
    }

    /// @dev What the rule leaves to the leg itself: where it returns to, what is counted, what is done once.
    function _move(
        bytes32 id,
        Leg memory found,
        Step calldata step,
        LegRule memory rule
    ) private view {
        if (rule.isAttempt && found.failures >= found.attempts) {
            revert LegAttemptsExhausted(id, found.attempts);
        }
        if (rule.isFailure) ++found.failures;

        if (step.action == LegAction.Supersede) {
            bytes32 successor = legId(step.sender, step.recipient, step.link);
            if (successor == id || _legs[successor].state == LegState.None) {
                revert LegReplacementInvalid(id, successor);
            }
        } else if (step.action == LegAction.Erase) {
            _markOnce(
                id,
                found,
                step.action,
                step.org == step.sender ? ERASED_BY_SENDER : ERASED_BY_RECIPIENT
            );
        } else if (
            // slither-disable-next-line incorrect-equality
            found.state == LegState.Superseded && rule.isObligation
        ) {
            // The copy that was replaced is destroyed, or kept and it is said why; it stays replaced.
            _markOnce(id, found, step.action, SUPERSESSION_ANSWERED);
            return;
        } else if (step.action == LegAction.RefuseRecall) {
            found.state = found.previous;
            return;
        } else if (step.action == LegAction.RequestRecall) {
            found.previous = found.state;
            found.answerBy = uint48(block.timestamp + found.answerWithin);
        } else if (step.action == LegAction.Arrive) {
            found.answerBy = uint48(block.timestamp + found.answerWithin);
        }
        if (rule.to != LegState.None) found.state = rule.to;
    }

    /// @dev Writes what a deadline alone made true.
    function _lapse(bytes32 id, Leg memory found, LegAction action) private {
        uint32 nonce = found.events;
        bytes32 digest = keccak256(abi.encode(LAPSE_TYPEHASH, id, action, nonce));
        found.head = _chain(found.head, digest, found.state);
        ++found.events;
        _legs[id] = found;
        emit LegMoved(
            id,
            bytes32(0),
            bytes32(0),
            address(0),
            action,
            found.state,
            0,
            nonce,
            bytes32(0),
            bytes32(0),
            found.head
        );
    }

    function _checkOpening(bytes32 id, Opening calldata opening) private view {
        bool submitted = opening.action == LegAction.Submit;
        if (!submitted && opening.action != LegAction.RejectSubmission) {
            revert LegOpeningInvalid(id, opening.action);
        }
        if (submitted != (opening.reason == 0)) {
            revert LegReasonInvalid(id, opening.action, opening.reason);
        }
        if (opening.message == bytes32(0) || opening.evidence == bytes32(0)) {
            revert LegContentInvalid(id, opening.action);
        }
        if (opening.sender == opening.recipient) revert LegRecipientInvalid(id, opening.recipient);
        if (!submitted) {
            // That the recipient does not exist may be why the submission is rejected.
            if (
                opening.replaces != bytes32(0) ||
                uint256(opening.arriveBy) |
                    opening.answerWithin |
                    opening.settleBy |
                    opening.attempts !=
                0
            ) revert LegTermsInvalid(id);
            return;
        }
        if (
            _registry.organization(opening.recipient).status !=
            IOrganizationRegistry.Status.Active
        ) revert LegRecipientInvalid(id, opening.recipient);
        // slither-disable-next-line timestamp
        if (
            opening.arriveBy <= block.timestamp ||
            opening.arriveBy > TIME_MAX ||
            opening.settleBy > TIME_MAX ||
            (opening.settleBy != 0 && opening.settleBy <= block.timestamp) ||
            opening.answerWithin == 0 ||
            opening.attempts == 0
        ) revert LegTermsInvalid(id);
        if (
            // slither-disable-next-line incorrect-equality
            opening.replaces != bytes32(0) && _legs[opening.replaces].state == LegState.None
        ) revert LegReplacementInvalid(id, opening.replaces);
    }

    function _checkParty(bytes32 id, Step calldata step, LegRule memory rule) private pure {
        bool fits = (step.org == step.sender && rule.party != LegParty.Recipient) ||
            (step.org == step.recipient && rule.party != LegParty.Sender);
        if (!fits) revert LegPartyInvalid(id, step.action, step.org);
    }

    function _checkContent(bytes32 id, Step calldata step, LegRule memory rule) private pure {
        if (rule.needsReason != (step.reason != 0)) {
            revert LegReasonInvalid(id, step.action, step.reason);
        }
        if (step.evidence == bytes32(0) || rule.needsLink != (step.link != bytes32(0))) {
            revert LegContentInvalid(id, step.action);
        }
    }

    function _digestOf(bytes32 id, Opening calldata opening) private view returns (bytes32) {
        return
            _hashTypedDataV4(
                keccak256(
                    abi.encode(
                        OPENING_TYPEHASH,
                        id,
                        opening.sender,
                        opening.recipient,
                        opening.actor,
                        opening.action,
                        opening.reason,
                        opening.message,
                        opening.evidence,
                        opening.replaces,
                        opening.arriveBy,
                        opening.answerWithin,
                        opening.settleBy,
                        opening.attempts,
                        opening.deadline
                    )
                )
            );
    }

    function _digestOf(bytes32 id, Step calldata step) private view returns (bytes32) {
        return
            _hashTypedDataV4(
                keccak256(
                    abi.encode(
                        STEP_TYPEHASH,
                        id,
                        step.org,
                        step.actor,
                        step.action,
                        step.reason,
                        step.evidence,
                        step.link,
                        step.nonce,
                        step.deadline
                    )
                )
            );
    }

    /// @dev One word that commits to the whole history, states and block times included.
    function _chain(bytes32 head, bytes32 digest, LegState state) private view returns (bytes32) {
        return keccak256(abi.encode(head, digest, state, block.timestamp));
    }

    function _markOnce(bytes32 id, Leg memory found, LegAction action, uint8 mark) private pure {
        if (found.marks & mark != 0) revert LegActionRepeated(id, action);
        found.marks |= mark;
    }

    function _known(bytes32 id) private view returns (Leg memory found) {
        found = _legs[id];
        // Equality with an enum value; slither takes it for a time, because the leg holds times too.
        // slither-disable-next-line incorrect-equality
        if (found.state == LegState.None) revert LegUnknown(id);
    }

    /// @dev What the leg waits for, and until when.
    function _expectation(Leg memory found) private pure returns (uint8 mark, uint64 by) {
        if (LegRules.ON_THE_WAY.holds(found.state)) return (ARRIVAL_OVERDUE, found.arriveBy);
        if (LegRules.UNANSWERED.holds(found.state)) return (ANSWER_OVERDUE, found.answerBy);
        // slither-disable-next-line incorrect-equality
        if (found.state == LegState.RecallRequested) {
            return (RECALL_ANSWER_OVERDUE, found.answerBy);
        }
        return (SETTLEMENT_OVERDUE, found.settleBy);
    }
}
