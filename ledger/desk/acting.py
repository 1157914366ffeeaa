"""Acting on a leg: a step is made, signed, written to the journal, handed in and believed.

What survives a crash, in this order: before the journal nothing was decided; after it the same
bytes are handed in again at the next occasion; after the answer the leg is read anew, so the step
stands in it or does not. An arrival number is taken in the transaction that journals its step, and
given back in the one that learns the step was refused; so is who it was assigned to.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime

import orjson

from ledger.client.exchange import ExchangeClient, steps_path
from ledger.clock import Clock, unix_seconds
from ledger.desk.events import events_of
from ledger.desk.evidencing import Report, Said, Subject
from ledger.desk.hand_ins import HandIn, Kind, drop_hand_in, put_hand_in
from ledger.desk.handing_in import HandingIn, until_first
from ledger.desk.keys import DeskKeys
from ledger.desk.legs import (
    LegRow,
    clear_arrival,
    get_leg,
    set_arrival,
    set_assignment,
    standing_of,
)
from ledger.desk.messages import get_message
from ledger.desk.partners import find_partner
from ledger.desk.registers import (
    ARRIVALS,
    claim_number,
    give_back_number,
    office_date,
    take_number,
)
from ledger.desk.reports import keep_report
from ledger.desk.settings import DeskSettings
from ledger.desk.step_signing import sign_step
from ledger.desk.store import Store, Transaction
from ledger.desk.syncing import Syncing
from ledger.errors import VerificationFailed
from ledger.exchange.evidence import Arrival, ExchangeParty
from ledger.exchange.rules import LegAction
from ledger.identity.eip712 import Domain

Alone = Callable[[], AbstractContextManager[None]]
"""Holds what only one process and thread may do at a time: reading legs anew and stepping them."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be done to a leg, and what is to be remembered with it. A receipt takes the next
    arrival number, or the one that is given."""

    action: LegAction
    said: Said = field(default_factory=Said)
    report: Report | None = None
    assign_to: str | None = None
    arrival_number: int | None = None


class Acting:
    """Makes, signs and hands in the steps of one desk."""

    def __init__(
        self,
        store: Store,
        server: ExchangeClient,
        settings: DeskSettings,
        keys: DeskKeys,
        domain: Domain,
        syncing: Syncing,
        alone: Alone,
        clock: Clock,
    ) -> None:
        self._store = store
        self._handing_in = HandingIn(store, server.hand_in)
        self._settings = settings
        self._keys = keys
        self._domain = domain
        self._syncing = syncing
        self._alone = alone
        self._clock = clock

    def act(self, leg: bytes, wanted: Wanted) -> LegRow:
        """Do it, and the leg as it is afterwards.

        Raises Conflict, InvalidInput or Forbidden where the leg does not allow it;
        VerificationFailed `desk-leg-doubtful` where the leg is not to be believed; Unavailable
        where the server could not be reached: once it is signed, it is handed in later.
        """
        with self._alone():
            self._handing_in.finish(leg, self._hand_in)
            return until_first(lambda: self._act_once(leg, wanted))

    def refresh(self, leg: bytes) -> LegRow:
        """The leg as it is now, after whatever was signed before. Raises as `act` does."""
        with self._alone():
            self._handing_in.finish(leg, self._hand_in)
            return self._syncing.sync(leg)

    def finish_all(self) -> int:
        """Hand in every step that waits; how many there were. Raises Unavailable."""
        with self._alone():
            return self._handing_in.finish_all(Kind.STEP, self._hand_in)

    def _act_once(self, leg: bytes, wanted: Wanted) -> LegRow:
        row = self._syncing.sync(leg)
        if row.fault is not None:
            raise VerificationFailed("desk-leg-doubtful", row.fault)
        self._promise(row, wanted)
        return self._hand_in(leg)

    def _promise(self, row: LegRow, wanted: Wanted) -> None:
        """Sign and journal, with what goes with it, in one transaction."""
        now = self._clock.now()
        said = wanted.said
        with self._store.write() as tx:
            if wanted.action is LegAction.RECEIVE:
                said = replace(said, arrival=_register(tx, row, now, wanted.arrival_number))
            subject = subject_of(tx, row, self._settings.party)
            body = sign_step(
                subject,
                row.leg,
                wanted.action,
                said,
                org=self._settings.org,
                actor=self._settings.org,
                keys=self._keys,
                domain=self._domain,
                now=now,
                standing=lambda one: standing_of(tx, one),
            )
            if wanted.assign_to is not None:
                set_assignment(tx, row.id, wanted.assign_to)
            if wanted.report is not None:
                keep_report(tx, row.id, wanted.report)
            put_hand_in(tx, HandIn(Kind.STEP, row.id, steps_path(row.id), body, unix_seconds(now)))

    def _hand_in(self, leg: bytes) -> LegRow:
        self._handing_in.hand_in(leg, _take_back)
        row = self._syncing.sync(leg)
        with self._store.write() as tx:
            drop_hand_in(tx, leg)
        return row


def _take_back(tx: Transaction, refused: HandIn) -> None:
    """The step never became true, so neither did what went with it."""
    row = get_leg(tx, refused.subject)
    action = orjson.loads(refused.body)["action"]
    if action == LegAction.ASSIGN.name:
        set_assignment(tx, row.id, None)
    if action == LegAction.RECEIVE.name and row.arrival_date is not None:
        assert row.arrival_number is not None, "they come together"
        clear_arrival(tx, row.id)
        give_back_number(tx, ARRIVALS, row.arrival_date.year, row.arrival_number)


def _register(tx: Transaction, row: LegRow, now: datetime, number: int | None) -> Arrival:
    """Enter it in the register of arrivals."""
    on = office_date(now)
    if number is None:
        number = take_number(tx, ARRIVALS, on.year)
    else:
        claim_number(tx, ARRIVALS, on.year, number)
    set_arrival(tx, row.id, number, on)
    return Arrival(number, on)


def subject_of(tx: Transaction, row: LegRow, own: ExchangeParty) -> Subject:
    """What evidence about a leg begins with: its parties, its document, its opening."""
    message = get_message(tx, row.message)
    events = events_of(tx, row.key)
    opened, newest = events[0].evidence, events[-1].evidence
    assert opened is not None, "an opening has evidence"
    other = find_partner(tx, row.key.recipient if row.outgoing else row.key.sender)
    other = other or (opened.recipient if row.outgoing else opened.sender)
    return Subject(
        key=row.key,
        sender=own if row.outgoing else other,
        recipient=other if row.outgoing else own,
        message=row.message,
        document_id=message.document_id,
        version=message.version,
        submission_time=opened.event_time,
        previous=None if newest is None else newest.id,
    )
