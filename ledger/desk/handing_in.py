"""Handing in what the journal holds: again where no answer came, never again once it is refused.

What survives a crash: a request leaves the journal only in a transaction that follows the server's
answer, so until then the very same bytes are handed in again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ledger.desk.hand_ins import HandIn, Kind, drop_hand_in, find_hand_in, list_hand_ins
from ledger.desk.store import Store, Transaction
from ledger.errors import Conflict, LedgerError

_ATTEMPTS = 5

T = TypeVar("T")
Post = Callable[[str, bytes], object]
Judge = Callable[[LedgerError], bool]
TakeBack = Callable[[Transaction, HandIn], None]


def is_final(refusal: LedgerError) -> bool:
    """Whether a refusal decides about the request itself. Who may ask, and how often, is another
    question: that can change, and the request stays."""
    return refusal.family in ("invalid", "absent", "conflict", "failed") or (
        refusal.family == "access" and refusal.code.startswith("leg-")
    )


class HandingIn:
    """Brings journalled requests to the server by `post`, and gives up what is refused for good, as
    `is_final` tells."""

    def __init__(self, store: Store, post: Post, is_final: Judge = is_final) -> None:
        self._store = store
        self._post = post
        self._is_final = is_final

    def find(self, subject: bytes) -> HandIn | None:
        """What is under way for that subject."""
        with self._store.read() as tx:
            return find_hand_in(tx, subject)

    def hand_in(self, subject: bytes, take_back: TakeBack | None = None) -> HandIn:
        """Post what is journalled for the subject, and what was posted. It stays in the journal
        until what follows from it is stored (`drop_hand_in`).

        Raises what the server refuses it with: for good, then it never became true, leaves the
        journal and `take_back` undoes in the same transaction what went with it; or for now.
        """
        waiting = self.find(subject)
        assert waiting is not None, "it was journalled"
        try:
            self._post(waiting.path, waiting.body)
        except LedgerError as refusal:
            # Where nobody knows, the server being away, the journal keeps it.
            if self._is_final(refusal):
                with self._store.write() as tx:
                    drop_hand_in(tx, subject)
                    if take_back is not None:
                        take_back(tx, waiting)
            raise
        return waiting

    def finish(self, subject: bytes, hand_in: Callable[[bytes], object]) -> None:
        """Hand in what was signed before, if anything. What the server refuses for good by now is
        dropped: it never became true. Raises what else kept it from being finished."""
        if self.find(subject) is None:
            return
        try:
            hand_in(subject)
        except LedgerError:
            # Still in the journal: no answer came, or what follows from it could not be stored.
            if self.find(subject) is not None:
                raise

    def finish_all(self, kind: Kind, hand_in: Callable[[bytes], object]) -> int:
        """The same for everything of a kind; how many there were. Raises Unavailable."""
        with self._store.read() as tx:
            waiting = list_hand_ins(tx, kind)
        for one in waiting:
            self.finish(one.subject, hand_in)
        return len(waiting)


def until_first(once: Callable[[], T]) -> T:
    """Do `once`, again where the other party of a leg, or a deadline, was faster: the leg is judged
    anew and the step signed anew, a few times."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return once()
        except Conflict as conflict:
            if conflict.code != "leg-nonce-invalid":
                raise
    return once()
