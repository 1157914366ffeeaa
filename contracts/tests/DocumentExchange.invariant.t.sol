// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDocumentExchange} from "../interfaces/IDocumentExchange.sol";
import {IOrganizationRegistry} from "../interfaces/IOrganizationRegistry.sol";
import {LegAction, LegState} from "../libraries/LegRules.sol";
import {ExchangeFixture} from "./ExchangeFixture.sol";
import {VM} from "./Vm.sol";

/**
 * @title Everything that can be done to three legs, honest and not, with a memory of what was taken in
 * @dev Calls that must be refused are made too; that one of them succeeded is remembered as `forged`.
 */
contract LegActor {
    uint8 public constant LEGS = 3;

    DocumentExchangeInvariantTest private immutable test;
    mapping(uint8 => bytes32) public heads;
    mapping(uint8 => uint32) public events;
    mapping(uint8 => IDocumentExchange.Leg) private last;
    IDocumentExchange.Step[] private taken;

    bool public forged;
    bool public altered;

    constructor(DocumentExchangeInvariantTest test_) {
        test = test_;
    }

    // ---- honest

    function open(uint8 n) external {
        n %= LEGS;
        bool isNew = events[n] == 0;
        try test.submit(n, false) returns (bytes32 digest) {
            forged = forged || !isNew;
            remember(n, digest);
        } catch {
            forged = forged || isNew;
        }
    }

    /// @dev Mostly the next thing a document meets, so that searches come far; else anything.
    function act(uint8 n, uint8 action, bool onward, uint32 wait) external {
        n %= LEGS;
        VM.warp(block.timestamp + (wait % 900));
        LegAction chosen = LegAction(1 + (action % 20));
        if (onward) {
            LegState state = last[n].state;
            if (state == LegState.Submitted) chosen = LegAction.Arrive;
            if (state == LegState.Arrived) chosen = LegAction.HandOver;
            if (state == LegState.HandedOver) chosen = LegAction.Receive;
            if (state == LegState.Received) chosen = LegAction.Assign;
        }
        IDocumentExchange.Step memory step = test.stepFor(n, chosen);
        try test.perform(step) returns (bytes32 digest) {
            taken.push(step);
            remember(n, digest);
        } catch {}
    }

    function lapse(uint8 n, bool expire, uint32 wait) external {
        n %= LEGS;
        VM.warp(block.timestamp + (wait % 1 days));
        IDocumentExchange.Leg memory was = last[n];
        bool isUnopened = was.state == LegState.Arrived || was.state == LegState.HandoverFailed;
        bool isDue = isUnopened && block.timestamp > was.answerBy;
        try test.lapse(n, expire) returns (bytes32 digest) {
            if (expire) forged = forged || !isDue;
            remember(n, digest);
        } catch {
            // Silence can always be proved: nobody can keep a wait that is over from being ended.
            if (expire) forged = forged || isDue;
        }
    }

    // ---- dishonest

    function openAgain(uint8 n) external {
        n %= LEGS;
        if (events[n] == 0) return;
        try test.submit(n, false) {
            forged = true;
        } catch {}
    }

    function openByStranger(uint8 n) external {
        try test.submit(n % LEGS, true) {
            forged = true;
        } catch {}
    }

    function replay(uint256 which) external {
        if (taken.length == 0) return;
        refuse(taken[which % taken.length], taken[which % taken.length], 0);
    }

    function actByStranger(uint8 n, uint8 action, uint256 secret) external {
        if (test.isKnown(secret)) return;
        IDocumentExchange.Step memory step = test.stepFor(n % LEGS, LegAction(1 + (action % 20)));
        refuse(step, step, secret);
    }

    /// @dev Signed is one thing, handed in is another: by whoever relays it.
    function actWithDamage(uint8 n, uint8 action, uint8 field, uint256 with) external {
        if (with == 0) return;
        n %= LEGS;
        LegAction chosen = LegAction(1 + (action % 20));
        IDocumentExchange.Step memory signed = test.stepFor(n, chosen);
        IDocumentExchange.Step memory damaged = test.stepFor(n, chosen);
        field %= 7;
        if (field == 0) damaged.evidence ^= bytes32(with);
        if (field == 1) damaged.link ^= bytes32(with);
        if (field == 2) damaged.salt = test.saltOf((n + 1) % LEGS);
        if (field == 3) damaged.reason ^= uint16(1 + (with % type(uint16).max));
        if (field == 4) damaged.deadline += 1 + uint64(with % 1000);
        if (field == 5) damaged.action = LegAction(1 + ((uint8(chosen) + with % 19) % 20));
        if (field == 6) (damaged.org, damaged.actor) = (damaged.actor ^ bytes32(with), damaged.org);
        if (field == 5 && damaged.action == signed.action) return;
        refuse(signed, damaged, 0);
    }

    function actTooLate(uint8 n, uint8 action) external {
        IDocumentExchange.Step memory step = test.stepFor(n % LEGS, LegAction(1 + (action % 20)));
        step.deadline = uint64(block.timestamp) - 1;
        refuse(step, step, 0);
    }

    function actWithoutHavingRead(uint8 n, uint8 action, uint32 nonce) external {
        n %= LEGS;
        if (nonce == events[n]) return;
        IDocumentExchange.Step memory step = test.stepFor(n, LegAction(1 + (action % 20)));
        step.nonce = nonce;
        refuse(step, step, 0);
    }

    function openWhileSuspended(uint8 n) external {
        test.suspend(true);
        try test.submit(n % LEGS, false) {
            forged = true;
        } catch {}
        test.suspend(false);
    }

    function refuse(
        IDocumentExchange.Step memory signed,
        IDocumentExchange.Step memory handedIn,
        uint256 secret
    ) private {
        try test.performAs(signed, handedIn, secret) {
            forged = true;
        } catch {}
    }

    /// @dev What no event may do: take back a mark, change the terms, or bring an ended leg to life.
    function remember(uint8 n, bytes32 digest) private {
        IDocumentExchange.Leg memory was = last[n];
        IDocumentExchange.Leg memory now_ = test.legOf(n);
        if (was.state != LegState.None) {
            bool hasEnded = was.state == LegState.SubmissionRejected ||
                was.state == LegState.Recalled ||
                was.state == LegState.Withdrawn;
            altered =
                altered ||
                (hasEnded && now_.state != was.state) ||
                was.marks & ~now_.marks != 0 ||
                was.arriveBy != now_.arriveBy ||
                was.answerWithin != now_.answerWithin ||
                was.settleBy != now_.settleBy ||
                was.attempts != now_.attempts ||
                was.failures > now_.failures ||
                now_.failures > now_.attempts;
        }
        heads[n] = keccak256(abi.encode(heads[n], digest, now_.state, block.timestamp));
        ++events[n];
        last[n] = now_;
    }
}

contract DocumentExchangeInvariantTest is ExchangeFixture {
    LegActor private actor;

    function setUp() public override {
        super.setUp();
        actor = new LegActor(this);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(actor);
    }

    function invariant_headIsTheChainOfEveryEventTakenIn() external view {
        for (uint8 n = 0; n < actor.LEGS(); ++n) {
            IDocumentExchange.Leg memory found = legOf(n);
            check(found.head == actor.heads(n), "an event was lost, invented, moved or re-dated");
            check(found.events == actor.events(n), "count of events");
        }
    }

    function invariant_nothingForgedWasTakenIn() external view {
        check(!actor.forged(), "a call that must be refused succeeded, or an honest one was refused");
    }

    function invariant_whatWasAgreedAndMarkedStands() external view {
        check(!actor.altered(), "terms, marks or an end were altered");
    }

    // ---- what the actor asks for

    function saltOf(uint8 n) public pure returns (bytes32) {
        return keccak256(abi.encode(SALT, n));
    }

    function legOf(uint8 n) public view returns (IDocumentExchange.Leg memory) {
        return exchange.leg(exchange.legId(SENDER, RECIPIENT, saltOf(n)));
    }

    function isKnown(uint256 secret) external pure returns (bool) {
        return
            secret == 0 ||
            secret >= 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141 ||
            secret == senderSecret ||
            secret == recipientSecret ||
            secret == delegateSecret;
    }

    function stepFor(
        uint8 n,
        LegAction action
    ) external view returns (IDocumentExchange.Step memory step) {
        step = stepOf(action);
        step.salt = saltOf(n);
        step.nonce = legOf(n).events;
        if (action == LegAction.Supersede) step.link = saltOf((n + 1) % 3);
    }

    function submit(uint8 n, bool byStranger) external returns (bytes32 digest) {
        IDocumentExchange.Opening memory opening = submission(saltOf(n));
        digest = digestOf(opening);
        uint256 secret = byStranger ? delegateSecret : senderSecret;
        exchange.open(opening, VM.addr(secret), sign(secret, digest));
    }

    function perform(IDocumentExchange.Step memory step) external returns (bytes32 digest) {
        digest = digestOf(step);
        uint256 secret = secretOf(step.actor);
        exchange.act(step, VM.addr(secret), sign(secret, digest));
    }

    function performAs(
        IDocumentExchange.Step memory signed,
        IDocumentExchange.Step memory handedIn,
        uint256 secret
    ) external {
        if (secret == 0) secret = secretOf(signed.actor);
        exchange.act(handedIn, VM.addr(secret), sign(secret, digestOf(signed)));
    }

    function lapse(uint8 n, bool expire) external returns (bytes32 digest) {
        bytes32 id = exchange.legId(SENDER, RECIPIENT, saltOf(n));
        uint32 nonce = exchange.leg(id).events;
        LegAction action = expire ? LegAction.Expire : LegAction.MarkOverdue;
        digest = keccak256(
            abi.encode(keccak256("Lapse(bytes32 leg,uint8 action,uint32 nonce)"), id, action, nonce)
        );
        if (expire) exchange.expire(id);
        else exchange.markOverdue(id);
    }

    function suspend(bool suspended) external {
        VM.prank(governor);
        registry.setStatus(
            SENDER,
            suspended
                ? IOrganizationRegistry.Status.Suspended
                : IOrganizationRegistry.Status.Active
        );
    }
}
