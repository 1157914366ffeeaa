// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/**
 * @title Registry of organizations and of the keys that may act for them
 * @notice The access root: every other contract asks this one who may act, and nothing else grants a right.
 * Writing is governance, decided by the AccessManager that is this contract's authority. Entries are never
 * deleted, because evidence made under an old key must stay checkable.
 *
 * Roles of an organization are bits: PRODUCER = 1, AGENCY = 2, AUTHORITY = 4, OPERATOR = 8, AUDITOR = 16.
 * Purposes of a key are bits: SUBMIT = 1, PUBLISH = 2, STATUS = 4, ADMIN = 8, and for documents CLERK = 16,
 * GATEWAY = 32, LEADER = 64. Other bits are reserved and mean nothing to the contracts that read them today.
 *
 * All times are unix seconds. Windows are half open: a key is in force at `t` when
 * `validFrom <= t && (validUntil == 0 || t < validUntil)`.
 */
interface IOrganizationRegistry {
    /// @notice Standing of an organization; `None` means it was never registered, `Removed` is final.
    enum Status {
        None,
        Active,
        Suspended,
        Removed
    }

    /// @notice What is known of an organization. `profile` is the digest of a document kept off chain.
    struct Organization {
        Status status;
        uint32 roles;
        uint64 registeredAt;
        uint64 statusSince;
        bytes32 profile;
    }

    /// @notice What is known of a key; `registeredAt == 0` means there is no such key.
    struct Key {
        bool custodial;
        uint8 purposes;
        uint64 validFrom;
        uint64 validUntil;
        uint64 registeredAt;
        uint64 compromisedAt;
    }

    /// @notice Emitted when an organization enters the registry.
    event OrganizationRegistered(bytes32 indexed org, bytes32 profile, uint32 roles);

    /// @notice Emitted when the digest of an organization's profile changed.
    event OrganizationProfileChanged(bytes32 indexed org, bytes32 profile);

    /// @notice Emitted when the roles of an organization changed.
    event OrganizationRolesChanged(bytes32 indexed org, uint32 roles);

    /// @notice Emitted when an organization was suspended, reinstated or removed.
    event OrganizationStatusChanged(bytes32 indexed org, Status status);

    /// @notice Emitted when a key was added to an organization.
    event KeyAdded(
        bytes32 indexed org,
        address indexed key,
        bool custodial,
        uint8 purposes,
        uint64 validFrom,
        uint64 validUntil
    );

    /// @notice Emitted when the window of a key was shortened; `validUntil` is the effective new end.
    event KeyEnded(bytes32 indexed org, address indexed key, uint64 validUntil);

    /// @notice Emitted when a key was declared compromised; `since` is the effective time.
    event KeyCompromised(bytes32 indexed org, address indexed key, uint64 since);

    /// @notice Thrown when the all-zero id is registered: it is the "nobody" of the other contracts.
    error OrganizationIdMissing();

    /// @notice Thrown when an organization would be registered a second time.
    error OrganizationAlreadyRegistered(bytes32 org);

    /// @notice Thrown when the organization is not in the registry.
    error OrganizationUnknown(bytes32 org);

    /// @notice Thrown when something would be given to an organization that was removed for good.
    error OrganizationRemoved(bytes32 org);

    /// @notice Thrown when the profile digest is zero.
    error OrganizationProfileMissing(bytes32 org);

    /// @notice Thrown when the new status is `None` or the one already in force.
    error OrganizationStatusInvalid(bytes32 org, Status status);

    /// @notice Thrown when a key with the zero address is added.
    error KeyAddressMissing(bytes32 org);

    /// @notice Thrown when a key without any purpose is added.
    error KeyPurposesMissing(bytes32 org, address key);

    /// @notice Thrown when the window holds no instant, or a time needs more than 48 bits.
    error KeyWindowInvalid(bytes32 org, address key, uint64 validFrom, uint64 validUntil);

    /// @notice Thrown when the address was ever added to this organization before, whatever became of it.
    error KeyAlreadyAdded(bytes32 org, address key);

    /// @notice Thrown when the organization never had that key.
    error KeyUnknown(bytes32 org, address key);

    /// @notice Thrown when a new end would not be earlier than the one in force.
    error KeyEndNotEarlier(bytes32 org, address key, uint64 validUntil, uint64 current);

    /// @notice Thrown when a compromise time would not be earlier than the one in force, or is zero.
    error KeyCompromiseNotEarlier(bytes32 org, address key, uint64 since, uint64 current);

    /// @notice Thrown when one asks what was authorized at a time that has not come.
    error AuthorizationInFuture(uint64 time, uint64 blockTime);

    /**
     * @notice Enters an organization, active from now on.
     * @dev Requirements: governance; `org` not zero and not registered; `profile` not zero.
     */
    function registerOrganization(bytes32 org, bytes32 profile, uint32 roles) external;

    /**
     * @notice Replaces the digest of the organization's profile.
     * @dev Requirements: governance; registered and not removed; `profile` not zero.
     */
    function setProfile(bytes32 org, bytes32 profile) external;

    /**
     * @notice Replaces all roles of the organization.
     * @dev Requirements: governance; registered and not removed.
     */
    function setRoles(bytes32 org, uint32 roles) external;

    /**
     * @notice Suspends, reinstates or removes an organization.
     * @dev Requirements: governance; registered and not removed; a status other than the present one.
     */
    function setStatus(bytes32 org, Status status) external;

    /**
     * @notice Lets a key act for the organization within a window, for some purposes.
     * @dev Requirements: governance; registered and not removed; an address never added to `org` before (an ended
     * or compromised key must not come back); purposes not empty; a window that holds at least one instant.
     * `custodial` tells for ever that the platform holds the key on behalf of the organization.
     */
    function addKey(
        bytes32 org,
        address account,
        bool custodial,
        uint8 purposes,
        uint64 validFrom,
        uint64 validUntil
    ) external;

    /**
     * @notice Shortens the window of a key; never reopens or lengthens it.
     * @dev An end that lies in the past takes effect at the block's time: what was signed before stands. If it
     * must not stand, the key is compromised, and {markCompromised} says so. Requirements: governance; key known;
     * the effective end is earlier than the one in force.
     */
    function endKey(bytes32 org, address account, uint64 validUntil) external;

    /**
     * @notice Declares that the key was in foreign hands from `since` on; can only ever be moved earlier.
     * @dev A time to come takes effect at the block's time. Requirements: governance; key known; `since` not zero
     * and earlier than the time in force.
     */
    function markCompromised(bytes32 org, address account, uint64 since) external;

    /// @notice The organization's entry; all zero with status `None` if it was never registered.
    function organization(bytes32 org) external view returns (Organization memory);

    /// @notice The key's entry; all zero if the organization never had that key.
    function key(bytes32 org, address account) external view returns (Key memory);

    /**
     * @notice Whether the key may act for the organization now: organization active, key in its window, not
     * compromised, and every bit of `purpose` (at least one) granted.
     */
    function isAuthorized(bytes32 org, address account, uint8 purpose) external view returns (bool);

    /**
     * @notice Whether {isAuthorized} would have answered true at the time `time`, in the light of what is known
     * today about compromises.
     * @dev Requirements: `time` is not in the future. Within one second the last change of status counts.
     */
    function wasAuthorized(
        bytes32 org,
        address account,
        uint8 purpose,
        uint64 time
    ) external view returns (bool);

    /// @notice Whether the organization is active and holds every bit of `role` (at least one).
    function hasRole(bytes32 org, uint32 role) external view returns (bool);
}
