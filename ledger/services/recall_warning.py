"""What this server knows of recalls of some goods, and of what they hold at this moment.

This is the server's word, for those who ask it: pages without a script, traces, systems. Whoever
scans a code with a script asks the chain and believes none of it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.clock import Clock
from ledger.epcis.tracing import Contents, find_contents
from ledger.gs1.identifier import find_identifier
from ledger.identity.organization import Profile
from ledger.services.recorded_steps import RecordedSteps
from ledger.storage.database import Database
from ledger.storage.recalls import RecallRow
from ledger.storage.transaction import Transaction

MOST_NAMED = 200
"""Recalled goods named in one answer."""


@dataclass(frozen=True, slots=True)
class RecalledGoods:
    """Goods in a recall in force, and whose recall it is."""

    key: str
    recall: RecallRow
    profile: Profile | None


@dataclass(frozen=True, slots=True)
class Warnings:
    """`recalled`: the things asked for themselves; `holds`: what is in them, however deep, at the
    time that was asked for."""

    recalled: Sequence[RecalledGoods] = ()
    holds: Sequence[RecalledGoods] = ()

    def __bool__(self) -> bool:
        return bool(self.recalled or self.holds)


class RecallWarning:
    """Answers from one snapshot of the database each."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def warn(self, names: Collection[str], at: datetime | None = None) -> Warnings:
        """Recalls in force of what these URIs name, and of what each holds at that time (now)."""
        when = self._clock.now() if at is None else at
        with self._db.read() as tx:
            if not tx.recalls.any_in_force():
                return Warnings()  # mostly there is none, and whoever asks is answering a scan
            keys = {key for name in names for key in _keys_of(name)}
            reader = RecordedSteps(tx, None)
            held: set[str] = set()
            for key in sorted(keys):
                held |= all_inside(find_contents(reader, key, int(when.timestamp() * 1000)))
            return Warnings(recalled=find_recalled(tx, keys), holds=find_recalled(tx, held - keys))


def find_recalled(tx: Transaction, keys: Collection[str]) -> Sequence[RecalledGoods]:
    """Recalls in force of these goods, by key; the first of many."""
    rows = tx.recalls.in_force_of(keys)[:MOST_NAMED] if keys else ()
    found = {row.org: tx.organizations.find(row.org) for _, row in rows}
    profiles = {org: None if one is None else one.profile for org, one in found.items()}
    return [RecalledGoods(name, row, profiles[row.org]) for name, row in rows]


def all_inside(contents: Contents) -> set[str]:
    """Everything in a container, in whatever of its boxes."""
    return {*contents.items, *(item for items in contents.inside.values() for item in items)}


def _keys_of(name: str) -> Sequence[str]:
    found = find_identifier(name)
    if found is None:
        return (name,)
    return tuple(key for key in (found.uri, found.lot_uri) if key is not None)
