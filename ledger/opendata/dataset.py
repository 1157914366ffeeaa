"""One day of open data: its files and what it stands on. Written as `manifest.json`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any, Self

from ledger.clock import format_time, parse_time
from ledger.errors import NotFound

EVENTS, TABLE, MASTERDATA, CHECKPOINT, MANIFEST = (
    "events.jsonld", "events.csv", "masterdata.json", "checkpoint", "manifest.json",
)  # fmt: skip

_MEDIA_TYPES = {
    "": "text/plain",
    ".csv": "text/csv",
    ".json": "application/json",
    ".jsonld": "application/ld+json",
    ".zip": "application/zip",
}
MEDIA_TYPES = tuple(sorted(_MEDIA_TYPES.values()))
"""Of all files of a dataset."""


def proofs_name(number: int) -> str:
    """The archive of that number, from 1."""
    return f"proofs-{number:04}.zip"


def media_type_of(name: str) -> str:
    """The media type of a file of a dataset."""
    return _MEDIA_TYPES[PurePosixPath(name).suffix]


GRACE = timedelta(hours=1)
"""After its day ends, what came last must still be anchored before the day is published."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def parse_day(text: str) -> date:
    """A day as it stands in paths. Raises NotFound `opendata-unknown`."""
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise NotFound("opendata-unknown", f"no such day: {text!r:.40}")


def begin_of(day: date) -> datetime:
    """The first moment of the day, UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def cut_off(day: date) -> datetime:
    """As of when the dataset speaks, whenever it is made."""
    return begin_of(day) + timedelta(days=1) + GRACE


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """One file: its name, SHA-256 in hex and size in bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Dataset:
    """Records that were accepted on one day (UTC). `tree_size` is the checkpoint's; all of them
    are leaves below it."""

    day: date
    as_of: datetime
    records: int
    events: int
    tree_size: int
    files: tuple[PublishedFile, ...]

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Read what `to_json` wrote."""
        return cls(
            day=date.fromisoformat(value["day"]),
            as_of=parse_time(value["asOf"]),
            records=value["records"],
            events=value["events"],
            tree_size=value["treeSize"],
            files=tuple(
                PublishedFile(one["name"], one["sha256"], one["size"]) for one in value["files"]
            ),
        )

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(one.size for one in self.files)

    def to_json(self) -> dict[str, Any]:
        """The manifest."""
        return {
            "v": 1,
            "day": self.day.isoformat(),
            "asOf": format_time(self.as_of),
            "records": self.records,
            "events": self.events,
            "treeSize": self.tree_size,
            "files": [
                {
                    "name": one.name,
                    "sha256": one.sha256,
                    "size": one.size,
                    "mediaType": media_type_of(one.name),
                }
                for one in self.files
            ],
        }
