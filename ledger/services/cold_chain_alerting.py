"""Telling of broken cold chains: whoever made the goods, and whoever has them now, once an episode.

The episode is noted before its reading is stored. This looks whether it was, and then makes the
alerts and notes that they are made, in one transaction: a crash at any line tells nobody twice and
leaves nobody untold. What no reading was stored of is forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import structlog

from ledger.clock import Clock, format_time
from ledger.epcis.alert import Alert, AlertKind
from ledger.epcis.custody import last_keeper, makers
from ledger.epcis.keys import KeyRole
from ledger.errors import LedgerError
from ledger.gs1.identifier import find_identifier
from ledger.identity.organization import OrgId, Role
from ledger.records.record import RecordId
from ledger.services.caller import Caller, Scope
from ledger.services.cold_chain_watching import BIRTH_ROLES
from ledger.services.partnering import find_party
from ledger.services.recorded_steps import RecordedSteps
from ledger.storage.breaches import BreachRow
from ledger.storage.database import Database
from ledger.storage.transaction import Transaction

_log = structlog.get_logger(__name__)

_AT_ONCE = 20
_PATIENCE = timedelta(minutes=10)
"""After so long a reading that is not there was refused, not delayed."""
_MOST_STEPS = 1_000
_KEPT_ROLES = (KeyRole.EPC, KeyRole.CLASS, KeyRole.PARENT, KeyRole.CHILD, KeyRole.CHILD_CLASS)


class ColdChainAlerting:
    """Makes alerts of noted episodes. One process at a time should run it."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def run_once(self) -> bool:
        """Tell of what is noted and stored. True when there may be more."""
        with self._db.read() as tx:
            rows = tx.breaches.untold(_AT_ONCE)
        for row in rows:
            try:
                self._tell(row)
            except LedgerError as error:
                _log.warning("breach not told", code=error.code, detail=error.detail)
        return len(rows) == _AT_ONCE

    def _tell(self, row: BreachRow) -> None:
        now = self._clock.now()
        with self._db.read() as tx:
            stored = tx.epcis.find_event(row.episode.org, row.episode.event_id)
            orgs = _concerned(tx, row) if stored else ()
        if stored:
            alert = _alert(row, stored[0].record_id)
            with self._db.write() as tx:
                tx.alerts.add(orgs, alert, now)
                tx.breaches.mark_told(row.pk, now)
        elif now - row.seen_at > _PATIENCE:
            with self._db.write() as tx:
                tx.breaches.forget(row.pk)


def _concerned(tx: Transaction, row: BreachRow) -> Sequence[OrgId]:
    """Who made the goods, who has them at the time of the reading, and who set the rule."""
    episode = row.episode
    goods: list[str] = list(episode.detail["goods"])
    lots = [found.lot_uri for key in goods if (found := find_identifier(key)) is not None]
    keys = {*goods, *(lot for lot in lots if lot is not None)}
    # It is not told to anybody what is read here: it only says whom to tell.
    all_seeing = Caller(episode.org, "cold-chain", Role.AUTHORITY, frozenset({Scope.READ}))
    reader = RecordedSteps(tx, all_seeing)
    told: dict[OrgId, None] = dict.fromkeys(
        makers(reader.read(keys, BIRTH_ROLES, _MOST_STEPS), keys)
    )
    until_ms = int(episode.until.timestamp() * 1000)
    for thing in dict.fromkeys((episode.item, *goods[:1])):
        keeper = last_keeper(reader.read([thing], _KEPT_ROLES, _MOST_STEPS), until_ms)
        if keeper is not None:
            named = [find_party(tx, party) for party in keeper.parties]
            known = [org for org in named if org and tx.organizations.find(org) is not None]
            told |= dict.fromkeys(known or [keeper.org])
            break
    told[episode.rule_org] = None
    return list(told)


def _alert(row: BreachRow, record: RecordId) -> Alert:
    episode = row.episode
    return Alert(
        AlertKind.COLD_CHAIN,
        f"cold-chain/{row.pk}",
        {
            "item": episode.item,
            "gtin": episode.gtin,
            "since": format_time(episode.since),
            "until": format_time(episode.until),
            **episode.detail,
            "organization": episode.org.text,
            "ruleOf": episode.rule_org.text,
            "eventID": episode.event_id,
            "recordID": record.text,
            "proof": f"/records/{record.text}/proof",
        },
    )
