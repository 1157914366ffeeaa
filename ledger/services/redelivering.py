"""Redelivering: what a subscriber refused too often, looked at and sent once more.

A notification that was put aside goes back into its line under its old number, ahead of everything
made after it, and is sent at once: the same body, signed again with the time of the attempt. Each
request is good for one attempt. Refused again it is put aside again, so that it never holds up what
follows; asked for twice while it waits it is sent once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.clock import Clock
from ledger.errors import InvalidInput, NotFound
from ledger.services.caller import Caller
from ledger.services.subscribing import Subscribing
from ledger.storage.database import Database
from ledger.storage.deliveries import Backlog, DeadLetter

_NUMBER = re.compile(r"[1-9][0-9]{0,17}")


@dataclass(frozen=True, slots=True)
class Redelivery:
    """How many notifications went back into line, and what of the subscription is not taken."""

    requeued: int
    backlog: Backlog


class Redelivering:
    """Looks at dead letters and puts them back in line."""

    def __init__(self, db: Database, clock: Clock, subscribing: Subscribing) -> None:
        self._db = db
        self._clock = clock
        self._subscribing = subscribing

    def list_dead(
        self, caller: Caller, name: str, subscription: str, limit: int, after: str | None
    ) -> tuple[Sequence[DeadLetter], str | None]:
        """What was put aside, by number, and where the next page begins.

        Raises NotFound `query-unknown`, `subscription-unknown`.
        """
        found = self._subscribing.get_subscription(caller, name, subscription)
        if after is not None and _NUMBER.fullmatch(after) is None:
            raise InvalidInput("page-token-malformed", "this is no token of ours")
        with self._db.read() as tx:
            rows, following = tx.deliveries.dead(found.row.id, limit, int(after or 0))
        return rows, None if following is None else str(following)

    def get_dead(self, caller: Caller, name: str, subscription: str, number: str) -> bytes:
        """The body of one that was put aside. Raises NotFound `dead-letter-unknown` as well."""
        found = self._subscribing.get_subscription(caller, name, subscription)
        with self._db.read() as tx:
            kept = tx.deliveries.find(found.row.id, _read_number(number))
        if kept is None or not kept[1]:
            raise _unknown(number)
        return kept[0].body

    def redeliver(
        self, caller: Caller, name: str, subscription: str, number: str | None = None
    ) -> Redelivery:
        """Put one dead letter, or all, back in line. One that waits there already is left alone.

        Raises NotFound `query-unknown`, `subscription-unknown`, and `dead-letter-unknown` for a
        number that was taken, let go or never given.
        """
        found = self._subscribing.get_subscription(caller, name, subscription)
        wanted = None if number is None else _read_number(number)
        with self._db.write() as tx:
            if wanted is not None and tx.deliveries.find(found.row.id, wanted) is None:
                raise _unknown(number or "")
            requeued = tx.deliveries.revive(found.row.id, self._clock.now(), wanted)
            return Redelivery(requeued, tx.deliveries.backlog(found.row.id))


def _read_number(text: str) -> int:
    if _NUMBER.fullmatch(text) is None:
        raise _unknown(text)
    return int(text)


def _unknown(number: str) -> NotFound:
    return NotFound("dead-letter-unknown", f"no notification {number!r:.60} is put aside")
