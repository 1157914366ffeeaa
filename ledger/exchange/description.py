"""What a document says of itself, for its parties alone: subject, signers, the agencies' names.

Names as in edXML (QCVN 102:2016), in camelCase. It may hold personal data, so it is committed to
member by member, travels sealed, and nobody who only carries the message sees it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

from ledger.errors import InvalidInput
from ledger.exchange.document import MOST_ORGAN_ID, MOST_RECIPIENTS
from ledger.exchange.members import Members, without_absent

MOST_SUBJECT = 500
MOST_NAME = 200
_MOST_SIGNERS = 20
MOST_OTHER = 200


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed the paper: edXML `SignerInfo`. `competence` is KT., TL., TUQ. …"""

    full_name: str
    position: str | None = None
    competence: str | None = None

    @classmethod
    def read(cls, value: Any, at: str) -> Self:
        """Read the JSON object at that pointer."""
        members = Members(value, at)
        found = cls(
            full_name=members.text("fullName", MOST_NAME),
            position=members.find_text("position", MOST_NAME),
            competence=members.find_text("competence", MOST_NAME),
        )
        members.end()
        return found

    def to_json(self) -> dict[str, Any]:
        """The JSON object."""
        return without_absent(
            {
                "fullName": self.full_name,
                "position": self.position,
                "competence": self.competence,
            }
        )


@dataclass(frozen=True, slots=True)
class Organ:
    """An agency as the document names it: edXML `From`, `To`."""

    organ_id: str
    name: str
    in_charge: str | None = None
    address: str | None = None
    email: str | None = None
    telephone: str | None = None
    fax: str | None = None
    website: str | None = None

    @classmethod
    def read(cls, value: Any, at: str) -> Self:
        """Read the JSON object at that pointer."""
        members = Members(value, at)
        found = cls(
            organ_id=members.text("organId", MOST_ORGAN_ID),
            name=members.text("organName", MOST_NAME),
            in_charge=members.find_text("organizationInCharge", MOST_NAME),
            address=members.find_text("organAdd", MOST_SUBJECT),
            email=members.find_text("email", MOST_NAME),
            telephone=members.find_text("telephone", MOST_NAME),
            fax=members.find_text("fax", MOST_NAME),
            website=members.find_text("website", MOST_NAME),
        )
        members.end()
        return found

    def to_json(self) -> dict[str, Any]:
        """The JSON object."""
        return without_absent(
            {
                "organId": self.organ_id,
                "organName": self.name,
                "organizationInCharge": self.in_charge,
                "organAdd": self.address,
                "email": self.email,
                "telephone": self.telephone,
                "fax": self.fax,
                "website": self.website,
            }
        )


@dataclass(frozen=True, slots=True)
class Description:
    """What the document says of itself, for its parties alone. `other` holds what edXML
    says besides, each text under its path in the header (`ledger.exchange.edxml`)."""

    subject: str
    content: str | None = None
    place: str | None = None
    signers: tuple[Signer, ...] = ()
    organs: tuple[Organ, ...] = ()
    to_places: tuple[str, ...] = ()
    other: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, value: Any, at: str) -> Self:
        """Read the JSON object at that pointer."""
        members = Members(value, at)
        found = cls(
            subject=members.text("subject", MOST_SUBJECT),
            content=members.find_text("content", MOST_SUBJECT),
            place=members.find_text("place", MOST_NAME),
            signers=members.items("signers", _MOST_SIGNERS, Signer.read),
            organs=members.items("organs", MOST_RECIPIENTS + 1, Organ.read),
            to_places=members.texts("toPlaces", MOST_RECIPIENTS, MOST_SUBJECT),
            other=members.find("other", _read_other) or {},
        )
        members.end()
        return found

    def to_json(self) -> dict[str, Any]:
        """The JSON object."""
        return without_absent(
            {
                "subject": self.subject,
                "content": self.content,
                "place": self.place,
                "signers": [signer.to_json() for signer in self.signers],
                "organs": [organ.to_json() for organ in self.organs],
                "toPlaces": list(self.to_places),
                "other": self.other,
            }
        )


def _read_other(value: Any, at: str) -> dict[str, str]:
    members = Members(value, at)
    if len(value) > MOST_OTHER:
        raise InvalidInput("document-malformed", f"at most {MOST_OTHER} members", pointer=at)
    return {name: members.text(name, MOST_SUBJECT) for name in value}
