"""Locating: what lies within the places that a query asks for (`WD_…`).

The master data of two organizations counts: that of the one which recorded an event, for where its
own events took place, and that of the asker, for its own question. What anybody else says moves
nobody's events: else a rival could place a buyer's warehouse within a recalled site.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ledger.epcis.keys import LOCATION
from ledger.epcis.query import Query
from ledger.identity.organization import OrgId
from ledger.masterdata.code import Code, find_local_uri
from ledger.masterdata.kind import Kind
from ledger.storage.places import FiledPlace, PlaceName
from ledger.storage.transaction import Transaction

Places = Mapping[str, frozenset[str]]
"""What lies within, by the parameter that asks, as keys of places."""


@dataclass(frozen=True, slots=True)
class LocatedQuery:
    """A query, with what each organization says to lie within the places it asks for."""

    query: Query
    asker: OrgId
    said: Mapping[OrgId, Places] = field(default_factory=dict)
    _known: dict[OrgId, Query] = field(default_factory=dict)

    @property
    def widest(self) -> Query:
        """The query that lets through whatever matches by anybody's word: to plan by."""
        return _knowing(self.query, *self.said.values()) if self.said else self.query

    def of(self, org: OrgId) -> Query:
        """The query to match an event of that organization against."""
        if not self.said:
            return self.query
        found = self._known.get(org)
        if found is None:
            told = [self.said[one] for one in {org, self.asker} if one in self.said]
            found = self._known[org] = _knowing(self.query, *told)
        return found


def locate(tx: Transaction, query: Query, asker: OrgId, base_url: str) -> LocatedQuery:
    """Find what lies within the places that the query asks for; asks nothing for other queries."""
    said: dict[OrgId, dict[str, set[str]]] = {}
    for parameter, keys in query.areas.items():
        for place in tx.places.within({name for name in map(_name, keys) if name is not None}):
            found = said.setdefault(place.org, {})
            found.setdefault(parameter, set()).update(_keys(place, base_url))
    return LocatedQuery(
        query,
        asker,
        {
            org: {parameter: frozenset(keys) for parameter, keys in places.items()}
            for org, places in said.items()
        },
    )


def _knowing(query: Query, *told: Places) -> Query:
    return query.knowing(
        {
            parameter: frozenset().union(*(places.get(parameter, ()) for places in told))
            for parameter in query.areas
        }
    )


def _name(key: str) -> PlaceName | None:
    local = find_local_uri(key)
    if local is not None:
        return PlaceName(local.org, local.code.text) if local.code.kind is Kind.PLACE else None
    gln = key.removeprefix(LOCATION)
    return PlaceName(None, gln) if gln != key and gln.isdigit() else None


def _keys(place: FiledPlace, base_url: str) -> list[str]:
    """How events may name it."""
    codes = sorted({code for code in (place.code, place.gln) if code is not None})
    return [Code.parse(Kind.PLACE, code).uri(place.org, base_url) for code in codes]
