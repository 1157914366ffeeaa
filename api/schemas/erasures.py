"""Erasure on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import Field

from api.schemas.wire import Answer, Request
from ledger.digest import Digest
from ledger.exchange.erasure import NEEDED, ErasureApproval
from ledger.identity.address import parse_address
from ledger.identity.organization import OrgId

if TYPE_CHECKING:
    from ledger.services.erasing import ErasureStanding


class ApprovalRequest(Request):
    """One person's approval (EIP-712 `ErasureApproval`, docs/formats/erasure.md)."""

    org: str = Field(pattern="^0x[0-9a-f]{64}$")
    reason: int = Field(ge=0, le=65_535, description="As the step ERASE has it.")
    kept_until: int = Field(ge=0, lt=2**48, description="End of the time to keep it; 0: none.")
    deadline: int = Field(ge=0, lt=2**48, description="Until when the approval counts.")
    signer: str = Field(pattern="^0x[0-9a-f]{40}$")
    signature: str = Field(pattern="^0x[0-9a-f]{130}$")

    def read(self, leg: Digest) -> ErasureApproval:
        """The approval. Raises InvalidInput."""
        return ErasureApproval(
            leg=leg,
            org=OrgId.parse(self.org),
            reason=self.reason,
            kept_until=self.kept_until,
            deadline=self.deadline,
            signer=parse_address(self.signer),
            signature=bytes.fromhex(self.signature[2:]),
        )


class HoldRequest(Request):
    """Why a document is to be kept."""

    reason: str = Field(min_length=1, max_length=500)


class ApprovalAnswer(Answer):
    """An approval that was given."""

    signer: str
    reason: int
    kept_until: int
    deadline: int


class HoldAnswer(Answer):
    """Who needs a document kept."""

    org: str
    reason: str
    placed_at: datetime


class ErasureAnswer(Answer):
    """How far your erasure of a leg is."""

    approvals: list[ApprovalAnswer]
    needed: int = Field(description="Approvals by different keys.")
    holds: list[HoldAnswer]
    certificate: str | None = Field(description="Once it is done: a note signed by the log's key.")


def erasure_answer(found: ErasureStanding) -> ErasureAnswer:
    """The wire form."""
    return ErasureAnswer(
        approvals=[
            ApprovalAnswer(
                signer=one.signer.lower(),
                reason=one.reason,
                kept_until=one.kept_until,
                deadline=one.deadline,
            )
            for one in found.approvals
        ],
        needed=NEEDED,
        holds=[
            HoldAnswer(org=one.org.text, reason=one.reason, placed_at=one.placed_at)
            for one in found.holds
        ],
        certificate=found.certificate,
    )
