"""Dead letters: what was put aside comes again when asked for, once, and holds up nothing."""

from __future__ import annotations

import base64
import hmac
import threading
from collections.abc import Iterator

import pytest

from ledger.clock import FixedClock
from ledger.errors import NotFound
from ledger.services import line_sending as line_sending_module
from ledger.storage.database import Database
from ledger.storage.deliveries import Backlog
from ledger.storage.subscriptions import SubscriptionRow
from tests.support.notified import House, caller, subscribe
from tests.support.receiver import Receiver, receiver
from tests.support.stored import NOW, found

TOKEN = "13df38d8275b13f05704629e5f1cf3d45d6132d5"


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


def bury(
    house: House, received: Receiver, monkeypatch: pytest.MonkeyPatch, count: int
) -> SubscriptionRow:
    """A subscription with so many dead letters, `urn:e:1` and on, each refused three times."""
    monkeypatch.setattr(line_sending_module, "MOST_ATTEMPTS", 3)
    org = found(house.db)
    row = subscribe(house, org, received, signatureToken=TOKEN)
    received.statuses = [500] * (3 * count)
    for number in range(1, count + 1):
        house.capture(org, f"urn:e:{number}")
        house.sequence()
        house.settle()
    for _ in range(3 * count):
        house.clock.advance(10)
        house.settle()
    assert backlog(house, row) == Backlog(0, count, backlog(house, row).failure)
    assert received.taken == []
    return row


def backlog(house: House, row: SubscriptionRow) -> Backlog:
    with house.db.read() as tx:
        return tx.deliveries.backlog(row.id)


def redeliver(house: House, row: SubscriptionRow, number: str | None = None) -> int:
    done = house.redelivering.redeliver(caller(row.org), row.query, row.id, number)
    return done.requeued


def test_redelivered_goes_out_in_order_signed_anew_and_is_gone(
    house: House, received: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = bury(house, received, monkeypatch, 3)
    first = received.refused[0]
    house.clock.advance(86_400)
    assert redeliver(house, row) == 3
    assert backlog(house, row).waiting == 3
    house.settle()
    assert received.event_ids() == ["urn:e:1", "urn:e:2", "urn:e:3"]
    assert backlog(house, row) == Backlog(0, 0, None)
    again = received.taken[0]
    assert (again.number, again.body) == (first.number, first.body)
    assert again.headers["webhook-id"] == first.headers["webhook-id"]
    assert (
        int(again.headers["webhook-timestamp"]) >= int(first.headers["webhook-timestamp"]) + 86_400
    )
    for told in (first, again):
        signed = f"{told.headers['webhook-id']}.{told.headers['webhook-timestamp']}.".encode()
        mac = hmac.digest(TOKEN.encode(), signed + told.body, "sha256")
        assert told.headers["webhook-signature"] == f"v1,{base64.b64encode(mac).decode()}"
    assert first.headers["webhook-signature"] != again.headers["webhook-signature"]


def test_one_is_redelivered_and_the_others_stay(
    house: House, received: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = bury(house, received, monkeypatch, 3)
    assert redeliver(house, row, "2") == 1
    assert redeliver(house, row, "2") == 0  # it waits already: nothing is sent twice
    house.settle()
    assert received.event_ids() == ["urn:e:2"]
    dead, following = house.redelivering.list_dead(caller(row.org), row.query, row.id, 30, None)
    assert [(one.number, one.attempts) for one in dead] == [(1, 3), (3, 3)]
    assert following is None
    assert "500" in dead[0].failure
    with pytest.raises(NotFound) as caught:
        redeliver(house, row, "2")
    assert caught.value.code == "dead-letter-unknown"


def test_refused_again_is_dead_again_at_once_and_holds_up_nothing(
    house: House, received: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = bury(house, received, monkeypatch, 2)
    received.statuses = [410, 410]
    assert redeliver(house, row) == 2
    house.capture(row.org, "urn:e:3")
    house.sequence()
    for _ in range(3):
        house.settle()
    assert received.event_ids() == ["urn:e:3"]
    now = backlog(house, row)
    assert (now.waiting, now.dead) == (0, 2)
    assert now.failure is not None
    assert "410" in now.failure


def test_nothing_to_redeliver_leaves_the_line_as_it_was(house: House, received: Receiver) -> None:
    row = subscribe(house, found(house.db), received)
    assert redeliver(house, row) == 0
    with house.db.read() as tx:
        assert tx.subscriptions.to_send(house.clock.now(), 10) == []


def test_asked_for_by_many_at_once_is_sent_once(
    house: House, received: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = bury(house, received, monkeypatch, 2)
    counts: list[int] = []
    threads = [
        threading.Thread(target=lambda: counts.append(redeliver(house, row))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts) == [0, 0, 0, 2]
    house.settle()
    assert received.event_ids() == ["urn:e:1", "urn:e:2"]


@pytest.mark.parametrize("number", ["0", "9", "-1", "1.0", "redelivery", "9" * 30, "１"])
def test_number_that_is_not_put_aside_refused(
    house: House, received: Receiver, monkeypatch: pytest.MonkeyPatch, number: str
) -> None:
    row = bury(house, received, monkeypatch, 1)
    for act in (house.redelivering.get_dead, house.redelivering.redeliver):
        with pytest.raises(NotFound) as caught:
            act(caller(row.org), row.query, row.id, number)
        assert caught.value.code == "dead-letter-unknown"


def test_dead_letters_of_others_are_not_shown_nor_sent(
    house: House, received: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = bury(house, received, monkeypatch, 1)
    rival = caller(found(house.db))
    house.subscribing.add_query(rival, row.query, {})
    with pytest.raises(NotFound):
        house.redelivering.list_dead(rival, row.query, row.id, 30, None)
    with pytest.raises(NotFound):
        house.redelivering.redeliver(rival, row.query, row.id)
    assert backlog(house, row).dead == 1


def test_list_goes_on_page_by_page(
    house: House, received: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = bury(house, received, monkeypatch, 5)
    found_numbers: list[int] = []
    after: str | None = None
    while True:
        dead, after = house.redelivering.list_dead(caller(row.org), row.query, row.id, 2, after)
        found_numbers += [one.number for one in dead]
        if after is None:
            break
    assert found_numbers == [1, 2, 3, 4, 5]
