// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {ICheckpointLog} from "../interfaces/ICheckpointLog.sol";
import {IOrganizationRegistry} from "../interfaces/IOrganizationRegistry.sol";
import {Fixture} from "./Fixture.sol";
import {VM} from "./Vm.sol";

contract CheckpointLogGovernanceTest is Fixture {
    bytes32 private constant OTHER_LOG = keccak256("other log");

    // ---- opening

    function test_registry_isTheOneGiven() public view {
        check(address(log.registry()) == address(registry), "registry");
        check(log.authority() == address(manager), "authority");
    }

    function test_openLog_namesItsPublisherForEver() public {
        VM.expectEmit();
        emit ICheckpointLog.LogOpened(OTHER_LOG, PRODUCER_ORG);
        VM.prank(governor);
        log.openLog(OTHER_LOG, PRODUCER_ORG);
        check(log.publisherOf(OTHER_LOG) == PRODUCER_ORG, "publisher");

        VM.expectRevert(
            abi.encodeWithSelector(ICheckpointLog.CheckpointLogAlreadyOpen.selector, OTHER_LOG)
        );
        VM.prank(governor);
        log.openLog(OTHER_LOG, OPERATOR_ORG);
    }

    function test_openLog_withZeroIdReverts() public {
        VM.expectRevert(abi.encodeWithSelector(ICheckpointLog.CheckpointLogIdMissing.selector));
        VM.prank(governor);
        log.openLog(bytes32(0), OPERATOR_ORG);
    }

    function test_openLog_forUnknownOrSuspendedOrganizationReverts() public {
        setStatus(PRODUCER_ORG, IOrganizationRegistry.Status.Suspended);
        bytes32[3] memory refused = [STRANGE_ORG, PRODUCER_ORG, bytes32(0)];
        for (uint256 i = 0; i < refused.length; ++i) {
            VM.expectRevert(
                abi.encodeWithSelector(
                    ICheckpointLog.CheckpointPublisherInactive.selector,
                    OTHER_LOG,
                    refused[i]
                )
            );
            VM.prank(governor);
            log.openLog(OTHER_LOG, refused[i]);
        }
    }

    function test_openLog_byAnyoneElseReverts() public {
        address[2] memory others = [publisher, stranger];
        for (uint256 i = 0; i < others.length; ++i) {
            VM.expectRevert(
                abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, others[i])
            );
            VM.prank(others[i]);
            log.openLog(OTHER_LOG, OPERATOR_ORG);
        }
    }

    // ---- one access root

    function test_setAuthority_isRefusedEvenToTheAuthority() public {
        VM.expectRevert(
            abi.encodeWithSelector(ICheckpointLog.CheckpointAuthorityFollowsRegistry.selector)
        );
        VM.prank(address(manager));
        log.setAuthority(stranger);

        address successor = address(new AccessManager(stranger));
        VM.expectRevert(
            abi.encodeWithSelector(ICheckpointLog.CheckpointAuthorityFollowsRegistry.selector)
        );
        VM.prank(governor);
        manager.updateAuthority(address(log), successor);
    }

    function test_authority_followsTheRegistrysSuccessor() public {
        AccessManager successor = new AccessManager(stranger);
        VM.prank(governor);
        manager.updateAuthority(address(registry), address(successor));
        check(log.authority() == address(successor), "follows");

        VM.expectRevert(
            abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, governor)
        );
        VM.prank(governor);
        log.openLog(OTHER_LOG, OPERATOR_ORG);
        VM.prank(stranger);
        log.openLog(OTHER_LOG, OPERATOR_ORG);
    }

    function test_openLog_withExecutionDelayMustBeScheduled() public {
        uint64 opener = 7;
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = log.openLog.selector;
        VM.prank(governor);
        manager.setTargetFunctionRole(address(log), selectors, opener);
        VM.prank(governor);
        manager.grantRole(opener, stranger, 3600);
        bytes memory call = abi.encodeCall(log.openLog, (OTHER_LOG, OPERATOR_ORG));

        VM.expectRevert();
        VM.prank(stranger);
        log.openLog(OTHER_LOG, OPERATOR_ORG);

        VM.prank(stranger);
        manager.schedule(address(log), call, uint48(NOW + 3600));
        VM.warp(NOW + 3600);
        VM.prank(stranger);
        log.openLog(OTHER_LOG, OPERATOR_ORG);
        check(log.publisherOf(OTHER_LOG) == OPERATOR_ORG, "opened");
    }
}
