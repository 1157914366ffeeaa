// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IOrganizationRegistry} from "./interfaces/IOrganizationRegistry.sol";
import {IRecordStatus} from "./interfaces/IRecordStatus.sol";

/// @title Declarations about records, lots and products that stay for ever
contract RecordStatus is IRecordStatus, EIP712 {
    bytes32 private constant STATUS_TYPEHASH =
        keccak256(
            "Status(bytes32 org,bytes32 subject,uint8 kind,bytes32 reason,bytes32 nonce,uint64 deadline)"
        );

    /// @dev {Entry} in an order that needs three slots instead of four.
    struct StoredEntry {
        bytes32 org;
        bytes32 reason;
        Kind kind;
        uint64 time;
        uint32 roles;
    }

    /// @dev Bit of a key's purposes that lets it declare (see {IOrganizationRegistry}).
    uint8 private constant STATUS = 4;

    IOrganizationRegistry private immutable _registry;

    mapping(bytes32 subject => StoredEntry[]) private _entries;
    mapping(bytes32 org => mapping(bytes32 nonce => bool)) private _usedNonces;

    /// @param registry_ The access root, which says whose key a signer is.
    constructor(IOrganizationRegistry registry_) EIP712("Provenance Ledger", "1") {
        if (address(registry_).code.length == 0) revert StatusRegistryInvalid(address(registry_));
        _registry = registry_;
    }

    /// @inheritdoc IRecordStatus
    function declare(
        bytes32 org,
        bytes32 subject,
        Kind kind,
        bytes32 reason,
        bytes32 nonce,
        uint64 deadline,
        bytes calldata signature,
        address signer
    ) external {
        if (kind == Kind.None) revert StatusKindMissing();
        if (subject == bytes32(0)) revert StatusSubjectMissing();
        // A validator can shift a block's time by seconds; deadlines are minutes and more.
        // slither-disable-next-line timestamp
        if (block.timestamp > deadline) revert StatusDeadlinePassed(deadline, uint64(block.timestamp));
        if (_usedNonces[org][nonce]) revert StatusNonceUsed(org, nonce);
        if (!_registry.isAuthorized(org, signer, STATUS)) {
            revert StatusSignerUnauthorized(org, signer);
        }
        bytes32 digest = _hashTypedDataV4(
            keccak256(abi.encode(STATUS_TYPEHASH, org, subject, kind, reason, nonce, deadline))
        );
        if (!SignatureChecker.isValidSignatureNow(signer, digest, signature)) {
            revert StatusSignatureInvalid(org, signer);
        }

        _usedNonces[org][nonce] = true;
        _entries[subject].push(
            StoredEntry({
                org: org,
                reason: reason,
                kind: kind,
                time: uint64(block.timestamp),
                roles: _registry.organization(org).roles
            })
        );
        emit StatusDeclared(subject, org, kind, reason);
    }

    /// @inheritdoc IRecordStatus
    function registry() external view returns (IOrganizationRegistry) {
        return _registry;
    }

    /// @inheritdoc IRecordStatus
    function isNonceUsed(bytes32 org, bytes32 nonce) external view returns (bool) {
        return _usedNonces[org][nonce];
    }

    /// @inheritdoc IRecordStatus
    function statusCount(bytes32 subject) external view returns (uint256) {
        return _entries[subject].length;
    }

    /// @inheritdoc IRecordStatus
    function statusAt(bytes32 subject, uint256 index) external view returns (Entry memory) {
        StoredEntry[] storage entries = _entries[subject];
        if (index >= entries.length) revert StatusIndexUnknown(subject, index, entries.length);
        return _entryOf(entries[index]);
    }

    /// @inheritdoc IRecordStatus
    function statuses(bytes32 subject) external view returns (Entry[] memory all) {
        StoredEntry[] storage entries = _entries[subject];
        all = new Entry[](entries.length);
        for (uint256 i = 0; i < all.length; ++i) {
            all[i] = _entryOf(entries[i]);
        }
    }

    /// @dev Turns what is stored into what is told.
    function _entryOf(StoredEntry memory stored) private pure returns (Entry memory) {
        return
            Entry({
                org: stored.org,
                kind: stored.kind,
                time: stored.time,
                reason: stored.reason,
                roles: stored.roles
            });
    }
}
