// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {IOrganizationRegistry} from "./interfaces/IOrganizationRegistry.sol";
import {StoredKey, TIME_MAX, newStoredKey} from "./libraries/StoredKey.sol";

/**
 * @title Registry of organizations and of the keys that may act for them
 * @dev Inherits EIP712 for `eip712Domain()` (ERC-5267): submissions are signed under this contract's domain and
 * are checked off chain, so a verifier can read here which domain that is.
 */
contract OrganizationRegistry is IOrganizationRegistry, AccessManaged, EIP712 {
    using Checkpoints for Checkpoints.Trace208;

    mapping(bytes32 org => Organization) private _organizations;
    mapping(bytes32 org => mapping(address account => StoredKey)) private _keys;
    mapping(bytes32 org => Checkpoints.Trace208) private _statusHistory;

    /// @param initialAuthority The AccessManager that decides who governs; it alone can name its successor.
    constructor(
        address initialAuthority
    ) AccessManaged(initialAuthority) EIP712("Provenance Ledger", "1") {}

    /// @inheritdoc IOrganizationRegistry
    function registerOrganization(bytes32 org, bytes32 profile, uint32 roles) external restricted {
        if (org == bytes32(0)) revert OrganizationIdMissing();
        if (_organizations[org].status != Status.None) revert OrganizationAlreadyRegistered(org);
        if (profile == bytes32(0)) revert OrganizationProfileMissing(org);

        _organizations[org] = Organization({
            status: Status.Active,
            roles: roles,
            registeredAt: uint64(block.timestamp),
            statusSince: uint64(block.timestamp),
            profile: profile
        });
        _recordStatus(org, Status.Active);
        emit OrganizationRegistered(org, profile, roles);
    }

    /// @inheritdoc IOrganizationRegistry
    function setProfile(bytes32 org, bytes32 profile) external restricted {
        _checkPresent(org);
        if (profile == bytes32(0)) revert OrganizationProfileMissing(org);

        _organizations[org].profile = profile;
        emit OrganizationProfileChanged(org, profile);
    }

    /// @inheritdoc IOrganizationRegistry
    function setRoles(bytes32 org, uint32 roles) external restricted {
        _checkPresent(org);

        _organizations[org].roles = roles;
        emit OrganizationRolesChanged(org, roles);
    }

    /// @inheritdoc IOrganizationRegistry
    function setStatus(bytes32 org, Status status) external restricted {
        _checkPresent(org);
        Organization storage entry = _organizations[org];
        if (status == Status.None || status == entry.status) {
            revert OrganizationStatusInvalid(org, status);
        }

        entry.status = status;
        entry.statusSince = uint64(block.timestamp);
        _recordStatus(org, status);
        emit OrganizationStatusChanged(org, status);
    }

    /// @inheritdoc IOrganizationRegistry
    function addKey(
        bytes32 org,
        address account,
        bool custodial,
        uint8 purposes,
        uint64 validFrom,
        uint64 validUntil
    ) external restricted {
        _checkPresent(org);
        if (account == address(0)) revert KeyAddressMissing(org);
        if (purposes == 0) revert KeyPurposesMissing(org, account);
        if (_keys[org][account].exists()) revert KeyAlreadyAdded(org, account);
        if (
            (validUntil != 0 && validUntil <= validFrom) ||
            validFrom > TIME_MAX ||
            validUntil > TIME_MAX
        ) {
            revert KeyWindowInvalid(org, account, validFrom, validUntil);
        }

        _keys[org][account] = newStoredKey(
            custodial,
            purposes,
            validFrom,
            validUntil,
            uint64(block.timestamp)
        );
        emit KeyAdded(org, account, custodial, purposes, validFrom, validUntil);
    }

    /// @inheritdoc IOrganizationRegistry
    function endKey(bytes32 org, address account, uint64 validUntil) external restricted {
        StoredKey entry = _knownKey(org, account);
        uint64 current = entry.validUntil();
        // Were an end in the past possible, governance could take back signatures that stood when they were made.
        uint64 effective = validUntil < block.timestamp ? uint64(block.timestamp) : validUntil;
        if (effective >= (current == 0 ? TIME_MAX : current)) {
            revert KeyEndNotEarlier(org, account, validUntil, current);
        }

        _keys[org][account] = entry.withValidUntil(effective);
        emit KeyEnded(org, account, effective);
    }

    /// @inheritdoc IOrganizationRegistry
    function markCompromised(bytes32 org, address account, uint64 since) external restricted {
        StoredKey entry = _knownKey(org, account);
        uint64 current = entry.compromisedAt();
        uint64 effective = since > block.timestamp ? uint64(block.timestamp) : since;
        if (since == 0 || (current != 0 && effective >= current)) {
            revert KeyCompromiseNotEarlier(org, account, since, current);
        }

        _keys[org][account] = entry.withCompromisedAt(effective);
        emit KeyCompromised(org, account, effective);
    }

    /// @inheritdoc IOrganizationRegistry
    function organization(bytes32 org) external view returns (Organization memory) {
        return _organizations[org];
    }

    /// @inheritdoc IOrganizationRegistry
    function key(bytes32 org, address account) external view returns (Key memory) {
        StoredKey entry = _keys[org][account];
        return
            Key({
                custodial: entry.custodial(),
                purposes: entry.purposes(),
                validFrom: entry.validFrom(),
                validUntil: entry.validUntil(),
                registeredAt: entry.registeredAt(),
                compromisedAt: entry.compromisedAt()
            });
    }

    /// @inheritdoc IOrganizationRegistry
    function isAuthorized(
        bytes32 org,
        address account,
        uint8 purpose
    ) external view returns (bool) {
        // Equality with an enum value; slither takes it for a time, because the entry holds times too.
        // slither-disable-next-line incorrect-equality
        return
            _organizations[org].status == Status.Active &&
            _keys[org][account].isInForce(purpose, block.timestamp);
    }

    /// @inheritdoc IOrganizationRegistry
    function wasAuthorized(
        bytes32 org,
        address account,
        uint8 purpose,
        uint64 time
    ) external view returns (bool) {
        if (time > block.timestamp) revert AuthorizationInFuture(time, uint64(block.timestamp));
        return
            _statusHistory[org].upperLookup(uint48(time)) == uint208(Status.Active) &&
            _keys[org][account].isInForce(purpose, time);
    }

    /// @inheritdoc IOrganizationRegistry
    function hasRole(bytes32 org, uint32 role) external view returns (bool) {
        Organization storage entry = _organizations[org];
        return entry.status == Status.Active && role != 0 && entry.roles & role == role;
    }

    /// @dev Refuses organizations that are unknown or removed: those can be given nothing any more.
    function _checkPresent(bytes32 org) private view {
        Status status = _organizations[org].status;
        // Equality with an enum value; slither takes it for a time, because the entry holds times too.
        // slither-disable-next-line incorrect-equality
        if (status == Status.None) revert OrganizationUnknown(org);
        // slither-disable-next-line incorrect-equality
        if (status == Status.Removed) revert OrganizationRemoved(org);
    }

    /// @dev Keys of a removed organization can still be ended or marked: tightening is never refused.
    function _knownKey(bytes32 org, address account) private view returns (StoredKey entry) {
        entry = _keys[org][account];
        if (!entry.exists()) revert KeyUnknown(org, account);
    }

    /// @dev Keeps what {wasAuthorized} needs; the entry itself holds the latest status only.
    function _recordStatus(bytes32 org, Status status) private {
        // The return values, previous and new status, are of no use here.
        // slither-disable-next-line unused-return
        _statusHistory[org].push(uint48(block.timestamp), uint208(status));
    }
}
