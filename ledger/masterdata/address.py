"""Postal addresses and points on the map."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Self

from ledger.masterdata.members import Members, refuse, without_absent

COUNTRY = re.compile(r"[A-Z]{2}")
COUNTRY_WORDS = "a country code of two letters (ISO 3166-1)"


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody can be found. Districts were abolished in 2025: there is none; an older
    address names it in `street`."""

    province: str
    commune: str | None = None
    street: str | None = None
    country: str = "VN"

    @classmethod
    def read(cls, value: Any, at: str) -> Self:
        """Read the JSON object."""
        members = Members(value, at)
        found = cls(
            province=members.text("province"),
            commune=members.find_text("commune"),
            street=members.find_text("street"),
            country=members.find_match("country", COUNTRY, COUNTRY_WORDS) or "VN",
        )
        members.end()
        return found

    @property
    def text(self) -> str:
        """One line, smallest part first, as addresses are written in Vietnam."""
        return ", ".join(part for part in (self.street, self.commune, self.province) if part)

    def to_json(self) -> dict[str, Any]:
        """The JSON object."""
        return without_absent(
            {
                "street": self.street,
                "commune": self.commune,
                "province": self.province,
                "country": self.country,
            }
        )


@dataclass(frozen=True, slots=True)
class GeoPoint:
    """Degrees on WGS 84."""

    latitude: float
    longitude: float

    @classmethod
    def read(cls, value: Any, at: str) -> Self:
        """Read the JSON object."""
        members = Members(value, at)
        latitude = members.find_number("latitude", -90, 90)
        longitude = members.find_number("longitude", -180, 180)
        if latitude is None or longitude is None:
            refuse("a point has latitude and longitude", at)
        members.end()
        return cls(latitude, longitude)

    def to_json(self) -> dict[str, Any]:
        """The JSON object."""
        return {"latitude": self.latitude, "longitude": self.longitude}
