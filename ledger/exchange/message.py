"""A message: the manifest that its sender commits to, and what of it the server is shown.

The manifest is the body of a record of kind `exchange.message` (`ledger.records`)::

    {"document": {…},                       routing metadata: ledger.exchange.document
     "description": {…},                    what it says: ledger.exchange.description
     "parts": [{"id","name","mediaType","size","digest","blob"}, …],
     "blobs": ["<sha-256>", …],             the ciphertexts, in the order of the parts
     "encryption": {…}}                     how they are sealed: ledger.envelope

The commitment of that record is `message` of every opening. Whoever carries the message is given a
disclosed view of the record with `document` and `blobs`: it gives the same commitment, so the
parties hold the very metadata that the server goes by, and the server learns neither subject nor
file names nor a digest it could try guesses of the content against. The view is read here as
`Routing`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from ledger import clock
from ledger.digest import Digest
from ledger.errors import InvalidInput
from ledger.exchange.description import MOST_NAME, Description
from ledger.exchange.document import Document
from ledger.exchange.members import Members
from ledger.identity.organization import OrgId
from ledger.records.disclosure import DisclosedView
from ledger.records.record import Record, RecordId

KIND = "exchange.message"
BLOBS = "/body/blobs"
"""Where a disclosed view names the blobs."""

MOST_PARTS = 200
MOST_BYTES = 2**41


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a message: its name, size in bytes and SHA-256 before it was sealed (`digest`),
    and the SHA-256 of the sealed bytes (`blob`), which is where the server keeps them."""

    id: str
    name: str
    media_type: str
    size: int
    digest: Digest
    blob: Digest

    @classmethod
    def read(cls, value: Any, at: str) -> Self:
        """Read the JSON object at that pointer."""
        members = Members(value, at)
        found = cls(
            id=members.text("id", MOST_NAME),
            name=members.text("name", MOST_NAME),
            media_type=members.text("mediaType", MOST_NAME),
            size=members.integer("size", 0, MOST_BYTES),
            digest=members.digest("digest"),
            blob=members.digest("blob"),
        )
        members.end()
        return found

    def to_json(self) -> dict[str, Any]:
        """The JSON object."""
        return {
            "id": self.id,
            "name": self.name,
            "mediaType": self.media_type,
            "size": self.size,
            "digest": self.digest.hex(),
            "blob": self.blob.hex(),
        }


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything a sender says of one message. `encryption` is an object of the envelope's own.

    Raises InvalidInput `document-malformed`, `document-secret-refused`.
    """

    document: Document
    description: Description
    parts: tuple[Part, ...]
    encryption: dict[str, Any]

    def __post_init__(self) -> None:
        if not 0 < len(self.parts) <= MOST_PARTS:
            raise InvalidInput("document-malformed", f"1 to {MOST_PARTS} parts", pointer="/parts")
        if len({part.id for part in self.parts}) < len(self.parts):
            raise InvalidInput("document-malformed", "two parts have the same id", pointer="/parts")

    @classmethod
    def read(cls, body: Any) -> Self:
        """Read the body of the record."""
        members = Members(body)
        document = members.find("document", Document.read)
        description = members.find("description", Description.read)
        if document is None or description is None:
            members.refuse(
                "this member is required", "document" if document is None else "description"
            )
        encryption = members.take("encryption")
        if not isinstance(encryption, dict):
            members.refuse("there must be a JSON object here", "encryption")
        blobs = members.items("blobs", MOST_PARTS, members.read_digest)
        found = cls(
            document, description, members.items("parts", MOST_PARTS, Part.read), encryption
        )
        if blobs != found.blobs:
            members.refuse("not the blobs of the parts, in their order", "blobs")
        members.end()
        return found

    @property
    def blobs(self) -> tuple[Digest, ...]:
        """What the server keeps for it, one sealed file per part."""
        return tuple(part.blob for part in self.parts)

    def to_json(self) -> dict[str, Any]:
        """The body of the record."""
        return {
            "document": self.document.to_json(),
            "description": self.description.to_json(),
            "parts": [part.to_json() for part in self.parts],
            "blobs": [blob.hex() for blob in self.blobs],
            "encryption": self.encryption,
        }

    def record(self, record_id: RecordId, org: OrgId, captured_at: datetime) -> Record:
        """The record to commit to: `commit(manifest.record(…).envelope(), salt)`."""
        return Record(record_id, KIND, org, captured_at, self.to_json())


@dataclass(frozen=True, slots=True)
class Routing:
    """What a disclosed view shows to whoever carries the message."""

    record: RecordId
    org: OrgId
    captured_at: datetime
    document: Document
    blobs: tuple[Digest, ...]

    @classmethod
    def read(cls, view: DisclosedView) -> Self:
        """Read the view; pointers of faults lead into the record. Raises InvalidInput
        `document-malformed` also where more is shown than is needed: what the server was never
        given, nobody can take from it."""
        members = Members(view.value())
        if members.take("v") != 1 or members.take("kind") != KIND:
            members.refuse(f"not a record of kind {KIND}, version 1", "kind")
        record = members.text("id", 45)
        org = members.text("org", 66)
        captured_at = members.text("capturedAt", 24)
        body = members.object("body")
        document = body.find("document", Document.read)
        if document is None:
            body.refuse("this member is required", "document")
        found = cls(
            RecordId.parse(record),
            OrgId.parse(org),
            clock.parse_time(captured_at),
            document,
            body.items("blobs", MOST_PARTS, body.read_digest),
        )
        body.end()
        members.end()
        return found
