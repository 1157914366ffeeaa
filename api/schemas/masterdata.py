"""Master data on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from api.schemas.wire import Answer
from ledger.clock import format_time

if TYPE_CHECKING:
    from ledger.services.cataloguing import ItemView


class MissingFileAnswer(Answer):
    """A file that is named and not kept here."""

    pointer: str = Field(description="Where in `item` it is named (RFC 6901).")
    sha256: str


class ItemAnswer(Answer):
    """One version of a party, place or product. Its proof is at `/records/{recordID}/proof`."""

    org: str = Field(description="Who says it: 0x and 64 hex digits.")
    code: str
    version: int = Field(ge=1)
    record_id: str = Field(alias="recordID")
    captured_at: str
    audience: Literal["public", "partner", "agency", "owner"] = Field(
        description="As whom you see it."
    )
    state: Literal["accepted", "sequenced", "anchored"]
    etag: str = Field(description="Send it in If-Match with your change.")
    item: dict[str, Any] = Field(description="docs/formats/masterdata.md, what you may see of it.")
    missing_files: list[MissingFileAnswer] = Field(
        description="Files that it names and that are not kept here now. Hand them in with POST "
        "/files, before or after."
    )


class ItemsAnswer(Answer):
    """Items, or the versions of one."""

    items: list[ItemAnswer]


def item_answer(view: ItemView) -> ItemAnswer:
    """The wire form of one version."""
    return ItemAnswer(
        org=view.org.text,
        code=view.code,
        version=view.version,
        record_id=view.record_id.text,
        captured_at=format_time(view.captured_at),
        audience=view.audience.value,
        state=view.state,
        etag=view.etag,
        item=view.value,
        missing_files=[
            MissingFileAnswer(pointer=at, sha256=digest.hex()) for at, digest in view.missing_files
        ],
    )
