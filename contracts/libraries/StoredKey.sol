// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/**
 * @dev A key's entry in one word, because it is read in every append. From the low end on: purposes (8 bits),
 * custodial (8), then 48 bits each of validFrom, validUntil, registeredAt and compromisedAt; 48 bits of seconds last
 * 8.9 million years. An all-zero word is no key, since a key has at least one purpose.
 */
type StoredKey is uint256;

using {
    purposes,
    custodial,
    validFrom,
    validUntil,
    registeredAt,
    compromisedAt,
    exists,
    isInForce,
    withValidUntil,
    withCompromisedAt
} for StoredKey global;

/// @dev The largest time an entry can hold.
uint64 constant TIME_MAX = type(uint48).max;

uint256 constant VALID_FROM = 16;
uint256 constant VALID_UNTIL = 64;
uint256 constant REGISTERED_AT = 112;
uint256 constant COMPROMISED_AT = 160;

/// @dev A new entry, not compromised. The times must not be above TIME_MAX.
function newStoredKey(
    bool custodial_,
    uint8 purposes_,
    uint64 validFrom_,
    uint64 validUntil_,
    uint64 registeredAt_
) pure returns (StoredKey) {
    return
        StoredKey.wrap(
            uint256(purposes_) |
                (custodial_ ? 1 << 8 : 0) |
                (uint256(validFrom_) << VALID_FROM) |
                (uint256(validUntil_) << VALID_UNTIL) |
                (uint256(registeredAt_) << REGISTERED_AT)
        );
}

/// @dev What the key may be used for, as bits.
function purposes(StoredKey entry) pure returns (uint8) {
    return uint8(StoredKey.unwrap(entry));
}

/// @dev Whether the platform holds the key on behalf of the organization.
function custodial(StoredKey entry) pure returns (bool) {
    return uint8(StoredKey.unwrap(entry) >> 8) != 0;
}

/// @dev First second of the window.
function validFrom(StoredKey entry) pure returns (uint64) {
    return uint48(StoredKey.unwrap(entry) >> VALID_FROM);
}

/// @dev First second after the window; 0 if it is open.
function validUntil(StoredKey entry) pure returns (uint64) {
    return uint48(StoredKey.unwrap(entry) >> VALID_UNTIL);
}

/// @dev Time of the block that took the key in.
function registeredAt(StoredKey entry) pure returns (uint64) {
    return uint48(StoredKey.unwrap(entry) >> REGISTERED_AT);
}

/// @dev Time from which the key was in foreign hands; 0 if it never was.
function compromisedAt(StoredKey entry) pure returns (uint64) {
    return uint48(StoredKey.unwrap(entry) >> COMPROMISED_AT);
}

/// @dev Whether there is such a key at all.
function exists(StoredKey entry) pure returns (bool) {
    return StoredKey.unwrap(entry) != 0;
}

/// @dev Whether the key could act at that time for every bit of `purpose` (at least one).
function isInForce(StoredKey entry, uint8 purpose, uint256 time) pure returns (bool) {
    uint64 end = validUntil(entry);
    uint64 compromised = compromisedAt(entry);
    return
        purpose != 0 &&
        purposes(entry) & purpose == purpose &&
        validFrom(entry) <= time &&
        registeredAt(entry) <= time &&
        (end == 0 || time < end) &&
        (compromised == 0 || time < compromised);
}

/// @dev The entry with another end of its window, not above TIME_MAX.
function withValidUntil(StoredKey entry, uint64 time) pure returns (StoredKey) {
    uint256 rest = StoredKey.unwrap(entry) & ~(uint256(TIME_MAX) << VALID_UNTIL);
    return StoredKey.wrap(rest | (uint256(time) << VALID_UNTIL));
}

/// @dev The entry with another time of compromise, not above TIME_MAX.
function withCompromisedAt(StoredKey entry, uint64 time) pure returns (StoredKey) {
    uint256 rest = StoredKey.unwrap(entry) & ~(uint256(TIME_MAX) << COMPROMISED_AT);
    return StoredKey.wrap(rest | (uint256(time) << COMPROMISED_AT));
}
