"""Who may act on a leg: a party itself or whom it has mandated, with a key for that purpose.

Decided as contracts/ExchangeAuthority.sol decides it, in the same order. What is asked comes from
the registry and the mandates, through `AuthorityView`.
"""

from __future__ import annotations

from typing import Protocol

from ledger.errors import Forbidden, VerificationFailed
from ledger.exchange.rules import OPENINGS, RULES, LegAction
from ledger.exchange.signed import Opening, Step
from ledger.identity.eip712 import Domain, recover
from ledger.identity.organization import OrgId, Purpose


class AuthorityView(Protocol):
    """What the registry and the mandates say now."""

    def is_active(self, org: OrgId) -> bool:
        """Whether the organization is a member in good standing."""

    def is_suspended(self, org: OrgId) -> bool:
        """Whether it is suspended, which it can come back from."""

    def is_in_force(self, org: OrgId, signer: str, purpose: Purpose) -> bool:
        """Whether the key could act for that purpose, were the organization active."""

    def is_mandated(self, org: OrgId, actor: OrgId, action: LegAction) -> bool:
        """Whether `actor` may do this for `org`."""


def check_authority(
    signed: Opening | Step,
    signer: str,
    signature: bytes,
    domain: Domain,
    now: int,
    who: AuthorityView,
) -> None:
    """That `signer` (checksummed address) may do what it signed, in a block of time `now`.

    Raises Forbidden `leg-mandate-missing` or `leg-signer-unauthorized`; VerificationFailed
    `leg-deadline-passed` or `leg-signature-invalid`.
    """
    if isinstance(signed, Opening):
        org, purpose, owed = signed.key.sender, OPENINGS[signed.action][1], False
    else:
        rule = RULES[signed.action]
        org, purpose, owed = signed.org, rule.purpose, rule.is_obligation
    actor = signed.actor
    if actor != org and not who.is_mandated(org, actor, signed.action):
        raise Forbidden("leg-mandate-missing", f"no mandate for {signed.action.name}")
    # Who is suspended can take nothing new up, but owes the others what is open.
    standing = who.is_active(actor) or (owed and who.is_suspended(actor))
    if not standing or not who.is_in_force(actor, signer, purpose):
        raise Forbidden("leg-signer-unauthorized", f"{signer} is no {purpose.name} key in force")
    if now > signed.deadline:
        raise VerificationFailed("leg-deadline-passed", "the time to hand this in is over")
    if _signer_of(signed, signature, domain) != signer:
        raise VerificationFailed("leg-signature-invalid", f"not {signer}'s signature over this")


def _signer_of(signed: Opening | Step, signature: bytes, domain: Domain) -> str | None:
    try:
        return recover(signed.digest(domain), signature)
    except VerificationFailed:
        return None
