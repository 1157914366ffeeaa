"""Recalls on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from api.schemas.own_signatures import ProposalAnswer, ProposalRequest, proposal_answer
from api.schemas.wire import Answer, Request
from ledger.clock import format_time
from ledger.digest import Digest
from ledger.storage.recalls import TargetKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ledger.services.recall_warning import RecalledGoods
    from ledger.services.recalling import RecallView
    from ledger.storage.recalls import NoticeRow, RecallRow


class RecallRequest(Request):
    """A new recall."""

    subjects: list[Annotated[str, Field(min_length=1, max_length=1024)]] = Field(
        min_length=1, max_length=100, description="GS1 Digital Links or URNs of lots or items."
    )
    reason: str = Field(min_length=1, max_length=2000, description="Public.")
    notice: str | None = Field(
        default=None,
        pattern=r"^[0-9a-f]{64}$",
        description="SHA-256 of the notice document, which was kept with POST /files.",
    )

    proposal: ProposalRequest | None = Field(
        default=None, description="Of an authority that holds its own keys: its first signature."
    )

    def notice_digest(self) -> Digest | None:
        """The digest of the notice."""
        return None if self.notice is None else Digest.from_hex(self.notice)


class LiftRequest(Request):
    """The end of a recall."""

    reason: str = Field(min_length=1, max_length=2000, description="Public.")
    proposal: ProposalRequest | None = Field(
        default=None, description="Of an authority that holds its own keys: its first signature."
    )


class TargetAnswer(Answer):
    """A lot, item or record the chain has, or will have, a declaration about."""

    kind: str = Field(description="`goods` or `record`")
    name: str = Field(description="Canonical GS1 Digital Link, or record id.")
    subject: str = Field(description="Subject of the declaration in RecordStatus.")
    declared: bool
    lifted: bool
    to_sign: bool = Field(
        description="The organization holds its own key and has yet to sign this one."
    )


class ToldAnswer(Answer):
    """An organization that was told."""

    organization: str
    acknowledged_at: str | None


class RecalledAnswer(Answer):
    """Goods in a recall that is in force now."""

    id: str
    recall: str = Field(description="See /recalls/{id}.")


class ExtensionAnswer(Answer):
    """Goods that came of recalled goods after the decision, and are recalled with them."""

    number: int
    goods: list[str]
    found_at: str
    declared_at: str | None = Field(description="When the chain had confirmed all of them.")


class RecallAnswer(Answer):
    """A recall. This server's word; what counts is on the chain, under `subject` of each target
    with `reasonDigest` as its reason."""

    id: str
    state: str = Field(
        description="proposed, signing, declaring, declared, lift-proposed, lift-signing, lifting "
        "or lifted"
    )
    organization: str
    name: str | None
    reason: str
    notice: str | None = Field(description="SHA-256 of the notice; read it at /files/{sha256}.")
    subjects: list[str]
    reason_digest: str = Field(description="docs/formats/recall.md")
    created_at: str
    declared_at: str | None
    lift_reason: str | None
    lifted_at: str | None
    goods: list[str] = Field(description="Every lot and item concerned, by forward trace.")
    extensions: list[ExtensionAnswer]
    targets: list[TargetAnswer]
    proposal: ProposalAnswer | None = Field(
        description="First signature of an authority that holds its own keys."
    )
    told: list[ToldAnswer] = Field(description="For the recalling organization only.")


class RecallSummary(Answer):
    """A recall in a list."""

    id: str
    state: str
    organization: str
    reason_digest: str
    created_at: str
    lifted_at: str | None


class NoticeAnswer(Answer):
    """A recall that concerns goods your organization is on record with."""

    recall: RecallSummary
    told_at: str
    acknowledged_at: str | None


def recall_answer(view: RecallView) -> RecallAnswer:
    """The wire form of a recall."""
    row, content = view.row, view.content
    return RecallAnswer(
        id=row.id,
        state=row.state.value,
        organization=row.org.text,
        name=None if view.profile is None else view.profile.name,
        reason=content["reason"],
        notice=content["notice"],
        subjects=content["subjects"],
        reason_digest=row.digest.hex(),
        created_at=format_time(row.created_at),
        declared_at=_time(row.declared_at),
        lift_reason=row.lift_reason,
        lifted_at=_time(row.lifted_at),
        goods=[target.name for target in view.targets if target.kind is TargetKind.GOODS],
        extensions=[
            ExtensionAnswer(
                number=one.number,
                goods=list(one.goods),
                found_at=format_time(one.found_at),
                declared_at=_time(one.declared_at),
            )
            for one in view.extensions
        ],
        targets=[
            TargetAnswer(
                kind=target.kind.name.lower(),
                name=target.name,
                subject=target.subject.hex(),
                declared=target.declared,
                lifted=target.lifted,
                to_sign=target.subject in view.unsigned,
            )
            for target in view.targets
        ],
        proposal=proposal_answer(view.proposal),
        told=[
            ToldAnswer(organization=org.text, acknowledged_at=_time(at)) for org, at in view.told
        ],
    )


def recalled_answers(found: Sequence[RecalledGoods]) -> list[RecalledAnswer]:
    """The wire form of recalled goods."""
    return [RecalledAnswer(id=one.key, recall=one.recall.id) for one in found]


def recall_summary(row: RecallRow) -> RecallSummary:
    """The wire form of a recall in a list."""
    return RecallSummary(
        id=row.id,
        state=row.state.value,
        organization=row.org.text,
        reason_digest=row.digest.hex(),
        created_at=format_time(row.created_at),
        lifted_at=_time(row.lifted_at),
    )


def notice_answer(row: NoticeRow) -> NoticeAnswer:
    """The wire form of a notice."""
    return NoticeAnswer(
        recall=recall_summary(row.recall),
        told_at=format_time(row.created_at),
        acknowledged_at=_time(row.acknowledged_at),
    )


def _time(at: datetime | None) -> str | None:
    return None if at is None else format_time(at)
