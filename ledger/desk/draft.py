"""What a clerk wants to send: the document as they describe it, its files, to whom.

Names as in edXML. Without a number the next one of the register of outgoing documents is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from ledger.errors import InvalidInput
from ledger.exchange.description import Description, Organ, Signer
from ledger.exchange.document import BusinessDocType, Document, DocumentId, ResponseFor
from ledger.exchange.evidence import ExchangeParty
from ledger.exchange.message import MOST_PARTS

MEDIA_TYPES = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xml": "application/xml",
    ".asice": "application/vnd.etsi.asic-e+zip",
    ".zip": "application/zip",
    ".txt": "text/plain",
    ".jpg": "image/jpeg",
    ".png": "image/png",
}
"""Media types by the end of a file's name; everything else is plain bytes."""


@dataclass(frozen=True, slots=True)
class File:
    """One file to send. `name` is how the recipient sees it."""

    path: Path
    name: str

    @property
    def media_type(self) -> str:
        """By its name."""
        return MEDIA_TYPES.get(Path(self.name).suffix.lower(), "application/octet-stream")


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be sent. `id` is what makes pressing Send twice one message; `replaces` is the
    message (its commitment) that an update or replacement takes the place of; `despite` is why it
    goes out without signatures it should bear; `file_code` the file (hồ sơ) it is kept in here.

    Raises InvalidInput `document-malformed`.
    """

    id: str
    subject: str
    notation: str
    document_type: str
    recipients: tuple[str, ...]
    files: tuple[File, ...]
    number: str | None = None
    promulgated: date | None = None
    version: int = 1
    priority: int = 0
    steering_type: int | None = None
    business_type: BusinessDocType = BusinessDocType.NEW
    due_date: date | None = None
    response_for: ResponseFor | None = None
    content: str | None = None
    signers: tuple[Signer, ...] = field(default=())
    replaces: bytes | None = None
    said: Description | None = None
    despite: str | None = None
    file_code: str | None = None

    def __post_init__(self) -> None:
        if not 0 < len(self.files) <= MOST_PARTS:
            raise InvalidInput(
                "document-malformed", f"a message has 1 to {MOST_PARTS} files", pointer="/files"
            )
        if not self.recipients:
            raise InvalidInput("document-malformed", "it goes to nobody", pointer="/to")

    def document(self, own: ExchangeParty, number: str, today: date) -> Document:
        """The routing metadata, under that number."""
        return Document(
            document_id=DocumentId(own.organ_id, self.promulgated or today, number, self.notation),
            sender=own.organ_id,
            recipients=self.recipients,
            document_type=self.document_type,
            version=self.version,
            priority=self.priority,
            steering_type=self.steering_type,
            business_doc_type=self.business_type,
            due_date=self.due_date,
            response_for=self.response_for,
        )

    def description(self, own: ExchangeParty, others: Sequence[ExchangeParty]) -> Description:
        """What only the parties see: as the agency's software said it, where it did."""
        if self.said is not None:
            return self.said
        return Description(
            subject=self.subject,
            content=self.content,
            signers=self.signers,
            organs=tuple(
                Organ(party.organ_id, party.name or party.organ_id) for party in (own, *others)
            ),
        )
