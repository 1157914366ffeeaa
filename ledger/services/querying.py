"""Querying: the events that fit a query, page by page, as far as the asker may see them.

An organization sees its own events whole and of others what the disclosure policy shows it. A query
is matched against what its asker may see and nothing else: a member that is withheld can neither
be read nor be found out by asking for its values. The walk itself tells nothing either, because
only public members are filed in the index.

Work is bounded, whatever is asked: a page looks at no more than `MOST_SCANNED` candidates. Where
that does not suffice the page ends early, perhaps empty, and its token goes on from there. What
must be known whole before it is answered (an order the index does not have, `maxEventCount`) is
refused beyond the bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from ledger.clock import format_time
from ledger.epcis.query import Order, Query
from ledger.epcis.query_plan import Plan, plan_of
from ledger.errors import InvalidInput, TooLarge
from ledger.records.policy import Audience, visible
from ledger.records.record import RecordId
from ledger.services.audience import audience_of
from ledger.services.caller import Caller, Scope
from ledger.services.intake import KIND
from ledger.services.locating import LocatedQuery, locate
from ledger.services.partnering import Partners
from ledger.storage.database import Database
from ledger.storage.event_search import FoundEvent, Place
from ledger.storage.transaction import Transaction

MOST_SCANNED = 4_000
"""Candidates whose bodies one page looks at."""
MOST_BYTES = 32 * 1024 * 1024
"""Bytes of bodies one page looks at; the event that crosses the bound is still looked at."""
_FIRST_CHUNK = 8
_MOST_CHUNK = 500
_AT_MOST = {Audience.PUBLIC: Audience.PARTNER}
"""Who is one of the public may be a partner in a single record; to find out costs a look into the
database, which is for those that would match."""


@dataclass(frozen=True, slots=True)
class QueriedEvent:
    """One event as its reader may see it, with its `recordTime`."""

    event: dict[str, Any]
    record_id: RecordId
    place: Place


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page ended: the time (ms) and record of the last event looked at, and how many
    events have been given so far."""

    at: int
    record_pk: int
    given: int


@dataclass(frozen=True, slots=True)
class EventPage:
    """Some of the events a query finds; `following` is None on the last page."""

    events: Sequence[QueriedEvent]
    following: Position | None


class Querying:
    """Answers event queries."""

    def __init__(self, db: Database, base_url: str) -> None:
        self._db = db
        self._base_url = base_url

    def events(
        self, caller: Caller, query: Query, limit: int, after: Position | None = None
    ) -> EventPage:
        """At most `limit` events, following those of an earlier page.

        Raises TooLarge `query-too-large` where there are more than the query's `maxEventCount`,
        `query-too-complex` where the whole answer is needed and cannot be found within bounds.
        """
        caller.require(Scope.READ)
        given = 0 if after is None else after.given
        if query.event_count_limit is not None:
            limit = min(limit, query.event_count_limit - given)
        with self._db.read() as tx:
            located = locate(tx, query, caller.org, self._base_url)
            plan = plan_of(located.widest)
            if query.max_event_count is not None and after is None:
                _check_count(tx, caller, located, plan)
            found = _Search(tx, caller, located, plan)
            if plan.is_ordered:
                return self._walk(found, limit, after, given, query.event_count_limit)
            return self._sort(found, limit, after, given, query.event_count_limit)

    def _walk(
        self, search: _Search, limit: int, after: Position | None, given: int, most: int | None
    ) -> EventPage:
        events: list[QueriedEvent] = []
        place = None if after is None else Place(after.at, after.record_pk)
        for met in search.walk(place, limit):
            if isinstance(met, QueriedEvent):
                if len(events) == limit:
                    return _page(events, place, given, most)
                events.append(met)
                place = met.place
            elif len(events) < limit:
                place = met
        return _page(events, place if search.was_cut else None, given, most)

    def _sort(
        self, search: _Search, limit: int, after: Position | None, given: int, most: int | None
    ) -> EventPage:
        order = search.order
        events = sorted(
            search.all(),
            key=lambda found: (order.key(found.event), found.place.record_pk),
            reverse=order.descending,
        )
        start = 0
        if after is not None:
            places = [found.place.record_pk for found in events]
            if after.record_pk not in places:
                raise InvalidInput("page-token-malformed", "the event it follows is gone")
            start = places.index(after.record_pk) + 1
        chosen = events[start : start + limit]
        has_more = len(events) > start + limit
        return _page(chosen, chosen[-1].place if has_more else None, given, most)


class _Search:
    """One walk on behalf of one asker."""

    def __init__(self, tx: Transaction, caller: Caller, located: LocatedQuery, plan: Plan) -> None:
        self._tx = tx
        self._caller = caller
        self._partners = Partners(tx, caller.org)
        self._plan = plan
        self._located = located
        self.was_cut = False
        """Whether the walk ended because the bound was reached."""

    @property
    def order(self) -> Order:
        """The order that is asked for."""
        return self._located.query.order

    def walk(self, after: Place | None, wanted: int) -> Iterator[QueriedEvent | Place]:
        """Every event that matches, and the place of every other candidate, in the walk's order,
        until its end or the bound."""
        scanned, size = 0, 0
        chunk = max(_FIRST_CHUNK, min(wanted + 1, _MOST_CHUNK))
        while True:
            places = self._tx.event_search.walk(self._plan, after, chunk)
            rows = self._tx.event_search.load(self._plan, places)
            matching = self._matching(rows.values())
            for place in places:
                after = place
                scanned += 1
                size += len(rows[place.record_pk].body) if place.record_pk in rows else 0
                event = matching.get(place.record_pk)
                if event is None:
                    yield place
                else:
                    yield QueriedEvent(event, rows[place.record_pk].record_id, place)
                if scanned >= MOST_SCANNED or size >= MOST_BYTES:
                    self.was_cut = True
                    return
            if len(places) < chunk:
                return
            chunk = min(2 * chunk, _MOST_CHUNK)

    def all(self) -> list[QueriedEvent]:
        """Every event that matches. Raises TooLarge `query-too-complex`."""
        if self._plan.event_ids is not None:
            rows = {row.record_pk: row for row in self._tx.event_search.load_by_id(self._plan)}
            matching = self._matching(rows.values())
            return [
                QueriedEvent(matching[pk], row.record_id, Place(row.time_ms, pk))
                for pk, row in rows.items()
                if pk in matching
            ]
        events = [met for met in self.walk(None, _MOST_CHUNK) if isinstance(met, QueriedEvent)]
        if self.was_cut:
            raise TooLarge(
                "query-too-complex",
                f"the whole answer is needed; more than {MOST_SCANNED} events come into question",
            )
        return events

    def _matching(self, rows: Iterable[FoundEvent]) -> dict[int, dict[str, Any]]:
        """Those of the candidates that match as the asker sees them, by record pk."""
        found: dict[int, dict[str, Any]] = {}
        doubtful: dict[RecordId, tuple[FoundEvent, dict[str, Any]]] = {}
        for row in rows:
            recorded = orjson.loads(row.body)
            audience = audience_of(self._caller, row.org)
            event = self._seen(recorded, row, _AT_MOST.get(audience, audience))
            if event is None:
                continue
            found[row.record_pk] = event
            if audience in _AT_MOST and event != _shown(recorded, row, audience):
                doubtful[row.record_id] = row, recorded
        if doubtful:
            partner_in = self._partners.among({name: one[1] for name, one in doubtful.items()})
            for row, recorded in (doubtful[name] for name in doubtful.keys() - partner_in):
                event = self._seen(recorded, row, Audience.PUBLIC)
                if event is None:
                    del found[row.record_pk]
                else:
                    found[row.record_pk] = event
        return found

    def _seen(
        self, recorded: dict[str, Any], row: FoundEvent, audience: Audience
    ) -> dict[str, Any] | None:
        """The event as that audience sees it, if it matches so."""
        event = _shown(recorded, row, audience)
        return event if self._located.of(row.org).matches(event) else None


def _shown(recorded: dict[str, Any], row: FoundEvent, audience: Audience) -> dict[str, Any]:
    return {**visible(KIND, recorded, audience), "recordTime": format_time(row.captured_at)}


def _check_count(tx: Transaction, caller: Caller, located: LocatedQuery, plan: Plan) -> None:
    query = located.query
    assert query.max_event_count is not None
    search = _Search(tx, caller, located, plan)
    count = 0
    if plan.event_ids is not None:
        count = len(search.all())
    else:
        for met in search.walk(None, query.max_event_count):
            count += isinstance(met, QueriedEvent)
            if count > query.max_event_count:
                break
    if count > query.max_event_count:
        raise TooLarge("query-too-large", f"more than {query.max_event_count} events fit the query")
    if search.was_cut:
        raise TooLarge("query-too-complex", f"more than {MOST_SCANNED} events come into question")


def _page(
    events: Sequence[QueriedEvent], place: Place | None, given: int, most: int | None
) -> EventPage:
    given += len(events)
    if place is None or (most is not None and given >= most):
        return EventPage(events, None)
    return EventPage(events, Position(*place, given))
