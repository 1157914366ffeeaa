"""Places: where something grows, is made, kept or sold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from ledger.masterdata.address import Address, GeoPoint
from ledger.masterdata.certificate import Certificate
from ledger.masterdata.code import Code, read_code
from ledger.masterdata.file_reference import FileReference
from ledger.masterdata.kind import Kind
from ledger.masterdata.members import Members, refuse, without_absent
from ledger.masterdata.party import MOST_CERTIFICATES, check_beside, gs1_key, read_gs1_code
from ledger.masterdata.planting_area import read_planting_area

PLACE_TYPES = ("field", "pond", "fishing-ground", "workshop", "factory", "warehouse", "shop")
MOST_IMAGES = 12


@dataclass(frozen=True, slots=True)
class Place:
    """One place. `area` in hectares; `planting_area_code` or a farming-area code as issued.
    `parent` is the place it lies within, by its code or its GLN."""

    code: Code
    name: str
    name_en: str | None = None
    place_type: str | None = None
    gln: Code | None = None
    party: Code | None = None
    parent: Code | None = None
    address: Address | None = None
    geo: GeoPoint | None = None
    planting_area_code: str | None = None
    area: float | None = None
    certificates: tuple[Certificate, ...] = ()
    images: tuple[FileReference, ...] = ()

    @classmethod
    def read(cls, code: Code, value: Any) -> Self:
        """Read the JSON object of the place with this code."""
        members = Members(value)
        found = cls(
            code=code,
            name=members.text("name"),
            name_en=members.find_text("nameEn"),
            place_type=members.find_text("type"),
            gln=members.find("gln", _read_gln),
            party=members.find("party", read_code(Kind.PARTY)),
            parent=members.find("parent", read_code(Kind.PLACE)),
            address=members.find("address", Address.read),
            geo=members.find("geo", GeoPoint.read),
            planting_area_code=members.find("plantingAreaCode", read_planting_area),
            area=members.find_number("area", 0, 1_000_000),
            certificates=members.items("certificates", MOST_CERTIFICATES, Certificate.read),
            images=members.items("images", MOST_IMAGES, FileReference.read),
        )
        members.end()
        check_beside(code, found.gln, "gln")
        if found.parent is not None and found.parent in (code, found.gln):
            refuse("another place than itself", "/parent")
        if found.place_type is not None and found.place_type not in PLACE_TYPES:
            refuse(f"one of {', '.join(PLACE_TYPES)}", "/type")
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
                "type": self.place_type,
                "party": self.party.text if self.party else None,
                "parent": self.parent.text if self.parent else None,
                "address": self.address.to_json() if self.address else None,
                "geo": self.geo.to_json() if self.geo else None,
                "plantingAreaCode": self.planting_area_code,
                "area": self.area,
                "certificates": [one.to_json() for one in self.certificates],
                "images": [one.to_json() for one in self.images],
            }
        )


def _read_gln(value: Any, at: str) -> Code:
    return read_gs1_code(Kind.PLACE, "GLN", value, at)
