// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {ICheckpointLog} from "./interfaces/ICheckpointLog.sol";
import {IOrganizationRegistry} from "./interfaces/IOrganizationRegistry.sol";
import {HeadPlace, placeNow} from "./libraries/HeadPlace.sol";
import {Rfc9162} from "./libraries/Rfc9162.sol";

/**
 * @title Heads of append-only logs, each proven to contain the one before
 * @dev A head costs two new slots: its root, found by size, and its place in time, found by ordinal. Sizes grow
 * with ordinals, so the ordinal of a size is found by bisection, in views only.
 */
contract CheckpointLog is ICheckpointLog, AccessManaged {
    /// @dev `size` and `count` share a slot; they are read and written together.
    struct Log {
        bytes32 publisher;
        uint64 size;
        uint64 count;
        mapping(uint256 size => bytes32) roots;
        mapping(uint256 ordinal => HeadPlace) places;
    }

    /// @dev Bit of a key's purposes that lets it append (see {IOrganizationRegistry}).
    uint8 private constant PUBLISH = 2;

    IOrganizationRegistry private immutable _registry;

    mapping(bytes32 logId => Log) private _logs;

    /// @param registry_ The access root; its authority governs this contract too, now and after any change.
    constructor(
        IOrganizationRegistry registry_
    ) AccessManaged(IAccessManaged(address(registry_)).authority()) {
        _registry = registry_;
    }

    /// @inheritdoc ICheckpointLog
    function openLog(bytes32 logId, bytes32 publisher) external restricted {
        if (logId == bytes32(0)) revert CheckpointLogIdMissing();
        Log storage log = _logs[logId];
        if (log.publisher != bytes32(0)) revert CheckpointLogAlreadyOpen(logId);
        if (_registry.organization(publisher).status != IOrganizationRegistry.Status.Active) {
            revert CheckpointPublisherInactive(logId, publisher);
        }

        log.publisher = publisher;
        emit LogOpened(logId, publisher);
    }

    /// @inheritdoc ICheckpointLog
    function append(bytes32 logId, uint64 size, bytes32 root, bytes32[] calldata proof) external {
        Log storage log = _logs[logId];
        bytes32 publisher = log.publisher;
        if (!_registry.isAuthorized(publisher, msg.sender, PUBLISH)) {
            // An unopened log has the zero organization for publisher, and nobody is authorized for that.
            if (publisher == bytes32(0)) revert CheckpointLogUnknown(logId);
            revert CheckpointPublisherUnauthorized(logId, msg.sender);
        }
        if (root == bytes32(0)) revert CheckpointRootMissing(logId, size);

        uint64 oldSize = log.size;
        if (size <= oldSize) {
            bytes32 anchored = log.roots[size];
            if (anchored == bytes32(0)) revert CheckpointSizeNotGrowing(logId, size, oldSize);
            if (anchored != root) revert CheckpointRootConflict(logId, size, root, anchored);
            emit HeadRepeated(logId, size);
            return;
        }
        _checkGrowth(log, logId, oldSize, size, root, proof);

        uint64 ordinal = log.count;
        log.size = size;
        log.count = ordinal + 1;
        log.roots[size] = root;
        log.places[ordinal] = placeNow(size);
        emit HeadAppended(logId, size, root, oldSize, ordinal);
    }

    /// @inheritdoc ICheckpointLog
    function registry() external view returns (IOrganizationRegistry) {
        return _registry;
    }

    /// @inheritdoc ICheckpointLog
    function publisherOf(bytes32 logId) external view returns (bytes32) {
        return _logs[logId].publisher;
    }

    /// @inheritdoc ICheckpointLog
    function head(bytes32 logId) external view returns (Head memory) {
        Log storage log = _logs[logId];
        // Without any head the place read here is an empty one, and so is its root.
        return _headOf(log, log.places[log.count == 0 ? 0 : log.count - 1]);
    }

    /// @inheritdoc ICheckpointLog
    function headCount(bytes32 logId) external view returns (uint256) {
        return _logs[logId].count;
    }

    /// @inheritdoc ICheckpointLog
    function headAt(bytes32 logId, uint256 ordinal) external view returns (Head memory) {
        Log storage log = _logs[logId];
        if (ordinal >= log.count) revert CheckpointOrdinalUnknown(logId, ordinal, log.count);
        return _headOf(log, log.places[ordinal]);
    }

    /// @inheritdoc ICheckpointLog
    function rootAt(bytes32 logId, uint64 size) external view returns (bytes32) {
        return _logs[logId].roots[size];
    }

    /// @inheritdoc ICheckpointLog
    function findHead(bytes32 logId, uint64 size) external view returns (Head memory found) {
        Log storage log = _logs[logId];
        if (log.roots[size] == bytes32(0)) return found;

        // The size stands for certain; bisect for the ordinal, the lowest whose size is not below it.
        uint256 low = 0;
        uint256 high = log.count - 1;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (log.places[middle].sizeOf() < size) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return _headOf(log, log.places[low]);
    }

    /// @inheritdoc ICheckpointLog
    function verifyInclusion(
        bytes32 logId,
        uint64 size,
        uint64 index,
        bytes32 leafHash,
        bytes32[] calldata proof
    ) external view returns (bool) {
        bytes32 root = _logs[logId].roots[size];
        return
            root != bytes32(0) && Rfc9162.verifyInclusion(index, size, root, leafHash, proof);
    }

    /// @inheritdoc ICheckpointLog
    function verifyConsistency(
        uint64 oldSize,
        bytes32 oldRoot,
        uint64 newSize,
        bytes32 newRoot,
        bytes32[] calldata proof
    ) external view returns (bool) {
        return Rfc9162.verifyConsistency(oldSize, oldRoot, newSize, newRoot, proof);
    }

    /// @inheritdoc IAccessManaged
    function authority() public view override returns (address) {
        return IAccessManaged(address(_registry)).authority();
    }

    /// @dev There is one access root. An authority of this contract's own would be a second one.
    function setAuthority(address) public pure override {
        revert CheckpointAuthorityFollowsRegistry();
    }

    /// @dev Refuses any new head that does not contain the stored one.
    function _checkGrowth(
        Log storage log,
        bytes32 logId,
        uint64 oldSize,
        uint64 size,
        bytes32 root,
        bytes32[] calldata proof
    ) private view {
        if (size >= Rfc9162.SIZE_LIMIT) revert CheckpointSizeTooLarge(logId, size);
        if (oldSize == 0) {
            if (proof.length != 0) revert CheckpointProofLength(0, proof.length);
            return;
        }
        (uint256 expected, uint256 path, bool perfect) = Rfc9162.planConsistency(oldSize, size);
        if (proof.length != expected) revert CheckpointProofLength(expected, proof.length);
        if (!Rfc9162.leadsToBoth(path, perfect, log.roots[oldSize], root, proof)) {
            revert CheckpointProofInvalid(logId, oldSize, size);
        }
    }

    /// @dev Joins a place with the root of its size.
    function _headOf(Log storage log, HeadPlace place) private view returns (Head memory) {
        return
            Head({
                size: place.sizeOf(),
                time: place.timeOf(),
                blockNumber: place.blockNumberOf(),
                root: log.roots[place.sizeOf()]
            });
    }
}
