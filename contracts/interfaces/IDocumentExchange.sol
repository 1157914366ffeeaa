// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMandates} from "./IMandates.sol";
import {IOrganizationRegistry} from "./IOrganizationRegistry.sol";
import {LegAction, LegState} from "../libraries/LegRules.sol";

/**
 * @title The life of every document between agencies, one leg per recipient
 * @notice Nobody can invent, drop, reorder or re-date what happened to a leg: each event carries the EIP-712 signature
 * of the organization it is of, whoever relays it; what the table of transitions ({LegRules}) does not allow reverts;
 * the block gives the time. Silence is provable: once a deadline has passed, anyone may say so.
 *
 * Nothing here says what a document is about. `message` and `evidence` are salted commitments of what the parties keep
 * off chain; with the salts destroyed they can be tied to nothing.
 *
 * The id of a leg is `keccak256(abi.encode(sender, recipient, salt))` with a random salt: nobody but the sender can
 * open it. All times are unix seconds.
 */
interface IDocumentExchange {
    /**
     * @notice A leg is opened by `Submit`, or stands rejected from the beginning by `RejectSubmission`.
     * @dev `actor` is the sender, or whom the sender has mandated. `replaces` is the leg this one takes the place of,
     * or zero. The message must arrive by `arriveBy`, be answered within `answerWithin` seconds of its arrival, and be
     * settled by `settleBy` (zero: no such date). After `attempts` failures the leg goes no further on its way. A
     * rejected submission has a reason, and no terms.
     */
    struct Opening {
        bytes32 sender;
        bytes32 recipient;
        bytes32 salt;
        bytes32 actor;
        LegAction action;
        uint16 reason;
        bytes32 message;
        bytes32 evidence;
        bytes32 replaces;
        uint64 arriveBy;
        uint32 answerWithin;
        uint64 settleBy;
        uint8 attempts;
        uint64 deadline;
    }

    /**
     * @notice What one party does to an open leg.
     * @dev `org` is the party it is done for, `actor` that organization or whom it has mandated. `nonce` is the number
     * of events the leg has so far: whoever signs has seen them all, and none is taken in twice. `link` is what the
     * action refers to: the commitment of the recalling document, or the salt of the leg that supersedes this one.
     */
    struct Step {
        bytes32 sender;
        bytes32 recipient;
        bytes32 salt;
        bytes32 org;
        bytes32 actor;
        LegAction action;
        uint16 reason;
        bytes32 evidence;
        bytes32 link;
        uint32 nonce;
        uint64 deadline;
    }

    /**
     * @notice What is known of a leg.
     * @dev `previous` is the state a recall was asked in. `answerBy` is zero until the message arrived; while a recall
     * is asked it is when that must be answered. `marks` are bits: arrival overdue = 1, answer overdue = 2, settlement
     * overdue = 4, supersession answered = 8, erased by the sender = 16, erased by the recipient = 32, answer to a
     * recall overdue = 64. `head` is the hash chain over all its events.
     */
    struct Leg {
        LegState state;
        LegState previous;
        uint8 failures;
        uint8 attempts;
        uint8 marks;
        uint32 events;
        uint48 arriveBy;
        uint32 answerWithin;
        uint48 answerBy;
        uint48 settleBy;
        bytes32 head;
    }

    /// @notice Emitted when a leg was opened, or its submission rejected.
    event LegOpened(
        bytes32 indexed leg,
        bytes32 indexed sender,
        bytes32 indexed recipient,
        bytes32 message,
        bytes32 replaces,
        uint64 arriveBy,
        uint32 answerWithin,
        uint64 settleBy,
        uint8 attempts
    );

    /// @notice Emitted for every event of a leg, its opening included; `head` is the chain's after it.
    event LegMoved(
        bytes32 indexed leg,
        bytes32 indexed org,
        bytes32 actor,
        address signer,
        LegAction action,
        LegState state,
        uint16 reason,
        uint32 nonce,
        bytes32 evidence,
        bytes32 link,
        bytes32 head
    );

    /// @notice Thrown when an address given at construction is not a contract.
    error ExchangeDependencyInvalid(address dependency);

    /// @notice Thrown when the leg was opened before.
    error LegAlreadyOpened(bytes32 leg);

    /// @notice Thrown when the leg was never opened.
    error LegUnknown(bytes32 leg);

    /// @notice Thrown when a leg is opened by another action than `Submit` or `RejectSubmission`.
    error LegOpeningInvalid(bytes32 leg, LegAction action);

    /// @notice Thrown when sender and recipient are the same, or the recipient is not active.
    error LegRecipientInvalid(bytes32 leg, bytes32 recipient);

    /// @notice Thrown when the terms of a submission leave no time or no attempt, or a rejection has terms.
    error LegTermsInvalid(bytes32 leg);

    /// @notice Thrown when the leg to be replaced is not one.
    error LegReplacementInvalid(bytes32 leg, bytes32 other);

    /// @notice Thrown when the action is not legal in the state of the leg.
    error LegActionIllegal(bytes32 leg, LegAction action, LegState state);

    /// @notice Thrown when the leg used up its attempts.
    error LegAttemptsExhausted(bytes32 leg, uint8 attempts);

    /// @notice Thrown when the organization has no part in that action on that leg.
    error LegPartyInvalid(bytes32 leg, LegAction action, bytes32 org);

    /// @notice Thrown when a reason is missing, or given where nothing is to be justified.
    error LegReasonInvalid(bytes32 leg, LegAction action, uint16 reason);

    /// @notice Thrown when message, evidence or link is missing, or a link given where nothing is referred to.
    error LegContentInvalid(bytes32 leg, LegAction action);

    /// @notice Thrown when the nonce is not the number of events of the leg.
    error LegNonceInvalid(bytes32 leg, uint32 nonce, uint32 expected);

    /// @notice Thrown when it was done before and can be done once only: an erasure, an answer to a supersession.
    error LegActionRepeated(bytes32 leg, LegAction action);

    /// @notice Thrown when no deadline of the leg has passed that was not marked before.
    error LegNotOverdue(bytes32 leg, LegState state, uint64 blockTime);

    /// @notice Thrown when the block's time is past the deadline the signer set.
    error LegDeadlinePassed(uint64 deadline, uint64 blockTime);

    /// @notice Thrown when `actor` is not `org` and has no mandate for the action.
    error LegMandateMissing(bytes32 org, bytes32 actor, LegAction action);

    /// @notice Thrown when the signer is not, now, a key of the actor for that purpose.
    error LegSignerUnauthorized(bytes32 actor, address signer, uint8 purpose);

    /// @notice Thrown when the signature is not the signer's over exactly this.
    error LegSignatureInvalid(bytes32 actor, address signer);

    /**
     * @notice Opens a leg.
     * @dev Signed is the EIP-712 type `Opening(bytes32 leg,bytes32 sender,bytes32 recipient,bytes32 actor,uint8
     * action,uint16 reason,bytes32 message,bytes32 evidence,bytes32 replaces,uint64 arriveBy,uint32
     * answerWithin,uint64 settleBy,uint8 attempts,uint64 deadline)` under the domain ("Provenance Ledger", "1", chain
     * id, this contract). Requirements: never opened; signed by a CLERK key of the actor (`Submit`) or a GATEWAY key
     * (`RejectSubmission`); sender and recipient differ, the recipient is active; terms whole and in the future.
     */
    function open(Opening calldata opening, address signer, bytes calldata signature) external;

    /**
     * @notice Takes in what one party does to a leg.
     * @dev Signed is `Step(bytes32 leg,bytes32 org,bytes32 actor,uint8 action,uint16 reason,bytes32 evidence,bytes32
     * link,uint32 nonce,uint64 deadline)`. Requirements: legal in the leg's state ({LegRules}); `org` the party the
     * action is of; signed by a key of the actor for the purpose the action needs. An organization that is suspended
     * can still hand over, receive and refuse, and answer recalls.
     */
    function act(Step calldata step, address signer, bytes calldata signature) external;

    /// @notice Ends the wait for an answer after `answerBy`. Anyone may call it.
    function expire(bytes32 leg) external;

    /// @notice Marks for ever that a deadline of the leg passed: arrival, answer, settlement, or the answer to a recall. Anyone may call it.
    function markOverdue(bytes32 leg) external;

    /// @notice The leg; all zero if it was never opened.
    function leg(bytes32 id) external view returns (Leg memory);

    /// @notice The id of the leg with that salt.
    function legId(bytes32 sender, bytes32 recipient, bytes32 salt) external pure returns (bytes32);

    /// @notice The registry that says who may act.
    function registry() external view returns (IOrganizationRegistry);

    /// @notice The mandates that let one organization act for another.
    function mandates() external view returns (IMandates);
}
