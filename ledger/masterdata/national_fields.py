"""The 24 fields that Vietnamese rules ask of a product, as a table.

Circular 02/2024/TT-BKHCN lists ten items, Article 32 of Decree 37/2026/ND-CP eight for the product
digital passport, Decision 25/QD-BNNMT the minimum data of farm produce and its logbook. One field
may answer to several. The table is `national_fields.json`, so that a changed rule is a changed
line; which data fill a field is in `completeness`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

import orjson

Source = Literal["product", "party", "lot"]
"""Where a field is filled in; `lot` fields are only known of a lot."""


class Profile(StrEnum):
    """A set of rules that somebody must meet."""

    TT02 = "TT02"
    """Circular 02/2024/TT-BKHCN."""
    ND37 = "ND37"
    """Decree 37/2026/ND-CP, Article 32."""
    QD25 = "QD25"
    """Decision 25/QD-BNNMT."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The place in a legal text that asks for a field."""

    code: str
    profile: Profile
    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class NationalField:
    """One line of the table. `conditional`: only asked for where there is such a thing.

    `members` are the bare names, whatever their prefix, under which events carry it; `place` says
    where in our data it is found, `consumer` whether it is shown to consumers.
    """

    number: int
    vi: str
    en: str
    rules: tuple[Rule, ...]
    source: Source
    place: str
    consumer: str
    conditional: bool
    advice_vi: str
    advice_en: str
    members: frozenset[str]

    def asked_by(self, profiles: frozenset[Profile]) -> tuple[Rule, ...]:
        """The rules of these profiles that ask for it."""
        return tuple(rule for rule in self.rules if rule.profile in profiles)


@lru_cache(maxsize=1)
def national_fields() -> tuple[NationalField, ...]:
    """All 24, by number."""
    table = orjson.loads((files("ledger.masterdata") / "national_fields.json").read_bytes())
    rules = {
        code: Rule(code, Profile(said["profile"]), said["vi"], said["en"])
        for code, said in table["rules"].items()
    }
    return tuple(_field(row, rules) for row in table["fields"])


def _field(row: Mapping[str, Any], rules: Mapping[str, Rule]) -> NationalField:
    return NationalField(
        number=row["number"],
        vi=row["vi"],
        en=row["en"],
        rules=tuple(rules[code] for code in row["rules"]),
        source=row["source"],
        place=row["place"],
        consumer=row["consumer"],
        conditional=row.get("conditional", False),
        advice_vi=row["adviceVi"],
        advice_en=row["adviceEn"],
        members=frozenset(row.get("members", ())),
    )
