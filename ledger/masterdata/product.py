"""Products: what is made, and everything a label or the national portal asks about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Self

from ledger.masterdata.address import COUNTRY, COUNTRY_WORDS
from ledger.masterdata.certificate import Certificate
from ledger.masterdata.code import Code, read_code
from ledger.masterdata.cold_chain import ColdChainRule
from ledger.masterdata.file_reference import FileReference
from ledger.masterdata.kind import Kind
from ledger.masterdata.members import (
    Members,
    check_distinct,
    read_text,
    refuse,
    without_absent,
)
from ledger.masterdata.party import MOST_CERTIFICATES, check_beside, gs1_key, read_gs1_code
from ledger.masterdata.place import MOST_IMAGES
from ledger.masterdata.planting_area import read_planting_area

MOST_GROWERS = 1_000
MOST_STANDARDS = 20
MOST_EXTRA = 50

_CATEGORY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_UNIT = re.compile(r"[A-Z0-9]{2,3}")


@dataclass(frozen=True, slots=True)
class NetContent:
    """How much one item holds; `unit` is a UN/ECE Recommendation 20 code (KGM, LTR, H87)."""

    value: float
    unit: str

    @classmethod
    def read(cls, value: Any, at: str) -> Self:
        """Read the JSON object."""
        members = Members(value, at)
        amount = members.find_number("value", 0, 1e12)
        unit = members.find_match("unit", _UNIT, "a unit code like KGM or LTR")
        if not amount or unit is None:
            refuse("net content has a value above zero and a unit", at)
        members.end()
        return cls(amount, unit)

    def to_json(self) -> dict[str, Any]:
        """The JSON object."""
        return {"value": self.value, "unit": self.unit}


@dataclass(frozen=True, slots=True)
class Product:
    """One product.

    `category` chooses templates and forms (`fish-sauce`). `producer`, `place` and the growers are
    codes of parties and places of the same organization. `ocop_stars` from 1 to 5 as awarded.
    `shelf_life` in days. `public_growers` have agreed to be named to consumers; `growers` are for
    agencies. `stamp_issuer` is who issues the authentication stamps of decision 25. `extra` is
    what a managing agency asks for besides, name and value.
    """

    code: Code
    name: str
    name_en: str | None = None
    gtin: Code | None = None
    description: str | None = None
    category: str | None = None
    brand: str | None = None
    images: tuple[FileReference, ...] = ()
    producer: Code | None = None
    place: Code | None = None
    origin_country: str | None = None
    origin: str | None = None
    planting_area_code: str | None = None
    ocop_stars: int | None = None
    standards: tuple[str, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    net_content: NetContent | None = None
    shelf_life: int | None = None
    storage: str | None = None
    safety_warning: str | None = None
    cold_chain: ColdChainRule | None = None
    growers: tuple[Code, ...] = ()
    public_growers: tuple[Code, ...] = ()
    stamp_issuer: str | None = None
    extra: tuple[tuple[str, str], ...] = ()

    @classmethod
    def read(cls, code: Code, value: Any) -> Self:
        """Read the JSON object of the product with this code."""
        members = Members(value)
        read_party = read_code(Kind.PARTY)
        found = cls(
            code=code,
            name=members.text("name"),
            name_en=members.find_text("nameEn"),
            gtin=members.find("gtin", _read_gtin),
            description=members.find_text("description", 2_000),
            category=members.find_match("category", _CATEGORY, "words like fish-sauce"),
            brand=members.find_text("brand"),
            images=members.items("images", MOST_IMAGES, FileReference.read),
            producer=members.find("producer", read_party),
            place=members.find("place", read_code(Kind.PLACE)),
            origin_country=members.find_match("originCountry", COUNTRY, COUNTRY_WORDS),
            origin=members.find_text("origin"),
            planting_area_code=members.find("plantingAreaCode", read_planting_area),
            ocop_stars=members.find_integer("ocopStars", 1, 5),
            standards=members.items("standards", MOST_STANDARDS, read_text),
            certificates=members.items("certificates", MOST_CERTIFICATES, Certificate.read),
            net_content=members.find("netContent", NetContent.read),
            shelf_life=members.find_integer("shelfLife", 1, 36_500),
            storage=members.find_text("storage", 500),
            safety_warning=members.find_text("safetyWarning", 1_000),
            cold_chain=members.find("coldChain", ColdChainRule.read),
            growers=members.items("growers", MOST_GROWERS, read_party),
            public_growers=members.items("publicGrowers", MOST_GROWERS, read_party),
            stamp_issuer=members.find_text("stampIssuer"),
            extra=members.items("extra", MOST_EXTRA, _read_extra),
        )
        members.end()
        check_beside(code, found.gtin, "gtin")
        check_distinct(found.standards, "/standards")
        for index, image in enumerate(found.images):
            if not image.is_image:
                refuse("a picture is a JPEG, PNG or WebP", f"/images/{index}/mediaType")
        return found

    @property
    def gs1_key(self) -> str | None:
        """Its GTIN with 14 digits, whichever member holds it."""
        return gs1_key(self.code, self.gtin)

    def to_json(self) -> dict[str, Any]:
        """The JSON object, code included."""
        return without_absent(
            {
                "code": self.code.text,
                "gtin": self.gtin.text if self.gtin else None,
                "name": self.name,
                "nameEn": self.name_en,
                "description": self.description,
                "category": self.category,
                "brand": self.brand,
                "images": [one.to_json() for one in self.images],
                "producer": self.producer.text if self.producer else None,
                "place": self.place.text if self.place else None,
                "originCountry": self.origin_country,
                "origin": self.origin,
                "plantingAreaCode": self.planting_area_code,
                "ocopStars": self.ocop_stars,
                "standards": list(self.standards),
                "certificates": [one.to_json() for one in self.certificates],
                "netContent": self.net_content.to_json() if self.net_content else None,
                "shelfLife": self.shelf_life,
                "storage": self.storage,
                "safetyWarning": self.safety_warning,
                "coldChain": self.cold_chain.to_json() if self.cold_chain else None,
                "growers": [code.text for code in self.growers],
                "publicGrowers": [code.text for code in self.public_growers],
                "stampIssuer": self.stamp_issuer,
                "extra": [{"name": name, "value": value} for name, value in self.extra],
            }
        )


def _read_gtin(value: Any, at: str) -> Code:
    return read_gs1_code(Kind.PRODUCT, "GTIN", value, at)


def _read_extra(value: Any, at: str) -> tuple[str, str]:
    members = Members(value, at)
    name, said = members.text("name"), members.text("value", 2_000)
    members.end()
    return name, said
