"""What an event query wants: conditions, and the readers of their values (EPCIS 2.0, 8.2.7.1).

A condition is a selector and a test: it holds where one of the values selected passes the test. A
reader makes one from the values of a parameter and raises InvalidInput `query-value-malformed`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from typing import Any, Self

from ledger.epcis.fields import shown
from ledger.epcis.keys import KeyRole
from ledger.epcis.query_patterns import matches
from ledger.epcis.query_selectors import Event, Selector, common, field, sensor_attribute
from ledger.epcis.query_values import (
    Test,
    bare,
    compares_number,
    compares_time,
    identifies,
    is_one_of,
    is_word,
    lies_within,
    read_keys,
    read_number,
    read_time,
    refuse,
)
from ledger.epcis.schema import EVENT_TYPES
from ledger.epcis.uri import is_uri

MOST_WALKED = 200
"""Places that are walked at once."""


@dataclass(frozen=True, slots=True)
class Filing:
    """Where the index has all events that fulfil a condition: under any of these keys, in any of
    these roles."""

    keys: frozenset[str]
    roles: frozenset[int]


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that must be so in every event found.

    `filing` is None where the index does not help; `words` are the bare words that a column of the
    index must hold, and `bound` is what a time is compared with. `areas` are the places that a
    place must lie within.
    """

    parameter: str
    select: Selector
    test: Test
    filing: Filing | None = None
    words: frozenset[str] | None = None
    bound: datetime | None = None
    areas: frozenset[str] | None = None

    def holds(self, event: Event) -> bool:
        """Whether the event is as the parameter wants it."""
        return any(map(self.test, self.select(event)))

    def knowing(self, places: frozenset[str]) -> Self:
        """The same condition, once it is known that these places lie within the areas. Too many
        of them are not walked one by one."""
        assert self.areas is not None
        assert self.filing is not None
        keys = self.areas | places
        filing = Filing(keys, self.filing.roles) if len(keys) <= MOST_WALKED else None
        return replace(self, test=lies_within(keys), filing=filing)


Values = Sequence[Any]
Reader = Callable[[str, Values], Condition]


def texts(parameter: str, values: Values) -> list[str]:
    """The values, all texts that are not empty."""
    for value in values:
        if type(value) is not str or not value:
            refuse(parameter, f"{shown(value)} is not a text")
    return list(values)


def types(parameter: str, values: Values) -> Condition:
    """Names of event types."""
    names = texts(parameter, values)
    for name in names:
        if name not in EVENT_TYPES and not is_uri(name):
            refuse(parameter, f"{shown(name)} is no event type")
    return Condition(parameter, common("type"), is_one_of(names), words=frozenset(names))


def actions(parameter: str, values: Values) -> Condition:
    """Actions."""
    names = texts(parameter, values)
    for name in names:
        if name not in ("ADD", "OBSERVE", "DELETE"):
            refuse(parameter, f"{shown(name)} is none of ADD, OBSERVE, DELETE")
    return Condition(parameter, field("action"), is_one_of(names))


def words(select: Selector, known: frozenset[str], kind: str, role: int | None = None) -> Reader:
    """Words of a vocabulary, or URIs of one's own; `role` is under which the index has them."""

    def read(parameter: str, values: Values) -> Condition:
        names = frozenset(bare(name, kind) for name in texts(parameter, values))
        for name in names:
            if name not in known and not is_uri(name):
                refuse(parameter, f"{shown(name)} is no word of the vocabulary, and no URI")
        filing = None if role is None else Filing(names, frozenset({role}))
        return Condition(parameter, select, is_word(list(names), kind), filing, names)

    return read


def free_words(select: Selector, kind: str) -> Reader:
    """Words of an open vocabulary."""
    return lambda parameter, values: Condition(
        parameter, select, is_word(texts(parameter, values), kind)
    )


def identifiers(select: Selector, *roles: int) -> Reader:
    """Identifiers, in these roles of the index."""

    def read(parameter: str, values: Values) -> Condition:
        keys = read_keys(parameter, texts(parameter, values))
        filing = Filing(keys, frozenset(roles)) if roles else None
        return Condition(parameter, select, identifies(keys), filing)

    return read


def places_within(select: Selector, *roles: int) -> Reader:
    """Places, and all that is known to lie within them."""

    def read(parameter: str, values: Values) -> Condition:
        keys = read_keys(parameter, texts(parameter, values))
        filing = Filing(keys, frozenset(roles))
        return Condition(parameter, select, lies_within(keys), filing, areas=keys)

    return read


def exact(select: Selector) -> Reader:
    """Texts that must be the same."""

    def read(parameter: str, values: Values) -> Condition:
        wanted = texts(parameter, values)
        return Condition(parameter, select, is_one_of(wanted), words=frozenset(wanted))

    return read


def matching(select: Selector, *roles: KeyRole, classes: bool = False) -> Reader:
    """Identifiers and patterns of them."""

    def read(parameter: str, values: Values) -> Condition:
        test, keys = matches(parameter, texts(parameter, values), classes=classes)
        filed = frozenset(map(int, roles)) | {int(KeyRole.MENTIONED_LOT)}
        return Condition(parameter, select, test, None if keys is None else Filing(keys, filed))

    return read


def time(comparison: str, select: Selector) -> Reader:
    """A bound in time."""

    def read(parameter: str, values: Values) -> Condition:
        bound = read_time(parameter, only(parameter, values))
        return Condition(parameter, select, compares_time(comparison, bound), bound=bound)

    return read


def number(comparison: str, select: Selector) -> Reader:
    """A bound in size."""

    def read(parameter: str, values: Values) -> Condition:
        return Condition(
            parameter, select, compares_number(comparison, bounds_of(parameter, comparison, values))
        )

    return read


def truth(parameter: str, values: Values) -> Condition:
    """Whether a sensor said yes or no."""
    value = only(parameter, values)
    wanted = {"true": True, "false": False}.get(value, value) if type(value) is str else value
    if type(wanted) is not bool:
        refuse(parameter, f"{shown(value)} is neither true nor false")
    spelled = {wanted, "true" if wanted else "false"}
    return Condition(parameter, sensor_attribute("booleanValue"), lambda found: found in spelled)


def exists(select: Selector) -> Reader:
    """Whether something is there at all; `false` asks for nothing."""

    def read(parameter: str, values: Values) -> Condition:
        if not is_wanted(parameter, values):
            return Condition(parameter, _something, always)
        return Condition(parameter, select, always)

    return read


def is_wanted(parameter: str, values: Values) -> bool:
    """The value of an EXISTS parameter, which may be left empty."""
    value = only(parameter, values)
    if value is None or value in ("", "true", "1", 1):
        return True
    if value not in ("false", "0", 0):
        refuse(parameter, f"{shown(value)} is neither true nor false")
    return False


def always(_: Any) -> bool:
    """Passes whatever is there."""
    return True


def _something(_: Event) -> Iterator[Any]:
    yield True


def only(parameter: str, values: Values) -> Any:
    """The one value of a parameter that takes one."""
    if len(values) != 1:
        refuse(parameter, "takes one value")
    return values[0]


def bounds_of(parameter: str, comparison: str, values: Values) -> list[Fraction]:
    """The numbers to compare with: one, or for EQ any of several."""
    if comparison != "EQ":
        only(parameter, values)
    return [read_number(parameter, value) for value in values]
