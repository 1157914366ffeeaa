"""Files that master data names by what is in them: photos, certificates, notices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from ledger.digest import Digest
from ledger.errors import InvalidInput
from ledger.masterdata.media_type import MEDIA_TYPES
from ledger.masterdata.members import Members, refuse, without_absent


@dataclass(frozen=True, slots=True)
class FileReference:
    """SHA-256 of a file, its media type and, for people, a title.

    The digest is anchored with the master data, so the file cannot be exchanged afterwards.
    """

    sha256: Digest
    media_type: str
    title: str | None = None

    @classmethod
    def read(cls, value: Any, at: str) -> Self:
        """Read the JSON object."""
        members = Members(value, at)
        digest = members.text("sha256")
        media_type = members.text("mediaType")
        found = cls(
            _digest(digest, members.place("sha256")), media_type, members.find_text("title")
        )
        if media_type not in MEDIA_TYPES:
            refuse(f"one of {', '.join(MEDIA_TYPES)}", members.place("mediaType"))
        members.end()
        return found

    @property
    def is_image(self) -> bool:
        """Whether a page can show it."""
        return self.media_type.startswith("image/")

    def to_json(self) -> dict[str, Any]:
        """The JSON object."""
        return without_absent(
            {"sha256": self.sha256.hex(), "mediaType": self.media_type, "title": self.title}
        )


def _digest(text: str, at: str) -> Digest:
    try:
        return Digest.from_hex(text)
    except InvalidInput as error:
        raise InvalidInput(error.code, error.detail, pointer=at) from error
