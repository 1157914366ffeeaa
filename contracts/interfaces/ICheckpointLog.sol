// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IOrganizationRegistry} from "./IOrganizationRegistry.sol";

/**
 * @title Heads of append-only logs, each proven to contain the one before
 * @notice A log is an RFC 9162 Merkle tree kept elsewhere; this contract keeps its heads. Whoever executes the chain
 * executes the append-only rule, so no operator of a log can take an entry back or show different logs to
 * different people once a head stands here. Nothing on this contract removes or changes a head, and nobody can
 * upgrade it.
 *
 * `logId` is the SHA-256 of the log's C2SP origin. Answers to {append} mirror the witness state machine of C2SP
 * tlog-witness: unknown log, foreign publisher, stale size, conflicting root, bad proof are told apart.
 */
interface ICheckpointLog {
    /// @notice A head: the log had `size` leaves and this `root`; `time` and `blockNumber` are of its block.
    struct Head {
        uint64 size;
        uint64 time;
        uint64 blockNumber;
        bytes32 root;
    }

    /// @notice Emitted when a log was opened for the keys of one organization.
    event LogOpened(bytes32 indexed logId, bytes32 indexed publisher);

    /// @notice Emitted when a head was kept. `oldSize` is 0 for the first head; ordinals count from 0.
    event HeadAppended(
        bytes32 indexed logId,
        uint64 indexed size,
        bytes32 root,
        uint64 oldSize,
        uint256 ordinal
    );

    /// @notice Emitted when a head was handed in that stands already; nothing changed.
    event HeadRepeated(bytes32 indexed logId, uint64 indexed size);

    /// @notice Thrown by `setAuthority`: this contract always obeys the authority of its registry.
    error CheckpointAuthorityFollowsRegistry();

    /// @notice Thrown when the all-zero id is opened.
    error CheckpointLogIdMissing();

    /// @notice Thrown when a log would be opened a second time.
    error CheckpointLogAlreadyOpen(bytes32 logId);

    /// @notice Thrown when a log would be opened for an organization that is not active in the registry.
    error CheckpointPublisherInactive(bytes32 logId, bytes32 publisher);

    /// @notice Thrown when the log was never opened.
    error CheckpointLogUnknown(bytes32 logId);

    /// @notice Thrown when the sender is not, now, a PUBLISH key of the log's publisher.
    error CheckpointPublisherUnauthorized(bytes32 logId, address account);

    /// @notice Thrown when the size is not larger than the head's and no head of that size stands.
    error CheckpointSizeNotGrowing(bytes32 logId, uint64 size, uint64 headSize);

    /// @notice Thrown when the size is 2^63 or more.
    error CheckpointSizeTooLarge(bytes32 logId, uint64 size);

    /// @notice Thrown when the root is zero, which stands for "never anchored".
    error CheckpointRootMissing(bytes32 logId, uint64 size);

    /// @notice Thrown when another root stands for that size: somebody is being shown a different log.
    error CheckpointRootConflict(bytes32 logId, uint64 size, bytes32 root, bytes32 anchored);

    /// @notice Thrown when the proof has not exactly the number of nodes that the two sizes demand.
    error CheckpointProofLength(uint256 expected, uint256 actual);

    /// @notice Thrown when the proof does not lead to both roots: the new head does not contain the old one.
    error CheckpointProofInvalid(bytes32 logId, uint64 oldSize, uint64 size);

    /// @notice Thrown when there is no head with that ordinal.
    error CheckpointOrdinalUnknown(bytes32 logId, uint256 ordinal, uint256 count);

    /**
     * @notice Opens a log that the PUBLISH keys of one organization may append to, for ever the same one.
     * @dev Requirements: governance; `logId` not zero and not open; `publisher` active in the registry.
     */
    function openLog(bytes32 logId, bytes32 publisher) external;

    /**
     * @notice Keeps a new head after verifying that it contains the last one.
     * @dev The old size and root are read from storage only; a caller cannot choose what to be consistent with. A head
     * that stands already, whatever its age, is answered with {HeadRepeated} and its proof is not looked at, so
     * that a retry after a lost answer does no harm.
     *
     * Requirements: log open; sender authorized; `size` larger than the head's and below 2^63; `root` not zero;
     * `proof` exactly the RFC 9162 consistency proof from the head, empty for the first head.
     */
    function append(bytes32 logId, uint64 size, bytes32 root, bytes32[] calldata proof) external;

    /// @notice The registry that says who may act.
    function registry() external view returns (IOrganizationRegistry);

    /// @notice The organization whose keys append to the log; zero if the log was never opened.
    function publisherOf(bytes32 logId) external view returns (bytes32);

    /// @notice The latest head; all zero if there is none.
    function head(bytes32 logId) external view returns (Head memory);

    /// @notice Number of heads kept.
    function headCount(bytes32 logId) external view returns (uint256);

    /// @notice The head with that ordinal, from 0 on; reverts beyond the last.
    function headAt(bytes32 logId, uint256 ordinal) external view returns (Head memory);

    /// @notice The root anchored for exactly that size; zero if that size was never anchored.
    function rootAt(bytes32 logId, uint64 size) external view returns (bytes32);

    /// @notice The head anchored for exactly that size; all zero if that size was never anchored.
    function findHead(bytes32 logId, uint64 size) external view returns (Head memory);

    /**
     * @notice Whether `leafHash` is leaf `index` of the head anchored for `size`.
     * @dev False also where nothing is anchored for that size; {rootAt} tells the two apart.
     */
    function verifyInclusion(
        bytes32 logId,
        uint64 size,
        uint64 index,
        bytes32 leafHash,
        bytes32[] calldata proof
    ) external view returns (bool);

    /// @notice Whether the proof shows that the new tree begins with the old one, for any two heads given.
    function verifyConsistency(
        uint64 oldSize,
        bytes32 oldRoot,
        uint64 newSize,
        bytes32 newRoot,
        bytes32[] calldata proof
    ) external view returns (bool);
}
