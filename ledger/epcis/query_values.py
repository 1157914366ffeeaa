"""The values in a query and how they compare with those in an event (EPCIS 2.0, section 8.2.7.1).

Numbers compare as numbers, times as instants, words of the Core Business Vocabulary whichever way
they are spelled, identifiers by what they identify; everything else as text.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any, NoReturn

from ledger.epcis.fields import parse_time, shown
from ledger.epcis.keys import area_of, key_of
from ledger.epcis.uri import is_uri
from ledger.epcis.vocabulary import bare_word
from ledger.errors import InvalidInput

Test = Callable[[Any], bool]
"""Whether one value of an event is as the query wants it."""

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "EQ": operator.eq,
    "GT": operator.gt,
    "GE": operator.ge,
    "LT": operator.lt,
    "LE": operator.le,
}

_NUMBER = re.compile(
    r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?"
)
_WEB_WORD = re.compile(r"(?:https?://(?:www\.|ref\.)?gs1\.org/voc/|gs1:)(\w+)")
_CBV_URN = re.compile(r"urn:epcglobal:cbv:(?:bizstep|disp|btt|sdt|er):(\w+)")


def refuse(parameter: str, detail: str, code: str = "query-value-malformed") -> NoReturn:
    """Raise InvalidInput for a parameter of the query."""
    raise InvalidInput(code, f"{parameter}: {detail}", pointer=f"/query/{parameter}")


def find_number(value: Any) -> Fraction | None:
    """A JSON number, or text that is one, exactly as it is written; None for anything else."""
    if type(value) is int:
        return Fraction(value)
    if type(value) is float:
        return Fraction(repr(value))
    if type(value) is str and _NUMBER.fullmatch(value) is not None:
        return Fraction(value)
    return None


def find_time(value: Any) -> datetime | None:
    """A time with a zone, in UTC; None for anything else."""
    if type(value) is not str or len(value) < 20:
        return None
    try:
        return parse_time(value).astimezone(UTC)
    except (InvalidInput, OverflowError):
        return None


def read_number(parameter: str, value: Any) -> Fraction:
    """The number a query gives."""
    number = find_number(value)
    if number is None:
        refuse(parameter, f"{shown(value)} is not a number")
    return number


def read_time(parameter: str, value: Any) -> datetime:
    """The time a query gives."""
    time = find_time(value)
    if time is None:
        refuse(parameter, f"{shown(value)} is not a time with a zone")
    return time


def compares_time(comparison: str, bound: datetime) -> Test:
    """Whether a time lies as wanted to the bound."""
    compare = COMPARISONS[comparison]

    def test(value: Any) -> bool:
        time = find_time(value)
        return time is not None and compare(time, bound)

    return test


def compares_number(comparison: str, bounds: Sequence[Fraction]) -> Test:
    """Whether a number lies as wanted to one of the bounds."""
    compare = COMPARISONS[comparison]

    def test(value: Any) -> bool:
        number = find_number(value)
        return number is not None and any(compare(number, bound) for bound in bounds)

    return test


def compares_freely(comparison: str, values: Sequence[Any]) -> Test:
    """The same for a field whose type nobody declared: as numbers where both are numbers, as times
    where both are times, else equal as text."""
    compare = COMPARISONS[comparison]
    wanted = [(_text(value), find_number(value), find_time(value)) for value in values]

    def test(value: Any) -> bool:
        text, number, time = _text(value), find_number(value), find_time(value)
        for other_text, other_number, other_time in wanted:
            if number is not None and other_number is not None:
                found = compare(number, other_number)
            elif time is not None and other_time is not None:
                found = compare(time, other_time)
            else:
                found = comparison == "EQ" and text is not None and text == other_text
            if found:
                return True
        return False

    return test


def is_one_of(values: Sequence[str]) -> Test:
    """Whether a text is one of these."""
    wanted = frozenset(values)
    return lambda value: type(value) is str and value in wanted


def is_word(values: Sequence[str], kind: str) -> Test:
    """Whether a word of the vocabulary is one of these, however both are spelled."""
    wanted = frozenset(bare(value, kind) for value in values)
    return lambda value: type(value) is str and bare(value, kind) in wanted


def bare(value: str, kind: str) -> str:
    """A word of the Core Business Vocabulary without namespace, from URI, CURIE or URN; any other
    value as it is. `kind` is the namespace's word (`BizStep`), or `gs1` for the Web Vocabulary."""
    urn = (_WEB_WORD if kind == "gs1" else _CBV_URN).fullmatch(value)
    return urn[1] if urn is not None else bare_word(value, kind)


def identifies(keys: frozenset[str]) -> Test:
    """Whether an identifier, however it is spelled, names one of these keys."""
    return lambda value: type(value) is str and key_of(value) in keys


def lies_within(keys: frozenset[str]) -> Test:
    """Whether a place is one of these or known to lie within one: a location's extension (AI 254)
    is a part of the location."""

    def test(value: Any) -> bool:
        if type(value) is not str:
            return False
        key = key_of(value)
        return key in keys or area_of(key) in keys

    return test


def read_keys(parameter: str, values: Sequence[str]) -> frozenset[str]:
    """The keys of the identifiers a query gives; what has no scheme is refused."""
    keys = {value: key_of(value) for value in values}
    for value, key in keys.items():
        if key == value and not is_uri(value):
            refuse(parameter, f"{shown(value)} is not a URI")
    return frozenset(keys.values())


def _text(value: Any) -> str | None:
    if type(value) is str:
        return value
    if type(value) is bool:
        return "true" if value else "false"
    number = find_number(value)
    return None if number is None else str(number)
