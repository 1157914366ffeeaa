"""Single events, stored in groups: what one turn of the group commit does.

The events of one organization in one group are one signed submission in one transaction. Where
this runs is another matter: in the process that answers, or in an intake process beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ledger.clock import Clock
from ledger.epcis.document import check_events, read_event
from ledger.epcis.event import Event
from ledger.errors import LedgerError
from ledger.identity.organization import OrgId
from ledger.services.capturing import charge
from ledger.services.intake import Intake, Stored
from ledger.storage.database import Database

Single = tuple[OrgId, bytes]
"""One bare event (JSON) and the organization that hands it in."""
Answer = Stored | Exception
"""What became of it: stored, or the InvalidInput, Conflict, QuotaExceeded or Unavailable that
stopped it. Any other exception is a bug of ours."""


class SingleEvents:
    """Reads, checks, commits to and stores groups of single events."""

    def __init__(self, db: Database, clock: Clock, intake: Intake, events_per_day: int) -> None:
        self._db = db
        self._clock = clock
        self._intake = intake
        self._events_per_day = events_per_day

    def store(self, group: Sequence[Single]) -> list[Answer]:
        """Answer for each, in order. A crash before the return leaves the whole of an
        organization's part stored or nothing of it; storing the group again answers the same."""
        turns = [_Turn(org, *self._read(body)) for org, body in group]
        by_org: dict[OrgId, list[_Turn]] = {}
        for turn in turns:
            if turn.event is not None:
                by_org.setdefault(turn.org, []).append(turn)
        for org, readable in by_org.items():
            self._store(org, readable)
        return [turn.told() for turn in turns]

    def _read(self, body: bytes) -> tuple[Event | None, Exception | None]:
        try:
            (checked,) = check_events(read_event(body), self._clock.now())
        except LedgerError as error:
            return None, error
        except Exception as error:  # a bug must not end the thread that everyone waits for
            return None, error
        return (checked, None) if isinstance(checked, Event) else (None, checked)

    def _store(self, org: OrgId, turns: Sequence[_Turn]) -> None:
        try:
            captured_at = self._intake.now()
            events = [turn.event for turn in turns if turn.event is not None]
            items = list(self._intake.prepare(org, events, captured_at))
            with self._db.write() as tx:
                charge(tx, org, captured_at, len(items), self._events_per_day)
                answers: Sequence[Answer] = self._intake.store(tx, org, captured_at, items)
        except Exception as error:
            answers = [error] * len(turns)
        for turn, answer in zip(turns, answers, strict=True):
            turn.answer = answer
            if isinstance(answer, Stored) and turn.event is not None and turn.event.warnings:
                turn.answer = replace(answer, warnings=turn.event.warnings)


@dataclass(slots=True)
class _Turn:
    org: OrgId
    event: Event | None
    answer: Answer | None

    def told(self) -> Answer:
        assert self.answer is not None, "every turn is answered"
        return self.answer
