"""The monthly statistics of the exchange: computed, signed as a record, and checked by computing.

Nothing is kept but which record was signed: the numbers are made again from the events each time,
so a number that was edited has nowhere to hide.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from ledger import canonical
from ledger.clock import from_unix, unix_seconds
from ledger.digest import Digest
from ledger.errors import Conflict, Forbidden, NotFound, TooLarge
from ledger.exchange import erds
from ledger.exchange.evidence import Evidence
from ledger.exchange.history import TELLING, LegEvent, LegHistory, Month
from ledger.exchange.message import Routing
from ledger.exchange.statistics import STATISTICS_KIND, Statistics
from ledger.identity.organization import OrgId
from ledger.records.disclosure import DisclosedView
from ledger.records.record import RecordId
from ledger.services.caller import Caller, Scope
from ledger.services.exchange_reading import is_auditor
from ledger.services.intake import Intake
from ledger.services.recording import add_record
from ledger.storage.database import Database
from ledger.storage.exchange_events import EventRow, EventStatus
from ledger.storage.exchange_legs import LegRow
from ledger.storage.exchange_messages import MessageRow
from ledger.storage.exchange_months import LegPlace
from ledger.storage.transaction import Transaction

MOST_LEGS = 200_000
"""Legs of one organization and month; they are held in memory."""

SETTLED_AFTER = timedelta(hours=1)
"""So long after a month has ended nothing of it is still on its way to us from the chain."""

_PAGE = 500


@dataclass(frozen=True, slots=True)
class SignedMonth:
    """Statistics and the record that says them; `is_new` where it was made just now."""

    statistics: Statistics
    record_id: RecordId
    is_new: bool


class ExchangeStatistics:
    """Statistics of any organization and month, for itself and for auditors."""

    def __init__(self, db: Database, intake: Intake) -> None:
        self._db = db
        self._intake = intake

    def compute(self, caller: Caller, org: OrgId, month: Month) -> Statistics:
        """From all that the chain has so far. Raises Forbidden `foreign-organization` where it is
        not the caller's own and the caller no auditor, TooLarge `statistics-too-large`."""
        caller.require(Scope.READ)
        if org != caller.org and not is_auditor(caller):
            raise Forbidden("foreign-organization", "these legs are another organization's")
        return self.compute_any(org, month)

    def sign(self, caller: Caller, month: Month) -> SignedMonth:
        """Sign the organization's own statistics with the key the platform holds for it; again,
        the record that says the same already.

        Raises Conflict `month-not-over`, what `compute` and `Intake.sign` raise.
        """
        caller.require(Scope.CAPTURE)
        now = self._intake.now()
        if unix_seconds(now - SETTLED_AFTER) < month.ends:
            raise Conflict("month-not-over", f"{month.text} can be signed an hour after its end")
        statistics = self.compute_any(caller.org, month)
        with self._db.write() as tx:
            known = tx.exchange_months.last_signed(caller.org, month.text)
            if known is not None and _body(tx, known) == statistics.summary():
                return SignedMonth(statistics, known, is_new=False)
            tx.organizations.check_active(caller.org)
            record = add_record(
                tx,
                self._intake,
                org=caller.org,
                kind=STATISTICS_KIND,
                body=statistics.summary(),
                captured_at=now,
            )
            tx.exchange_months.add_signed(caller.org, month.text, record.record_id)
        return SignedMonth(statistics, record.record_id, is_new=True)

    def compute_any(self, org: OrgId, month: Month) -> Statistics:
        """The same for whoever has the installation. Raises TooLarge `statistics-too-large`."""
        histories: list[LegHistory] = []
        for history in self._histories(org, month):
            histories.append(history)
            if len(histories) > MOST_LEGS:
                raise TooLarge(
                    "statistics-too-large", f"more than {MOST_LEGS} legs", limit=MOST_LEGS
                )
        return Statistics.compute(histories, org, month)

    def check(self, org: OrgId, month: Month) -> SignedMonth:
        """Compute them again and compare with the last record that was signed. Raises NotFound
        `statistics-unknown`, InvalidInput `statistics-differ` with the pointer of the first
        number that differs."""
        with self._db.read() as tx:
            record_id = tx.exchange_months.last_signed(org, month.text)
            body = None if record_id is None else _body(tx, record_id)
        if record_id is None or body is None:
            raise NotFound("statistics-unknown", f"nobody signed {month.text} for {org.text}")
        statistics = self.compute_any(org, month)
        statistics.check(body)
        return SignedMonth(statistics, record_id, is_new=False)

    def last_signed(self, org: OrgId, month: Month) -> RecordId | None:
        """The record that says the month, if somebody signed it."""
        with self._db.read() as tx:
            return tx.exchange_months.last_signed(org, month.text)

    def _histories(self, org: OrgId, month: Month) -> Iterator[LegHistory]:
        for sent in (True, False):
            after: LegPlace | None = None
            while True:
                with self._db.read() as tx:
                    places = tx.exchange_months.legs(
                        org,
                        sent=sent,
                        since=month.begins,
                        until=from_unix(month.ends),
                        after=after,
                        limit=_PAGE,
                    )
                    yield from _read(tx, [place.pk for place in places])
                if len(places) < _PAGE:
                    break
                after = places[-1]


def _read(tx: Transaction, pks: list[int]) -> list[LegHistory]:
    legs = tx.exchange_legs.of(pks)
    messages = tx.exchange_messages.of({leg.message_pk for leg in legs.values()})
    events: dict[int, list[EventRow]] = {}
    for event in tx.exchange_events.of_legs(pks):
        if event.status is EventStatus.ANCHORED:
            events.setdefault(event.leg_pk, []).append(event)
    return [
        _history(leg, messages[leg.message_pk], events[leg.pk])
        for leg in legs.values()
        if leg.pk in events
    ]


def _history(leg: LegRow, message: MessageRow, events: list[EventRow]) -> LegHistory:
    view = DisclosedView.from_json(canonical.parse(message.view.encode()))
    return LegHistory(
        leg=leg.key.leg,
        sender=leg.key.sender,
        recipient=leg.key.recipient,
        document=Routing.read(view).document,
        settle_by=leg.standing.settle_by,
        events=tuple(_event(event) for event in events),
    )


def _event(row: EventRow) -> LegEvent:
    assert row.anchor is not None, "anchored ones only"
    return LegEvent(
        action=row.action,
        state=row.state,
        at=row.anchor.time,
        commitment=Digest(row.evidence),
        evidence=_evidence(row),
    )


def _evidence(row: EventRow) -> Evidence | None:
    if row.action not in TELLING or row.evidence_record is None:
        return None
    return erds.read_record(canonical.parse(row.evidence_record.encode()))


def _body(tx: Transaction, record_id: RecordId) -> object:
    row = tx.records.find(record_id)
    return None if row is None or row.body is None else canonical.parse(row.body)
