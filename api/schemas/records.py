"""Records and withdrawals on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from api.schemas.own_signatures import DeclarationRequest
from api.schemas.wire import Answer, Request
from ledger.clock import format_time

if TYPE_CHECKING:
    from ledger.services.proving import RecordView


class RecordAnswer(Answer):
    """What you may see of a record. Its proof is at `/records/{id}/proof`."""

    id: str = Field(description="urn:uuid:…")
    kind: str
    org: str
    captured_at: str
    audience: Literal["public", "partner", "agency", "owner"] = Field(
        description="As whom you see it."
    )
    state: Literal["accepted", "sequenced", "anchored"]
    index: int | None = Field(description="Its position in the log, once sequenced.")
    provable_by: str = Field(description="When it is promised to be anchored.")
    body: dict[str, Any] = Field(description="The members your audience may see.")


class WithdrawalRequest(Request):
    """Why a record is withdrawn."""

    reason: str = Field(
        min_length=1,
        max_length=2000,
        description="Only its digest goes on chain: keep the text, it cannot be got back.",
    )
    declaration: DeclarationRequest | None = Field(
        default=None, description="Of an organization that holds its own key: its signature."
    )


class WithdrawalAnswer(Answer):
    """A withdrawal under way to the chain; once accepted it reaches it."""

    record_id: str = Field(alias="recordID")
    reason_digest: str = Field(
        description='SHA256("provenance/reason/v1\\n" ‖ reason), as the chain will hold it.'
    )


def record_answer(view: RecordView) -> RecordAnswer:
    """The wire form of a record."""
    return RecordAnswer(
        id=view.id.text,
        kind=view.kind,
        org=view.org.text,
        captured_at=format_time(view.captured_at),
        audience=view.audience.value,
        state=view.state,
        index=view.index,
        provable_by=format_time(view.provable_by),
        body=view.value,
    )
