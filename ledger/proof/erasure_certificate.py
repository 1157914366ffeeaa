"""The certificate of an erasure: what a server says it destroyed, read and checked.

A signed note of the log's key (docs/formats/erasure.md). Approvals and step in it are checked
without believing the server; that it kept nothing aside cannot be.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger import canonical
from ledger.clock import parse_time
from ledger.digest import Digest
from ledger.errors import InvalidInput, VerificationFailed
from ledger.exchange.erasure import NEEDED, ErasureApproval
from ledger.exchange.members import Members
from ledger.identity.address import parse_address
from ledger.identity.eip712 import Domain, recover
from ledger.identity.organization import OrgId
from ledger.merkle.note import NoteKey, open_note

CERTIFICATE = "provenance/erasure/v1"
"""First line of a certificate."""

_MOST_APPROVALS = 100
_MOST = 2**53
_MALFORMED = "erasure-certificate-invalid"


@dataclass(frozen=True, slots=True)
class ErasureCertificate:
    """What one certificate says. `evidence` is that of the step ERASE; `content`: the message's
    content is gone, not only the leg's key."""

    leg: Digest
    message: Digest
    org: OrgId
    reason: int
    evidence: Digest
    approvals: tuple[ErasureApproval, ...]
    content: bool
    erased_at: datetime

    def check_approvals(self, domain: Domain) -> None:
        """That two different keys signed the same approval; whose keys they were, the registry
        says. Raises VerificationFailed `erasure-certificate-invalid`."""
        signed = [one for one in self.approvals if _is_signed(one, domain)]
        terms = {one.kept_until for one in signed}
        if len({one.signer for one in signed}) < NEEDED or len(terms) != 1:
            raise VerificationFailed(_MALFORMED, "no two keys approved the same")


def read_certificate(note: str, key: NoteKey) -> ErasureCertificate:
    """Read a certificate that the log's key has signed.

    Raises VerificationFailed `erasure-certificate-invalid` for anything else.
    """
    try:
        first, _, body = open_note(note, [key]).text.partition("\n")
        if first != CERTIFICATE or not body.endswith("\n"):
            raise InvalidInput(_MALFORMED, "the note is no certificate of an erasure")
        return _read(Members(canonical.parse(body[:-1].encode()), code=_MALFORMED))
    except (InvalidInput, VerificationFailed) as error:
        raise VerificationFailed(_MALFORMED, str(error)) from error


def _is_signed(one: ErasureApproval, domain: Domain) -> bool:
    try:
        return recover(one.digest(domain), one.signature) == one.signer
    except VerificationFailed:
        return False


def _read(members: Members) -> ErasureCertificate:
    if members.take("v") != 1:
        members.refuse("there is only version 1", "v")
    leg, org = members.digest("leg"), OrgId.parse(members.text("org", 66))
    reason = members.integer("reason", 1, 65_535)
    step, destroyed = members.object("step"), members.object("destroyed")
    members.text("reasonCode", 100)
    found = ErasureCertificate(
        leg=leg,
        message=members.digest("message"),
        org=org,
        reason=reason,
        evidence=step.digest("evidence"),
        approvals=members.items(
            "approvals",
            _MOST_APPROVALS,
            lambda told, at: _read_approval(told, at, leg, org, reason),
        ),
        content=destroyed.take("content") is True,
        erased_at=parse_time(members.text("erasedAt", 40)),
    )
    members.end()
    return found


def _read_approval(told: Any, at: str, leg: Digest, org: OrgId, reason: int) -> ErasureApproval:
    members = Members(told, at, _MALFORMED)
    try:
        signature = bytes.fromhex(members.text("signature", 132).removeprefix("0x"))
    except ValueError:
        members.refuse("there must be hexadecimal digits here", "signature")
    return ErasureApproval(
        leg=leg,
        org=org,
        reason=reason,
        kept_until=members.integer("keptUntil", 0, _MOST),
        deadline=members.integer("deadline", 0, _MOST),
        signer=parse_address(members.text("signer", 42)),
        signature=signature,
    )
