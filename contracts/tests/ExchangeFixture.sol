// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DocumentExchange} from "../DocumentExchange.sol";
import {Mandates} from "../Mandates.sol";
import {IDocumentExchange} from "../interfaces/IDocumentExchange.sol";
import {IMandates} from "../interfaces/IMandates.sol";
import {LegAction, LegState} from "../libraries/LegRules.sol";
import {Fixture} from "./Fixture.sol";
import {VM} from "./Vm.sol";

/// @title Two agencies that exchange documents, a third that may be mandated, and what each of them signs
abstract contract ExchangeFixture is Fixture {
    uint8 internal constant CLERK = 16;
    uint8 internal constant GATEWAY = 32;
    uint8 internal constant LEADER = 64;
    bytes32 internal constant SENDER = keccak256("sender");
    bytes32 internal constant RECIPIENT = keccak256("recipient");
    bytes32 internal constant DELEGATE = keccak256("delegate");
    bytes32 internal constant SALT = keccak256("salt");
    bytes32 internal constant MESSAGE = keccak256("message");
    bytes32 internal constant EVIDENCE = keccak256("evidence");
    bytes32 internal constant LINK = keccak256("recalling document");
    uint256 internal constant senderSecret = 0xA11CE;
    uint256 internal constant recipientSecret = 0xB0B;
    uint256 internal constant delegateSecret = 0xDE1E;
    uint32 internal constant WINDOW = 3600;

    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256(
            "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
        );

    Mandates internal mandates;
    DocumentExchange internal exchange;

    function setUp() public virtual override {
        super.setUp();
        mandates = new Mandates(registry);
        exchange = new DocumentExchange(mandates);
        join(SENDER, senderSecret);
        join(RECIPIENT, recipientSecret);
        join(DELEGATE, delegateSecret);
    }

    function join(bytes32 org, uint256 secret) internal {
        VM.prank(governor);
        registry.registerOrganization(org, PROFILE, 2);
        addKey(org, VM.addr(secret), CLERK | GATEWAY | LEADER, 0, 0);
    }

    function submission(bytes32 salt) internal view returns (IDocumentExchange.Opening memory) {
        return
            IDocumentExchange.Opening({
                sender: SENDER,
                recipient: RECIPIENT,
                salt: salt,
                actor: SENDER,
                action: LegAction.Submit,
                reason: 0,
                message: MESSAGE,
                evidence: EVIDENCE,
                replaces: bytes32(0),
                arriveBy: uint64(block.timestamp) + DAY,
                answerWithin: WINDOW,
                settleBy: uint64(block.timestamp) + 30 * DAY,
                attempts: 2,
                deadline: uint64(block.timestamp) + 60
            });
    }

    function rejection(bytes32 salt) internal view returns (IDocumentExchange.Opening memory made) {
        made = submission(salt);
        made.action = LegAction.RejectSubmission;
        made.reason = 7;
        made.arriveBy = 0;
        made.answerWithin = 0;
        made.settleBy = 0;
        made.attempts = 0;
    }

    /// @dev A step as the table wants it: right party, a reason and a link where they are needed.
    function stepOf(LegAction action) internal view returns (IDocumentExchange.Step memory) {
        bool bySender = action == LegAction.FailRelay ||
            action == LegAction.RequestRecall ||
            action == LegAction.Withdraw ||
            action == LegAction.Supersede ||
            action == LegAction.Erase;
        bool reasoned = action == LegAction.FailRelay ||
            action == LegAction.FailConsignment ||
            action == LegAction.FailHandover ||
            action == LegAction.Refuse ||
            action == LegAction.RequestRecall ||
            action == LegAction.RefuseRecall ||
            action == LegAction.Withdraw ||
            action == LegAction.Erase;
        bool linked = action == LegAction.RequestRecall || action == LegAction.Supersede;
        return
            IDocumentExchange.Step({
                sender: SENDER,
                recipient: RECIPIENT,
                salt: SALT,
                org: bySender ? SENDER : RECIPIENT,
                actor: bySender ? SENDER : RECIPIENT,
                action: action,
                reason: reasoned ? 7 : 0,
                evidence: EVIDENCE,
                link: linked ? LINK : bytes32(0),
                nonce: exchange.leg(leg()).events,
                deadline: uint64(block.timestamp) + 60
            });
    }

    function leg() internal pure returns (bytes32) {
        return keccak256(abi.encode(SENDER, RECIPIENT, SALT));
    }

    function stateNow() internal view returns (LegState) {
        return exchange.leg(leg()).state;
    }

    function secretOf(bytes32 org) internal pure returns (uint256) {
        if (org == SENDER) return senderSecret;
        return org == RECIPIENT ? recipientSecret : delegateSecret;
    }

    function open(IDocumentExchange.Opening memory opening) internal {
        uint256 secret = secretOf(opening.actor);
        exchange.open(opening, VM.addr(secret), sign(secret, digestOf(opening)));
    }

    function act(IDocumentExchange.Step memory step) internal {
        uint256 secret = secretOf(step.actor);
        exchange.act(step, VM.addr(secret), sign(secret, digestOf(step)));
    }

    function run(LegAction action) internal {
        act(stepOf(action));
    }

    function expectRefusal(IDocumentExchange.Opening memory opening, bytes memory revert_) internal {
        uint256 secret = secretOf(opening.actor);
        bytes memory signature = sign(secret, digestOf(opening));
        VM.expectRevert(revert_);
        exchange.open(opening, VM.addr(secret), signature);
    }

    function expectRefusal(IDocumentExchange.Step memory step, bytes memory revert_) internal {
        uint256 secret = secretOf(step.actor);
        bytes memory signature = sign(secret, digestOf(step));
        VM.expectRevert(revert_);
        exchange.act(step, VM.addr(secret), signature);
    }

    function expectIllegal(LegAction action) internal {
        expectRefusal(
            stepOf(action),
            abi.encodeWithSelector(
                IDocumentExchange.LegActionIllegal.selector,
                leg(),
                action,
                stateNow()
            )
        );
    }

    function give(bytes32 from, bytes32 to, IMandates.Mandate memory mandate) internal {
        uint64 nonce = mandates.mandateCount(from, to);
        uint64 deadline = uint64(block.timestamp) + 60;
        uint256 secret = secretOf(from);
        bytes memory signature = sign(secret, digestOf(from, to, mandate, nonce, deadline));
        mandates.give(from, to, mandate, nonce, deadline, VM.addr(secret), signature);
    }

    function mandateFor(LegAction action) internal view returns (IMandates.Mandate memory) {
        return
            IMandates.Mandate({
                scope: uint32(1) << uint8(action),
                validFrom: uint64(block.timestamp),
                validUntil: uint64(block.timestamp) + DAY,
                document: LINK
            });
    }

    function digestOf(IDocumentExchange.Opening memory o) internal view returns (bytes32) {
        return
            typed(
                address(exchange),
                bytes.concat(
                    abi.encode(
                        keccak256(
                            "Opening(bytes32 leg,bytes32 sender,bytes32 recipient,bytes32 actor,uint8 action,uint16 reason,bytes32 message,bytes32 evidence,bytes32 replaces,uint64 arriveBy,uint32 answerWithin,uint64 settleBy,uint8 attempts,uint64 deadline)"
                        ),
                        exchange.legId(o.sender, o.recipient, o.salt),
                        o.sender,
                        o.recipient,
                        o.actor,
                        o.action,
                        o.reason
                    ),
                    abi.encode(
                        o.message,
                        o.evidence,
                        o.replaces,
                        o.arriveBy,
                        o.answerWithin,
                        o.settleBy,
                        o.attempts,
                        o.deadline
                    )
                )
            );
    }

    function digestOf(IDocumentExchange.Step memory s) internal view returns (bytes32) {
        return
            typed(
                address(exchange),
                abi.encode(
                    keccak256(
                        "Step(bytes32 leg,bytes32 org,bytes32 actor,uint8 action,uint16 reason,bytes32 evidence,bytes32 link,uint32 nonce,uint64 deadline)"
                    ),
                    exchange.legId(s.sender, s.recipient, s.salt),
                    s.org,
                    s.actor,
                    s.action,
                    s.reason,
                    s.evidence,
                    s.link,
                    s.nonce,
                    s.deadline
                )
            );
    }

    function digestOf(
        bytes32 from,
        bytes32 to,
        IMandates.Mandate memory m,
        uint64 nonce,
        uint64 deadline
    ) internal view returns (bytes32) {
        return
            typed(
                address(mandates),
                abi.encode(
                    keccak256(
                        "Mandate(bytes32 from,bytes32 to,uint32 scope,uint64 validFrom,uint64 validUntil,bytes32 document,uint64 nonce,uint64 deadline)"
                    ),
                    from,
                    to,
                    m.scope,
                    m.validFrom,
                    m.validUntil,
                    m.document,
                    nonce,
                    deadline
                )
            );
    }

    function sign(uint256 secret, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(secret, digest);
        return abi.encodePacked(r, s, v);
    }

    function typed(address target, bytes memory encoded) private view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                DOMAIN_TYPEHASH,
                keccak256("Provenance Ledger"),
                keccak256("1"),
                block.chainid,
                target
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, keccak256(encoded)));
    }
}
