"""The statistics read from either database are those of the events, and what is not on chain yet
is in none."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from ledger import canonical
from ledger.client.exchange_drafting import CommittedMessage
from ledger.clock import from_unix
from ledger.digest import Digest, sha256
from ledger.errors import Forbidden
from ledger.exchange import erds
from ledger.exchange.history import LegEvent, LegHistory, Month
from ledger.exchange.leg import NEVER_OPENED
from ledger.exchange.statistics import Statistics, write_json
from ledger.identity.organization import Role
from ledger.services import exchange_statistics
from ledger.services.caller import Caller, Scope
from ledger.services.exchange_statistics import ExchangeStatistics
from ledger.services.intake import Intake
from ledger.storage.database import Database
from ledger.storage.exchange_events import EventAnchor, EventRow, EventStatus
from ledger.storage.exchange_legs import LegRow
from ledger.storage.exchange_messages import MessageRow
from tests.support.agency import a_manifest
from tests.support.leg_histories import LegStory
from tests.unit.exchange.test_statistics import MARCH, A, B, C, legs, stories


def store(db: Database, *told: LegStory, anchored: bool = True) -> None:
    """The stories as relaying would have stored them."""
    with db.write() as tx:
        for story in told:
            document, at = story.document, from_unix(story.events[0].at)
            document = replace(document, recipients=(story.recipient.organ_id, "H56.TEST.99"))
            message = CommittedMessage.commit(a_manifest(document), story.sender.org, at)
            number = tx.exchange_events.take_pks(1)
            row = MessageRow(
                pk=number,
                sender=story.sender.org,
                document_id=f"{document.document_id.text}#{number}",
                version=1,
                message=message.message,
                code_number=document.code_number,
                code_notation=document.code_notation,
                view=canonical.encode(message.view.to_json()).decode(),
                received_at=at,
            )
            tx.exchange_messages.add_all([row])
            leg = LegRow(
                pk=tx.exchange_events.take_pks(1),
                key=story.key,
                message_pk=number,
                code_number=document.code_number,
                code_notation=document.code_notation,
                promulgated=document.promulgation_date,
                standing=replace(
                    NEVER_OPENED,
                    state=story.events[-1].state,
                    events=len(story.events),
                    settle_by=story.settle_by,
                ),
                replaces=bytes(32),
                anchored=len(story.events) if anchored else 0,
                wrapped_key=None,
                opened_at=at,
            )
            tx.exchange_legs.add_all([leg])
            rows = [event(tx.exchange_events.take_pks(1), leg.pk, nonce, one)
                    for nonce, one in enumerate(story.events)]  # fmt: skip
            tx.exchange_events.add_all([(one, story.key) for one in rows])
            if anchored:
                places = [(row.pk, anchor(one), story.key)
                          for row, one in zip(rows, story.events, strict=True)]  # fmt: skip
                tx.exchange_events.anchor(places)


def event(pk: int, leg_pk: int, nonce: int, said: LegEvent) -> EventRow:
    record = None
    if said.evidence is not None:
        record = canonical.encode(erds.record(said.evidence).envelope()).decode()
    return EventRow(
        pk=pk, leg_pk=leg_pk, nonce=nonce, action=said.action, state=said.state, org=bytes(32),
        actor=bytes(32), reason=0, evidence=said.commitment, link=bytes(32), deadline=0,
        signer=None, signature=None, evidence_record=record, evidence_salt=None,
        received_at=from_unix(said.at), status=EventStatus.WAITING,
    )  # fmt: skip


def anchor(said: LegEvent) -> EventAnchor:
    return EventAnchor(1, sha256(b"block"), said.at, sha256(b"tx"), 0, Digest(bytes(32)))


def service(db: Database) -> ExchangeStatistics:
    return ExchangeStatistics(db, cast("Intake", None))


def as_stored(history: LegHistory) -> LegHistory:
    """The document goes to others besides, as the manifest says."""
    to = (*history.document.recipients, "H56.TEST.99")
    return replace(history, document=replace(history.document, recipients=to))


@pytest.mark.parametrize("page", [2, 500])
def test_statistics_are_those_of_the_events(
    db: Database, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(exchange_statistics, "_PAGE", page)
    store(db, *stories())
    for month in (Month(2026, 2), MARCH, MARCH.next, Month(2026, 5)):
        for agency in (A, B, C):
            expected = Statistics.compute(map(as_stored, legs()), agency.org, month)
            found = service(db).compute_any(agency.org, month)
            assert write_json(found) == write_json(expected)


def test_what_is_not_on_chain_is_not_counted(db: Database) -> None:
    store(db, *stories()[:2])
    before = service(db).compute_any(A.org, MARCH)
    store(db, *stories()[2:], anchored=False)
    assert service(db).compute_any(A.org, MARCH) == before


def test_own_numbers_and_those_an_auditor_asks_for(db: Database) -> None:
    store(db, *stories())

    def ask(role: Role) -> Statistics:
        caller = Caller(C.org, "key", role, frozenset({Scope.READ}))
        return service(db).compute(caller, A.org, MARCH)

    assert ask(Role.AUDITOR).legs == 6
    with pytest.raises(Forbidden):
        ask(Role.AGENCY)
