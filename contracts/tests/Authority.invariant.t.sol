// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {CheckpointLog} from "../CheckpointLog.sol";
import {OrganizationRegistry} from "../OrganizationRegistry.sol";
import {RecordStatus} from "../RecordStatus.sol";
import {IOrganizationRegistry} from "../interfaces/IOrganizationRegistry.sol";
import {IRecordStatus} from "../interfaces/IRecordStatus.sol";
import {Fixture} from "./Fixture.sol";
import {VM} from "./Vm.sol";

/// @title The deployed contracts, as the actors below meet them
struct Deployment {
    AccessManager manager;
    OrganizationRegistry registry;
    CheckpointLog log;
    RecordStatus status;
    address producerKey;
}

/**
 * @title Everybody but the governor, trying every door of every contract
 * @dev The senders are strangers, every kind of key of an organization, and the contracts themselves.
 */
contract Outsider {
    bytes32 private constant PRODUCER_ORG = keccak256("producer");
    bytes32 private constant OPERATOR_ORG = keccak256("operator");

    Deployment private d;
    bool public escaped;

    constructor(Deployment memory deployment) {
        d = deployment;
    }

    function governRegistry(uint256 who, uint256 what, bytes32 org, address key, uint64 time) external {
        bytes32 target = what % 2 == 0 ? PRODUCER_ORG : org;
        bytes[7] memory calls = [
            abi.encodeCall(d.registry.registerOrganization, (org, "profile", 31)),
            abi.encodeCall(d.registry.setProfile, (target, "profile")),
            abi.encodeCall(d.registry.setRoles, (target, 31)),
            abi.encodeCall(d.registry.setStatus, (target, IOrganizationRegistry.Status.Suspended)),
            abi.encodeCall(d.registry.addKey, (target, key, false, 15, time, 0)),
            abi.encodeCall(d.registry.endKey, (target, d.producerKey, time)),
            abi.encodeCall(d.registry.markCompromised, (target, d.producerKey, time))
        ];
        attempt(who, address(d.registry), calls[what % 7]);
    }

    function seizeAuthority(uint256 who, uint256 what, address authority) external {
        address[2] memory targets = [address(d.registry), address(d.log)];
        attempt(who, targets[what % 2], abi.encodeCall(d.log.setAuthority, (authority)));
        attempt(
            who,
            address(d.manager),
            abi.encodeCall(d.manager.updateAuthority, (targets[what % 2], authority))
        );
        attempt(who, address(d.manager), abi.encodeCall(d.manager.grantRole, (0, authority, 0)));
    }

    function openLog(uint256 who, bytes32 logId) external {
        attempt(who, address(d.log), abi.encodeCall(d.log.openLog, (logId, OPERATOR_ORG)));
    }

    function appendWithForeignKey(uint256 who, bytes32 logId, uint64 size, bytes32 root) external {
        bytes32[] memory none;
        attempt(who, address(d.log), abi.encodeCall(d.log.append, (logId, size, root, none)));
        bytes32 open = keccak256("log");
        attempt(who, address(d.log), abi.encodeCall(d.log.append, (open, size, root, none)));
    }

    function declareWithoutSignature(uint256 who, bytes32 subject, bytes calldata signature) external {
        attempt(
            who,
            address(d.status),
            abi.encodeCall(
                d.status.declare,
                (
                    PRODUCER_ORG,
                    subject,
                    IRecordStatus.Kind.Withdrawn,
                    "reason",
                    subject,
                    type(uint64).max,
                    signature,
                    who % 2 == 0 ? d.producerKey : sender(who)
                )
            )
        );
    }

    /// @dev The publisher is left out: that it may append is no escape.
    function sender(uint256 who) private view returns (address) {
        address[6] memory senders = [
            address(uint160(uint256(keccak256(abi.encode(who))))),
            d.producerKey,
            address(d.registry),
            address(d.log),
            address(d.status),
            address(this)
        ];
        return senders[who % 6];
    }

    function attempt(uint256 who, address target, bytes memory call) private {
        VM.prank(sender(who));
        (bool taken, ) = target.call(call);
        escaped = escaped || taken;
    }
}

/// @title A governor who does what it likes to the keys of one organization
contract Governor {
    bytes32 private constant PRODUCER_ORG = keccak256("producer");
    address private constant governor = address(0x60000001);

    OrganizationRegistry private immutable registry;
    address[4] public keys = [address(0xA1), address(0xA2), address(0xA3), address(0xA4)];
    bool public reopened;

    constructor(OrganizationRegistry registry_) {
        registry = registry_;
    }

    function wait(uint32 time) external {
        VM.warp(block.timestamp + (time % 100_000));
    }

    function addKey(uint256 which, bool custodial, uint8 purposes, uint48 from, uint48 until) external {
        govern(
            which,
            abi.encodeCall(
                registry.addKey,
                (PRODUCER_ORG, keys[which % 4], custodial, purposes, from, until)
            )
        );
    }

    function addLastingKey(uint256 which) external {
        govern(
            which,
            abi.encodeCall(registry.addKey, (PRODUCER_ORG, keys[which % 4], false, 15, 0, 0))
        );
    }

    function endKey(uint256 which, uint32 later, bool ever) external {
        uint64 until = uint64(block.timestamp) + (ever ? later : later % 1000);
        govern(which, abi.encodeCall(registry.endKey, (PRODUCER_ORG, keys[which % 4], until)));
    }

    function markCompromised(uint256 which, uint64 since) external {
        since %= uint64(block.timestamp) + 1000;
        govern(
            which,
            abi.encodeCall(registry.markCompromised, (PRODUCER_ORG, keys[which % 4], since))
        );
    }

    /// @dev Does the deed and compares the key's entry before and after: it may be created or tightened only.
    function govern(uint256 which, bytes memory call) private {
        IOrganizationRegistry.Key memory a = registry.key(PRODUCER_ORG, keys[which % 4]);
        VM.prank(governor);
        (bool taken, ) = address(registry).call(call);
        IOrganizationRegistry.Key memory b = registry.key(PRODUCER_ORG, keys[which % 4]);
        if (!taken || a.registeredAt == 0) return;
        bool same = a.custodial == b.custodial &&
            a.purposes == b.purposes &&
            a.validFrom == b.validFrom &&
            a.registeredAt == b.registeredAt;
        bool endNotLater = b.validUntil == a.validUntil ||
            (b.validUntil != 0 && (a.validUntil == 0 || b.validUntil < a.validUntil));
        bool compromiseNotLater = b.compromisedAt == a.compromisedAt ||
            (b.compromisedAt != 0 && (a.compromisedAt == 0 || b.compromisedAt < a.compromisedAt));
        reopened = reopened || !(same && endNotLater && compromiseNotLater);
    }
}

contract AuthorityEscapeInvariantTest is Fixture {
    Outsider private outsider;

    function setUp() public override {
        super.setUp();
        outsider = new Outsider(Deployment(manager, registry, log, status, producerKey));
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(outsider);
    }

    function invariant_nobodyElseGetsThroughAnyDoor() external view {
        check(!outsider.escaped(), "a call without authority succeeded");
        check(registry.authority() == address(manager), "registry's authority");
        check(log.authority() == address(manager), "log's authority");
        check(log.headCount(LOG) == 0, "head");
        check(registry.isAuthorized(PRODUCER_ORG, producerKey, SUBMIT | STATUS), "lost");
        check(!registry.isAuthorized(PRODUCER_ORG, producerKey, PUBLISH), "gained");
    }
}

contract KeyTighteningInvariantTest is Fixture {
    Governor private actor;

    function setUp() public override {
        super.setUp();
        actor = new Governor(registry);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(actor);
    }

    function invariant_keysAreOnlyEverTightened() external view {
        check(!actor.reopened(), "an entry was loosened or rewritten");
    }
}
