// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IOrganizationRegistry} from "../interfaces/IOrganizationRegistry.sol";
import {Fixture} from "./Fixture.sol";
import {VM} from "./Vm.sol";

contract OrganizationRegistryTest is Fixture {
    IOrganizationRegistry.Status private constant NONE = IOrganizationRegistry.Status.None;
    IOrganizationRegistry.Status private constant ACTIVE = IOrganizationRegistry.Status.Active;
    IOrganizationRegistry.Status private constant SUSPENDED = IOrganizationRegistry.Status.Suspended;
    IOrganizationRegistry.Status private constant REMOVED = IOrganizationRegistry.Status.Removed;
    address private constant key = address(0x6B6579);

    function test_eip712Domain_isTheOneSubmissionsAreSignedUnder() public view {
        (, string memory name, string memory version, uint256 chainId, address contract_, , ) = registry
            .eip712Domain();
        check(keccak256(bytes(name)) == keccak256("Provenance Ledger"), "name");
        check(keccak256(bytes(version)) == keccak256("1"), "version");
        check(chainId == block.chainid && contract_ == address(registry), "chain and contract");
    }

    // ---- organizations

    function test_registerOrganization_makesItActiveWithItsRoles() public {
        VM.expectEmit();
        emit IOrganizationRegistry.OrganizationRegistered(STRANGE_ORG, PROFILE, 5);
        VM.prank(governor);
        registry.registerOrganization(STRANGE_ORG, PROFILE, 5);

        IOrganizationRegistry.Organization memory found = registry.organization(STRANGE_ORG);
        check(found.status == ACTIVE && found.roles == 5 && found.profile == PROFILE, "entry");
        check(found.registeredAt == NOW && found.statusSince == NOW, "times");
    }

    function test_organization_unknownIsAllZero() public view {
        IOrganizationRegistry.Organization memory found = registry.organization(STRANGE_ORG);
        check(found.status == NONE && found.roles == 0 && found.registeredAt == 0, "entry");
    }

    function test_registerOrganization_withZeroIdReverts() public {
        expectError(abi.encodeWithSelector(IOrganizationRegistry.OrganizationIdMissing.selector));
        registry.registerOrganization(bytes32(0), PROFILE, PRODUCER);
    }

    function test_registerOrganization_secondTimeReverts() public {
        setStatus(PRODUCER_ORG, REMOVED);
        expectOrgError(IOrganizationRegistry.OrganizationAlreadyRegistered.selector, PRODUCER_ORG);
        registry.registerOrganization(PRODUCER_ORG, PROFILE, PRODUCER);
    }

    function test_registerOrganization_withoutProfileReverts() public {
        expectOrgError(IOrganizationRegistry.OrganizationProfileMissing.selector, STRANGE_ORG);
        registry.registerOrganization(STRANGE_ORG, bytes32(0), PRODUCER);
    }

    function test_setProfile_replacesTheDigest() public {
        VM.expectEmit();
        emit IOrganizationRegistry.OrganizationProfileChanged(PRODUCER_ORG, "new");
        VM.prank(governor);
        registry.setProfile(PRODUCER_ORG, "new");
        check(registry.organization(PRODUCER_ORG).profile == "new", "profile");
    }

    function test_setProfile_withoutProfileReverts() public {
        expectOrgError(IOrganizationRegistry.OrganizationProfileMissing.selector, PRODUCER_ORG);
        registry.setProfile(PRODUCER_ORG, bytes32(0));
    }

    function test_setRoles_replacesAllRoles() public {
        VM.expectEmit();
        emit IOrganizationRegistry.OrganizationRolesChanged(PRODUCER_ORG, 6);
        VM.prank(governor);
        registry.setRoles(PRODUCER_ORG, 6);
        check(registry.hasRole(PRODUCER_ORG, AUTHORITY), "gained");
        check(registry.hasRole(PRODUCER_ORG, 6), "both");
        check(!registry.hasRole(PRODUCER_ORG, PRODUCER), "lost");
        check(!registry.hasRole(PRODUCER_ORG, PRODUCER | AUTHORITY), "every bit is needed");
        check(!registry.hasRole(PRODUCER_ORG, 0), "no role is no role");
    }

    function test_hasRole_ofSuspendedOrganizationIsFalse() public {
        setStatus(PRODUCER_ORG, SUSPENDED);
        check(!registry.hasRole(PRODUCER_ORG, PRODUCER), "suspended");
        check(!registry.hasRole(STRANGE_ORG, PRODUCER), "unknown");
    }

    function test_setStatus_suspendsAndReinstates() public {
        VM.warp(NOW + 5);
        VM.expectEmit();
        emit IOrganizationRegistry.OrganizationStatusChanged(PRODUCER_ORG, SUSPENDED);
        setStatus(PRODUCER_ORG, SUSPENDED);
        check(registry.organization(PRODUCER_ORG).statusSince == NOW + 5, "since");
        check(registry.organization(PRODUCER_ORG).registeredAt == NOW, "registered");
        check(!registry.isAuthorized(PRODUCER_ORG, producerKey, SUBMIT), "suspended");
        setStatus(PRODUCER_ORG, ACTIVE);
        check(registry.isAuthorized(PRODUCER_ORG, producerKey, SUBMIT), "reinstated");
    }

    function test_setStatus_unchangedOrNoneReverts() public {
        expectError(abi.encodeWithSelector(IOrganizationRegistry.OrganizationStatusInvalid.selector, PRODUCER_ORG, 1));
        registry.setStatus(PRODUCER_ORG, ACTIVE);
        expectError(abi.encodeWithSelector(IOrganizationRegistry.OrganizationStatusInvalid.selector, PRODUCER_ORG, 0));
        registry.setStatus(PRODUCER_ORG, NONE);
    }

    function test_removedOrganization_canBeGivenNothing() public {
        setStatus(PRODUCER_ORG, REMOVED);
        bytes4 removed = IOrganizationRegistry.OrganizationRemoved.selector;
        expectOrgError(removed, PRODUCER_ORG);
        registry.setStatus(PRODUCER_ORG, ACTIVE);
        expectOrgError(removed, PRODUCER_ORG);
        registry.setProfile(PRODUCER_ORG, PROFILE);
        expectOrgError(removed, PRODUCER_ORG);
        registry.setRoles(PRODUCER_ORG, 1);
        expectOrgError(removed, PRODUCER_ORG);
        registry.addKey(PRODUCER_ORG, key, false, SUBMIT, 0, 0);
    }

    function test_removedOrganization_keysCanStillBeTightened() public {
        setStatus(PRODUCER_ORG, REMOVED);
        VM.prank(governor);
        registry.endKey(PRODUCER_ORG, producerKey, NOW);
        VM.prank(governor);
        registry.markCompromised(PRODUCER_ORG, producerKey, NOW - DAY);
        check(registry.key(PRODUCER_ORG, producerKey).compromisedAt == NOW - DAY, "marked");
    }

    function test_unknownOrganization_reverts() public {
        bytes4 unknown = IOrganizationRegistry.OrganizationUnknown.selector;
        expectOrgError(unknown, STRANGE_ORG);
        registry.setStatus(STRANGE_ORG, SUSPENDED);
        expectOrgError(unknown, STRANGE_ORG);
        registry.setProfile(STRANGE_ORG, PROFILE);
        expectOrgError(unknown, STRANGE_ORG);
        registry.setRoles(STRANGE_ORG, 1);
        expectOrgError(unknown, STRANGE_ORG);
        registry.addKey(STRANGE_ORG, key, false, SUBMIT, 0, 0);
    }

    // ---- governance

    function test_fuzz_everyWriteByAnyoneElseReverts(address sender) public {
        VM.assume(sender != governor);
        bytes memory refusal = abi.encodeWithSelector(
            IAccessManaged.AccessManagedUnauthorized.selector,
            sender
        );
        VM.expectRevert(refusal);
        VM.prank(sender);
        registry.registerOrganization(STRANGE_ORG, PROFILE, 1);
        VM.expectRevert(refusal);
        VM.prank(sender);
        registry.setProfile(PRODUCER_ORG, "x");
        VM.expectRevert(refusal);
        VM.prank(sender);
        registry.setRoles(PRODUCER_ORG, 31);
        VM.expectRevert(refusal);
        VM.prank(sender);
        registry.setStatus(PRODUCER_ORG, SUSPENDED);
        VM.expectRevert(refusal);
        VM.prank(sender);
        registry.addKey(PRODUCER_ORG, sender, false, 15, 0, 0);
        VM.expectRevert(refusal);
        VM.prank(sender);
        registry.endKey(PRODUCER_ORG, producerKey, NOW);
        VM.expectRevert(refusal);
        VM.prank(sender);
        registry.markCompromised(PRODUCER_ORG, producerKey, NOW);
    }

    function expectError(bytes memory data) private {
        VM.expectRevert(data);
        VM.prank(governor);
    }

    function expectOrgError(bytes4 selector, bytes32 org) private {
        expectError(abi.encodeWithSelector(selector, org));
    }
}
