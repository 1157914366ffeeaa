"""Subscribers are told what they may see as partners, and never more."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import update

from ledger.clock import FixedClock
from ledger.gs1.company_prefix import CompanyPrefix
from ledger.identity.organization import OrgId, Role
from ledger.records.record import RecordId
from ledger.storage.database import Database
from ledger.storage.organizations import OrganizationState
from ledger.storage.prefixes import PrefixRow
from ledger.storage.tables import Organizations, core
from tests.support.notified import House, subscribe
from tests.support.receiver import Receiver, receiver
from tests.support.stored import NOW, found

ORDER: dict[str, Any] = {
    "bizTransactionList": [{"type": "po", "bizTransaction": "urn:example:po:88"}]
}
BY_ORDER = {"EQ_bizTransaction_po": ["urn:example:po:88"]}
"""A query that only finds what a partner sees."""
EVERY_MINUTE = {"schedule": {"second": "0"}}


@pytest.fixture
def house(db: Database) -> Iterator[House]:
    made = House(db, FixedClock(NOW))
    made.log.found()
    yield made
    made.notifying.delivering.close()


@pytest.fixture
def received() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


def told(received: Receiver) -> list[dict[str, Any]]:
    """Every event told, in order."""
    return [event for one in received.taken for event in one.results["resultsBody"]["eventList"]]


def settle(house: House, controls: dict[str, Any]) -> None:
    """Until everything was told; a schedule first becomes due."""
    if controls:
        house.clock.advance(60)
    house.settle()


@pytest.fixture(params=[{}, EVERY_MINUTE], ids=["stream", "schedule"])
def controls(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = request.param
    return found


def test_granted_before_it_is_told_comes_as_a_partner_sees_it(
    house: House, received: Receiver, controls: dict[str, Any]
) -> None:
    supplier, buyer = found(house.db), found(house.db)
    subscribe(house, buyer, received, BY_ORDER, **controls)
    (record_id, _) = house.capture(supplier, "urn:e:1", "urn:e:2", **ORDER)
    house.grant(record_id, buyer)
    house.sequence()
    settle(house, controls)
    (event,) = told(received)
    assert event["eventID"] == "urn:e:1"
    assert event["bizTransactionList"] == ORDER["bizTransactionList"]
    settle(house, controls)
    assert len(told(received)) == 1


def test_granted_long_after_comes_again_as_the_grant_shows_it(
    house: House, received: Receiver, controls: dict[str, Any]
) -> None:
    supplier, buyer = found(house.db), found(house.db)
    subscribe(house, buyer, received, **controls)
    (record_id, _) = house.capture(supplier, "urn:e:1", "urn:e:2", **ORDER)
    house.sequence()
    settle(house, controls)
    assert [event["eventID"] for event in told(received)] == ["urn:e:1", "urn:e:2"]
    assert all("bizTransactionList" not in event for event in told(received))
    house.clock.advance(3600)
    house.grant(record_id, buyer)
    house.grant(record_id, buyer)  # again is no news
    settle(house, controls)
    assert [event["eventID"] for event in told(received)[2:]] == ["urn:e:1"]
    assert told(received)[2]["bizTransactionList"] == ORDER["bizTransactionList"]
    settle(house, controls)
    assert len(told(received)) == 3


def test_what_is_not_granted_is_neither_shown_nor_found(
    house: House, received: Receiver, controls: dict[str, Any]
) -> None:
    supplier, buyer, rival = (found(house.db) for _ in range(3))
    subscribe(house, rival, received, BY_ORDER, **controls)
    (record_id,) = house.capture(supplier, "urn:e:1", **ORDER)
    house.sequence()
    house.grant(record_id, buyer)
    settle(house, controls)
    assert received.taken == []


def test_grant_that_ended_in_between_shows_nothing(
    house: House, received: Receiver, controls: dict[str, Any]
) -> None:
    supplier, buyer = found(house.db), found(house.db)
    subscribe(house, buyer, received, BY_ORDER, **controls)
    (record_id,) = house.capture(supplier, "urn:e:1", **ORDER)
    house.sequence()
    settle(house, controls)
    house.grant(record_id, buyer)
    with house.db.write() as tx:
        assert tx.sharing.end_grant(record_id, buyer)
    settle(house, controls)
    assert received.taken == []
    house.grant(record_id, buyer)  # granted anew: news again
    settle(house, controls)
    assert [event["eventID"] for event in told(received)] == ["urn:e:1"]


def test_grant_of_what_was_recorded_before_the_subscription_is_not_told(
    house: House, received: Receiver, controls: dict[str, Any]
) -> None:
    supplier, buyer = found(house.db), found(house.db)
    (record_id,) = house.capture(supplier, "urn:e:1", **ORDER)
    house.sequence()
    house.clock.advance(3600)
    subscribe(house, buyer, received, BY_ORDER, **controls)
    house.grant(record_id, buyer)
    settle(house, controls)
    assert received.taken == []


def test_many_grants_are_all_told_once(
    house: House, received: Receiver, controls: dict[str, Any]
) -> None:
    supplier, buyer = found(house.db), found(house.db)
    subscribe(house, buyer, received, BY_ORDER, **controls)
    names = [f"urn:e:{number}" for number in range(450)]
    ids = house.capture(supplier, *names, **ORDER)
    house.sequence()
    settle(house, controls)
    for record_id in ids:
        house.grant(record_id, buyer)
    settle(house, controls)
    assert received.event_ids() == names


def test_party_the_event_names_is_told_as_a_partner(
    house: House, received: Receiver, controls: dict[str, Any]
) -> None:
    supplier, buyer = found(house.db), found(house.db)
    with house.db.write() as tx:
        tx.prefixes.grant(PrefixRow(CompanyPrefix("952123400021"), buyer, NOW, "test"))
    subscribe(house, buyer, received, BY_ORDER, **controls)
    for gln in ("9521234000211", "9521234000310"):
        named = {"type": "owning_party", "destination": f"https://id.gs1.org/417/{gln}"}
        house.capture(supplier, f"urn:e:{gln}", destinationList=[named], **ORDER)
    house.sequence()
    settle(house, controls)
    assert received.event_ids() == ["urn:e:9521234000211"]


def test_suspended_organization_is_told_nothing_until_it_stands_again(
    house: House, received: Receiver, controls: dict[str, Any]
) -> None:
    org = found(house.db)
    subscribe(house, org, received, **controls)
    received.statuses = [503]
    house.capture(org, "urn:e:1")
    house.sequence()
    settle(house, controls)
    assert len(received.refused) == 1
    turn(house, org, OrganizationState.SUSPENDED)
    house.capture(org, "urn:e:2")
    house.sequence()
    house.clock.advance(3600)
    assert not house.notifying.match_once()
    house.settle()
    assert received.taken == []
    turn(house, org, OrganizationState.ACTIVE)
    house.settle()
    assert received.event_ids() == ["urn:e:1", "urn:e:2"]


def test_authority_that_is_one_no_more_sees_what_everyone_sees(
    house: House, received: Receiver, controls: dict[str, Any]
) -> None:
    supplier, agency = found(house.db), found(house.db)
    subscribe(house, agency, received, BY_ORDER, **controls)
    table = core(Organizations)
    for roles, name in ((Role.AUTHORITY, "urn:e:1"), (Role.PRODUCER, "urn:e:2")):
        with house.db.write() as tx:
            tx.connection.execute(
                update(table).where(table.c.org == bytes(agency)).values(roles=int(roles))
            )
        house.capture(supplier, name, **ORDER)
        house.sequence()
        settle(house, controls)
    assert received.event_ids() == ["urn:e:1"]


def turn(house: House, org: OrgId, state: OrganizationState) -> None:
    table = core(Organizations)
    with house.db.write() as tx:
        tx.connection.execute(
            update(table).where(table.c.org == bytes(org)).values(state=state.value)
        )


def test_grants_of_many_at_once_become_visible_in_order_without_gaps(house: House) -> None:
    """Else who has seen number 2 would never be told of a number 1 that commits after it."""
    supplier, buyer = found(house.db), found(house.db)
    ids = house.capture(supplier, *[f"urn:e:{number}" for number in range(40)])

    def grant(part: list[RecordId]) -> None:
        for record_id in part:
            house.grant(record_id, buyer)

    threads = [threading.Thread(target=grant, args=(ids[at::4],)) for at in range(4)]
    for thread in threads:
        thread.start()
    seen: list[int] = []
    while len(seen) < len(ids):
        running = any(thread.is_alive() for thread in threads)
        with house.db.read() as tx:
            seen = [number for number, _ in tx.sharing.news(buyer, 0, 100)]
        assert seen == list(range(1, len(seen) + 1))
        assert running or len(seen) == len(ids)
    for thread in threads:
        thread.join()
    with house.db.read() as tx:
        assert {name for _, name in tx.sharing.news(buyer, 0, 100)} == set(ids)
        assert tx.sharing.last_news(buyer) == len(ids)
        assert [number for number, _ in tx.sharing.news(buyer, 38, 100)] == [39, 40]
        assert tx.sharing.last_news(supplier) == 0
