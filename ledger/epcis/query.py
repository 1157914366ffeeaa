"""Event queries: parameters of a URL or a JSON body → one value (EPCIS 2.0, sections 8.2.7, 12.7).

In a URL the values of a parameter are separated by `|`, in JSON they are an array. A query is read
whole before anything is looked for: an unknown parameter is refused, never ignored, because its
author would take the answer for one to the question asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, Self

from ledger.epcis.context import read_context
from ledger.epcis.fields import shown
from ledger.epcis.query_conditions import Condition, Values
from ledger.epcis.query_families import FAMILIES
from ledger.epcis.query_names import FieldName, Prefixes, expand
from ledger.epcis.query_parameters import FIXED
from ledger.epcis.query_selectors import Event, common, extension, scalars
from ledger.epcis.query_values import find_number, find_time, refuse
from ledger.errors import InvalidInput, TooLarge

MOST_PARAMETERS = 50
MOST_VALUES = 200
"""Values of all parameters together."""
LONGEST_VALUE = 2_048
MOST_EVENTS = 1_000_000_000

PAGING = frozenset({"perPage", "nextPageToken"})
"""Parameters of a URL that ask for a part of the answer and are no part of the query."""

_LOST_PLUS = re.compile(r"(\d{4}-\d\d-\d\d[Tt][0-9:.]+) (\d\d:\d\d)")
_DECLARED = re.compile(r"\s*([A-Za-z][-A-Za-z0-9_.]{0,99})\s*=\s*(\S{1,500})\s*")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

SortKey = tuple[int, Fraction, str]
"""Numbers and times before texts, texts by code point; what lacks the field comes first."""


@dataclass(frozen=True, slots=True)
class Order:
    """The field to order by: `eventTime`, `recordTime`, an extension field, or None for any order.

    `field` is set for an extension field.
    """

    by: str | None = None
    descending: bool = True
    field: FieldName | None = None

    def key(self, event: Event) -> SortKey:
        """What the event is sorted by."""
        if self.by is None:
            return 0, Fraction(0), ""
        select = (
            common(self.by)
            if self.field is None
            else scalars(extension("", self.field, is_inner=False))
        )
        for value in select(event):
            time, number = find_time(value), find_number(value)
            if time is not None:
                return 1, Fraction((time - _EPOCH) // _MICROSECOND), ""
            if number is not None:
                return 1, number, ""
            if isinstance(value, str):
                return 2, Fraction(0), value
        return 0, Fraction(0), ""


@dataclass(frozen=True, slots=True)
class Query:
    """A checked query.

    `parameters` is the query as it was asked, sorted by name: two queries with the same parameters
    and prefixes are the same query. `event_count_limit` cuts the answer, `max_event_count` forbids
    a longer one.
    """

    parameters: tuple[tuple[str, tuple[Any, ...]], ...]
    prefixes: tuple[tuple[str, str], ...]
    conditions: tuple[Condition, ...]
    order: Order
    event_count_limit: int | None
    max_event_count: int | None

    @classmethod
    def from_url(cls, pairs: Iterable[tuple[str, str]], extensions: str | None = None) -> Self:
        """Read the decoded parameters of a URL; those of paging are passed over. `extensions` is
        the header GS1-Extensions: `prefix=namespace`, separated by commas.

        Raises InvalidInput `query-parameter-unknown`, `query-parameter-repeated`,
        `query-value-malformed`, `query-limits-conflict`, TooLarge `query-too-complex`.
        """
        read: dict[str, Values] = {}
        for name, text in pairs:
            if name in PAGING:
                continue
            if name in read:
                refuse(name, "stands twice; separate values by |", "query-parameter-repeated")
            read[name] = [_LOST_PLUS.sub(r"\1+\2", value) for value in text.split("|")]
        return cls._read(read, _read_extensions(extensions))

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Read the `query` object of a JSON body, with the `@context` that declares its prefixes.

        Raises like `from_url`, and InvalidInput `query-malformed`, `epcis-context-malformed`.
        """
        if not isinstance(value, dict):
            raise InvalidInput("query-malformed", "a query is an object", pointer="/query")
        read = {
            name: member if isinstance(member, list) else [member]
            for name, member in value.items()
            if name != "@context"
        }
        declared = read_context(value["@context"]).prefixes if "@context" in value else {}
        return cls._read(read, {k: v for k, v in declared.items() if isinstance(v, str)})

    def to_json(self) -> dict[str, Any]:
        """The query as a JSON object that `from_json` reads back."""
        body: dict[str, Any] = {"@context": dict(self.prefixes)} if self.prefixes else {}
        return body | {name: list(values) for name, values in self.parameters}

    def narrowed(self, parameter: str, value: str) -> Self:
        """This query with one condition more: that of the resource it is asked at.

        Raises InvalidInput `query-parameter-repeated` where the query says the same itself.
        """
        known = {name: list(values) for name, values in self.parameters}
        if parameter in known:
            refuse(parameter, "the address says this already", "query-parameter-repeated")
        return self._read({**known, parameter: [value]}, dict(self.prefixes))

    @property
    def areas(self) -> dict[str, frozenset[str]]:
        """The keys of the places that something must lie within, by parameter."""
        return {
            condition.parameter: condition.areas
            for condition in self.conditions
            if condition.areas is not None
        }

    def knowing(self, places: Mapping[str, frozenset[str]]) -> Self:
        """This query, once it is known which places lie within its areas, by parameter."""
        return replace(
            self,
            conditions=tuple(
                condition.knowing(places[condition.parameter])
                if condition.areas is not None
                else condition
                for condition in self.conditions
            ),
        )

    def matches(self, event: Event) -> bool:
        """Whether an event, as its reader may see it and with its recordTime, is one of those
        asked for."""
        return all(condition.holds(event) for condition in self.conditions)

    @classmethod
    def _read(cls, read: Mapping[str, Values], prefixes: Prefixes) -> Self:
        if len(read) > MOST_PARAMETERS or sum(map(len, read.values())) > MOST_VALUES:
            raise TooLarge(
                "query-too-complex",
                f"at most {MOST_PARAMETERS} parameters with {MOST_VALUES} values together",
            )
        conditions: list[Condition] = []
        controls: dict[str, Any] = {}
        for name, values in read.items():
            _check_size(name, values)
            if name in _CONTROLS:
                if len(values) != 1:
                    refuse(name, "takes one value")
                controls[name] = values[0]
            else:
                conditions.append(_condition(name, values, prefixes))
        limit, most = (_read_count(name, controls) for name in ("eventCountLimit", "maxEventCount"))
        if limit is not None and most is not None:
            raise InvalidInput(
                "query-limits-conflict", "eventCountLimit and maxEventCount exclude each other"
            )
        return cls(
            parameters=tuple(sorted((name, tuple(values)) for name, values in read.items())),
            prefixes=tuple(sorted(prefixes.items())),
            conditions=tuple(conditions),
            order=_read_order(controls, prefixes),
            event_count_limit=limit,
            max_event_count=most,
        )


_CONTROLS = frozenset({"orderBy", "orderDirection", "eventCountLimit", "maxEventCount"})


def _condition(name: str, values: Values, prefixes: Prefixes) -> Condition:
    fixed = FIXED.get(name)
    if fixed is not None:
        return fixed(name, values)
    for pattern, read in FAMILIES:
        match = pattern.fullmatch(name)
        if match is not None:
            return read(name, values, match, prefixes)
    return refuse(f"{name:.80}", "there is no such parameter", "query-parameter-unknown")


def _check_size(name: str, values: Values) -> None:
    if not values:
        refuse(f"{name:.80}", "has no value")
    for value in values:
        is_long = isinstance(value, str) and len(value) > LONGEST_VALUE
        if is_long or isinstance(value, dict | list):
            refuse(f"{name:.80}", f"a value is a scalar of at most {LONGEST_VALUE} characters")


def _read_count(name: str, controls: Mapping[str, Any]) -> int | None:
    if name not in controls:
        return None
    number = find_number(controls[name])
    if number is None or number.denominator != 1 or not 0 < number <= MOST_EVENTS:
        refuse(name, f"{shown(controls[name])} is not a whole number above 0")
    return int(number)


def _read_order(controls: Mapping[str, Any], prefixes: Prefixes) -> Order:
    direction = controls.get("orderDirection", "DESC")
    if direction not in ("ASC", "DESC"):
        refuse("orderDirection", f"{shown(direction)} is neither ASC nor DESC")
    by = controls.get("orderBy")
    if by is None:
        return Order(None, direction == "DESC")
    if by in ("eventTime", "recordTime"):
        return Order(by, direction == "DESC")
    if not isinstance(by, str) or ":" not in by:
        refuse("orderBy", f"{shown(by)} is neither eventTime, recordTime nor an extension field")
    return Order(by, direction == "DESC", FieldName(expand(by, prefixes)))


def _read_extensions(header: str | None) -> dict[str, str]:
    prefixes: dict[str, str] = {}
    for part in (header or "").split(","):
        if not part.strip():
            continue
        declared = _DECLARED.fullmatch(part)
        if declared is None or len(prefixes) >= MOST_PARAMETERS:
            refuse("GS1-Extensions", "holds prefix=namespace, separated by commas")
        prefixes[declared[1]] = declared[2]
    return prefixes
