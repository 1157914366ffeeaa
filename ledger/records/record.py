"""Records and their ids.

Envelope, version 1::

    {"v":1,"kind":"epcis.event","id":"urn:uuid:…","org":"0x…","capturedAt":"…Z","body":{…}}
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from ledger.clock import format_time, unix_milliseconds
from ledger.errors import InvalidInput
from ledger.identity.organization import OrgId

_TEXT = re.compile(
    r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII
)
ID_RANDOMNESS = 10
"""Random bytes of an id that begins with its time; 74 of their bits are used."""
_KIND = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")


class RecordId(bytes):
    """A 128-bit id, spelled as a UUID URN (RFC 9562) of any version. What makes one takes care
    that it cannot be guessed. Raises InvalidInput `record-id-malformed`.
    """

    __slots__ = ()

    def __new__(cls, value: bytes) -> Self:
        """Check the length, once."""
        if len(value) != 16:
            raise InvalidInput("record-id-malformed", "a record id has 16 bytes")
        return super().__new__(cls, value)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `urn:uuid:` and a UUID in lower case, nothing else: one id has one spelling."""
        if not isinstance(text, str) or _TEXT.fullmatch(text) is None:
            raise InvalidInput("record-id-malformed", f"not a record id: {text!r:.80}")
        return cls(bytes.fromhex(text[9:].replace("-", "")))

    @classmethod
    def random(cls) -> Self:
        """A fresh id, every bit of it random: it says nothing."""
        return cls(secrets.token_bytes(16))

    @classmethod
    def at(cls, captured_at: datetime) -> Self:
        """A fresh id of a record captured then: it says when, as the record does to everybody."""
        return cls(record_id_of(time_prefix(captured_at), secrets.token_bytes(ID_RANDOMNESS)))

    @property
    def text(self) -> str:
        """The one spelling."""
        return record_id_text(self)

    @property
    def bytes16(self) -> bytes:
        """The plain bytes."""
        return bytes(self)


def time_prefix(at: datetime) -> bytes:
    """What the ids of records captured at that time begin with: its milliseconds."""
    return unix_milliseconds(at).to_bytes(6, "big")


def record_id_of(prefix: bytes, randomness: bytes) -> bytes:
    """The id with this `time_prefix` and ten random bytes as a UUID of version 7 (RFC 9562, 5.7).

    Ids of one time lie side by side in the database's index: with all bits random, a capture of
    ten thousand records would touch every page of it.
    """
    version, variant = 0x70 | randomness[0] & 0x0F, 0x80 | randomness[2] & 0x3F
    return prefix + bytes((version, randomness[1], variant)) + randomness[3:]


def record_id_text(record_id: bytes) -> str:
    """`RecordId.text` of 16 plain bytes, for whoever handles thousands at once."""
    digits = record_id.hex()
    return f"urn:uuid:{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


@dataclass(frozen=True, slots=True)
class Record:
    """Something an organization says, as it is committed. `captured_at` counts to the
    millisecond; `body` is a JSON object as `canonical.parse` returns it.

    Raises InvalidInput `record-malformed`.
    """

    id: RecordId
    kind: str
    org: OrgId
    captured_at: datetime
    body: dict[str, Any]

    def __post_init__(self) -> None:
        if _KIND.fullmatch(self.kind) is None or len(self.kind) > 40:
            raise InvalidInput("record-malformed", f"no such kind of record: {self.kind!r:.60}")
        if self.captured_at.tzinfo is None:
            raise InvalidInput("record-malformed", "capturedAt has no time zone")

    def envelope(self) -> dict[str, Any]:
        """The JSON that is committed."""
        return {
            "v": 1,
            "kind": self.kind,
            "id": self.id.text,
            "org": self.org.text,
            "capturedAt": format_time(self.captured_at),
            "body": self.body,
        }
