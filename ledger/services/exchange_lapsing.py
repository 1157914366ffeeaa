"""Deadlines that pass: what nobody signs, because the time alone makes it true, is said on chain.

Anybody may say it; we do, for every leg we know, so that silence is provable without the party that
waits. It is stored like any other event and relayed with the others.
"""

from __future__ import annotations

from dataclasses import replace

from ledger.clock import Clock, unix_seconds
from ledger.errors import Conflict
from ledger.exchange.rules import LegAction
from ledger.exchange.signed import ZERO
from ledger.storage.database import Database
from ledger.storage.exchange_events import EventRow
from ledger.storage.exchange_legs import LegRow
from ledger.storage.leases import Lease

_MARGIN_SECONDS = 2
"""How far the clock of a block may lag behind ours."""
_AT_ONCE = 200


class ExchangeLapsing:
    """Finds legs of which a deadline passed."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def run_once(self, lease: Lease) -> bool:
        """Store what has come true since the last look. True when something has."""
        now = unix_seconds(self._clock.now()) - _MARGIN_SECONDS
        with self._db.read() as tx:
            lapsed = [leg.pk for leg in tx.exchange_legs.lapsed(now, _AT_ONCE) if _is_settled(leg)]
        if not lapsed:
            return False
        with self._db.write() as tx:
            tx.leases.check(lease)
            legs = tx.exchange_legs.locked(lapsed)
            pk = tx.exchange_events.take_pks(len(legs))
            made = [self._lapse(leg, now) for leg in legs.values() if _is_settled(leg)]
            done = [
                (leg, replace(event, pk=pk + n))
                for n, (leg, event) in enumerate(filter(None, made))
            ]
            tx.exchange_legs.update_all([leg for leg, _ in done])
            tx.exchange_events.add_all([(event, leg.key) for leg, event in done])
        return bool(done)

    def _lapse(self, leg: LegRow, now: int) -> tuple[LegRow, EventRow] | None:
        action = leg.lapse
        if action is None:
            return None
        change = leg.standing.expire if action is LegAction.EXPIRE else leg.standing.mark_overdue
        try:
            standing = change(leg.key.leg, now)
        except Conflict:
            return None  # answered in this moment
        moved = replace(leg, standing=replace(standing, head=leg.standing.head))
        event = EventRow(
            pk=0,
            leg_pk=leg.pk,
            nonce=leg.standing.events,
            action=action,
            state=standing.state,
            org=ZERO,
            actor=ZERO,
            reason=0,
            evidence=ZERO,
            link=ZERO,
            deadline=0,
            signer=None,
            signature=None,
            evidence_record=None,
            evidence_salt=None,
            received_at=self._clock.now(),
        )
        return moved, event


def _is_settled(leg: LegRow) -> bool:
    """Whether the chain has all of it: only then is it known when its time is over."""
    return leg.anchored == leg.standing.events
