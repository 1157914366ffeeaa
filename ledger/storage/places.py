"""Places within places, as the master data of each organization says."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, func, or_, select, tuple_

from ledger.identity.organization import OrgId
from ledger.masterdata.kind import Kind
from ledger.storage.masterdata_tables import MasterItems
from ledger.storage.tables import core

_ITEMS = core(MasterItems)

MOST_LEVELS = 16
"""A place further down is not looked for; also what ends a circle."""
MOST_PLACES = 1_000
"""Places of one organization that are told on each level, the first by code."""
_CHUNK = 300


class PlaceName(NamedTuple):
    """A place by a code or GLN; `org` is None for a GLN, whoever describes it."""

    org: OrgId | None
    text: str


class FiledPlace(NamedTuple):
    """A place of an organization, by its code and, if it has one, its GLN."""

    org: OrgId
    code: str
    gln: str | None

    @property
    def names(self) -> set[PlaceName]:
        """The names by which places of the same organization may call it their parent."""
        return {PlaceName(self.org, text) for text in (self.code, self.gln) if text is not None}


class PlaceStore:
    """Places in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def within(self, names: Collection[PlaceName]) -> set[FiledPlace]:
        """The places with these names and all that lie within them, at any depth, each
        organization's by what it says itself.

        That places lie within each other in a circle is nothing to go wrong: each is met once.
        """
        found: set[FiledPlace] = set(self._named(names))
        asked = set(names)
        level = asked | {name for place in found for name in place.names}
        for _ in range(MOST_LEVELS):
            if not level:
                break
            asked |= level
            new = set(self._directly_within(level)) - found
            found |= new
            level = {name for place in new for name in place.names} - asked
        return found

    def _named(self, names: Collection[PlaceName]) -> Iterator[FiledPlace]:
        for some in _chunks(names):
            glns = [name.text for name in some if name.org is None]
            own = [(bytes(name.org), name.text) for name in some if name.org is not None]
            yield from self._read(
                or_(_ITEMS.c.gs1_key.in_(glns), tuple_(_ITEMS.c.org, _ITEMS.c.code).in_(own))
            )

    def _directly_within(self, names: Collection[PlaceName]) -> Iterator[FiledPlace]:
        for some in _chunks(names):
            glns = [name.text for name in some if name.org is None]
            own = [(bytes(name.org), name.text) for name in some if name.org is not None]
            yield from self._read(
                or_(_ITEMS.c.parent.in_(glns), tuple_(_ITEMS.c.org, _ITEMS.c.parent).in_(own))
            )

    def _read(self, where: Any) -> Iterator[FiledPlace]:
        for row in self._connection.execute(_first_of_each(where)):
            yield FiledPlace(OrgId(row.org), row.code, row.gs1_key)


def _first_of_each(where: Any) -> Select[Any]:
    """Whoever describes too many places hides places of its own, and nobody else's."""
    number = func.row_number().over(partition_by=_ITEMS.c.org, order_by=_ITEMS.c.code)
    rows = (
        select(_ITEMS.c.org, _ITEMS.c.code, _ITEMS.c.gs1_key, number.label("number"))
        .where(_ITEMS.c.kind == Kind.PLACE.value, where)
        .subquery()
    )
    return select(rows).where(rows.c.number <= MOST_PLACES)


def _chunks(names: Collection[PlaceName]) -> Iterator[list[PlaceName]]:
    ordered = sorted(names, key=lambda name: (name.org or b"", name.text))
    return (ordered[start : start + _CHUNK] for start in range(0, len(ordered), _CHUNK))
