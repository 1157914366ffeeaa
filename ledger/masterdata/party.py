"""Parties: who makes, carries, sells or grows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Self

from ledger.masterdata.address import Address, GeoPoint
from ledger.masterdata.certificate import Certificate
from ledger.masterdata.code import Code, read_code
from ledger.masterdata.kind import Kind
from ledger.masterdata.members import (
    Members,
    check_distinct,
    read_text,
    refuse,
    without_absent,
)

PARTY_TYPES = ("household", "cooperative", "company", "agency")
ROLES = ("grower", "processor", "packer", "carrier", "distributor", "retailer")
MOST_CERTIFICATES = 20

_TAX_CODE = re.compile(r"[0-9]{10}(?:-[0-9]{3})?")
_TAX_WANTED = (
    "a tax code of 10 digits, or 10-3, here; a personal number is not kept: personalIdDigest"
)
_HEX = re.compile(r"[0-9a-f]{64}")
_PHONE = re.compile(r"\+?[0-9][0-9 .-]{5,20}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,120}")


@dataclass(frozen=True, slots=True)
class Party:
    """One party. `tax_code` has 10 digits, or 10-3 for a branch; one of 12 digits is a personal
    number, which is kept nowhere. `personal_id_digest` is its keyed digest (`PersonalId.digest`),
    which nobody without the key can try numbers against."""

    code: Code
    name: str
    name_en: str | None = None
    party_type: str | None = None
    gln: Code | None = None
    tax_code: str | None = None
    personal_id_digest: str | None = None
    address: Address | None = None
    geo: GeoPoint | None = None
    phone: str | None = None
    email: str | None = None
    website: str | None = None
    roles: tuple[str, ...] = ()
    certificates: tuple[Certificate, ...] = ()

    @classmethod
    def read(cls, code: Code, value: Any) -> Self:
        """Read the JSON object of the party with this code."""
        members = Members(value)
        found = cls(
            code=code,
            name=members.text("name"),
            name_en=members.find_text("nameEn"),
            party_type=members.find_text("type"),
            gln=members.find("gln", _read_gln),
            tax_code=members.find_match("taxCode", _TAX_CODE, _TAX_WANTED),
            personal_id_digest=members.find_match("personalIdDigest", _HEX, "64 hex digits"),
            address=members.find("address", Address.read),
            geo=members.find("geo", GeoPoint.read),
            phone=members.find_match("phone", _PHONE, "a telephone number"),
            email=members.find_match("email", _EMAIL, "an e-mail address"),
            website=members.find("website", read_website),
            roles=members.items("roles", len(ROLES), read_text),
            certificates=members.items("certificates", MOST_CERTIFICATES, Certificate.read),
        )
        members.end()
        check_beside(code, found.gln, "gln")
        if found.party_type is not None and found.party_type not in PARTY_TYPES:
            refuse(f"one of {', '.join(PARTY_TYPES)}", "/type")
        for index, role in enumerate(found.roles):
            if role not in ROLES:
                refuse(f"one of {', '.join(ROLES)}", f"/roles/{index}")
        check_distinct(found.roles, "/roles")
        return found

    @property
    def gs1_key(self) -> str | None:
        """Its GLN, whichever member holds it."""
        return gs1_key(self.code, self.gln)

    def to_json(self) -> dict[str, Any]:
        """The JSON object, code included."""
        return without_absent(
            {
                "code": self.code.text,
                "gln": self.gln.text if self.gln else None,
                "name": self.name,
                "nameEn": self.name_en,
                "type": self.party_type,
                "taxCode": self.tax_code,
                "personalIdDigest": self.personal_id_digest,
                "address": self.address.to_json() if self.address else None,
                "geo": self.geo.to_json() if self.geo else None,
                "phone": self.phone,
                "email": self.email,
                "website": self.website,
                "roles": list(self.roles),
                "certificates": [one.to_json() for one in self.certificates],
            }
        )


def check_beside(code: Code, other: Code | None, name: str) -> None:
    """Refuse a second GS1 key beside a code that is one already."""
    if code.is_gs1 and other is not None:
        refuse("the code itself is the GS1 key; leave this out", f"/{name}")


def gs1_key(code: Code, other: Code | None) -> str | None:
    """The GS1 key of an item: its code, or the one that stands beside a local code."""
    if code.is_gs1:
        return code.text
    return other.text if other is not None else None


def read_gs1_code(kind: Kind, name: str, value: Any, at: str) -> Code:
    """A GS1 key that stands beside a local code."""
    code: Code = read_code(kind)(value, at)
    if not code.is_gs1:
        refuse(f"there must be a {name} here", at)
    return code


def read_website(value: Any, at: str) -> str:
    """An http(s) address, for a link that no page turns into script."""
    text = read_text(value, at)
    if re.fullmatch(r"https?://[^\s<>\"']+", text) is None:
        refuse("there must be an address that begins with https:// here", at)
    return text


def _read_gln(value: Any, at: str) -> Code:
    return read_gs1_code(Kind.PARTY, "GLN", value, at)
