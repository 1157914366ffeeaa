"""Extending recalls: what comes of recalled goods after the decision is recalled with them.

Each recall in force is watched in the index of events: whatever is recorded of its goods, of the
containers they were in or of the transformations they went into changes a number, and only then
the goods are traced again. What is new becomes part of the recall in one transaction with its
extension and those who have to know; the worker declares it as it declared the rest, signed by the
same organization, with the same reason. One that holds its own key is told, and asked to sign. A
crash leaves both or neither, and the next pass finds the rest.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import structlog

from ledger.clock import Clock
from ledger.epcis.keys import KeyRole
from ledger.epcis.recall import Affected, find_affected
from ledger.epcis.trace import CautionCode, Direction, Trace
from ledger.errors import LedgerError
from ledger.identity.organization import Role
from ledger.services.caller import Caller, Scope
from ledger.services.declaring import Declaring
from ledger.services.recall_alerts import extended
from ledger.services.recalling import Recalling, find_others
from ledger.services.tracing import Tracing
from ledger.storage.database import Database
from ledger.storage.recalls import RecallRow, RecallState, TargetKind

_log = structlog.get_logger(__name__)

MOST_FOLLOWED = 1_000
"""Recalls in force that are watched; the newest."""
MOST_EXTENDED = 20_000
"""Declarations of one recall with all its extensions; beyond it needs another recall."""
_AT_ONCE = 5
"""Recalls traced in one pass."""
_SHORTEST_PAUSE = 1.0
_REST = 30.0
"""Seconds until a recall that could not be traced is tried again."""
_SHARE = 20.0
"""A pass is followed by a pause so many times as long: it never takes more than a twentieth."""

_IN_FORCE = (RecallState.DECLARING, RecallState.DECLARED, RecallState.LIFT_PROPOSED)
_ROLES = (
    KeyRole.INPUT,
    KeyRole.INPUT_CLASS,
    KeyRole.TRANSFORMATION,
    KeyRole.MENTIONED_LOT,
    KeyRole.PARENT,
    KeyRole.CHILD,
    KeyRole.CHILD_CLASS,
)


@dataclass(frozen=True, slots=True)
class _Watched:
    """What a recall's goods are followed by, and how much was recorded of that when last seen."""

    keys: Collection[str]
    tally: tuple[int, int]


class RecallExtending:
    """Finds what came of recalled goods since. One process at a time should run it; two extend
    nothing twice."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        tracing: Tracing,
        recalling: Recalling,
        declaring: Declaring,
    ) -> None:
        self._db = db
        self._clock = clock
        self._tracing = tracing
        self._recalling = recalling
        self._declaring = declaring
        self._watched: dict[int, _Watched] = {}
        self._resting: dict[int, float] = {}
        self._next_at = 0.0

    def run_when_due(self) -> None:
        """One pass, unless the last one was a moment ago."""
        started = time.monotonic()
        if started >= self._next_at:
            busy = self.run_once()
            spent = time.monotonic() - started
            self._next_at = time.monotonic() + max(0.0 if busy else _SHORTEST_PAUSE, _SHARE * spent)

    def run_once(self) -> bool:
        """Trace anew the recalls of whose goods something was recorded, a few at a time. True when
        there may be more."""
        with self._db.read() as tx:
            rows = tx.recalls.in_states(_IN_FORCE, MOST_FOLLOWED)
            moved = [
                row
                for row in rows
                if self._resting.get(row.pk, 0.0) < time.monotonic()
                if (known := self._watched.get(row.pk)) is None
                or tx.steps.tally(known.keys, _ROLES) != known.tally
            ]
        self._watched = {row.pk: self._watched[row.pk] for row in rows if row.pk in self._watched}
        for row in moved[:_AT_ONCE]:
            try:
                self._extend(row)
            except Exception as error:
                # One that cannot be traced must keep neither the others nor any alert waiting.
                self._resting[row.pk] = time.monotonic() + _REST
                if not isinstance(error, LedgerError):
                    _log.exception("recall not followed", recall=row.id)
                    continue
                _log.warning(
                    "recall not followed", recall=row.id, code=error.code, detail=error.detail
                )
        return len(moved) > _AT_ONCE

    def _extend(self, row: RecallRow) -> None:
        subjects: Sequence[str] = json.loads(row.content)["subjects"]
        with self._db.read() as tx:
            organization = tx.organizations.find(row.org)
            roles = Role(0) if organization is None else Role(organization.roles)
        caller = Caller(row.org, row.proposed_by, roles, frozenset({Scope.READ}))
        known = self._watched.get(row.pk)
        keys = set(subjects) if known is None else set(known.keys)
        with self._db.read() as tx:
            # Counted before it is traced: what is recorded in between is traced once more.
            tally = tx.steps.tally(keys, _ROLES)
        traces = [
            self._tracing.trace(subject, Direction.FORWARD, caller).trace for subject in subjects
        ]
        self._add(row, traces)
        reached = {key for trace in traces for key in _followed_by(trace)}
        # What was reached only now was not counted before: no number that a tally can be.
        self._watched[row.pk] = _Watched(reached, tally if reached == keys else (-1, -1))

    def _add(self, row: RecallRow, traces: Sequence[Trace]) -> None:
        affected = find_affected(json.loads(row.content)["subjects"], traces)
        targets = self._recalling.targets_of(affected)
        with self._db.read() as tx:
            known = {target.subject for target in tx.recalls.targets(row.pk)}
        fresh = [target for target in targets if target.subject not in known]
        if any(caution.code is CautionCode.TRUNCATED for one in traces for caution in one.cautions):
            _log.error("recall goes further than can be followed", recall=row.id)
        if not fresh:
            return
        if len(known) + len(fresh) > MOST_EXTENDED:
            _log.error("recall too large to extend", recall=row.id, targets=len(targets))
            fresh = fresh[: max(0, MOST_EXTENDED - len(known))]
        goods = [target.name for target in fresh if target.kind is TargetKind.GOODS]
        concerned = _holders_of(affected, traces, goods)
        now = self._clock.now()
        with self._db.write() as tx:
            row = tx.recalls.get_locked(row.id)
            known = {target.subject for target in tx.recalls.targets(row.pk)}
            fresh = [target for target in fresh if target.subject not in known]
            own_key = not self._declaring.is_custodial(row.org)
            if row.state not in _IN_FORCE or not fresh:
                return
            if own_key:
                if row.state is RecallState.LIFT_PROPOSED:
                    return
                # It is asked to sign what is new, as what had run out: see `recall_signing`.
                tx.recalls.update(row.pk, RecallState.DECLARING)
            tx.recalls.add_targets(row.pk, fresh)
            number = tx.recalls.add_extension(row.pk, goods, now)
            if goods:
                others = find_others(tx, concerned, row.org)
                told = {org for org, _ in tx.recalls.told(row.pk)}
                tx.recalls.add_notices(row.pk, [org for org in others if org not in told], now)
                tx.alerts.add([*others, row.org], extended(row, number, goods), now)
        _log.info("recall extended", recall=row.id, number=number, goods=len(goods))


def _followed_by(trace: Trace) -> set[str]:
    """Whatever may lead on from what a trace has reached."""
    names = {trace.subject, *trace.items, *trace.containers}
    for process in trace.processes:
        names.update(step.transformation for step in process.steps if step.transformation)
    return names


def _holders_of(affected: Affected, traces: Sequence[Trace], goods: Sequence[str]) -> Affected:
    """Of those affected, the organizations and parties on record with these goods."""
    wanted = set(goods)
    steps = {
        step.number: step
        for trace in traces
        for step in trace.steps
        if any(thing.key in wanted for thing in step.named())
    }
    ordered = [steps[number] for number in sorted(steps)]
    parties = [party.id for step in ordered for party in (*step.sources, *step.destinations)]
    return replace(
        affected,
        holders=tuple(dict.fromkeys(step.org for step in ordered)),
        parties=tuple(dict.fromkeys(parties)),
    )
