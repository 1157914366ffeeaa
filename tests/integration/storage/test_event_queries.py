"""Planned queries beside the obvious ones: the same events, in order, each once, on both
databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from ledger.epcis.query import Query
from ledger.errors import TooLarge
from ledger.identity.organization import OrgId, Role
from ledger.records.record import RecordId
from ledger.services import querying
from ledger.services.caller import Caller, Scope
from ledger.services.querying import Position, QueriedEvent, Querying
from ledger.storage import epcis
from ledger.storage.database import Database
from tests.support.campaign import scale
from tests.support.epcis import NOW, event
from tests.support.event_queries import ITEMS, LOTS, PLACES, Recorded, queries, raw_events
from tests.support.stored import found

QUICK = settings(
    max_examples=scale(120, 3_000),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def caller(org: OrgId) -> Caller:
    return Caller(org, "key", Role(0), frozenset({Scope.READ}))


@pytest.fixture
def world(db: Database, monkeypatch: pytest.MonkeyPatch) -> tuple[Recorded, list[OrgId]]:
    """A hundred and twenty events of two organizations, captured out of order of time."""
    monkeypatch.setattr(epcis, "SEGMENT_KEYS", 60)  # on SQLite many segments must be merged
    recorded, orgs = Recorded(db), [found(db), found(db)]
    drawn: list[list[dict[str, Any]]] = []

    @seed(5)
    @given(st.lists(raw_events(), min_size=10, max_size=10))
    @settings(QUICK, max_examples=12, database=None, phases=[Phase.generate])
    def draw(batch: list[dict[str, Any]]) -> None:
        drawn.append(batch)

    draw()
    for number, batch in enumerate(drawn):
        recorded.capture(orgs[number % 2], batch, NOW + timedelta(minutes=(number * 5) % 7))
    return recorded, orgs


def pages(db: Database, org: OrgId, query: Query, limit: int) -> Iterator[list[QueriedEvent]]:
    """Every page of the answer."""
    service, after = Querying(db), None
    while True:
        page = service.events(caller(org), query, limit, after)
        assert len(page.events) <= limit
        yield list(page.events)
        if page.following is None:
            return
        assert page.following != after, "a page that does not go on"
        after = page.following


def answer(db: Database, org: OrgId, query: Query, limit: int = 7) -> list[QueriedEvent]:
    return [event for page in pages(db, org, query, limit) for event in page]


def test_planned_query_finds_what_matching_every_event_finds(
    db: Database, world: tuple[Recorded, list[OrgId]]
) -> None:
    recorded, orgs = world

    @given(queries(), st.integers(1, 40), st.integers(0, 1))
    @QUICK
    def check(query: Query, limit: int, asker: int) -> None:
        expected = recorded.expected(orgs[asker], query)
        events = answer(db, orgs[asker], query, limit)
        records = [found.record_id for found in events]
        assert len(set(records)) == len(records)
        if query.event_count_limit is None:
            assert set(records) == expected
        else:
            assert set(records) <= expected
            assert len(records) == min(query.event_count_limit, len(expected))
        if query.order.by is not None:
            keys = [query.order.key(found.event) for found in events]
            assert keys == sorted(keys, reverse=query.order.descending)

    check()


def test_short_pages_of_a_bounded_search_lose_nothing(
    db: Database, world: tuple[Recorded, list[OrgId]], monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded, orgs = world
    monkeypatch.setattr(querying, "MOST_SCANNED", 9)
    query = Query.from_json({"EQ_vn:number": [2.5]})
    met = list(pages(db, orgs[0], query, 5))
    assert {found.record_id for page in met for found in page} == recorded.expected(orgs[0], query)
    assert len(met) > len(recorded.events) // 9
    for needs_all in ({"orderBy": "vn:number"}, {"maxEventCount": 100}):
        with pytest.raises(TooLarge) as caught:
            answer(db, orgs[0], Query.from_json({"EQ_vn:number": [2.5], **needs_all}))
        assert caught.value.code == "query-too-complex"


def test_pages_while_events_arrive_lose_and_double_nothing(
    db: Database, world: tuple[Recorded, list[OrgId]]
) -> None:
    recorded, orgs = world

    @given(queries(), st.integers(1, 9), st.lists(raw_events(), min_size=1, max_size=3))
    @settings(QUICK, max_examples=scale(25, 500))
    def check(query: Query, limit: int, arriving: list[dict[str, Any]]) -> None:
        query = replace(query, event_count_limit=None)
        expected = recorded.expected(orgs[0], query)
        seen: list[RecordId] = []
        for number, page in enumerate(pages(db, orgs[0], query, limit)):
            seen += [found.record_id for found in page]
            if number < 3:
                recorded.capture(orgs[1], arriving, NOW + timedelta(minutes=number))
        assert len(set(seen)) == len(seen)
        assert expected <= set(seen)

    check()


def test_withheld_members_are_neither_shown_nor_found_by_asking(db: Database) -> None:
    recorded, ours, theirs = Recorded(db), found(db), found(db)
    secret = event(
        **{"vn:price": 7},
        bizTransactionList=[{"type": "po", "bizTransaction": "https://shop.example/po/9"}],
        readPoint={"id": PLACES[0], "vn:shelf": "S1"},
    )
    recorded.capture(theirs, [secret], NOW)
    questions = [
        {"EQ_vn:price": 7},
        {"EXISTS_vn:price": True},
        {"EQ_bizTransaction_po": ["https://shop.example/po/9"]},
        {"EQ_readPoint_vn:shelf": ["S1"]},
        {"GE_INNER_vn:price": 1},
        {"HASATTR_readPoint": ["vn:shelf"]},
    ]
    for question in questions[:4]:
        assert len(answer(db, theirs, Query.from_json(question))) == 1, question
    for question in questions:
        assert answer(db, ours, Query.from_json(question)) == [], question
    (shown,) = answer(db, ours, Query.from_json({"EQ_readPoint": [PLACES[0]]}))
    assert "vn:price" not in shown.event
    assert "bizTransactionList" not in shown.event
    assert shown.event["readPoint"] == {"id": PLACES[0]}
    # no order by what is withheld either
    ordered = answer(db, ours, Query.from_json({"orderBy": "vn:price"}))
    assert [found.record_id for found in ordered] == [shown.record_id]


def test_max_event_count_refuses_a_longer_answer(
    db: Database, world: tuple[Recorded, list[OrgId]]
) -> None:
    recorded, orgs = world
    everything = len(recorded.events)
    assert len(answer(db, orgs[0], Query.from_json({"maxEventCount": everything}))) == everything
    with pytest.raises(TooLarge) as caught:
        answer(db, orgs[0], Query.from_json({"maxEventCount": everything - 1}))
    assert caught.value.code == "query-too-large"


def test_same_event_time_is_ordered_by_record(db: Database) -> None:
    recorded, org = Recorded(db), found(db)
    recorded.capture(org, [event(epcList=[ITEMS[0]], **{"vn:n": n}) for n in range(20)], NOW)
    events = answer(db, org, Query.from_json({"MATCH_epc": [ITEMS[0]], "orderDirection": "ASC"}), 3)
    places = [found.place for found in events]
    assert len(places) == 20
    assert all(one < other for one, other in pairwise(places))


def test_position_survives_being_spelled(db: Database) -> None:
    recorded, org = Recorded(db), found(db)
    recorded.capture(org, [event(**{"vn:n": n}) for n in range(3)], NOW)
    query = Query.from_json({"MATCH_anyEPCClass": [LOTS[0]]})
    assert answer(db, org, query) == []
    page = Querying(db).events(caller(org), Query.from_json({}), 2)
    assert isinstance(page.following, Position)
    assert page.following.given == 2
