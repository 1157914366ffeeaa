"""Mandates: an organization lets another act for it on legs, for some actions and a limited time.

The giver's leader signs (EIP-712 `Mandate`, docs/formats/exchange.md); we relay, and decide
nothing: the contract checks signature, order and window. Nothing is kept here but the journal of
transactions, so what is in force is what the chain says.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.chain.abi import ContractReverted
from ledger.chain.exchange_contracts import Mandates
from ledger.chain.submitter import Submitter
from ledger.errors import Conflict, Forbidden, InvalidInput, LedgerError, VerificationFailed
from ledger.exchange.mandate import Mandate
from ledger.identity.organization import OrgId
from ledger.services.caller import Caller, Scope


@dataclass(frozen=True, slots=True)
class SignedMandate:
    """A mandate as its giver handed it in. `nonce` is how many it has given to that taker so far;
    an empty scope takes back the one in force."""

    mandate: Mandate
    nonce: int
    deadline: int
    signer: str
    signature: bytes


class Mandating:
    """Relays mandates and reads them."""

    def __init__(self, contract: Mandates, relay: Submitter) -> None:
        self._contract = contract
        self._relay = relay

    def give(self, caller: Caller, signed: SignedMandate) -> None:
        """Have a mandate of the caller's organization put on chain; the same again is the same.

        Raises Forbidden `foreign-organization` or `signer-not-registered`, VerificationFailed
        `signature-invalid`, Conflict `mandate-nonce-taken`, InvalidInput `mandate-malformed`,
        Unavailable.
        """
        caller.require(Scope.CAPTURE)
        mandate = signed.mandate
        if caller.org != mandate.giver:
            raise Forbidden("foreign-organization", "an organization gives its own mandates only")
        act = self._contract.give(
            mandate,
            nonce=signed.nonce,
            deadline=signed.deadline,
            signer=signed.signer,
            signature=signed.signature,
        )
        purpose = f"mandate/{mandate.giver.hex()}/{mandate.taker.hex()}/{signed.nonce}"
        try:
            # Independent: a wrong one is refused here even while the relay is busy with others.
            entry = self._relay.submit(purpose, *act, independent=True)
        except ContractReverted as reverted:
            raise _refusal(reverted, signed) from reverted
        if act.data not in entry.raw:
            raise _taken(signed.nonce)

    def find(self, giver: OrgId, taker: OrgId) -> tuple[int, Mandate | None]:
        """How many were given between the two, and the one that stands, in force or not. Raises
        Unavailable where the chain cannot be asked."""
        return self._contract.count(giver, taker), self._contract.find(giver, taker)


def _taken(nonce: int) -> Conflict:
    return Conflict("mandate-nonce-taken", f"another mandate has the number {nonce}")


def _refusal(reverted: ContractReverted, signed: SignedMandate) -> LedgerError:
    """What the contract refused, in our words."""
    match reverted.name:
        case "MandateSignerUnauthorized":
            return Forbidden(
                "signer-not-registered", f"{signed.signer} is no leader's key of it now"
            )
        case "MandateSignatureInvalid":
            return VerificationFailed("signature-invalid", "not signed by that key")
        case "MandateNonceInvalid":
            return _taken(signed.nonce)
        case "MandateDeadlinePassed":
            return InvalidInput(
                "mandate-malformed", "the signature counts no more", pointer="/deadline"
            )
        case "MandateWindowInvalid":
            return InvalidInput("mandate-malformed", "it ends too early", pointer="/validUntil")
        case _:
            return reverted
