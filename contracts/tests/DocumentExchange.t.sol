// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DocumentExchange} from "../DocumentExchange.sol";
import {IDocumentExchange} from "../interfaces/IDocumentExchange.sol";
import {IMandates} from "../interfaces/IMandates.sol";
import {LegAction, LegState} from "../libraries/LegRules.sol";
import {ExchangeFixture} from "./ExchangeFixture.sol";
import {VM} from "./Vm.sol";

/// @title The way of a document, from its submission to its end
contract DocumentExchangeTest is ExchangeFixture {
    function test_dependencies_areTheOnesGiven() public {
        check(address(exchange.registry()) == address(registry), "registry");
        check(address(exchange.mandates()) == address(mandates), "mandates");
        VM.expectRevert(
            abi.encodeWithSelector(IDocumentExchange.ExchangeDependencyInvalid.selector, stranger)
        );
        new DocumentExchange(IMandates(stranger));
    }

    function test_open_keepsTheTermsAndBeginsTheChain() public {
        IDocumentExchange.Opening memory opening = submission(SALT);
        bytes32 head = keccak256(
            abi.encode(bytes32(0), digestOf(opening), LegState.Submitted, uint256(NOW))
        );
        VM.expectEmit();
        emit IDocumentExchange.LegOpened(
            leg(),
            SENDER,
            RECIPIENT,
            MESSAGE,
            bytes32(0),
            NOW + DAY,
            WINDOW,
            NOW + 30 * DAY,
            2
        );
        VM.expectEmit();
        emit IDocumentExchange.LegMoved(
            leg(),
            SENDER,
            SENDER,
            VM.addr(senderSecret),
            LegAction.Submit,
            LegState.Submitted,
            0,
            0,
            EVIDENCE,
            bytes32(0),
            head
        );
        open(opening);
        IDocumentExchange.Leg memory found = exchange.leg(leg());
        check(found.state == LegState.Submitted && found.events == 1, "state");
        check(found.arriveBy == NOW + DAY && found.answerWithin == WINDOW, "times");
        check(found.settleBy == NOW + 30 * DAY && found.attempts == 2, "terms");
        check(found.answerBy == 0 && found.failures == 0 && found.marks == 0, "nothing yet");
        check(found.head == head, "head");
    }

    function test_act_leadsAllTheWayAndChainsEveryEvent() public {
        open(submission(SALT));
        LegAction[6] memory way = [
            LegAction.Arrive,
            LegAction.HandOver,
            LegAction.Receive,
            LegAction.Assign,
            LegAction.Begin,
            LegAction.Finish
        ];
        LegState[6] memory states = [
            LegState.Arrived,
            LegState.HandedOver,
            LegState.Received,
            LegState.Assigned,
            LegState.InProgress,
            LegState.Done
        ];
        for (uint256 i = 0; i < way.length; ++i) {
            VM.warp(NOW + 1 + i);
            IDocumentExchange.Step memory step = stepOf(way[i]);
            bytes32 head = exchange.leg(leg()).head;
            act(step);
            IDocumentExchange.Leg memory found = exchange.leg(leg());
            check(found.state == states[i] && found.events == i + 2, "state");
            check(
                found.head == keccak256(abi.encode(head, digestOf(step), states[i], NOW + 1 + i)),
                "head"
            );
        }
        check(exchange.leg(leg()).answerBy == NOW + 1 + WINDOW, "answer");
    }

    function test_multicall_takesSeveralEventsInOneTransaction() public {
        IDocumentExchange.Opening memory opening = submission(SALT);
        IDocumentExchange.Step memory step = stepOf(LegAction.Arrive);
        step.nonce = 1;
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(
            exchange.open,
            (opening, VM.addr(senderSecret), sign(senderSecret, digestOf(opening)))
        );
        calls[1] = abi.encodeCall(
            exchange.act,
            (step, VM.addr(recipientSecret), sign(recipientSecret, digestOf(step)))
        );
        exchange.multicall(calls);
        check(stateNow() == LegState.Arrived, "both");
    }

    function test_open_rejectedIsTheEnd() public {
        open(rejection(SALT));
        check(stateNow() == LegState.SubmissionRejected, "state");
        for (uint8 action = 0; action <= uint8(LegAction.MarkOverdue); ++action) {
            expectIllegal(LegAction(action));
        }
    }

    function test_relay_failsAsOftenAsWasAllowed() public {
        open(submission(SALT));
        run(LegAction.FailRelay);
        run(LegAction.FailRelay);
        check(stateNow() == LegState.RelayFailed && exchange.leg(leg()).failures == 2, "failed");
        expectRefusal(
            stepOf(LegAction.Relay),
            abi.encodeWithSelector(IDocumentExchange.LegAttemptsExhausted.selector, leg(), 2)
        );
        run(LegAction.Withdraw);
        check(stateNow() == LegState.Withdrawn, "withdrawn");
    }

    function test_failures_areMadeGoodAtTheNextAttempt() public {
        IDocumentExchange.Opening memory opening = submission(SALT);
        opening.attempts = 9;
        open(opening);
        run(LegAction.FailRelay);
        run(LegAction.Relay);
        check(stateNow() == LegState.Relayed, "relayed");
        run(LegAction.FailConsignment);
        check(stateNow() == LegState.ConsignmentFailed, "consignment failed");
        run(LegAction.Arrive);
        run(LegAction.FailHandover);
        check(stateNow() == LegState.HandoverFailed, "handover failed");
        run(LegAction.HandOver);
        run(LegAction.LogAccess);
        check(stateNow() == LegState.HandedOver, "handed over");
    }

    function test_refuse_isTheEndUnlessReplaced() public {
        open(submission(SALT));
        run(LegAction.Arrive);
        run(LegAction.Refuse);
        check(stateNow() == LegState.Refused, "refused");
        expectIllegal(LegAction.HandOver);
        expectIllegal(LegAction.RequestRecall);
        IDocumentExchange.Opening memory next = submission("2");
        next.replaces = leg();
        open(next);
        IDocumentExchange.Step memory step = stepOf(LegAction.Supersede);
        step.link = "2";
        act(step);
        check(stateNow() == LegState.Superseded, "superseded");
    }

    function test_recall_isDoneOrRefused() public {
        open(submission(SALT));
        run(LegAction.Arrive);
        run(LegAction.HandOver);
        run(LegAction.RequestRecall);
        check(stateNow() == LegState.RecallRequested, "asked");
        check(exchange.leg(leg()).previous == LegState.HandedOver, "kept");
        run(LegAction.RefuseRecall);
        check(stateNow() == LegState.HandedOver, "as before");
        VM.warp(NOW + 100);
        run(LegAction.RequestRecall);
        check(exchange.leg(leg()).answerBy == NOW + 100 + WINDOW, "to be answered");
        run(LegAction.AcceptRecall);
        check(stateNow() == LegState.Recalled, "recalled");
    }

    function test_supersede_isAnsweredOnceAndStays() public {
        open(submission(SALT));
        open(submission("2"));
        run(LegAction.Arrive);
        IDocumentExchange.Step memory step = stepOf(LegAction.Supersede);
        step.link = "2";
        act(step);
        run(LegAction.AcceptRecall);
        check(stateNow() == LegState.Superseded && exchange.leg(leg()).marks == 8, "answered");
        expectRefusal(
            stepOf(LegAction.RefuseRecall),
            abi.encodeWithSelector(
                IDocumentExchange.LegActionRepeated.selector,
                leg(),
                LegAction.RefuseRecall
            )
        );
        run(LegAction.Erase);
        run(LegAction.LogAccess);
    }

    function test_supersede_withoutSuccessorReverts() public {
        open(submission(SALT));
        bytes32[2] memory salts = [SALT, LINK];
        for (uint256 i = 0; i < 2; ++i) {
            IDocumentExchange.Step memory step = stepOf(LegAction.Supersede);
            step.link = salts[i];
            expectRefusal(
                step,
                abi.encodeWithSelector(
                    IDocumentExchange.LegReplacementInvalid.selector,
                    leg(),
                    exchange.legId(SENDER, RECIPIENT, salts[i])
                )
            );
        }
    }

    function test_erase_isOfEitherPartyOnce() public {
        open(submission(SALT));
        run(LegAction.Erase);
        expectRefusal(
            stepOf(LegAction.Erase),
            abi.encodeWithSelector(
                IDocumentExchange.LegActionRepeated.selector,
                leg(),
                LegAction.Erase
            )
        );
        IDocumentExchange.Step memory step = stepOf(LegAction.Erase);
        step.org = RECIPIENT;
        step.actor = RECIPIENT;
        act(step);
        check(exchange.leg(leg()).marks == 48 && stateNow() == LegState.Submitted, "both");
    }

    function test_expire_isForAnyoneAfterTheWindow() public {
        open(submission(SALT));
        VM.expectRevert(
            abi.encodeWithSelector(
                IDocumentExchange.LegActionIllegal.selector,
                leg(),
                LegAction.Expire,
                LegState.Submitted
            )
        );
        exchange.expire(leg());
        run(LegAction.Arrive);
        VM.warp(NOW + WINDOW);
        expectNotOverdue(LegState.Arrived);
        exchange.expire(leg());
        VM.warp(NOW + WINDOW + 1);
        VM.prank(stranger);
        exchange.expire(leg());
        check(stateNow() == LegState.Expired && exchange.leg(leg()).events == 3, "expired");
        run(LegAction.Receive);
        check(stateNow() == LegState.Received, "late");
    }

    function test_markOverdue_notesEachSilenceOnce() public {
        open(submission(SALT));
        expectNotOverdue(LegState.Submitted);
        exchange.markOverdue(leg());
        VM.warp(NOW + DAY + 1);
        VM.prank(stranger);
        exchange.markOverdue(leg());
        check(exchange.leg(leg()).marks == 1, "arrival");
        expectNotOverdue(LegState.Submitted);
        exchange.markOverdue(leg());

        run(LegAction.Arrive);
        VM.warp(NOW + 2 * DAY);
        exchange.markOverdue(leg());
        run(LegAction.HandOver);
        run(LegAction.Receive);
        VM.warp(NOW + 31 * DAY);
        exchange.markOverdue(leg());
        run(LegAction.RequestRecall);
        VM.warp(NOW + 33 * DAY);
        exchange.markOverdue(leg());
        check(exchange.leg(leg()).marks == 1 + 2 + 4 + 64, "all");
        run(LegAction.AcceptRecall);
        VM.expectRevert(
            abi.encodeWithSelector(
                IDocumentExchange.LegActionIllegal.selector,
                leg(),
                LegAction.MarkOverdue,
                LegState.Recalled
            )
        );
        exchange.markOverdue(leg());
    }

    function test_markOverdue_withoutDateOfSettlementReverts() public {
        IDocumentExchange.Opening memory opening = submission(SALT);
        opening.settleBy = 0;
        open(opening);
        run(LegAction.Arrive);
        run(LegAction.HandOver);
        run(LegAction.Receive);
        VM.warp(NOW + 1000 * DAY);
        VM.expectRevert(
            abi.encodeWithSelector(
                IDocumentExchange.LegNotOverdue.selector,
                leg(),
                LegState.Received,
                NOW + 1000 * DAY
            )
        );
        exchange.markOverdue(leg());
    }

    function test_legThatWasNeverOpened_isUnknown() public {
        bytes memory refusal = abi.encodeWithSelector(IDocumentExchange.LegUnknown.selector, leg());
        expectRefusal(stepOf(LegAction.Arrive), refusal);
        VM.expectRevert(refusal);
        exchange.expire(leg());
        VM.expectRevert(refusal);
        exchange.markOverdue(leg());
    }

    function expectNotOverdue(LegState state) private {
        VM.expectRevert(
            abi.encodeWithSelector(
                IDocumentExchange.LegNotOverdue.selector,
                leg(),
                state,
                uint64(block.timestamp)
            )
        );
    }
}
