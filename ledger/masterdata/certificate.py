"""Certificates: what was certified to which standard, by whom, until when, and the paper itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from ledger.masterdata.file_reference import FileReference
from ledger.masterdata.members import Members, refuse, without_absent


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate. `expires` is the last day it is valid; None: it has no end.

    `standard` is what it certifies (VietGAP, ISO 22000, OCOP); only the issuer can say that it is
    real, we can say that it has not been changed since it was recorded.
    """

    standard: str
    issuer: str
    number: str | None = None
    issued: date | None = None
    expires: date | None = None
    file: FileReference | None = None

    @classmethod
    def read(cls, value: Any, at: str) -> Self:
        """Read the JSON object."""
        members = Members(value, at)
        found = cls(
            standard=members.text("standard"),
            issuer=members.text("issuer"),
            number=members.find_text("number"),
            issued=members.find_date("issued"),
            expires=members.find_date("expires"),
            file=members.find("file", FileReference.read),
        )
        members.end()
        if found.issued and found.expires and found.expires < found.issued:
            refuse("a certificate does not end before it begins", members.place("expires"))
        return found

    def is_valid_on(self, day: date) -> bool:
        """Whether it holds on that day, as far as its dates say."""
        return (self.issued is None or self.issued <= day) and (
            self.expires is None or day <= self.expires
        )

    def to_json(self) -> dict[str, Any]:
        """The JSON object."""
        return without_absent(
            {
                "standard": self.standard,
                "issuer": self.issuer,
                "number": self.number,
                "issued": self.issued.isoformat() if self.issued else None,
                "expires": self.expires.isoformat() if self.expires else None,
                "file": self.file.to_json() if self.file else None,
            }
        )
