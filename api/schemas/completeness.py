"""Completeness on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from api.schemas.wire import Answer

if TYPE_CHECKING:
    from ledger.masterdata.completeness import FieldFinding
    from ledger.services.completing import Completeness


class RuleAnswer(Answer):
    """A legal text that asks for a field."""

    rule: str = Field(description="`C02-1`, `D37-2`, `QD25-i` …")
    profile: Literal["TT02", "ND37", "QD25"]
    vi: str
    en: str


class FieldAnswer(Answer):
    """One of the 24 national fields."""

    number: int = Field(ge=1, le=24)
    vi: str = Field(description="Its name in Vietnamese.")
    en: str
    state: Literal["present", "missing", "not stated", "per lot"] = Field(
        description="`not stated`: only asked for where there is such a thing. `per lot`: ask for "
        "a lot to know."
    )
    value: str | None = Field(description="What fills it.")
    rules: list[RuleAnswer] = Field(description="Which rules ask for it.")
    place: str = Field(description="Where in the data it is found.")
    consumer: str = Field(description="Whether it is shown to consumers.")
    advice_vi: str | None = Field(description="What to do about it.")
    advice_en: str | None


class CompletenessAnswer(Answer):
    """Which national fields a product, or one lot of it, has."""

    code: str
    lot: str | None
    events: int = Field(description="How many events of the lot were looked at.")
    present: int
    missing: list[int] = Field(
        description="Numbers of the fields that are asked for and not there."
    )
    fields: list[FieldAnswer]


def completeness_answer(found: Completeness) -> CompletenessAnswer:
    """The wire form."""
    return CompletenessAnswer(
        code=found.code,
        lot=found.lot,
        events=found.events,
        present=sum(one.state == "present" for one in found.findings),
        missing=[one.field.number for one in found.findings if one.state == "missing"],
        fields=[_field(one) for one in found.findings],
    )


def _field(finding: FieldFinding) -> FieldAnswer:
    field = finding.field
    is_done = finding.state == "present"
    return FieldAnswer(
        number=field.number,
        vi=field.vi,
        en=field.en,
        state=finding.state,
        value=finding.value,
        rules=[
            RuleAnswer(rule=rule.code, profile=rule.profile.value, vi=rule.vi, en=rule.en)
            for rule in finding.rules
        ],
        place=field.place,
        consumer=field.consumer,
        advice_vi=None if is_done else field.advice_vi,
        advice_en=None if is_done else field.advice_en,
    )
