// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CheckpointLog} from "../CheckpointLog.sol";
import {OrganizationRegistry} from "../OrganizationRegistry.sol";
import {ICheckpointLog} from "../interfaces/ICheckpointLog.sol";
import {IOrganizationRegistry} from "../interfaces/IOrganizationRegistry.sol";
import {Fixture} from "./Fixture.sol";
import {TreeOracle} from "./TreeOracle.sol";
import {VM} from "./Vm.sol";

/**
 * @title Everything that can be done to a log, honest and not, with a memory of what was taken in
 * @dev Calls that must be refused are made too; that one of them succeeded is remembered as `forged`.
 */
contract LogActor {
    bytes32 public constant SEED = keccak256("leaves");
    bytes32 private constant LOG = keccak256("log");
    bytes32 private constant OPERATOR_ORG = keccak256("operator");
    address private constant governor = address(0x60000001);
    uint64 private constant MAX_SIZE = 96;

    CheckpointLog private immutable log;
    OrganizationRegistry private immutable registry;
    ICheckpointLog.Head[] private accepted;
    address private publisher = address(0x60000002);
    uint160 private nextKey = 0x70000000;
    bytes32[] private none;

    bool public forged;

    constructor(CheckpointLog log_, OrganizationRegistry registry_) {
        log = log_;
        registry = registry_;
    }

    function acceptedCount() external view returns (uint256) {
        return accepted.length;
    }

    function acceptedAt(uint256 ordinal) external view returns (ICheckpointLog.Head memory) {
        return accepted[ordinal];
    }

    // ---- honest

    function grow(uint64 step, uint32 wait) external {
        uint64 oldSize = lastSize();
        uint64 size = oldSize + 1 + (step % 12);
        if (size > MAX_SIZE) return;
        VM.warp(block.timestamp + (wait % 1000));
        VM.roll(block.number + (wait % 7));
        bytes32 root = TreeOracle.root(SEED, size);
        bytes32[] memory proof = oldSize == 0 ? none : TreeOracle.consistency(SEED, oldSize, size);
        if (append(publisher, size, root, proof)) {
            uint64 time = uint64(block.timestamp);
            accepted.push(ICheckpointLog.Head(size, time, uint64(block.number), root));
        } else {
            forged = forged || registry.isAuthorized(OPERATOR_ORG, publisher, 2);
        }
    }

    function repeat(uint256 which) external {
        if (accepted.length == 0) return;
        ICheckpointLog.Head memory head = accepted[which % accepted.length];
        append(publisher, head.size, head.root, none);
    }

    // ---- dishonest

    function growByStranger(address sender, uint64 step) external {
        if (sender == publisher) return;
        uint64 oldSize = lastSize();
        uint64 size = oldSize + 1 + (step % 12);
        bytes32[] memory proof = oldSize == 0 ? none : TreeOracle.consistency(SEED, oldSize, size);
        expectRefused(append(sender, size, TreeOracle.root(SEED, size), proof));
    }

    function growWithDamagedProof(uint64 step, uint256 node, uint8 bit) external {
        uint64 oldSize = lastSize();
        if (oldSize == 0) return;
        uint64 size = oldSize + 1 + (step % 12);
        bytes32[] memory proof = TreeOracle.consistency(SEED, oldSize, size);
        proof[node % proof.length] ^= bytes32(uint256(1) << bit);
        expectRefused(append(publisher, size, TreeOracle.root(SEED, size), proof));
    }

    function growIntoAnotherTree(bytes32 seed, uint64 from, uint64 step) external {
        uint64 oldSize = lastSize();
        if (oldSize == 0 || seed == SEED) return;
        uint64 size = oldSize + 1 + (step % 12);
        bytes32[] memory proof = TreeOracle.consistency(seed, 1 + (from % size), size);
        expectRefused(append(publisher, size, TreeOracle.root(seed, size), proof));
    }

    function rewrite(uint256 which, bytes32 root) external {
        if (accepted.length == 0) return;
        ICheckpointLog.Head memory head = accepted[which % accepted.length];
        if (root == head.root) return;
        expectRefused(append(publisher, head.size, root, none));
    }

    function shrink(uint64 size, bytes32 root) external {
        if (lastSize() == 0) return;
        size %= lastSize();
        if (log.rootAt(LOG, size) != 0) return;
        expectRefused(append(publisher, size, root, none));
    }

    function openAgain(bytes32 org) external {
        VM.prank(governor);
        (bool taken, ) = address(log).call(abi.encodeCall(log.openLog, (LOG, org)));
        expectRefused(taken);
    }

    // ---- governance, which may silence a publisher but not touch a head

    function replaceKey(bool compromised, uint64 since) external {
        VM.prank(governor);
        if (compromised) {
            registry.markCompromised(OPERATOR_ORG, publisher, 1 + (since % uint64(block.timestamp)));
        } else {
            registry.endKey(OPERATOR_ORG, publisher, uint64(block.timestamp));
        }
        address old = publisher;
        publisher = address(++nextKey);
        VM.prank(governor);
        registry.addKey(OPERATOR_ORG, publisher, false, 2, 0, 0);
        expectRefused(append(old, lastSize() + 1, "root", none));
    }

    function suspendForOneAppend(uint64 step) external {
        VM.prank(governor);
        registry.setStatus(OPERATOR_ORG, IOrganizationRegistry.Status.Suspended);
        expectRefused(append(publisher, lastSize() + 1 + (step % 12), "root", none));
        VM.prank(governor);
        registry.setStatus(OPERATOR_ORG, IOrganizationRegistry.Status.Active);
    }

    function lastSize() private view returns (uint64) {
        return accepted.length == 0 ? 0 : accepted[accepted.length - 1].size;
    }

    function append(
        address sender,
        uint64 size,
        bytes32 root,
        bytes32[] memory proof
    ) private returns (bool taken) {
        VM.prank(sender);
        (taken, ) = address(log).call(abi.encodeCall(log.append, (LOG, size, root, proof)));
    }

    function expectRefused(bool taken) private {
        forged = forged || taken;
    }
}

contract CheckpointLogInvariantTest is Fixture {
    LogActor private actor;

    function setUp() public override {
        super.setUp();
        actor = new LogActor(log, registry);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(actor);
    }

    function invariant_everyHeadEverTakenInStandsUnaltered() external view {
        uint256 count = actor.acceptedCount();
        check(log.headCount(LOG) == count, "a head was lost or came from nowhere");
        uint64 lastSize = 0;
        for (uint256 i = 0; i < count; ++i) {
            ICheckpointLog.Head memory head = actor.acceptedAt(i);
            check(head.size > lastSize, "sizes do not grow");
            lastSize = head.size;
            checkHead(log.headAt(LOG, i), head.size, head.root, head.time, head.blockNumber);
            checkHead(log.findHead(LOG, head.size), head.size, head.root, head.time, head.blockNumber);
            check(log.rootAt(LOG, head.size) == head.root, "root at");
        }
        check(log.head(LOG).size == lastSize, "the head is not the last one taken in");
    }

    function invariant_nothingForgedWasTakenIn() external view {
        check(!actor.forged(), "a call that must be refused succeeded, or an honest one was refused");
    }

    function invariant_publisherNeverChanges() external view {
        check(log.publisherOf(LOG) == OPERATOR_ORG, "publisher");
    }
}
