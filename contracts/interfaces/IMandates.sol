// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IOrganizationRegistry} from "./IOrganizationRegistry.sol";

/**
 * @title Mandates: one organization lets another act for it, for some actions and a limited time
 * @notice The delegation of Decree 30/2020 Article 13 (thừa lệnh, thừa ủy quyền): limited in time and content, with the
 * document that gives it, and never passed on, because a mandate is only ever asked for between the organization acted
 * for and the one that acts. Anyone may relay one; the EIP-712 signature of a LEADER key decides whose it is.
 *
 * All times are unix seconds; a mandate is in force at `t` when `validFrom <= t && t < validUntil` and it was not
 * revoked before.
 */
interface IMandates {
    /// @notice One mandate. `scope` has bit `n` set for the `LegAction` n; `document` is the commitment of what gives it.
    struct Mandate {
        uint32 scope;
        uint64 validFrom;
        uint64 validUntil;
        bytes32 document;
    }

    /// @notice Emitted when a mandate was given; the one before it between the two ends with it.
    event MandateGiven(
        bytes32 indexed from,
        bytes32 indexed to,
        uint64 nonce,
        uint32 scope,
        uint64 validFrom,
        uint64 validUntil,
        bytes32 document
    );

    /// @notice Thrown when the registry given at construction is not a contract.
    error MandateRegistryInvalid(address registry);

    /// @notice Thrown when an organization would mandate itself.
    error MandateToItself(bytes32 org);

    /// @notice Thrown when nothing is mandated for a time, or a time is given without a document.
    error MandateIncomplete(bytes32 from, bytes32 to);

    /// @notice Thrown when the window holds no instant from now on.
    error MandateWindowInvalid(uint64 validFrom, uint64 validUntil);

    /// @notice Thrown when the nonce is not the number of mandates given so far between the two.
    error MandateNonceInvalid(bytes32 from, bytes32 to, uint64 nonce, uint64 expected);

    /// @notice Thrown when the block's time is past the deadline the signer set.
    error MandateDeadlinePassed(uint64 deadline, uint64 blockTime);

    /// @notice Thrown when the signer is not, now, a LEADER key of the organization.
    error MandateSignerUnauthorized(bytes32 org, address signer);

    /// @notice Thrown when the signature is not the signer's over exactly this mandate.
    error MandateSignatureInvalid(bytes32 org, address signer);

    /**
     * @notice Gives a mandate, or takes one back by giving an empty one (`scope` and all else zero).
     * @dev Signed is the EIP-712 type `Mandate(bytes32 from,bytes32 to,uint32 scope,uint64 validFrom,uint64
     * validUntil,bytes32 document,uint64 nonce,uint64 deadline)` under the domain ("Provenance Ledger", "1", chain id,
     * this contract). What was done under a mandate before it was taken back stands.
     */
    function give(
        bytes32 from,
        bytes32 to,
        Mandate calldata mandate,
        uint64 nonce,
        uint64 deadline,
        address signer,
        bytes calldata signature
    ) external;

    /// @notice The registry that says who may act.
    function registry() external view returns (IOrganizationRegistry);

    /// @notice The mandate in question now; all zero if there is none or it was taken back.
    function mandate(bytes32 from, bytes32 to) external view returns (Mandate memory);

    /// @notice How many mandates were given between the two so far: the nonce of the next one.
    function mandateCount(bytes32 from, bytes32 to) external view returns (uint64);

    /// @notice Whether `to` may do every action of `scope` (at least one) for `from`, now.
    function isMandated(bytes32 from, bytes32 to, uint32 scope) external view returns (bool);
}
