// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IDocumentExchange} from "./interfaces/IDocumentExchange.sol";
import {IMandates} from "./interfaces/IMandates.sol";
import {IOrganizationRegistry} from "./interfaces/IOrganizationRegistry.sol";
import {LegAction} from "./libraries/LegRules.sol";

/// @title Who may act for whom in the exchange of documents
abstract contract ExchangeAuthority is IDocumentExchange, EIP712 {
    IOrganizationRegistry internal immutable _registry;
    IMandates private immutable _mandates;

    constructor(IMandates mandates_) EIP712("Provenance Ledger", "1") {
        if (address(mandates_).code.length == 0) {
            revert ExchangeDependencyInvalid(address(mandates_));
        }
        _mandates = mandates_;
        _registry = mandates_.registry();
    }

    /// @inheritdoc IDocumentExchange
    function registry() external view returns (IOrganizationRegistry) {
        return _registry;
    }

    /// @inheritdoc IDocumentExchange
    function mandates() external view returns (IMandates) {
        return _mandates;
    }

    function _checkMandate(bytes32 org, bytes32 actor, LegAction action) internal view {
        if (actor != org && !_mandates.isMandated(org, actor, uint32(1) << uint8(action))) {
            revert LegMandateMissing(org, actor, action);
        }
    }

    /// @dev Who is suspended can take nothing new up, but owes the others what is open.
    function _checkSigner(
        bytes32 actor,
        address signer,
        uint8 purpose,
        bool isObligation
    ) internal view {
        if (_registry.isAuthorized(actor, signer, purpose)) return;
        if (isObligation && _isSuspended(actor) && _isInForce(actor, signer, purpose)) return;
        revert LegSignerUnauthorized(actor, signer, purpose);
    }

    function _isSuspended(bytes32 org) private view returns (bool) {
        return _registry.organization(org).status == IOrganizationRegistry.Status.Suspended;
    }

    /// @dev As the registry judges the key of an active organization.
    function _isInForce(bytes32 org, address signer, uint8 purpose) private view returns (bool) {
        IOrganizationRegistry.Key memory key = _registry.key(org, signer);
        // slither-disable-next-line timestamp
        return
            key.purposes & purpose == purpose &&
            key.validFrom <= block.timestamp &&
            (key.validUntil == 0 || block.timestamp < key.validUntil) &&
            key.compromisedAt == 0;
    }

    function _checkSignature(
        bytes32 actor,
        address signer,
        bytes32 digest,
        bytes calldata signature,
        uint64 deadline
    ) internal view {
        // slither-disable-next-line timestamp
        if (block.timestamp > deadline) revert LegDeadlinePassed(deadline, uint64(block.timestamp));
        if (!SignatureChecker.isValidSignatureNow(signer, digest, signature)) {
            revert LegSignatureInvalid(actor, signer);
        }
    }
}
