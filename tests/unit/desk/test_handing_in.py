"""What is journalled is handed in until it is answered, and given up only when it is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.desk.hand_ins import HandIn, Kind, drop_hand_in, find_hand_in, put_hand_in
from ledger.desk.handing_in import HandingIn, until_first
from ledger.desk.store import Store, Transaction
from ledger.errors import Conflict, Forbidden, LedgerError, Unavailable, VerificationFailed

LEG = bytes(range(32))
STEP = HandIn(Kind.STEP, LEG, "/exchange/legs/0/steps", b'{"action":"RECEIVE"}', 1_764_000_000)
AWAY = Unavailable("server-unreachable", "nobody answers")
NOT_NOW = Forbidden("scope-missing", "the key may not")
FOR_GOOD = Conflict("leg-action-illegal", "the leg is settled")
OVERTAKEN = Conflict("leg-nonce-invalid", "another step came first")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "desk.sqlite")


class Server:
    """Answers with each of these in turn, then with nothing to complain of."""

    def __init__(self, *answers: LedgerError) -> None:
        self.posted: list[tuple[str, bytes]] = []
        self._answers = list(answers)

    def post(self, path: str, body: bytes) -> object:
        self.posted.append((path, body))
        if self._answers:
            raise self._answers.pop(0)
        return {}


def journal(store: Store) -> None:
    with store.write() as tx:
        put_hand_in(tx, STEP)


def finished(store: Store, handing_in: HandingIn) -> Callable[[bytes], None]:
    def hand_in(subject: bytes) -> None:
        handing_in.hand_in(subject)
        with store.write() as tx:
            drop_hand_in(tx, subject)

    return hand_in


@pytest.mark.parametrize("refusal", [AWAY, NOT_NOW])
def test_what_is_not_answered_is_handed_in_again_byte_for_byte(
    store: Store, refusal: LedgerError
) -> None:
    journal(store)
    server = Server(refusal)
    handing_in = HandingIn(store, server.post)
    with pytest.raises(type(refusal)):
        handing_in.finish(LEG, finished(store, handing_in))
    assert handing_in.find(LEG) is not None
    assert handing_in.finish_all(Kind.STEP, finished(store, handing_in)) == 1
    assert server.posted == [(STEP.path, STEP.body)] * 2
    assert handing_in.find(LEG) is None
    handing_in.finish(LEG, finished(store, handing_in))
    assert len(server.posted) == 2


def test_what_is_refused_for_good_leaves_the_journal_with_what_went_with_it(store: Store) -> None:
    journal(store)
    handing_in = HandingIn(store, Server(FOR_GOOD).post)
    undone: list[bytes] = []

    def take_back(tx: Transaction, refused: HandIn) -> None:
        assert find_hand_in(tx, LEG) is None, "in one transaction"
        undone.append(refused.body)

    with pytest.raises(Conflict):
        handing_in.hand_in(LEG, take_back)
    assert undone == [STEP.body]
    assert handing_in.find(LEG) is None


def test_undoing_that_fails_leaves_it_in_the_journal(store: Store) -> None:
    journal(store)
    handing_in = HandingIn(store, Server(FOR_GOOD).post)

    def fail(tx: Transaction, refused: HandIn) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        handing_in.hand_in(LEG, fail)
    assert handing_in.find(LEG) is not None


def test_what_was_refused_before_a_crash_is_given_up_without_a_word(store: Store) -> None:
    journal(store)
    handing_in = HandingIn(store, Server(FOR_GOOD).post)
    handing_in.finish(LEG, finished(store, handing_in))
    assert handing_in.find(LEG) is None


def test_a_leg_that_cannot_be_believed_after_the_answer_is_told(store: Store) -> None:
    """The step was taken in; to go on as if it had been refused would sign another beside it."""
    journal(store)
    server = Server()
    handing_in = HandingIn(store, server.post)

    def read(subject: bytes) -> None:
        handing_in.hand_in(subject)
        raise VerificationFailed("desk-leg-doubtful", "the head does not follow")

    with pytest.raises(VerificationFailed):
        handing_in.finish(LEG, read)
    assert handing_in.find(LEG) is not None
    handing_in.finish(LEG, finished(store, handing_in))
    assert len(server.posted) == 2


def test_a_step_that_is_overtaken_again_and_again_is_given_up() -> None:
    times: list[int] = []

    def once() -> None:
        times.append(1)
        raise OVERTAKEN

    with pytest.raises(Conflict) as refused:
        until_first(once)
    assert refused.value.code == "leg-nonce-invalid"
    assert len(times) == 5


def test_a_step_is_tried_again_only_where_it_was_overtaken() -> None:
    answers: list[LedgerError | None] = [OVERTAKEN, None]

    def once() -> str:
        answer = answers.pop(0)
        if answer is not None:
            raise answer
        return "done"

    assert until_first(once) == "done"
    answers[:] = [FOR_GOOD, None]
    with pytest.raises(Conflict):
        until_first(once)
    assert answers == [None]
