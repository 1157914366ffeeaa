"""From what became true to whoever has to know: never lost, never two contents under one id."""

from __future__ import annotations

import hmac
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from ledger.clock import FixedClock
from ledger.epcis.alert import Alert, AlertKind
from ledger.errors import Forbidden, InvalidInput, NotFound
from ledger.identity.organization import OrgId, Role
from ledger.identity.sealing import Seal
from ledger.services import line_sending as line_sending_module
from ledger.services.alerting import Alerting
from ledger.services.caller import Caller, Scope
from ledger.services.signed_webhook import SignedWebhook
from ledger.services.webhook import Webhook
from ledger.storage.database import Database
from tests.support.receiver import Receiver, receiver
from tests.support.stored import NOW, found

TOKEN = "b2a1c1d2e3f405162738495a6b7c8d9e"


class House:
    """Alerting over one database, as one process has it."""

    def __init__(self, db: Database, clock: FixedClock) -> None:
        self.db = db
        self.clock = clock
        self.alerting = Alerting(
            db, clock, SignedWebhook(Webhook(allow_loopback=True), Seal(bytes(32)))
        )

    def tell(self, about: str, *orgs: OrgId, **content: Any) -> None:
        with self.db.write() as tx:
            tx.alerts.add(orgs, Alert(AlertKind.RECALL, about, content), self.clock.now())

    def settle(self) -> None:
        """Send until nothing moves."""
        while self.alerting.delivering.send_once():
            time.sleep(0.01)


@pytest.fixture
def house(db: Database) -> Iterator[House]:
    made = House(db, FixedClock(NOW))
    yield made
    made.alerting.delivering.close()


@pytest.fixture
def received() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


def caller(org: OrgId, *scopes: Scope) -> Caller:
    return Caller(org, "key", Role.PRODUCER, frozenset(scopes or {Scope.READ, Scope.ADMIN}))


def ids(received: Receiver) -> list[str]:
    return [one.headers["provenance-delivery"] for one in received.taken]


def test_alert_is_signed_and_taken_once(house: House, received: Receiver) -> None:
    org = found(house.db)
    house.alerting.set_address(caller(org), received.url, TOKEN)
    house.tell("recall/1", org, reason="Nhiễm khuẩn")
    house.settle()
    house.settle()
    (told,) = received.taken
    signature = hmac.new(TOKEN.encode(), told.body, "sha256").hexdigest()
    assert told.headers["gs1-signature"] == f"sha256={signature}"
    body = json.loads(told.body)
    assert body["id"] == told.headers["provenance-delivery"]
    assert (body["kind"], body["organization"]) == ("recall", org.text)
    assert body["recall"] == {"reason": "Nhiễm khuẩn"}
    (row,) = house.alerting.inbox(caller(org))
    assert (row.taken_at, row.waits, row.body) == (house.clock.now(), False, told.body)


def test_alert_about_the_same_is_made_once(house: House, received: Receiver) -> None:
    org, other = found(house.db), found(house.db)
    house.alerting.set_address(caller(org), received.url, TOKEN)
    house.tell("recall/1", org, reason="one")
    house.settle()
    house.tell("recall/1", org, other, reason="two")
    house.settle()
    assert [json.loads(one.body)["recall"]["reason"] for one in received.taken] == ["one"]
    (row,) = house.alerting.inbox(caller(other))
    assert json.loads(row.body)["recall"]["reason"] == "two"


def test_alerts_are_told_in_order_and_again_until_taken(house: House, received: Receiver) -> None:
    org = found(house.db)
    house.alerting.set_address(caller(org), received.url, TOKEN)
    received.statuses = [500, 503]
    for about in ("a", "b", "c"):
        house.tell(about, org)
    for _ in range(4):
        house.settle()
        house.clock.advance(10)
    first = received.refused[0].body
    assert [one.body for one in received.refused] == [first, first]
    assert received.taken[0].body == first
    rows = [row.id for row in reversed(house.alerting.inbox(caller(org)))]
    assert ids(received) == rows


def test_alert_told_again_after_a_crash_is_the_same_bytes(house: House, received: Receiver) -> None:
    """The process dies after the receiver took the alert, before this was noted."""
    org = found(house.db)
    house.alerting.set_address(caller(org), received.url, TOKEN)
    house.tell("recall/1", org, reason="one")
    with house.db.read() as tx:
        before = tx.alerts.first(org)
    assert before is not None
    house.settle()
    with house.db.write() as tx:
        tx.connection.exec_driver_sql("UPDATE alerts SET waits = true, taken_at = null")
        tx.connection.exec_driver_sql("UPDATE alert_addresses SET attempt_at = 0")
    later = House(house.db, house.clock)
    later.settle()
    later.alerting.delivering.close()
    assert [one.body for one in received.taken] == [before.body] * 2
    assert ids(received) == [before.id] * 2


def test_alert_refused_too_often_is_put_aside_until_the_address_is_set_again(
    house: House, received: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_sending_module, "MOST_ATTEMPTS", 2)
    org = found(house.db)
    house.alerting.set_address(caller(org), received.url, TOKEN)
    received.statuses = [410, 410]
    house.tell("a", org)
    house.tell("b", org)
    for _ in range(4):
        house.settle()
        house.clock.advance(10)
    assert len(received.taken) == 1
    view = house.alerting.address(caller(org))
    assert (view.waiting, view.dead) == (0, 1)
    house.alerting.set_address(caller(org), received.url, TOKEN)
    house.settle()
    assert ids(received)[1] == received.refused[0].headers["provenance-delivery"]
    view = house.alerting.address(caller(org))
    assert (view.waiting, view.dead) == (0, 0)


def test_alert_without_an_address_stands_in_the_inbox_alone(
    house: House, received: Receiver
) -> None:
    org = found(house.db)
    house.tell("a", org)
    house.alerting.set_address(caller(org), received.url, TOKEN)
    house.settle()
    assert received.taken == []
    house.tell("b", org)
    house.alerting.delete_address(caller(org))
    house.settle()
    assert received.taken == []
    assert [(row.waits, row.dead) for row in house.alerting.inbox(caller(org))] == [
        (False, False)
    ] * 2
    with pytest.raises(NotFound):
        house.alerting.address(caller(org))


def test_alert_of_another_organization_is_neither_seen_nor_acknowledged(house: House) -> None:
    org, other = found(house.db), found(house.db)
    house.tell("a", org)
    (row,) = house.alerting.inbox(caller(org))
    assert house.alerting.inbox(caller(other)) == []
    with pytest.raises(NotFound):
        house.alerting.acknowledge(caller(other), row.id)
    for _ in range(2):
        house.alerting.acknowledge(caller(org), row.id)
    (row,) = house.alerting.inbox(caller(org))
    assert row.acknowledged_at is not None


def test_address_needs_an_administrator_and_the_internet(house: House) -> None:
    org = found(house.db)
    with pytest.raises(Forbidden):
        house.alerting.set_address(caller(org, Scope.READ), "https://example.com/", TOKEN)
    strict = Alerting(house.db, house.clock, SignedWebhook(Webhook(), Seal(bytes(32))))
    for dest in ("http://10.0.0.1/x", "https://127.0.0.1/", "https://[::ffff:10.1.1.1]/"):
        with pytest.raises(InvalidInput) as raised:
            strict.set_address(caller(org), dest, TOKEN)
        assert raised.value.code == "webhook-address-refused"
    for dest, token in (("no url", TOKEN), ("https://example.com/", "short")):
        with pytest.raises(InvalidInput) as raised:
            strict.set_address(caller(org), dest, token)
        assert raised.value.code == "subscription-controls-malformed"


def test_token_moved_to_another_organization_signs_nothing(
    house: House, received: Receiver
) -> None:
    org, other = found(house.db), found(house.db)
    for one in (org, other):
        house.alerting.set_address(caller(one), received.url, TOKEN)
    with house.db.write() as tx:
        tx.connection.exec_driver_sql(
            "UPDATE alert_addresses SET token = (SELECT min(token) FROM alert_addresses)"
        )
    house.tell("a", org, other)
    house.settle()
    assert len(received.taken) == 1


def test_recalls_at_once_tell_the_same_organizations_without_a_deadlock(house: House) -> None:
    orgs = [found(house.db) for _ in range(6)]
    for org in orgs:
        house.alerting.set_address(caller(org), "https://example.com/", TOKEN)
    barrier = threading.Barrier(4)
    failures: list[BaseException] = []

    def tell(number: int) -> None:
        barrier.wait()
        try:
            for turn in range(5):
                order = orgs if number % 2 else orgs[::-1]
                house.tell(f"recall/{number}/{turn}", *order)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=tell, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert all(len(house.alerting.inbox(caller(org))) == 20 for org in orgs)
