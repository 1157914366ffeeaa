// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IMandates} from "./interfaces/IMandates.sol";
import {IOrganizationRegistry} from "./interfaces/IOrganizationRegistry.sol";
import {LegRules} from "./libraries/LegRules.sol";

/// @title Mandates: one organization lets another act for it, for some actions and a limited time
contract Mandates is IMandates, EIP712 {
    bytes32 private constant MANDATE_TYPEHASH =
        keccak256(
            "Mandate(bytes32 from,bytes32 to,uint32 scope,uint64 validFrom,uint64 validUntil,bytes32 document,uint64 nonce,uint64 deadline)"
        );

    IOrganizationRegistry private immutable _registry;

    mapping(bytes32 from => mapping(bytes32 to => Mandate)) private _mandates;
    mapping(bytes32 from => mapping(bytes32 to => uint64)) private _counts;

    /// @param registry_ The access root, which says whose key a signer is.
    constructor(IOrganizationRegistry registry_) EIP712("Provenance Ledger", "1") {
        if (address(registry_).code.length == 0) revert MandateRegistryInvalid(address(registry_));
        _registry = registry_;
    }

    /// @inheritdoc IMandates
    function give(
        bytes32 from,
        bytes32 to,
        Mandate calldata given,
        uint64 nonce,
        uint64 deadline,
        address signer,
        bytes calldata signature
    ) external {
        _checkTerms(from, to, given);
        // A validator can shift a block's time by seconds; deadlines are minutes and more.
        // slither-disable-next-line timestamp
        if (block.timestamp > deadline) {
            revert MandateDeadlinePassed(deadline, uint64(block.timestamp));
        }
        uint64 expected = _counts[from][to];
        if (nonce != expected) revert MandateNonceInvalid(from, to, nonce, expected);
        if (!_registry.isAuthorized(from, signer, LegRules.LEADER)) {
            revert MandateSignerUnauthorized(from, signer);
        }
        bytes32 digest = _hashTypedDataV4(
            keccak256(
                abi.encode(
                    MANDATE_TYPEHASH,
                    from,
                    to,
                    given.scope,
                    given.validFrom,
                    given.validUntil,
                    given.document,
                    nonce,
                    deadline
                )
            )
        );
        if (!SignatureChecker.isValidSignatureNow(signer, digest, signature)) {
            revert MandateSignatureInvalid(from, signer);
        }

        _counts[from][to] = nonce + 1;
        _mandates[from][to] = given;
        emit MandateGiven(
            from,
            to,
            nonce,
            given.scope,
            given.validFrom,
            given.validUntil,
            given.document
        );
    }

    /// @inheritdoc IMandates
    function registry() external view returns (IOrganizationRegistry) {
        return _registry;
    }

    /// @inheritdoc IMandates
    function mandate(bytes32 from, bytes32 to) external view returns (Mandate memory) {
        return _mandates[from][to];
    }

    /// @inheritdoc IMandates
    function mandateCount(bytes32 from, bytes32 to) external view returns (uint64) {
        return _counts[from][to];
    }

    /// @inheritdoc IMandates
    function isMandated(bytes32 from, bytes32 to, uint32 scope) external view returns (bool) {
        Mandate storage found = _mandates[from][to];
        // A validator can shift a block's time by seconds; mandates last days.
        // slither-disable-next-line timestamp
        return
            scope != 0 &&
            found.scope & scope == scope &&
            found.validFrom <= block.timestamp &&
            block.timestamp < found.validUntil;
    }

    /// @dev An empty mandate takes back the one before it; any other is whole.
    function _checkTerms(bytes32 from, bytes32 to, Mandate calldata given) private view {
        if (from == to) revert MandateToItself(from);
        bool empty = given.scope == 0;
        if (
            empty != (given.document == bytes32(0)) ||
            empty != (given.validUntil == 0) ||
            (empty && given.validFrom != 0)
        ) {
            revert MandateIncomplete(from, to);
        }
        // slither-disable-next-line timestamp
        if (!empty && (given.validUntil <= given.validFrom || given.validUntil <= block.timestamp)) {
            revert MandateWindowInvalid(given.validFrom, given.validUntil);
        }
    }
}
