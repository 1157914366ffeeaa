"""The story of a lot on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from api.schemas.recalls import RecalledAnswer, recalled_answers
from api.schemas.wire import Answer
from ledger.clock import format_time

if TYPE_CHECKING:
    from ledger.identity.organization import Profile
    from ledger.services.correcting import Correction
    from ledger.services.recall_warning import Warnings
    from ledger.services.resolving import Story


class Party(Answer):
    """The organization that signed."""

    org: str
    name: str
    name_en: str
    kind: str


class CorrectiveEvent(Answer):
    """An event that stands instead."""

    event_id: str = Field(alias="eventID")
    record_id: str | None = Field(alias="recordID", description="null: not part of this story.")


class CorrectionAnswer(Answer):
    """A declaration that the event was recorded in error."""

    declared_by: str = Field(description="Record id of the version that carries the declaration.")
    declaration_time: str
    reason: str | None
    corrective_events: list[CorrectiveEvent]


class StoryEventAnswer(Answer):
    """One step, as far as you may see it; its proof says how far to believe it."""

    record_id: str = Field(alias="recordID")
    proof: str
    captured_at: str
    state: Literal["accepted", "sequenced", "anchored"]
    organization: Party
    event: dict[str, Any]
    correction: CorrectionAnswer | None


class DescriptionAnswer(Answer):
    """What one organization says about a product, place or party, as far as you may see it."""

    record_id: str = Field(alias="recordID")
    proof: str
    captured_at: str
    state: Literal["accepted", "sequenced", "anchored"]
    organization: Party
    kind: Literal["party", "place", "product"]
    value: dict[str, Any]


class StoryAnswer(Answer):
    """What organizations have recorded about a subject, oldest first. This server's word: each
    step is checked from its proof, not from here."""

    subject: str = Field(description="Canonical GS1 Digital Link URI.")
    product: dict[str, Any]
    recalled: list[RecalledAnswer] = Field(
        description="Recalls in force of these goods. This server's word; ask the chain."
    )
    holds_recalled: list[RecalledAnswer] = Field(
        description="What is in this container now, however deep, and recalled."
    )
    events: list[StoryEventAnswer] = Field(
        description="Of a product one for each of the lots recorded of late."
    )
    descriptions: list[DescriptionAnswer] = Field(
        description="Of a product, place or party alone: its master data."
    )


def story_answer(story: Story, warnings: Warnings) -> StoryAnswer:
    """The wire form of a story."""
    return StoryAnswer(
        subject=story.subject,
        product=dict(story.product),
        recalled=recalled_answers(warnings.recalled),
        holds_recalled=recalled_answers(warnings.holds),
        events=[
            StoryEventAnswer(
                record_id=step.record_id.text,
                proof=f"/records/{step.record_id.text}/proof",
                captured_at=format_time(step.captured_at),
                state=step.state,
                organization=_party(step.profile),
                event=step.event,
                correction=_correction(step.correction),
            )
            for step in story.events
        ],
        descriptions=[
            DescriptionAnswer(
                record_id=one.record_id.text,
                proof=f"/records/{one.record_id.text}/proof",
                captured_at=format_time(one.captured_at),
                state=one.state,
                organization=_party(one.profile),
                kind=one.kind.value,
                value=one.value,
            )
            for one in story.descriptions
        ],
    )


def _correction(found: Correction | None) -> CorrectionAnswer | None:
    if found is None:
        return None
    return CorrectionAnswer(
        declared_by=found.declared_by.text,
        declaration_time=found.declaration_time,
        reason=found.reason,
        corrective_events=[
            CorrectiveEvent(
                event_id=one.event_id,
                record_id=None if one.record_id is None else one.record_id.text,
            )
            for one in found.correctives
        ],
    )


def _party(profile: Profile) -> Party:
    return Party(
        org=profile.org.text, name=profile.name, name_en=profile.name_en, kind=profile.kind
    )
