"""An administrative document as it is routed: its number, date, parties, urgency and business.

Names as in Annex VI of Decree 30/2020/ND-CP and in edXML (QCVN 102:2016), in camelCase; dates in
ISO 8601. What the document says stands elsewhere (`ledger.exchange.message.Description`): whoever
only carries it sees this and no more.

Secret documents are refused: they travel under a law of their own (Decree 30, Article 18.2).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Any, Self

from ledger.errors import InvalidInput
from ledger.exchange.members import Members, without_absent

MOST_ORGAN_ID = 50
"""Annex VI says 13; code lists in use are longer, and nothing is gained by refusing them."""
MOST_NUMBER = 11
MOST_NOTATION = 30
MOST_TYPE = 100
MOST_RECIPIENTS = 1000
MOST_DOCUMENT_ID = MOST_ORGAN_ID + MOST_NUMBER + MOST_NOTATION + 13
VERSION_MAX = 2**31 - 1
_UNCLASSIFIED = "none"

_ID = re.compile(
    r"(?P<organ>[^,\s](?:[^,]*[^,\s])?),(?P<date>\d{4}/\d{2}/\d{2}),"
    r"(?P<number>[^/,\s]+)/(?P<notation>[^,\s](?:[^,]*[^,\s])?)",
    re.ASCII,
)


class BusinessDocType(IntEnum):
    """What a message is in the life of its document; edXML `BussinessDocType`."""

    NEW = 0
    RECALL = 1
    UPDATE = 2
    REPLACE = 3


@dataclass(frozen=True, slots=True)
class DocumentId:
    """The edXML `DocumentId`: `OrganId,YYYY/MM/DD,number/notation`, so the notation may hold
    slashes and the number none. Raises InvalidInput `document-malformed`."""

    organ_id: str
    promulgation_date: date
    code_number: str
    code_notation: str

    def __post_init__(self) -> None:
        if _ID.fullmatch(self.text) is None or len(self.text) > MOST_DOCUMENT_ID:
            raise _malformed("not an organization's code, a date, a number and a notation")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the one spelling."""
        found = _ID.fullmatch(text) if isinstance(text, str) else None
        if found is None:
            raise _malformed("not OrganId,YYYY/MM/DD,number/notation")
        try:
            at = date.fromisoformat(found["date"].replace("/", "-"))
        except ValueError as error:
            raise _malformed(f"no such date: {found['date']}") from error
        return cls(found["organ"], at, found["number"], found["notation"])

    @property
    def text(self) -> str:
        """The one spelling."""
        at = self.promulgation_date.isoformat().replace("-", "/")
        return f"{self.organ_id},{at},{self.code_number}/{self.code_notation}"

    @classmethod
    def read(cls, value: Any, at: str) -> Self:
        """Read it as a member at that pointer."""
        try:
            return cls.parse(value)
        except InvalidInput as error:
            raise InvalidInput(error.code, error.detail, pointer=at) from error


@dataclass(frozen=True, slots=True)
class ResponseFor:
    """The document this one answers; edXML `ResponseFor`. `code` is `number/notation`."""

    organ_id: str
    code: str
    promulgation_date: date
    document_id: DocumentId | None = None

    @classmethod
    def read(cls, value: Any, at: str) -> Self:
        """Read the JSON object at that pointer."""
        members = Members(value, at)
        found = cls(
            organ_id=members.text("organId", MOST_ORGAN_ID),
            code=members.text("code", MOST_NUMBER + MOST_NOTATION + 1),
            promulgation_date=members.day("promulgationDate"),
            document_id=members.find("documentId", DocumentId.read),
        )
        members.end()
        return found

    def to_json(self) -> dict[str, Any]:
        """The JSON object."""
        return without_absent(
            {
                "organId": self.organ_id,
                "code": self.code,
                "promulgationDate": self.promulgation_date.isoformat(),
                "documentId": self.document_id and self.document_id.text,
            }
        )


@dataclass(frozen=True, slots=True)
class Document:
    """The routing metadata of one version of a document.

    `sender` is edXML `From/OrganId`, `recipients` are `To/OrganId`; `priority` from 0 (ordinary) to
    4 (at a fixed hour); `steering_type` 0 to 3 (1 none, 2 steering, 3 report on steering).
    Raises InvalidInput `document-malformed`, `document-secret-refused`.
    """

    document_id: DocumentId
    sender: str
    recipients: tuple[str, ...]
    document_type: str
    version: int = 1
    priority: int = 0
    steering_type: int | None = None
    business_doc_type: BusinessDocType = BusinessDocType.NEW
    due_date: date | None = None
    response_for: ResponseFor | None = None

    def __post_init__(self) -> None:
        if not self.recipients or len(set(self.recipients)) < len(self.recipients):
            raise _malformed("it goes to one recipient at least, and to each once")
        if not 1 <= self.version <= VERSION_MAX or not 0 <= self.priority <= 4:
            raise _malformed("versions count from 1, priorities from 0 to 4")

    @property
    def promulgation_date(self) -> date:
        """When it was issued."""
        return self.document_id.promulgation_date

    @property
    def code_number(self) -> str:
        """Its number (số)."""
        return self.document_id.code_number

    @property
    def code_notation(self) -> str:
        """Its notation (ký hiệu)."""
        return self.document_id.code_notation

    @classmethod
    def read(cls, value: Any, at: str = "") -> Self:
        """Read the JSON object at that pointer."""
        members = Members(value, at)
        if members.find_text("confidentiality", MOST_TYPE) not in (None, _UNCLASSIFIED):
            raise InvalidInput(
                "document-secret-refused",
                "a secret document does not travel here",
                pointer=members.place("confidentiality"),
            )
        document_id = members.find("documentId", DocumentId.read)
        if document_id is None:
            members.refuse("this member is required", "documentId")
        _check_alike(members, document_id)
        sender = members.text("from", MOST_ORGAN_ID)
        recipients = members.texts("to", MOST_RECIPIENTS, MOST_ORGAN_ID)
        if not recipients or len(set(recipients)) < len(recipients):
            members.refuse("it goes to one recipient at least, and to each once", "to")
        found = cls(
            document_id=document_id,
            sender=sender,
            recipients=recipients,
            document_type=members.text("documentType", MOST_TYPE),
            version=members.integer("version", 1, VERSION_MAX),
            priority=members.integer("priority", 0, 4),
            steering_type=members.find_integer("steeringType", 0, 3),
            business_doc_type=BusinessDocType(members.integer("businessDocType", 0, 3)),
            due_date=members.find_day("dueDate"),
            response_for=members.find("responseFor", ResponseFor.read),
        )
        members.end()
        return found

    def to_json(self) -> dict[str, Any]:
        """The JSON object."""
        return without_absent(
            {
                "documentId": self.document_id.text,
                "version": self.version,
                "from": self.sender,
                "to": list(self.recipients),
                "codeNumber": self.code_number,
                "codeNotation": self.code_notation,
                "promulgationDate": self.promulgation_date.isoformat(),
                "documentType": self.document_type,
                "priority": self.priority,
                "steeringType": self.steering_type,
                "businessDocType": int(self.business_doc_type),
                "dueDate": self.due_date and self.due_date.isoformat(),
                "responseFor": self.response_for and self.response_for.to_json(),
            }
        )


def _check_alike(members: Members, document_id: DocumentId) -> None:
    """Number, notation and date are said twice, for whoever reads one of them, and alike."""
    if members.text("codeNumber", MOST_NUMBER) != document_id.code_number:
        members.refuse("not the number in documentId", "codeNumber")
    if members.text("codeNotation", MOST_NOTATION) != document_id.code_notation:
        members.refuse("not the notation in documentId", "codeNotation")
    if members.day("promulgationDate") != document_id.promulgation_date:
        members.refuse("not the date in documentId", "promulgationDate")


def _malformed(detail: str) -> InvalidInput:
    return InvalidInput("document-malformed", detail)
