// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Mandates} from "../Mandates.sol";
import {IMandates} from "../interfaces/IMandates.sol";
import {IOrganizationRegistry} from "../interfaces/IOrganizationRegistry.sol";
import {LegAction} from "../libraries/LegRules.sol";
import {ExchangeFixture} from "./ExchangeFixture.sol";
import {VM} from "./Vm.sol";

contract MandatesTest is ExchangeFixture {
    uint32 private constant RECEIVE = uint32(1) << uint8(LegAction.Receive);

    function test_registry_isTheOneGiven() public view {
        check(address(mandates.registry()) == address(registry), "registry");
    }

    function test_constructor_withoutRegistryReverts() public {
        VM.expectRevert(abi.encodeWithSelector(IMandates.MandateRegistryInvalid.selector, stranger));
        new Mandates(IOrganizationRegistry(stranger));
    }

    function test_give_isInForceFromItsBeginningUntilBeforeItsEnd() public {
        IMandates.Mandate memory given = mandateFor(LegAction.Receive);
        given.validFrom = NOW + 10;
        given.validUntil = NOW + 20;
        VM.expectEmit();
        emit IMandates.MandateGiven(SENDER, DELEGATE, 0, RECEIVE, NOW + 10, NOW + 20, LINK);
        give(SENDER, DELEGATE, given);

        check(!mandates.isMandated(SENDER, DELEGATE, RECEIVE), "before");
        VM.warp(NOW + 10);
        check(mandates.isMandated(SENDER, DELEGATE, RECEIVE), "from");
        check(!mandates.isMandated(SENDER, DELEGATE, RECEIVE << 1), "another action");
        check(!mandates.isMandated(SENDER, DELEGATE, RECEIVE | (RECEIVE << 1)), "one of two");
        check(!mandates.isMandated(SENDER, DELEGATE, 0), "nothing");
        check(!mandates.isMandated(DELEGATE, SENDER, RECEIVE), "the other way");
        VM.warp(NOW + 19);
        check(mandates.isMandated(SENDER, DELEGATE, RECEIVE), "last second");
        VM.warp(NOW + 20);
        check(!mandates.isMandated(SENDER, DELEGATE, RECEIVE), "until");
        check(mandates.mandate(SENDER, DELEGATE).document == LINK, "kept");
    }

    function test_give_emptyTakesBack() public {
        give(SENDER, DELEGATE, mandateFor(LegAction.Receive));
        give(SENDER, DELEGATE, IMandates.Mandate(0, 0, 0, 0));
        check(!mandates.isMandated(SENDER, DELEGATE, RECEIVE), "taken back");
        check(mandates.mandateCount(SENDER, DELEGATE) == 2, "both counted");
    }

    function test_give_toItselfReverts() public {
        expectRefusal(
            SENDER,
            mandateFor(LegAction.Receive),
            abi.encodeWithSelector(IMandates.MandateToItself.selector, SENDER)
        );
    }

    function test_give_halfReverts() public {
        bytes memory refusal = abi.encodeWithSelector(
            IMandates.MandateIncomplete.selector,
            SENDER,
            DELEGATE
        );
        IMandates.Mandate memory half = mandateFor(LegAction.Receive);
        half.document = 0;
        expectRefusal(DELEGATE, half, refusal);
        half = mandateFor(LegAction.Receive);
        half.validUntil = 0;
        expectRefusal(DELEGATE, half, refusal);
        expectRefusal(DELEGATE, IMandates.Mandate(0, 1, 0, 0), refusal);
        expectRefusal(DELEGATE, IMandates.Mandate(0, 0, 1, 0), refusal);
        expectRefusal(DELEGATE, IMandates.Mandate(0, 0, 0, LINK), refusal);
    }

    function test_give_windowWithoutInstantReverts() public {
        IMandates.Mandate memory given = mandateFor(LegAction.Receive);
        given.validFrom = NOW + 5;
        given.validUntil = NOW + 5;
        expectRefusal(
            DELEGATE,
            given,
            abi.encodeWithSelector(IMandates.MandateWindowInvalid.selector, NOW + 5, NOW + 5)
        );
        given.validFrom = 1;
        given.validUntil = NOW;
        expectRefusal(
            DELEGATE,
            given,
            abi.encodeWithSelector(IMandates.MandateWindowInvalid.selector, 1, NOW)
        );
    }

    function test_give_isTakenInOnceAndInTime() public {
        IMandates.Mandate memory given = mandateFor(LegAction.Receive);
        bytes memory signature = sign(senderSecret, digestOf(SENDER, DELEGATE, given, 0, NOW));
        address signer = VM.addr(senderSecret);
        VM.warp(NOW + 1);
        VM.expectRevert(
            abi.encodeWithSelector(IMandates.MandateDeadlinePassed.selector, NOW, NOW + 1)
        );
        mandates.give(SENDER, DELEGATE, given, 0, NOW, signer, signature);
        VM.warp(NOW);
        mandates.give(SENDER, DELEGATE, given, 0, NOW, signer, signature);
        VM.expectRevert(
            abi.encodeWithSelector(IMandates.MandateNonceInvalid.selector, SENDER, DELEGATE, 0, 1)
        );
        mandates.give(SENDER, DELEGATE, given, 0, NOW, signer, signature);
    }

    function test_give_ofAnotherOrAlteredReverts() public {
        IMandates.Mandate memory given = mandateFor(LegAction.Receive);
        bytes memory signature = sign(senderSecret, digestOf(SENDER, DELEGATE, given, 0, NOW));
        address other = VM.addr(recipientSecret);
        VM.expectRevert(
            abi.encodeWithSelector(IMandates.MandateSignerUnauthorized.selector, SENDER, other)
        );
        mandates.give(SENDER, DELEGATE, given, 0, NOW, other, signature);
        given.scope |= 1;
        address signer = VM.addr(senderSecret);
        VM.expectRevert(
            abi.encodeWithSelector(IMandates.MandateSignatureInvalid.selector, SENDER, signer)
        );
        mandates.give(SENDER, DELEGATE, given, 0, NOW, signer, signature);
    }

    function expectRefusal(
        bytes32 to,
        IMandates.Mandate memory given,
        bytes memory revert_
    ) private {
        bytes memory signature = sign(senderSecret, digestOf(SENDER, to, given, 0, NOW));
        VM.expectRevert(revert_);
        mandates.give(SENDER, to, given, 0, NOW, VM.addr(senderSecret), signature);
    }
}
