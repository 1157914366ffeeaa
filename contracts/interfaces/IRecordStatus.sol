// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IOrganizationRegistry} from "./IOrganizationRegistry.sol";

/**
 * @title Declarations about records, lots and products that stay for ever
 * @notice An organization says that a record is withdrawn or superseded, or that goods are recalled. Anyone may
 * relay a declaration; the EIP-712 signature of a STATUS key decides whose it is. Nothing is ever taken back:
 * a recall that is over is followed by `RecallLifted`.
 *
 * Any organization may declare about any subject, under its own name. WARNING: a reader must weigh who spoke: only
 * entries of the record's own organization, or of one that held the role AUTHORITY when it spoke (`roles`), count.
 *
 * A subject is the 32-byte commitment of a record, or the digest of the canonical GS1 Digital Link of goods. A reason
 * is the digest of a notice published off chain.
 */
interface IRecordStatus {
    /// @notice What is declared; `None` cannot be.
    enum Kind {
        None,
        Withdrawn,
        Recalled,
        Superseded,
        RecallLifted
    }

    /// @notice One declaration; `time` and `roles` are of the block that took it in.
    struct Entry {
        bytes32 org;
        Kind kind;
        uint64 time;
        bytes32 reason;
        uint32 roles;
    }

    /// @notice Emitted when a declaration was taken in.
    event StatusDeclared(
        bytes32 indexed subject,
        bytes32 indexed org,
        Kind kind,
        bytes32 reason
    );

    /// @notice Thrown when the registry given at construction is not a contract.
    error StatusRegistryInvalid(address registry);

    /// @notice Thrown when `None` is declared.
    error StatusKindMissing();

    /// @notice Thrown when the subject is zero.
    error StatusSubjectMissing();

    /// @notice Thrown when the block's time is past the deadline the signer set.
    error StatusDeadlinePassed(uint64 deadline, uint64 blockTime);

    /// @notice Thrown when the organization has used that nonce before: a declaration is taken in once.
    error StatusNonceUsed(bytes32 org, bytes32 nonce);

    /// @notice Thrown when the signer is not, now, a STATUS key of the organization.
    error StatusSignerUnauthorized(bytes32 org, address signer);

    /// @notice Thrown when the signature is not the signer's over exactly this declaration.
    error StatusSignatureInvalid(bytes32 org, address signer);

    /// @notice Thrown when the subject has no declaration with that index.
    error StatusIndexUnknown(bytes32 subject, uint256 index, uint256 count);

    /**
     * @notice Takes in a declaration that `signer` signed for `org`.
     * @dev Signed is the EIP-712 type
     * `Status(bytes32 org,bytes32 subject,uint8 kind,bytes32 reason,bytes32 nonce,uint64 deadline)` under the domain
     * ("Provenance Ledger", "1", chain id, this contract). Contracts may sign by ERC-1271.
     *
     * Requirements: kind and subject given; deadline not past; nonce fresh for `org`; signer a STATUS key of `org`
     * in force; signature valid.
     */
    function declare(
        bytes32 org,
        bytes32 subject,
        Kind kind,
        bytes32 reason,
        bytes32 nonce,
        uint64 deadline,
        bytes calldata signature,
        address signer
    ) external;

    /// @notice The registry that says who may act.
    function registry() external view returns (IOrganizationRegistry);

    /// @notice Whether the organization has used that nonce.
    function isNonceUsed(bytes32 org, bytes32 nonce) external view returns (bool);

    /// @notice Number of declarations about the subject.
    function statusCount(bytes32 subject) external view returns (uint256);

    /// @notice The declaration with that index, in the order they came; reverts beyond the last.
    function statusAt(bytes32 subject, uint256 index) external view returns (Entry memory);

    /// @notice All declarations about the subject, in the order they came. Unbounded: for off-chain readers.
    function statuses(bytes32 subject) external view returns (Entry[] memory);
}
