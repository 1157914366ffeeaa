"""Single events cross to a worker and back, whatever becomes of the worker."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager

import pytest

from ledger.cli import lane as lane_module
from ledger.cli.lane import Lane, serve_lane
from ledger.errors import Conflict, InvalidInput, QuotaExceeded, Unavailable
from ledger.identity.organization import OrgId
from ledger.records.record import RecordId
from ledger.services.intake import Stored
from ledger.services.single_events import Answer, Single

ORG = OrgId(bytes(range(32)))


def stored(single: Single) -> Stored:
    """An answer that shows which event it is for."""
    return Stored(single[1].decode(), RecordId(bytes(16)), created=True)


def store_all(group: Sequence[Single]) -> list[Answer]:
    return [stored(single) for single in group]


def singles(*names: str) -> list[Single]:
    return [(ORG, name.encode()) for name in names]


@pytest.fixture
def lane() -> Iterator[Lane]:
    with closing(Lane()) as made:
        yield made


@contextmanager
def working(lane: Lane, store: Callable[[Sequence[Single]], Sequence[Answer]]) -> Iterator[None]:
    stop = threading.Event()
    worker = threading.Thread(target=serve_lane, args=(lane.address, store, stop))
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join(10)
        assert not worker.is_alive()


def test_store_answers_every_event_in_order(lane: Lane) -> None:
    names = [str(number) for number in range(512)]
    with working(lane, store_all):
        for _ in range(3):
            answers = lane.store(singles(*names))
            assert [one.event_id for one in answers if isinstance(one, Stored)] == names


def test_store_large_group_arrives_whole(lane: Lane) -> None:
    sizes: list[int] = []

    def measure(group: Sequence[Single]) -> list[Answer]:
        sizes.extend(len(body) for _, body in group)
        return [Stored("", RecordId(bytes(16)), created=True) for _ in group]

    with working(lane, measure):
        lane.store([(ORG, bytes(4 * 1024 * 1024))] * 4)
    assert sizes == [4 * 1024 * 1024] * 4


def test_store_errors_arrive_as_they_were_raised(lane: Lane) -> None:
    refused: list[Answer] = [
        InvalidInput("epcis-field-missing", "no action", pointer="/action"),
        QuotaExceeded("quota-requests", "too many", retry_after=2.5),
        Conflict("event-id-taken", "taken"),
        ValueError("a bug"),
    ]
    with working(lane, lambda _: refused):
        answers = lane.store(singles("a", "b", "c", "d"))
    assert [type(one) for one in answers] == [type(one) for one in refused]
    for got, sent in zip(answers, refused, strict=True):
        assert vars(got) == vars(sent)
        assert str(got) == str(sent)


def test_store_worker_that_dies_over_a_group_is_followed_by_the_next(lane: Lane) -> None:
    seen: list[str] = []

    def die_twice(group: Sequence[Single]) -> list[Answer]:
        seen.extend(body.decode() for _, body in group)
        if len(seen) < 6:
            raise ConnectionResetError
        return store_all(group)

    with working(lane, die_twice), working(lane, die_twice), working(lane, die_twice):
        answers = lane.store(singles("a", "b"))
    assert answers == [stored(single) for single in singles("a", "b")]
    assert seen == ["a", "b"] * 3


def test_store_worker_that_died_half_way_through_a_frame_leaves_nothing_to_the_next(
    lane: Lane,
) -> None:
    def read_a_little() -> None:
        near.recv(1000)
        near.close()

    with socket.socket(socket.AF_UNIX) as near:
        near.connect(lane.address)
        reading = threading.Thread(target=read_a_little)
        reading.start()
        with working(lane, store_all):
            answers = lane.store(singles("a" * 1_000_000, "b"))
        reading.join(10)
    assert [one.event_id[0] for one in answers if isinstance(one, Stored)] == ["a", "b"]


def test_store_nobody_answers_is_unavailable(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane_module, "_PATIENCE_SECONDS", 0.3)
    with pytest.raises(Unavailable) as caught:
        lane.store(singles("a"))
    assert caught.value.code == "capture-overloaded"


def test_store_late_answer_is_not_taken_for_the_next_groups(
    lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane_module, "_PATIENCE_SECONDS", 0.3)
    may_answer = threading.Event()

    def hesitate(group: Sequence[Single]) -> list[Answer]:
        may_answer.wait(10)
        return store_all(group)

    with working(lane, hesitate):
        with pytest.raises(Unavailable):
            lane.store(singles("a"))
        may_answer.set()
    monkeypatch.setattr(lane_module, "_PATIENCE_SECONDS", 10.0)
    with working(lane, store_all):
        assert lane.store(singles("b")) == [stored(single) for single in singles("b")]


def test_serve_lane_nobody_listens_ends(lane: Lane) -> None:
    address = lane.address
    lane.close()
    serve_lane(address, store_all, threading.Event())
