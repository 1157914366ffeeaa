// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {CheckpointLog} from "../CheckpointLog.sol";
import {OrganizationRegistry} from "../OrganizationRegistry.sol";
import {RecordStatus} from "../RecordStatus.sol";
import {ICheckpointLog} from "../interfaces/ICheckpointLog.sol";
import {IOrganizationRegistry} from "../interfaces/IOrganizationRegistry.sol";
import {IRecordStatus} from "../interfaces/IRecordStatus.sol";
import {VM} from "./Vm.sol";

/// @title The contracts as they are deployed, with one governor, one producer and one publisher of a log
abstract contract Fixture {
    uint8 internal constant SUBMIT = 1;
    uint8 internal constant PUBLISH = 2;
    uint8 internal constant STATUS = 4;
    uint8 internal constant ADMIN = 8;
    uint32 internal constant PRODUCER = 1;
    uint32 internal constant AUTHORITY = 4;
    uint32 internal constant OPERATOR = 8;

    uint64 internal constant NOW = 1_800_000_000;
    uint64 internal constant DAY = 86_400;
    bytes32 internal constant PROFILE = keccak256("profile");
    bytes32 internal constant PRODUCER_ORG = keccak256("producer");
    bytes32 internal constant OPERATOR_ORG = keccak256("operator");
    bytes32 internal constant STRANGE_ORG = keccak256("an organization nobody registered");
    bytes32 internal constant LOG = keccak256("log");

    address internal constant governor = address(0x60000001);
    address internal constant publisher = address(0x60000002);
    address internal constant stranger = address(0x60000003);
    uint256 internal constant producerSecret = 0xC0FFEE;

    AccessManager internal manager;
    OrganizationRegistry internal registry;
    CheckpointLog internal log;
    RecordStatus internal status;
    address internal producerKey;

    function setUp() public virtual {
        VM.warp(NOW);
        VM.roll(1000);
        producerKey = VM.addr(producerSecret);
        manager = new AccessManager(governor);
        registry = new OrganizationRegistry(address(manager));
        log = new CheckpointLog(registry);
        status = new RecordStatus(registry);

        VM.prank(governor);
        registry.registerOrganization(PRODUCER_ORG, PROFILE, PRODUCER);
        VM.prank(governor);
        registry.registerOrganization(OPERATOR_ORG, PROFILE, OPERATOR);
        addKey(PRODUCER_ORG, producerKey, SUBMIT | STATUS, 0, 0);
        addKey(OPERATOR_ORG, publisher, PUBLISH, 0, 0);
        VM.prank(governor);
        log.openLog(LOG, OPERATOR_ORG);
    }

    function addKey(bytes32 org, address key, uint8 purposes, uint64 from, uint64 until) internal {
        VM.prank(governor);
        registry.addKey(org, key, false, purposes, from, until);
    }

    function setStatus(bytes32 org, IOrganizationRegistry.Status status_) internal {
        VM.prank(governor);
        registry.setStatus(org, status_);
    }

    function check(bool condition, string memory what) internal pure {
        require(condition, what);
    }

    function checkHead(
        ICheckpointLog.Head memory found,
        uint64 size,
        bytes32 root,
        uint64 time,
        uint64 blockNumber
    ) internal pure {
        check(found.size == size, "size");
        check(found.root == root, "root");
        check(found.time == time, "time");
        check(found.blockNumber == blockNumber, "block number");
    }
}
