"""Questions for places and all within them, beside the obvious answer, on both databases."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import canonical
from ledger.epcis import query_conditions
from ledger.epcis.query import Query
from ledger.identity.organization import OrgId, Role
from ledger.masterdata.code import Code
from ledger.masterdata.kind import Kind
from ledger.records.record import RecordId
from ledger.services.caller import Caller, Scope
from ledger.services.following import Following, Owner, Stretch
from ledger.services.querying import Position, Querying
from ledger.storage import places as filed_places
from ledger.storage.database import Database
from ledger.storage.log_events import LogEvent
from tests.support.campaign import scale
from tests.support.epcis import NOW, event
from tests.support.event_queries import Recorded
from tests.support.stored import digest, found

BASE = "https://here.example"
GLNS = ["9521234000136", "9521234000112", "9521234000143"]
LOCAL = ["kho", "ke-1", "ke-2", "xuong"]


def uri(org: OrgId, code: str) -> str:
    return Code.parse(Kind.PLACE, code).uri(org, BASE)


def describe(
    db: Database, org: OrgId, code: str, parent: str | None, gln: str | None = None
) -> None:
    """What the newest version of a place says, as it is filed."""
    with db.write() as tx:
        newest = tx.connection.exec_driver_sql("SELECT count(*) FROM master_versions").scalar_one()
        tx.masterdata.add_version(
            org=org,
            kind="place",
            code=code,
            gs1_key=code if code.isdigit() else gln,
            version=newest + 1,
            record_pk=newest + 1,
            content=digest(),
            parent=parent,
        )


def at(place: str, member: str = "bizLocation") -> dict[str, Any]:
    return event(**{"readPoint": None, "bizLocation": None, member: {"id": place}})


def answer(db: Database, asker: OrgId, asked: dict[str, Any], limit: int = 3) -> set[RecordId]:
    caller = Caller(asker, "key", Role(0), frozenset({Scope.READ}))
    records: list[RecordId] = []
    after: Position | None = None
    while True:
        page = Querying(db, BASE).events(caller, Query.from_json(asked), limit, after)
        records += [one.record_id for one in page.events]
        if page.following is None:
            assert len(set(records)) == len(records)
            return set(records)
        after = page.following


def test_places_within_are_found_however_deep_and_however_they_are_named(db: Database) -> None:
    recorded, org, stranger = Recorded(db), found(db), found(db)
    site, shelf = GLNS[0], GLNS[1]
    describe(db, org, "kho", site)
    describe(db, org, "ke-1", "kho", gln=shelf)
    describe(db, org, "hop", shelf)  # by the GLN of a place that has a local code
    describe(db, org, "xuong", None)
    named = [
        uri(org, site), uri(org, "kho"), uri(org, "ke-1"), uri(org, shelf), uri(org, "hop"),
        f"{uri(org, shelf)}/254/A1",
    ]  # fmt: skip
    recorded.capture(org, [at(place) for place in named], NOW)
    recorded.capture(org, [at(uri(org, "xuong")), at(uri(org, "hop"), "readPoint")], NOW)
    ids = [record for _, record, _ in recorded.events]
    for asker in (org, stranger):
        within = {"WD_bizLocation": [uri(org, site)]}
        assert answer(db, asker, within) == set(ids[:6])
        assert answer(db, asker, {"EQ_bizLocation": [uri(org, site)]}) == {ids[0]}
        assert answer(db, asker, {"WD_bizLocation": [uri(org, "kho")]}) == set(ids[1:6])
        assert answer(db, asker, {"WD_bizLocation": [uri(org, "ke-1")]}) == set(ids[2:6])
        assert answer(db, asker, {"WD_readPoint": [uri(org, site)]}) == {ids[7]}
        assert answer(db, asker, {**within, "WD_readPoint": [uri(org, site)]}) == set()
        assert answer(db, asker, {**within, "orderBy": "recordTime"}) == set(ids[:6])
    describe(db, org, "kho", None)  # a later version: it was moved away
    assert answer(db, org, {"WD_bizLocation": [uri(org, site)]}) == {ids[0]}


def test_nobody_moves_the_events_of_another(db: Database) -> None:
    recorded, ours, rival = Recorded(db), found(db), found(db)
    recorded.capture(ours, [at(uri(ours, GLNS[1]))], NOW)
    recorded.capture(rival, [at(uri(rival, GLNS[1]))], NOW)
    mine, theirs = (record for _, record, _ in recorded.events)
    describe(db, rival, GLNS[1], GLNS[0])
    site = {"WD_bizLocation": [uri(ours, GLNS[0])]}
    assert answer(db, ours, site) == {theirs}
    assert answer(db, found(db), site) == {theirs}
    assert answer(db, rival, site) == {mine, theirs}  # its own question


def test_too_many_places_of_one_organization_hide_none_of_another(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filed_places, "MOST_PLACES", 3)
    recorded, ours = Recorded(db), found(db)
    for rival in (found(db), found(db)):
        for number in range(10):
            describe(db, rival, f"o-{number}", GLNS[0])
    describe(db, ours, "xuong", GLNS[0])
    recorded.capture(ours, [at(uri(ours, "xuong"))], NOW)
    assert len(answer(db, ours, {"WD_bizLocation": [uri(ours, GLNS[0])]})) == 1


def test_circles_and_chains_without_end_end(db: Database) -> None:
    recorded, org = Recorded(db), found(db)
    for code, parent in (("a", "c"), ("b", "a"), ("c", "b")):
        describe(db, org, code, parent)
    for number in range(30):
        describe(db, org, f"sau-{number + 1}", f"sau-{number}")
    recorded.capture(org, [at(uri(org, code)) for code in ("a", "b", "c", "sau-30")], NOW)
    ids = [record for _, record, _ in recorded.events]
    for code in ("a", "b", "c"):
        assert answer(db, org, {"WD_bizLocation": [uri(org, code)]}) == set(ids[:3])
    assert answer(db, org, {"WD_bizLocation": [uri(org, "sau-0")]}) == set()  # beyond the bound
    assert answer(db, org, {"WD_bizLocation": [uri(org, "sau-20")]}) == {ids[3]}


def test_followed_query_finds_what_lies_within(db: Database) -> None:
    org, other = found(db), found(db)
    describe(db, org, "kho", GLNS[0])
    recorded, following = Recorded(db), Following(db, BASE)
    recorded.capture(org, [at(uri(org, "kho")), at(uri(org, "xuong"))], NOW)
    stretch = Stretch([_followed(at, one) for at, one in enumerate(recorded.events)], 2)
    matched = following.matching(
        Owner(other, Role(0)),
        Query.from_json({"WD_bizLocation": [uri(org, GLNS[0])]}),
        stretch,
        NOW - timedelta(days=1),
    )
    assert [one["bizLocation"]["id"] for one in matched] == [uri(org, "kho")]


def _followed(index: int, one: tuple[OrgId, RecordId, dict[str, Any]]) -> LogEvent:
    org, record_id, body = one
    bare = {name: value for name, value in body.items() if name != "recordTime"}
    return LogEvent(index, record_id, org, NOW, canonical.encode(bare))


def test_any_hierarchy_gives_the_obvious_answer(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    orgs = [found(db), found(db)]
    recorded = Recorded(db)
    for org in orgs:
        recorded.capture(org, [at(uri(org, code)) for code in [*GLNS, *LOCAL]], NOW)
    names = st.sampled_from([*GLNS, *LOCAL, None])

    @given(
        st.lists(st.fixed_dictionaries(dict.fromkeys([*GLNS, *LOCAL], names)), min_size=2,
                 max_size=2),
        st.sampled_from([*GLNS, *LOCAL]),
        st.integers(0, 1),
        st.sampled_from([2, 200]),
    )  # fmt: skip
    @settings(
        max_examples=scale(40, 1_000),
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    def check(said: list[dict[str, str | None]], wanted: str, asker: int, walked: int) -> None:
        monkeypatch.setattr(query_conditions, "MOST_WALKED", walked)
        for org, parents in zip(orgs, said, strict=True):
            for code, parent in parents.items():
                describe(db, org, code, parent)
        asked = uri(orgs[0], wanted)
        expected = set()
        for org, record, body in recorded.events:
            told = {orgs.index(org), asker}
            keys = set().union(*(_obvious(orgs[one], said[one], asked) for one in told), {asked})
            if body["bizLocation"]["id"] in keys:
                expected.add(record)
        assert answer(db, orgs[asker], {"WD_bizLocation": [asked]}) == expected

    check()


def _obvious(org: OrgId, parents: dict[str, str | None], asked: str) -> Iterable[str]:
    """Climb from each place until the one asked for is met, or a place for the second time."""
    for code in parents:
        seen: set[str] = set()
        here: str | None = code
        while here is not None and here not in seen:
            if uri(org, here) == asked:
                yield uri(org, code)
                break
            seen.add(here)
            here = parents[here]
