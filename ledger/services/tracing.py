"""Tracing: where goods came from, what became of them, what was in a container.

Nothing is shown that the asker may not see in the events themselves. What is told is this server's
word; every event it rests on is named with its record, whose proof anyone can check.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from ledger.clock import Clock
from ledger.epcis.context import Context
from ledger.epcis.custody import Holder, holders
from ledger.epcis.fields import check_identifier
from ledger.epcis.keys import KeyRole
from ledger.epcis.trace import Caution, CautionCode, Direction, Trace
from ledger.epcis.tracing import Contents, find_contents, trace
from ledger.errors import NotFound, QuotaExceeded
from ledger.gs1.identifier import find_identifier
from ledger.identity.organization import Profile
from ledger.services.caller import Caller
from ledger.services.recall_warning import RecalledGoods, all_inside, find_recalled
from ledger.services.recorded_steps import RecordedSteps
from ledger.storage.database import Database
from ledger.storage.transaction import Transaction

_BARE_GTIN = re.compile(r"https://id\.gs1\.org/01/[0-9]{14}")

AT_ONCE = 4
"""Traces worked on at once in one process."""
PATIENCE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class TraceView:
    """A trace with the names of those who recorded its steps."""

    trace: Trace
    holders: Sequence[Holder]
    profiles: Mapping[str, Profile]
    """By organization id."""


@dataclass(frozen=True, slots=True)
class ContentsView:
    """What a container held at a time."""

    container: str
    at: datetime
    contents: Contents
    recalled: Sequence[RecalledGoods] = ()
    """What of it is in a recall that is in force now, however deep inside."""


class Tracing:
    """Answers traces from one snapshot of the database each."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    def trace(self, name: str, direction: Direction, caller: Caller | None) -> TraceView:
        """Follow the goods a URI names. Raises InvalidInput, NotFound `lot-unknown`, QuotaExceeded
        `trace-overloaded`."""
        subject, lot = read_name(name)
        with self._turn(), self._db.read() as tx:
            reader = RecordedSteps(tx, caller)
            found = trace(reader, subject, direction, lot=lot)
            # a lot just made has gone nowhere yet, and is known all the same
            if not found.steps and not reader.read([subject], tuple(KeyRole), 1):
                raise _nothing_about(subject)
            cautions = [*found.cautions, *self._warn(tx, reader, found)]
            orgs = {step.org for step in found.steps}
            rows = [tx.organizations.find(org) for org in orgs]
        if reader.erased:
            detail = f"{reader.erased} events that name these goods were erased"
            cautions.append(Caution(CautionCode.ERASED, "", detail))
        found = replace(found, cautions=tuple(cautions))
        traced = {found.subject, *found.items, *found.containers}
        return TraceView(
            trace=found,
            holders=holders(found.steps, traced),
            profiles={row.org.text: row.profile for row in rows if row is not None},
        )

    def contents(self, name: str, at: datetime | None, caller: Caller | None) -> ContentsView:
        """What a container held at that time (None: now). Raises InvalidInput, NotFound
        `lot-unknown`, QuotaExceeded `trace-overloaded`."""
        container, _ = read_name(name)
        when = self._clock.now() if at is None else at
        with self._turn(), self._db.read() as tx:
            reader = RecordedSteps(tx, caller)
            found = find_contents(reader, container, int(when.timestamp() * 1000))
            recalled = find_recalled(tx, all_inside(found)) if tx.recalls.any_in_force() else ()
        if not found.is_known:
            raise _nothing_about(container)
        return ContentsView(container, when, found, recalled)

    def _warn(self, tx: Transaction, reader: RecordedSteps, found: Trace) -> Iterator[Caution]:
        """Recalls in force of what was traced, and of what the subject holds at this moment."""
        if not tx.recalls.any_in_force():
            return
        for one in find_recalled(tx, [found.subject, *found.items]):
            yield Caution(CautionCode.RECALLED, one.key, f"recall {one.recall.id}")
        now = int(self._clock.now().timestamp() * 1000)
        for one in find_recalled(tx, all_inside(find_contents(reader, found.subject, now))):
            detail = f"{found.subject} holds it; recall {one.recall.id}"
            yield Caution(CautionCode.HOLDS_RECALLED, one.key, detail)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """A place among the few that trace at once: a large trace is seconds of work, and anyone
        may ask for one."""
        if not self._turns.acquire(timeout=PATIENCE_SECONDS):
            raise QuotaExceeded(
                "trace-overloaded", "too many traces at once", retry_after=PATIENCE_SECONDS
            )
        try:
            yield
        finally:
            self._turns.release()


def read_name(name: str) -> tuple[str, str | None]:
    """The key of what a URI names, and the lot it mentions besides. Raises InvalidInput."""
    found = find_identifier(name)
    if found is not None:
        return found.uri, found.lot_uri
    check_identifier(name, Context())
    return name, None


def _nothing_about(subject: str) -> NotFound:
    """Lots and items may be recorded of a GTIN about which, as a whole, nothing is."""
    if _BARE_GTIN.fullmatch(subject):
        return NotFound(
            "lot-unknown",
            f"nothing is recorded about the kind of goods {subject} as a whole",
            advice="Name a lot of it (/10/…) or an item (/21/…).",
        )
    return NotFound("lot-unknown", f"nothing is recorded about {subject}")
