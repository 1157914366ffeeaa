"""Planned queries beside the obvious ones: the same events, in order, each once, on both
databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import combinations, pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from ledger.epcis.query import Query
from ledger.epcis.query_plan import plan_of
from ledger.errors import TooLarge
from ledger.gs1.company_prefix import CompanyPrefix
from ledger.identity.organization import OrgId, Role
from ledger.masterdata.code import Code
from ledger.masterdata.kind import Kind
from ledger.records.policy import Audience
from ledger.records.record import RecordId
from ledger.services import querying
from ledger.services.caller import Caller, Scope
from ledger.services.intake import KIND
from ledger.services.partnering import Partners, audience_in
from ledger.services.querying import Position, QueriedEvent, Querying
from ledger.storage import epcis, event_search, event_walk
from ledger.storage.database import Database
from ledger.storage.prefixes import PrefixRow
from ledger.storage.sharing import GrantRow
from tests.support.campaign import scale
from tests.support.epcis import NOW, event
from tests.support.event_queries import CASES, ITEMS, LOTS, PLACES, Recorded, queries, raw_events
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
    service, after = Querying(db, "https://here.example"), None
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


def test_walk_of_more_ranges_than_one_statement_merges_is_the_same_walk(
    db: Database, world: tuple[Recorded, list[OrgId]], monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded, orgs = world
    queries = [
        Query.from_json({"MATCH_anyEPC": [*ITEMS, *CASES], "orderDirection": direction})
        for direction in ("ASC", "DESC")
    ]
    whole = [answer(db, orgs[0], query) for query in queries]
    for ranges in (1, 2, 7):
        monkeypatch.setattr(event_search, "MOST_RANGES", ranges)
        assert [answer(db, orgs[0], query) for query in queries] == whole
    assert {found.record_id for found in whole[0]} == recorded.expected(orgs[0], queries[0])
    assert whole[0] == whole[1][::-1]


@pytest.mark.parametrize("goes_on", [False, True])
@pytest.mark.parametrize(
    "asked",
    [
        {"MATCH_anyEPC": ITEMS},
        {"EQ_bizStep": ["packing"], "GE_eventTime": "2026-03-01T00:00:00Z"},
        {"orderBy": "recordTime", "LT_recordTime": "2026-03-02T00:00:00Z"},
    ],
)
def test_walks_read_ranges_of_an_index_and_nothing_else(
    db: Database, asked: dict[str, Any], goes_on: bool
) -> None:
    plan = plan_of(Query.from_json(asked))
    span = plan.record_time if plan.by_record_time else plan.event_time
    keys = {f"key{at}": at for at in range(len(plan.filing.keys))}
    walk = event_walk.Walk.of(plan, span, goes_on=goes_on)
    statement = (
        event_walk.recorded(walk)
        if plan.by_record_time
        else event_walk.filed(walk, (0, 1) if db.dialect == "sqlite" else (0,), len(keys), (1, 2))
    )
    index = "ix_records_captured_at_pk" if plan.by_record_time else "PRIMARY KEY"
    with db.read() as tx:
        text = statement.params(**event_walk.bound(span, (1, 1), 31), **keys).compile(
            tx.connection, compile_kwargs={"literal_binds": True}
        )
        if db.dialect == "sqlite":
            rows = tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")
            steps = [row.detail for row in rows if " epcis_keys" in row.detail or "rec" in row[3]]
            assert steps
            for step in steps:
                assert index in step
                assert plan.by_record_time or "(segment=? AND key=?" in step
        else:
            # a table without rows is read whole, whatever indexes it has
            tx.connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            tx.connection.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
            rows = tx.connection.exec_driver_sql(f"EXPLAIN {text}")
            told = "\n".join(row[0] for row in rows)
            assert "Seq Scan" not in told
            assert index.replace("PRIMARY KEY", "pk_epcis_keys") in told
            assert plan.by_record_time or "Index Cond: ((segment = 0) AND (key = " in told


def test_named_partner_is_matched_with_what_it_sees_and_a_stranger_is_not(db: Database) -> None:
    recorded, seller = Recorded(db), found(db)
    buyer, carrier, invited, stranger = (found(db) for _ in range(4))
    gln, order = "https://id.gs1.org/417/9521234000211", "https://shop.example/po/7"
    local = Code.parse(Kind.PARTY, "xe-01").uri(carrier, "https://here.example")
    raw = event(
        epcList=[ITEMS[0]],
        bizTransactionList=[{"type": "po", "bizTransaction": order}],
        sourceList=[{"type": "possessing_party", "source": local}],
        destinationList=[{"type": "owning_party", "destination": gln}],
        **{"vn:price": 7},
    )
    unnamed = event(
        epcList=[ITEMS[0]], bizTransactionList=[{"type": "po", "bizTransaction": order}]
    )
    recorded.capture(seller, [raw, unnamed], NOW)
    (named, _), (other, _) = ((one[1], one[2]) for one in recorded.events)
    with db.write() as tx:
        # the shorter prefix is a stranger's: the longest that was granted decides
        tx.prefixes.grant(PrefixRow(CompanyPrefix("9521234"), stranger, NOW, "key"))
        tx.prefixes.grant(PrefixRow(CompanyPrefix("952123400021"), buyer, NOW, "key"))
        tx.sharing.grant(GrantRow(other, invited, "key", NOW))

    def finds(org: OrgId, asked: dict[str, Any]) -> set[RecordId]:
        return {one.record_id for one in answer(db, org, Query.from_json(asked))}

    by_order, by_destination = (
        {"EQ_bizTransaction_po": [order]},
        {"EQ_destination_owning_party": [gln]},
    )
    assert finds(seller, by_order) == {named, other}
    for partner in (buyer, carrier):
        assert finds(partner, by_order) == finds(partner, by_destination) == {named}
        assert finds(partner, {"EQ_vn:price": 7}) == set()  # the owner's alone
    assert finds(invited, by_order) == {other}
    assert finds(invited, by_destination) == set()
    assert finds(stranger, by_order) == finds(stranger, by_destination) == set()

    shown = {one.record_id: one.event for one in answer(db, buyer, Query.from_json({}))}
    assert shown[named]["destinationList"] == raw["destinationList"]
    assert "bizTransactionList" not in shown[other]
    for one in answer(db, stranger, Query.from_json({"MATCH_epc": [ITEMS[0]]})):
        assert not {"bizTransactionList", "sourceList", "destinationList"} & one.event.keys()
    with db.write() as tx:
        assert tx.prefixes.end(CompanyPrefix("952123400021"), buyer, NOW, "key")
    assert finds(buyer, by_order) == set()


def test_partners_found_together_are_those_found_one_by_one(db: Database) -> None:
    recorded, seller, asker = Recorded(db), found(db), found(db)
    ours = Code.parse(Kind.PARTY, "kho").uri(asker, "https://here.example")
    parties = [
        ours,
        ours.replace(asker.hex(), seller.hex()),
        "https://id.gs1.org/417/9521234000211",
        "https://id.gs1.org/417/9529999000019",
        "urn:epc:id:pgln:9521234.00021",
        "https://example.org/anybody",
    ]
    raw = [
        event(sourceList=[{"type": "owning_party", "source": party} for party in some])
        for size in (1, 2)
        for some in combinations(parties, size)
    ]
    recorded.capture(seller, raw, NOW)
    with db.write() as tx:
        tx.prefixes.grant(PrefixRow(CompanyPrefix("9521234"), asker, NOW, "key"))
        tx.sharing.grant(GrantRow(recorded.events[4][1], asker, "key", NOW))
    with db.read() as tx:
        one_by_one = {
            record
            for org, record, body in recorded.events
            if audience_in(tx, caller(asker), org=org, record_id=record, kind=KIND, body=body)
            is Audience.PARTNER
        }
        together = Partners(tx, asker).among({one[1]: one[2] for one in recorded.events})
    assert together == one_by_one
    assert 0 < len(one_by_one) < len(raw)


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
    page = Querying(db, "https://here.example").events(caller(org), Query.from_json({}), 2)
    assert isinstance(page.following, Position)
    assert page.following.given == 2
