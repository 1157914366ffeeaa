"""Delivering: the first of each line handed to its receiver, at least once and in order.

What stands first goes out until it was taken or put aside; only then comes the next of its line. A
crash between the receiver's answer and the note of it sends the same under the same name once more:
a receiver so knows a repetition. What it refuses is tried again, ever more rarely, and after too
many attempts put aside, so that the rest of the line can pass.

Alerts, notifications of subscriptions and the numbers of the exchange's feed are delivered alike.
What a line is, how it is kept and what is made of its first, each says itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from ledger.clock import Clock
from ledger.errors import InvalidInput, LedgerError, Unavailable
from ledger.services.line_sending import LineSending, pause_after
from ledger.services.signed_webhook import Address, SignedWebhook
from ledger.storage.database import Database
from ledger.storage.transaction import Transaction


class Waiting(Protocol):
    """What every line's row tells: how often it was tried in vain."""

    @property
    def attempts(self) -> int:
        """Attempts that failed."""


Row = TypeVar("Row", bound=Waiting)
Row_contra = TypeVar("Row_contra", bound=Waiting, contravariant=True)


class Lines(Protocol[Row_contra]):
    """Lines in one transaction, and what becomes of the first of one."""

    def take(self, row: Row_contra, at: datetime, /) -> None:
        """It was taken."""

    def postpone(self, row: Row_contra, until: datetime, failure: str, /) -> None:
        """It was not taken; try again then."""

    def bury(self, row: Row_contra, at: datetime, failure: str, /) -> None:
        """It was refused too often: let the next one of its line pass."""


@dataclass(frozen=True, slots=True)
class Delivery(Generic[Row]):
    """The first of a line as it goes out; name and body are the same at every attempt."""

    row: Row
    address: Address
    name: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Delivering(Generic[Row]):
    """Sends the lines of one kind. One process at a time should run it.

    `read_due` names the lines in which something is due, `read_first` what stands first in one
    (None: nothing that may go out), `lines` where that is noted.
    """

    def __init__(
        self,
        kind: str,
        db: Database,
        clock: Clock,
        webhook: SignedWebhook,
        *,
        read_due: Callable[[Transaction, datetime], Sequence[str]],
        read_first: Callable[[Transaction, str], Delivery[Row] | None],
        lines: Callable[[Transaction], Lines[Row]],
    ) -> None:
        self._db = db
        self._clock = clock
        self._webhook = webhook
        self._read_due = read_due
        self._read_first = read_first
        self._lines = lines
        self._sending = LineSending(kind, self._send_first)

    def send_once(self) -> int:
        """Begin to send what is due, without waiting for it; how many lines move."""
        return self._sending.begin(self._due)

    def close(self) -> None:
        """Wait for what is being sent."""
        self._sending.close()

    def _due(self) -> Sequence[str]:
        with self._db.read() as tx:
            return self._read_due(tx, self._clock.now())

    def _send_first(self, line: str) -> bool:
        """Whether something stood first in the line and was taken."""
        with self._db.read() as tx:
            delivery = self._read_first(tx, line)
        if delivery is None:
            return False
        try:
            self._webhook.post(
                delivery.address,
                delivery.name,
                delivery.body,
                self._clock.now(),
                delivery.headers,
            )
        except (Unavailable, InvalidInput) as error:
            self._note_failure(delivery.row, error)
            return False
        with self._db.write() as tx:
            # From here on the receiver has it; should this be lost, it gets the same once more.
            self._lines(tx).take(delivery.row, self._clock.now())
        return True

    def _note_failure(self, row: Row, error: LedgerError) -> None:
        now = self._clock.now()
        pause = pause_after(row.attempts)
        with self._db.write() as tx:
            if pause is None:
                self._lines(tx).bury(row, now, error.detail)
            else:
                self._lines(tx).postpone(row, now + pause, error.detail)
