"""Grants and links of single records on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from api.schemas.wire import Answer, Request
from ledger.clock import format_time, parse_time

if TYPE_CHECKING:
    from ledger.storage.sharing import GrantRow, LinkRow


class GrantRequest(Request):
    """Whom to show a record as a partner."""

    org: str = Field(description="0x and 64 lower-case hex digits.")


class GrantAnswer(Answer):
    """An organization that sees a record as a partner."""

    org: str
    granted_at: str
    granted_by: str = Field(description="Id of the API key.")


class LinkRequest(Request):
    """A link for an inspector."""

    audience: Literal["partner", "agency"] = Field(
        default="agency", description="As whom its holder sees the record."
    )
    label: str = Field(min_length=1, max_length=100, description="For whom it is.")
    expires_at: str | None = Field(
        default=None, description="RFC 3339 with a zone; a day from now by default, 7 at most."
    )

    def expiry(self) -> datetime | None:
        """When it ends. Raises InvalidInput `time-malformed`."""
        return parse_time(self.expires_at) if self.expires_at is not None else None


class LinkAnswer(Answer):
    """A link, without its secret."""

    id: str
    audience: Literal["partner", "agency"]
    label: str
    created_at: str
    expires_at: str
    revoked_at: str | None
    uses: int = Field(description="How often it was opened.")
    used_at: str | None = Field(description="When last.")


class NewLinkAnswer(LinkAnswer):
    """A link just made: the only time it is shown."""

    url: str = Field(description="`/inspect/…`; whoever has it may read the proof until it ends.")


def grant_answer(row: GrantRow) -> GrantAnswer:
    """The wire form of a grant."""
    return GrantAnswer(
        org=row.org.text, granted_at=format_time(row.granted_at), granted_by=row.granted_by
    )


def link_answer(row: LinkRow) -> LinkAnswer:
    """The wire form of a link."""
    return LinkAnswer.model_validate(_link(row))


def new_link_answer(row: LinkRow, url: str) -> NewLinkAnswer:
    """The wire form of a link just made."""
    return NewLinkAnswer.model_validate({**_link(row), "url": url})


def _link(row: LinkRow) -> dict[str, object]:
    return {
        "id": row.id,
        "audience": row.audience,
        "label": row.label,
        "created_at": format_time(row.created_at),
        "expires_at": format_time(row.expires_at),
        "revoked_at": format_time(row.revoked_at) if row.revoked_at else None,
        "uses": row.uses,
        "used_at": format_time(row.used_at) if row.used_at else None,
    }
