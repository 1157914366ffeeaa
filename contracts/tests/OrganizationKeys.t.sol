// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IOrganizationRegistry} from "../interfaces/IOrganizationRegistry.sol";
import {Fixture} from "./Fixture.sol";
import {VM} from "./Vm.sol";

contract OrganizationKeysTest is Fixture {
    IOrganizationRegistry.Status private constant ACTIVE = IOrganizationRegistry.Status.Active;
    IOrganizationRegistry.Status private constant SUSPENDED = IOrganizationRegistry.Status.Suspended;
    address private constant key = address(0x6B6579);

    function test_fuzz_addKey_isToldBackAsGiven(
        bool custodial,
        uint8 purposes,
        uint48 from,
        uint48 until
    ) public {
        VM.assume(purposes != 0 && (until == 0 || until > from));
        VM.expectEmit();
        emit IOrganizationRegistry.KeyAdded(PRODUCER_ORG, key, custodial, purposes, from, until);
        VM.prank(governor);
        registry.addKey(PRODUCER_ORG, key, custodial, purposes, from, until);

        IOrganizationRegistry.Key memory found = registry.key(PRODUCER_ORG, key);
        check(found.custodial == custodial && found.purposes == purposes, "what");
        check(found.validFrom == from && found.validUntil == until, "window");
        check(found.registeredAt == NOW && found.compromisedAt == 0, "when");
    }

    function test_key_unknownIsAllZero() public view {
        IOrganizationRegistry.Key memory found = registry.key(OPERATOR_ORG, producerKey);
        check(found.registeredAt == 0 && found.purposes == 0 && !found.custodial, "entry");
    }

    function test_addKey_faultsRevert() public {
        expectOrgError(IOrganizationRegistry.KeyAddressMissing.selector, PRODUCER_ORG);
        registry.addKey(PRODUCER_ORG, address(0), false, SUBMIT, 0, 0);
        expectKeyError(IOrganizationRegistry.KeyPurposesMissing.selector, key);
        registry.addKey(PRODUCER_ORG, key, false, 0, 0, 0);
        expectKeyError(IOrganizationRegistry.KeyAlreadyAdded.selector, producerKey);
        registry.addKey(PRODUCER_ORG, producerKey, false, SUBMIT, 0, 0);
    }

    function test_addKey_emptyOrOversizedWindowReverts() public {
        uint64 tooLate = uint64(type(uint48).max) + 1;
        uint64[2][4] memory windows = [
            [NOW, NOW],
            [NOW, NOW - 1],
            [tooLate, 0],
            [NOW, tooLate]
        ];
        for (uint256 i = 0; i < windows.length; ++i) {
            (uint64 from, uint64 until) = (windows[i][0], windows[i][1]);
            expectError(
                abi.encodeWithSelector(
                    IOrganizationRegistry.KeyWindowInvalid.selector,
                    PRODUCER_ORG,
                    key,
                    from,
                    until
                )
            );
            registry.addKey(PRODUCER_ORG, key, false, SUBMIT, from, until);
        }
    }

    function test_addKey_afterItWasEndedOrCompromisedReverts() public {
        VM.prank(governor);
        registry.endKey(PRODUCER_ORG, producerKey, NOW);
        expectKeyError(IOrganizationRegistry.KeyAlreadyAdded.selector, producerKey);
        registry.addKey(PRODUCER_ORG, producerKey, false, SUBMIT, 0, 0);
        VM.prank(governor);
        registry.markCompromised(PRODUCER_ORG, producerKey, NOW);
        expectKeyError(IOrganizationRegistry.KeyAlreadyAdded.selector, producerKey);
        registry.addKey(PRODUCER_ORG, producerKey, false, SUBMIT, 0, 0);
    }

    function test_addKey_sameAddressInTwoOrganizationsStaysApart() public {
        addKey(OPERATOR_ORG, producerKey, STATUS, 0, 0);
        check(!registry.isAuthorized(OPERATOR_ORG, producerKey, SUBMIT), "not the other's purpose");
        VM.prank(governor);
        registry.markCompromised(OPERATOR_ORG, producerKey, NOW);
        check(registry.isAuthorized(PRODUCER_ORG, producerKey, SUBMIT), "not the other's fate");
    }

    function test_endKey_shortensAndNeverLengthens() public {
        VM.expectEmit();
        emit IOrganizationRegistry.KeyEnded(PRODUCER_ORG, producerKey, NOW + 10);
        VM.prank(governor);
        registry.endKey(PRODUCER_ORG, producerKey, NOW + 10);
        check(registry.isAuthorized(PRODUCER_ORG, producerKey, SUBMIT), "not yet");

        uint64[2] memory refused = [NOW + 10, NOW + 11];
        for (uint256 i = 0; i < refused.length; ++i) {
            expectEndError(refused[i], NOW + 10);
            registry.endKey(PRODUCER_ORG, producerKey, refused[i]);
        }
        VM.warp(NOW + 10);
        check(!registry.isAuthorized(PRODUCER_ORG, producerKey, SUBMIT), "ended");
        check(registry.wasAuthorized(PRODUCER_ORG, producerKey, SUBMIT, NOW + 9), "was until then");
        check(!registry.wasAuthorized(PRODUCER_ORG, producerKey, SUBMIT, NOW + 10), "half open");
    }

    function test_endKey_inThePastEndsAtTheBlockOnly() public {
        VM.prank(governor);
        registry.endKey(PRODUCER_ORG, producerKey, NOW - DAY);
        check(registry.key(PRODUCER_ORG, producerKey).validUntil == NOW, "block's time");
        VM.warp(NOW + 1);
        expectEndError(0, NOW);
        registry.endKey(PRODUCER_ORG, producerKey, 0);
    }

    function test_endKey_beyondWhatCanBeStoredReverts() public {
        expectEndError(type(uint48).max, 0);
        registry.endKey(PRODUCER_ORG, producerKey, type(uint48).max);
        expectEndError(type(uint64).max, 0);
        registry.endKey(PRODUCER_ORG, producerKey, type(uint64).max);
    }

    function test_markCompromised_onlyEverMovesEarlier() public {
        VM.expectEmit();
        emit IOrganizationRegistry.KeyCompromised(PRODUCER_ORG, producerKey, NOW);
        VM.prank(governor);
        registry.markCompromised(PRODUCER_ORG, producerKey, NOW + DAY);
        check(!registry.isAuthorized(PRODUCER_ORG, producerKey, SUBMIT), "at once");

        uint64[4] memory refused = [uint64(0), NOW, NOW + 1, type(uint64).max];
        for (uint256 i = 0; i < refused.length; ++i) {
            expectCompromiseError(refused[i], NOW);
            registry.markCompromised(PRODUCER_ORG, producerKey, refused[i]);
        }
        VM.prank(governor);
        registry.markCompromised(PRODUCER_ORG, producerKey, 1);
        check(registry.key(PRODUCER_ORG, producerKey).compromisedAt == 1, "earlier");
    }

    function test_markCompromised_zeroOnSoundKeyReverts() public {
        expectCompromiseError(0, 0);
        registry.markCompromised(PRODUCER_ORG, producerKey, 0);
    }

    function test_unknownKey_reverts() public {
        expectKeyError(IOrganizationRegistry.KeyUnknown.selector, key);
        registry.endKey(PRODUCER_ORG, key, NOW);
        expectKeyError(IOrganizationRegistry.KeyUnknown.selector, key);
        registry.markCompromised(PRODUCER_ORG, key, NOW);
    }

    // ---- authorization

    function test_isAuthorized_needsEveryPurpose() public view {
        check(registry.isAuthorized(PRODUCER_ORG, producerKey, SUBMIT), "one");
        check(registry.isAuthorized(PRODUCER_ORG, producerKey, SUBMIT | STATUS), "both");
        check(!registry.isAuthorized(PRODUCER_ORG, producerKey, SUBMIT | PUBLISH), "one missing");
        check(!registry.isAuthorized(PRODUCER_ORG, producerKey, 0), "none asked");
        check(!registry.isAuthorized(OPERATOR_ORG, producerKey, SUBMIT), "foreign");
        check(!registry.isAuthorized(STRANGE_ORG, producerKey, SUBMIT), "unknown");
        check(!registry.isAuthorized(bytes32(0), address(0), SUBMIT), "nobody");
    }

    function test_isAuthorized_onlyInsideTheWindow() public {
        addKey(PRODUCER_ORG, key, SUBMIT, NOW + 10, NOW + 20);
        check(!registry.isAuthorized(PRODUCER_ORG, key, SUBMIT), "before");
        VM.warp(NOW + 10);
        check(registry.isAuthorized(PRODUCER_ORG, key, SUBMIT), "first second");
        VM.warp(NOW + 19);
        check(registry.isAuthorized(PRODUCER_ORG, key, SUBMIT), "last second");
        VM.warp(NOW + 20);
        check(!registry.isAuthorized(PRODUCER_ORG, key, SUBMIT), "after");
    }

    function test_wasAuthorized_followsStatusAndCompromise() public {
        VM.warp(NOW + 10);
        setStatus(PRODUCER_ORG, SUSPENDED);
        VM.warp(NOW + 20);
        setStatus(PRODUCER_ORG, ACTIVE);
        VM.warp(NOW + 40);
        VM.prank(governor);
        registry.markCompromised(PRODUCER_ORG, producerKey, NOW + 30);
        check(!wasAuthorized(NOW - 1), "before it was registered");
        check(wasAuthorized(NOW), "when it was registered");
        check(wasAuthorized(NOW + 9), "before the suspension");
        check(!wasAuthorized(NOW + 10), "suspended");
        check(wasAuthorized(NOW + 20), "reinstated");
        check(!wasAuthorized(NOW + 30), "compromised");
        check(!registry.wasAuthorized(STRANGE_ORG, producerKey, SUBMIT, NOW), "unknown");
        check(!registry.wasAuthorized(PRODUCER_ORG, producerKey, PUBLISH, NOW), "purpose");
    }

    function test_wasAuthorized_keyIsNotOlderThanItsRegistration() public {
        VM.warp(NOW + 10);
        addKey(PRODUCER_ORG, key, SUBMIT, NOW, 0);
        check(!registry.wasAuthorized(PRODUCER_ORG, key, SUBMIT, NOW + 9), "not on chain yet");
        check(registry.wasAuthorized(PRODUCER_ORG, key, SUBMIT, NOW + 10), "on chain");
    }

    function test_wasAuthorized_inTheFutureReverts() public {
        VM.expectRevert(
            abi.encodeWithSelector(
                IOrganizationRegistry.AuthorizationInFuture.selector,
                NOW + 1,
                NOW
            )
        );
        registry.wasAuthorized(PRODUCER_ORG, producerKey, SUBMIT, NOW + 1);
    }

    function test_fuzz_wasAuthorized_atTheBlockEqualsIsAuthorized(
        uint48 from,
        uint48 until,
        uint8 purpose,
        bool suspended,
        uint48 compromised
    ) public {
        VM.assume(until == 0 || until > from);
        addKey(PRODUCER_ORG, key, 5, from, until);
        if (suspended) setStatus(PRODUCER_ORG, SUSPENDED);
        if (compromised != 0) {
            VM.prank(governor);
            registry.markCompromised(PRODUCER_ORG, key, compromised);
        }
        check(
            registry.wasAuthorized(PRODUCER_ORG, key, purpose, NOW) ==
                registry.isAuthorized(PRODUCER_ORG, key, purpose),
            "past and present differ"
        );
    }

    function expectError(bytes memory data) private {
        VM.expectRevert(data);
        VM.prank(governor);
    }

    function expectOrgError(bytes4 selector, bytes32 org) private {
        expectError(abi.encodeWithSelector(selector, org));
    }

    function expectKeyError(bytes4 selector, address account) private {
        expectError(abi.encodeWithSelector(selector, PRODUCER_ORG, account));
    }

    function expectEndError(uint64 until, uint64 current) private {
        bytes4 selector = IOrganizationRegistry.KeyEndNotEarlier.selector;
        expectError(abi.encodeWithSelector(selector, PRODUCER_ORG, producerKey, until, current));
    }

    function expectCompromiseError(uint64 since, uint64 current) private {
        bytes4 selector = IOrganizationRegistry.KeyCompromiseNotEarlier.selector;
        expectError(abi.encodeWithSelector(selector, PRODUCER_ORG, producerKey, since, current));
    }

    function wasAuthorized(uint64 time) private view returns (bool) {
        return registry.wasAuthorized(PRODUCER_ORG, producerKey, SUBMIT, time);
    }
}
