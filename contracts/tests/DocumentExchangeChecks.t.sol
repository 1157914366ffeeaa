// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDocumentExchange} from "../interfaces/IDocumentExchange.sol";
import {IOrganizationRegistry} from "../interfaces/IOrganizationRegistry.sol";
import {LegAction, LegState} from "../libraries/LegRules.sol";
import {ExchangeFixture} from "./ExchangeFixture.sol";
import {VM} from "./Vm.sol";

/// @title What is refused: incomplete openings and steps, foreign hands, old signatures
contract DocumentExchangeChecksTest is ExchangeFixture {
    function test_open_twiceReverts() public {
        open(submission(SALT));
        expectRefusal(
            submission(SALT),
            abi.encodeWithSelector(IDocumentExchange.LegAlreadyOpened.selector, leg())
        );
    }

    function test_open_byAnotherActionReverts() public {
        IDocumentExchange.Opening memory opening = submission(SALT);
        opening.action = LegAction.Receive;
        expectRefusal(
            opening,
            abi.encodeWithSelector(
                IDocumentExchange.LegOpeningInvalid.selector,
                leg(),
                LegAction.Receive
            )
        );
    }

    function test_open_reasonWhereNoneBelongsReverts() public {
        IDocumentExchange.Opening memory opening = submission(SALT);
        opening.reason = 1;
        expectRefusal(opening, reasonInvalid(LegAction.Submit, 1));
        opening = rejection(SALT);
        opening.reason = 0;
        expectRefusal(opening, reasonInvalid(LegAction.RejectSubmission, 0));
    }

    function test_open_withoutContentReverts() public {
        IDocumentExchange.Opening memory opening = submission(SALT);
        opening.message = 0;
        expectRefusal(opening, contentInvalid(LegAction.Submit));
        opening = submission(SALT);
        opening.evidence = 0;
        expectRefusal(opening, contentInvalid(LegAction.Submit));
    }

    function test_open_toItselfOrToNobodyReverts() public {
        IDocumentExchange.Opening memory opening = submission(SALT);
        opening.recipient = SENDER;
        expectRefusal(opening, recipientInvalid(SENDER));
        opening.recipient = STRANGE_ORG;
        expectRefusal(opening, recipientInvalid(STRANGE_ORG));
        setStatus(RECIPIENT, IOrganizationRegistry.Status.Suspended);
        expectRefusal(submission(SALT), recipientInvalid(RECIPIENT));
        open(rejection(SALT));
    }

    function test_open_rejectionWithTermsReverts() public {
        for (uint256 i = 0; i < 5; ++i) {
            IDocumentExchange.Opening memory opening = rejection(SALT);
            if (i == 0) opening.arriveBy = 1;
            if (i == 1) opening.answerWithin = 1;
            if (i == 2) opening.settleBy = 1;
            if (i == 3) opening.attempts = 1;
            if (i == 4) opening.replaces = LINK;
            expectRefusal(opening, termsInvalid());
        }
    }

    function test_open_termsWithoutTimeOrAttemptRevert() public {
        for (uint256 i = 0; i < 6; ++i) {
            IDocumentExchange.Opening memory opening = submission(SALT);
            if (i == 0) opening.arriveBy = NOW;
            if (i == 1) opening.arriveBy = uint64(1) << 48;
            if (i == 2) opening.settleBy = uint64(1) << 48;
            if (i == 3) opening.settleBy = NOW;
            if (i == 4) opening.answerWithin = 0;
            if (i == 5) opening.attempts = 0;
            expectRefusal(opening, termsInvalid());
        }
    }

    function test_open_replacingWhatNeverWasReverts() public {
        IDocumentExchange.Opening memory opening = submission(SALT);
        opening.replaces = LINK;
        expectRefusal(
            opening,
            abi.encodeWithSelector(IDocumentExchange.LegReplacementInvalid.selector, leg(), LINK)
        );
    }

    function test_open_ofAnotherReverts() public {
        IDocumentExchange.Opening memory opening = submission(SALT);
        bytes memory signature = sign(recipientSecret, digestOf(opening));
        address other = VM.addr(recipientSecret);
        VM.expectRevert(unauthorized(SENDER, other, CLERK));
        exchange.open(opening, other, signature);
        address own = VM.addr(senderSecret);
        VM.expectRevert(
            abi.encodeWithSelector(IDocumentExchange.LegSignatureInvalid.selector, SENDER, own)
        );
        exchange.open(opening, own, signature);
    }

    function test_open_bySuspendedReverts() public {
        setStatus(SENDER, IOrganizationRegistry.Status.Suspended);
        expectRefusal(submission(SALT), unauthorized(SENDER, VM.addr(senderSecret), CLERK));
    }

    function test_act_onlyInTheStatesOfTheTable() public {
        open(submission(SALT));
        expectIllegal(LegAction.None);
        expectIllegal(LegAction.Submit);
        expectIllegal(LegAction.Expire);
        expectIllegal(LegAction.MarkOverdue);
        expectIllegal(LegAction.Receive);
        run(LegAction.Arrive);
        expectIllegal(LegAction.Withdraw);
    }

    function test_act_isTakenInOnceAndInTime() public {
        open(submission(SALT));
        IDocumentExchange.Step memory step = stepOf(LegAction.LogAccess);
        run(LegAction.Arrive);
        expectRefusal(
            step,
            abi.encodeWithSelector(IDocumentExchange.LegNonceInvalid.selector, leg(), 1, 2)
        );
        step.nonce = 2;
        step.deadline = NOW;
        VM.warp(NOW + 1);
        expectRefusal(
            step,
            abi.encodeWithSelector(IDocumentExchange.LegDeadlinePassed.selector, NOW, NOW + 1)
        );
    }

    function test_act_ofTheWrongPartyReverts() public {
        open(submission(SALT));
        IDocumentExchange.Step memory step = stepOf(LegAction.Arrive);
        bytes32[2] memory others = [SENDER, DELEGATE];
        for (uint256 i = 0; i < 2; ++i) {
            step.org = others[i];
            step.actor = others[i];
            expectRefusal(step, partyInvalid(LegAction.Arrive, others[i]));
        }
        step = stepOf(LegAction.Withdraw);
        step.org = RECIPIENT;
        step.actor = RECIPIENT;
        expectRefusal(step, partyInvalid(LegAction.Withdraw, RECIPIENT));
    }

    function test_act_withoutWhatTheTableAsksReverts() public {
        open(submission(SALT));
        IDocumentExchange.Step memory step = stepOf(LegAction.Arrive);
        step.reason = 1;
        expectRefusal(step, reasonInvalid(LegAction.Arrive, 1));
        step = stepOf(LegAction.Withdraw);
        step.reason = 0;
        expectRefusal(step, reasonInvalid(LegAction.Withdraw, 0));
        step = stepOf(LegAction.Arrive);
        step.evidence = 0;
        expectRefusal(step, contentInvalid(LegAction.Arrive));
        step = stepOf(LegAction.Arrive);
        step.link = LINK;
        expectRefusal(step, contentInvalid(LegAction.Arrive));
        step = stepOf(LegAction.Supersede);
        step.link = 0;
        expectRefusal(step, contentInvalid(LegAction.Supersede));
    }

    function test_act_forAnotherNeedsAMandate() public {
        open(submission(SALT));
        IDocumentExchange.Step memory step = stepOf(LegAction.Arrive);
        step.actor = DELEGATE;
        expectRefusal(
            step,
            abi.encodeWithSelector(
                IDocumentExchange.LegMandateMissing.selector,
                RECIPIENT,
                DELEGATE,
                LegAction.Arrive
            )
        );
        give(RECIPIENT, DELEGATE, mandateFor(LegAction.Arrive));
        act(step);
        check(stateNow() == LegState.Arrived, "arrived");
    }

    function test_act_suspendedOwesWhatIsOpenAndNothingElse() public {
        open(submission(SALT));
        run(LegAction.Arrive);
        setStatus(RECIPIENT, IOrganizationRegistry.Status.Suspended);
        expectRefusal(
            stepOf(LegAction.LogAccess),
            unauthorized(RECIPIENT, VM.addr(recipientSecret), GATEWAY)
        );
        run(LegAction.HandOver);
        run(LegAction.Receive);
        expectRefusal(
            stepOf(LegAction.Assign),
            unauthorized(RECIPIENT, VM.addr(recipientSecret), LEADER)
        );
        setStatus(RECIPIENT, IOrganizationRegistry.Status.Removed);
        run(LegAction.RequestRecall);
        expectRefusal(
            stepOf(LegAction.AcceptRecall),
            unauthorized(RECIPIENT, VM.addr(recipientSecret), CLERK)
        );
    }

    function test_act_suspendedWithoutKeyInForceReverts() public {
        open(submission(SALT));
        run(LegAction.Arrive);
        uint256[5] memory secrets = [uint256(1), 2, 3, 4, 5];
        addKey(RECIPIENT, VM.addr(1), GATEWAY, 0, 0);
        addKey(RECIPIENT, VM.addr(2), CLERK, NOW + 10, 0);
        addKey(RECIPIENT, VM.addr(3), CLERK, 0, NOW + 5);
        addKey(RECIPIENT, VM.addr(4), CLERK, 0, 0);
        VM.prank(governor);
        registry.markCompromised(RECIPIENT, VM.addr(4), NOW);
        setStatus(RECIPIENT, IOrganizationRegistry.Status.Suspended);
        VM.warp(NOW + 5);
        IDocumentExchange.Step memory step = stepOf(LegAction.HandOver);
        for (uint256 i = 0; i < secrets.length; ++i) {
            address signer = VM.addr(secrets[i]);
            bytes memory signature = sign(secrets[i], digestOf(step));
            VM.expectRevert(unauthorized(RECIPIENT, signer, CLERK));
            exchange.act(step, signer, signature);
        }
        VM.warp(NOW + 10);
        step = stepOf(LegAction.HandOver);
        exchange.act(step, VM.addr(2), sign(2, digestOf(step)));
    }

    function testFuzz_act_alteredReverts(uint256 field, uint256 bit) public {
        open(submission(SALT));
        IDocumentExchange.Step memory step = stepOf(LegAction.Arrive);
        bytes memory signature = sign(recipientSecret, digestOf(step));
        field = field % 2;
        if (field == 0) step.evidence ^= bytes32(uint256(1) << (bit % 256));
        if (field == 1) step.deadline ^= uint64(1) << uint64(6 + (bit % 58));
        VM.assume(step.deadline >= NOW && step.evidence != 0);
        address signer = VM.addr(recipientSecret);
        VM.expectRevert(
            abi.encodeWithSelector(IDocumentExchange.LegSignatureInvalid.selector, RECIPIENT, signer)
        );
        exchange.act(step, signer, signature);
    }

    function reasonInvalid(LegAction action, uint16 reason) private pure returns (bytes memory) {
        return
            abi.encodeWithSelector(
                IDocumentExchange.LegReasonInvalid.selector,
                leg(),
                action,
                reason
            );
    }

    function contentInvalid(LegAction action) private pure returns (bytes memory) {
        return
            abi.encodeWithSelector(IDocumentExchange.LegContentInvalid.selector, leg(), action);
    }

    function partyInvalid(LegAction action, bytes32 org) private pure returns (bytes memory) {
        return
            abi.encodeWithSelector(
                IDocumentExchange.LegPartyInvalid.selector,
                leg(),
                action,
                org
            );
    }

    function recipientInvalid(bytes32 recipient) private pure returns (bytes memory) {
        return
            abi.encodeWithSelector(
                IDocumentExchange.LegRecipientInvalid.selector,
                keccak256(abi.encode(SENDER, recipient, SALT)),
                recipient
            );
    }

    function termsInvalid() private pure returns (bytes memory) {
        return abi.encodeWithSelector(IDocumentExchange.LegTermsInvalid.selector, leg());
    }

    function unauthorized(
        bytes32 actor,
        address signer,
        uint8 purpose
    ) private pure returns (bytes memory) {
        return
            abi.encodeWithSelector(
                IDocumentExchange.LegSignerUnauthorized.selector,
                actor,
                signer,
                purpose
            );
    }
}
