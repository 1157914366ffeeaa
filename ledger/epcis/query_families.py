"""The parameters of event queries whose names hold a type, a unit of measurement or the name of an
extension field (EPCIS 2.0, section 8.2.7.1)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from ledger.epcis.fields import shown
from ledger.epcis.measurement_units import to_base, to_base_difference
from ledger.epcis.query_conditions import Condition, Values, always, bounds_of, exists, only, texts
from ledger.epcis.query_names import FieldName, Prefixes, expand
from ledger.epcis.query_selectors import (
    HOLDERS,
    Event,
    attribute,
    extension,
    measured,
    quantities,
    scalars,
    typed_items,
)
from ledger.epcis.query_values import (
    COMPARISONS,
    bare,
    compares_freely,
    compares_number,
    find_number,
    find_time,
    identifies,
    is_word,
    read_keys,
    refuse,
)

Family = Callable[[str, Values, "re.Match[str]", Prefixes], Condition]


def _of_type(name: str, inner: str, kind: str) -> Family:
    def read(parameter: str, values: Values, match: re.Match[str], prefixes: Prefixes) -> Condition:
        wanted = bare(expand(match[1], prefixes), kind)
        keys = read_keys(parameter, texts(parameter, values))
        has_type = is_word([wanted], kind)
        return Condition(parameter, typed_items(name, inner, has_type), identifies(keys))

    return read


def _measured(parameter: str, values: Values, match: re.Match[str], _: Prefixes) -> Condition:
    comparison, name, unit = match.groups()
    bounds = bounds_of(parameter, comparison, values)
    select = quantities if name == "quantity" else measured(name)
    if unit is None:
        return Condition(
            parameter,
            lambda event: (value for value, _ in select(event)),
            compares_number(comparison, bounds),
        )
    convert = to_base_difference if name == "sDev" else to_base
    based = [convert(bound, unit) for bound in bounds]
    compare = COMPARISONS[comparison]

    def test(found: Any) -> bool:
        value, own_unit = found
        number = find_number(value)
        if number is None or type(own_unit) is not str:
            return False
        dimension, amount = convert(number, own_unit)
        return any(dimension == other and compare(amount, bound) for other, bound in based)

    return Condition(parameter, select, test)


def _extension(
    parameter: str, values: Values, match: re.Match[str], prefixes: Prefixes
) -> Condition:
    comparison, inner, holder, name = match.groups()
    wanted = FieldName(expand(name, prefixes))
    select = extension(holder or "", wanted, is_inner=inner is not None)
    if comparison == "EXISTS":
        return exists(select)(parameter, values)
    if comparison != "EQ":
        value = only(parameter, values)
        if find_number(value) is None and find_time(value) is None:
            refuse(parameter, f"{shown(value)} is neither a number nor a time with a zone")
    return Condition(parameter, scalars(select), compares_freely(comparison, values))


def _has_attribute(
    parameter: str, values: Values, match: re.Match[str], prefixes: Prefixes
) -> Condition:
    wanted = FieldName(expand(match[1], prefixes))
    names = [FieldName(expand(name, prefixes)) for name in texts(parameter, values)]

    def select(event: Event) -> Iterator[Any]:
        for name in names:
            yield from attribute(wanted, name)(event)

    return Condition(parameter, select, always)


def _attribute(
    parameter: str, values: Values, match: re.Match[str], prefixes: Prefixes
) -> Condition:
    text = match[1]
    cuts = [at for at, character in enumerate(text) if character == "_" and 0 < at < len(text) - 1]
    if not cuts:
        refuse(parameter, "names a field and an attribute with _ between them")

    def select(event: Event) -> Iterator[Any]:
        for at in cuts:  # a name may itself hold _
            wanted = FieldName(expand(text[:at], prefixes))
            yield from attribute(wanted, FieldName(expand(text[at + 1 :], prefixes)))(event)

    return Condition(parameter, scalars(select), compares_freely("EQ", values))


_MEASURES = "value|minValue|maxValue|meanValue|sDev|percValue|quantity"
_HOLDERS = "|".join(name for name in HOLDERS if name)

FAMILIES: tuple[tuple[re.Pattern[str], Family], ...] = (
    (
        re.compile(r"EQ_bizTransaction_(\S+)"),
        _of_type("bizTransactionList", "bizTransaction", "BTT"),
    ),
    (re.compile(r"EQ_source_(\S+)"), _of_type("sourceList", "source", "SDT")),
    (re.compile(r"EQ_destination_(\S+)"), _of_type("destinationList", "destination", "SDT")),
    (re.compile(rf"(EQ|GT|GE|LT|LE)_({_MEASURES})(?:_([A-Z0-9]{{2,4}}))?"), _measured),
    (re.compile(r"HASATTR_(\S+)"), _has_attribute),
    (re.compile(r"EQ_?ATTR_(\S+)"), _attribute),
    (
        re.compile(
            rf"(EQ|GT|GE|LT|LE|EXISTS)_(INNER_)?(?:({_HOLDERS})_)?([A-Za-z][-A-Za-z0-9_.+]*:\S+)"
        ),
        _extension,
    ),
)
"""The parameters whose names hold a type, a unit or the name of an extension field."""
