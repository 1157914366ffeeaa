"""Documents between agencies through chain and worker: refused, recalled, expired, relayed once."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from api.schemas.exchange_answers import event_answer
from ledger.chain.anvil import AnvilEngine
from ledger.chain.rpc import Call, JsonRpc
from ledger.errors import Conflict, Forbidden, LedgerError, VerificationFailed
from ledger.exchange.rules import LegAction, LegState
from ledger.identity.organization import Purpose
from ledger.services.exchange_relaying import ExchangeRelaying
from ledger.storage.exchange_events import EventStatus
from tests.support.agency import (
    DAY,
    Exchanged,
    a_document,
    a_message,
    fresh_signer,
    step,
    submission,
)
from tests.support.agency_world import AgencyWorld, caller
from tests.support.world import World

pytestmark = pytest.mark.chain


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AgencyWorld]:
    engine = AnvilEngine(tmp_path_factory.mktemp("chain"), block_period=0.02)
    engine.start()
    world = World(engine.rpc_url)
    yield AgencyWorld.of(world, 3)
    world.close()
    engine.stop()


def on_chain(office: AgencyWorld, one: Exchanged) -> Any:
    return office.world.app.exchange.contract.legs([one.leg])[0]


def assert_agree(office: AgencyWorld, one: Exchanged) -> None:
    """What is stored of a leg is what the contract holds, field for field."""
    leg = office.leg(one)
    assert leg.standing == on_chain(office, one)
    assert leg.anchored == leg.standing.events


def test_a_message_to_two_is_accepted_by_one_and_refused_by_the_other(office: AgencyWorld) -> None:
    accepted, refused = office.submit("1", *office.agencies[1:])
    office.take(accepted, LegAction.ARRIVE, LegAction.HAND_OVER, LegAction.RECEIVE)
    office.take(refused, LegAction.ARRIVE, LegAction.REFUSE)
    office.settle()
    for one, state in ((accepted, LegState.RECEIVED), (refused, LegState.REFUSED)):
        assert office.leg(one).standing.state is state
        assert_agree(office, one)
    told = office.world.app.exchange.reading.feed(caller(office.agencies[0].org), 0, 500)
    kinds = [(i.event.action.name, i.kind.name) for i in told.items if i.leg.key == refused.key]
    assert kinds.index(("REFUSE", "WAITING")) < kinds.index(("REFUSE", "ANCHORED"))
    assert [item.seq for item in told.items] == sorted(item.seq for item in told.items)


def test_a_recall_is_answered_and_everything_is_on_chain(office: AgencyWorld) -> None:
    (one,) = office.submit("2")
    office.take(one, LegAction.ARRIVE, LegAction.HAND_OVER, LegAction.RECEIVE)
    office.take(one, LegAction.REQUEST_RECALL, LegAction.REFUSE_RECALL)
    assert office.leg(one).standing.state is LegState.RECEIVED
    office.take(one, LegAction.REQUEST_RECALL, LegAction.ACCEPT_RECALL)
    office.settle()
    assert office.leg(one).standing.state is LegState.RECALLED
    assert_agree(office, one)


def test_silence_is_said_on_chain_and_may_still_be_broken(office: AgencyWorld) -> None:
    (one,) = office.submit("3", answer_within=1)
    office.take(one, LegAction.ARRIVE)
    office.work_until(lambda: office.leg(one).standing.state is LegState.EXPIRED)
    office.settle()
    one.events = office.leg(one).standing.events
    assert_agree(office, one)
    expired = office.events(one)[-1]
    assert (expired.action, expired.signer, expired.status) == (
        LegAction.EXPIRE,
        None,
        EventStatus.ANCHORED,
    )
    office.take(one, LegAction.HAND_OVER)
    office.work_until(lambda: office.leg(one).standing.marks != 0)
    office.settle()
    one.events = office.leg(one).standing.events
    office.take(one, LegAction.RECEIVE)
    office.settle()
    assert_agree(office, one)


def test_the_same_submission_is_the_same_message(office: AgencyWorld) -> None:
    sender, recipient = office.agencies[:2]
    document = a_document(sender, recipient, number="4")
    message = a_message(sender, document)
    domain = office.world.app.exchange.domain
    body, (one,) = submission(domain, message, document, sender, recipient)
    first, again = office.hand_in(sender, body), office.hand_in(sender, body)
    assert first.is_new
    assert not again.is_new
    assert event_answer(again.legs[0][1]) == event_answer(office.events(one)[0])
    more, (other,) = submission(domain, message, document, sender, office.agencies[2])
    assert office.hand_in(sender, more).is_new
    assert office.leg(other).message_pk == office.leg(one).message_pk
    changed, _ = submission(domain, a_message(sender, document), document, sender, recipient)
    with pytest.raises(Conflict) as refused:
        office.hand_in(sender, changed)
    assert refused.value.code == "message-differs"


def test_the_same_number_again_is_warned_of(office: AgencyWorld) -> None:
    sender, recipient = office.agencies[:2]
    domain = office.world.app.exchange.domain
    told = []
    for day in ("2026-03-02", "2026-03-03"):
        document = a_document(sender, recipient, number="5", on=date.fromisoformat(day))
        body, _ = submission(domain, a_message(sender, document), document, sender, recipient)
        told.append(office.hand_in(sender, body).duplicates)
    assert told == [[], ["H56.0,2026/03/02,5/UBND-VX"]]


def test_the_same_step_is_answered_the_same_and_another_is_refused(office: AgencyWorld) -> None:
    (one,) = office.submit("6")
    body = step(one, LegAction.ARRIVE)
    first, again = office.take_body(one, body), office.take_body(one, body)
    assert first.is_new
    assert not again.is_new
    assert event_answer(first.event) == event_answer(again.event)
    with pytest.raises(Conflict) as refused:
        office.take_body(one, step(one, LegAction.HAND_OVER))
    assert refused.value.code == "leg-nonce-invalid"
    one.events += 1
    with pytest.raises(Conflict) as illegal:
        office.take(one, LegAction.RECEIVE)
    assert illegal.value.code == "leg-action-illegal"


def test_what_a_party_did_not_sign_is_not_taken(office: AgencyWorld) -> None:
    (one,) = office.submit("7")
    stranger = fresh_signer()
    cases: list[tuple[type[LedgerError], str, dict[str, Any]]] = [
        (Forbidden, "leg-signer-unauthorized", {"signer": stranger}),
        (Forbidden, "leg-signer-unauthorized", {"signer": one.recipient.keys[Purpose.CLERK]}),
        (VerificationFailed, "leg-deadline-passed", {"deadline": int(time.time()) + 30}),
    ]
    for kind, code, changes in cases:
        with pytest.raises(kind) as refused:
            office.take_body(one, step(one, LegAction.ARRIVE, **changes))
        assert refused.value.code == code
    body = step(one, LegAction.ARRIVE)
    body["signature"] = body["signature"][:-4] + "0000"
    with pytest.raises(VerificationFailed) as forged:
        office.take_body(one, body)
    assert forged.value.code == "leg-signature-invalid"
    body = step(one, LegAction.ARRIVE)
    body["evidenceRecord"]["recordSalt"] = "00" * 32
    with pytest.raises(VerificationFailed) as changed:
        office.take_body(one, body)
    assert changed.value.code == "evidence-differs"
    assert len(office.events(one)) == 1


def test_what_the_chain_refuses_is_told_and_hinders_nobody(office: AgencyWorld) -> None:
    """A key is revoked on chain alone: we learn of it when the event is relayed."""
    world = office.world
    (good,) = office.submit("8")
    (bad,) = office.submit("9")
    office.settle()
    office.take(good, LegAction.ARRIVE)
    office.take(bad, LegAction.ARRIVE, LegAction.HAND_OVER)
    recipient = office.agencies[1]
    revoked = fresh_signer()
    events = office.events(bad)
    with world.app.db.write() as tx:
        # As if it had been signed by a key that meanwhile counts for nothing.
        tx.connection.execute(
            text("UPDATE exchange_events SET signer = :signer WHERE pk = :pk"),
            {"signer": revoked.address, "pk": events[1].pk},
        )
    office.take(good, LegAction.HAND_OVER)
    office.settle()
    assert_agree(office, good)
    assert office.leg(good).standing.state is LegState.HANDED_OVER
    refused = office.events(bad)[1:]
    assert [event.status for event in refused] == [EventStatus.REFUSED] * 2
    assert refused[0].failure == "LegSignerUnauthorized"
    assert refused[1].failure == "an event before it was refused"
    bad.events = 1
    assert_agree(office, bad)
    told = world.app.exchange.reading.feed(caller(recipient.org), 0, 500)
    assert (refused[0].pk, EventStatus.REFUSED) in [(i.event.pk, i.kind) for i in told.items]
    office.take(bad, LegAction.ARRIVE, LegAction.HAND_OVER, LegAction.RECEIVE)
    office.settle()
    assert_agree(office, bad)


def test_many_legs_of_several_senders_go_in_few_transactions(office: AgencyWorld) -> None:
    legs = [one for number in range(20) for one in office.submit(f"1{number}0")]
    for one in legs:
        office.take(one, LegAction.ARRIVE, LegAction.HAND_OVER, LegAction.RECEIVE)
    office.settle()
    transactions = {
        event.anchor and event.anchor.transaction for one in legs for event in office.events(one)
    }
    assert None not in transactions
    assert len(transactions) < 5
    for one in legs:
        assert_agree(office, one)


class Died(BaseException):
    """The worker is gone."""


@pytest.mark.parametrize("moment", ["numbered", "sent", "confirmed"])
def test_a_worker_killed_at_any_step_relays_each_event_once(
    office: AgencyWorld, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = office.world
    (one,) = office.submit(f"2{moment}"[:9])
    office.take(one, LegAction.ARRIVE)

    def die(*_: Any, **__: Any) -> None:
        raise Died

    with monkeypatch.context() as patched:
        if moment == "numbered":
            patched.setattr(ExchangeRelaying, "_send", die)
        elif moment == "sent":
            real = ExchangeRelaying._send

            def send_and_die(self: Any, *given: Any) -> None:
                real(self, *given)
                raise Died

            patched.setattr(ExchangeRelaying, "_send", send_and_die)
        else:
            patched.setattr(ExchangeRelaying, "_anchor", die)
        with pytest.raises(Died):
            office.work_until(lambda: False)
    world.crash_worker()
    office.settle()
    assert_agree(office, one)
    assert len({event.batch for event in office.events(one)}) <= 2


def test_what_a_rewritten_chain_lost_is_brought_there_again(office: AgencyWorld) -> None:
    world = office.world
    (one,) = office.submit("28")
    office.take(one, LegAction.ARRIVE)
    office.settle()
    office.take(one, LegAction.HAND_OVER)
    office.settle()
    before = [event.anchor for event in office.events(one)]
    door = JsonRpc(world.settings.rpc_urls[0])
    door.batch([Call("anvil_rollback", (2,)), Call("anvil_dropAllTransactions", ())])
    door.close()
    office.work_until(lambda: [event.anchor for event in office.events(one)] != before)
    office.settle()
    assert_agree(office, one)
    assert [event.status for event in office.events(one)] == [EventStatus.ANCHORED] * 3


def test_deadlines_and_terms_are_those_signed(office: AgencyWorld) -> None:
    now = int(time.time())
    (one,) = office.submit("30", settle_by=now + 9 * DAY, attempts=2)
    office.settle()
    found = on_chain(office, one)
    assert (found.settle_by, found.attempts) == (now + 9 * DAY, 2)
    office.take(one, LegAction.FAIL_CONSIGNMENT)
    office.take(one, LegAction.FAIL_CONSIGNMENT)
    with pytest.raises(Conflict) as spent:
        office.take(one, LegAction.ARRIVE)
    assert spent.value.code == "leg-attempts-exhausted"
    office.settle()
    assert_agree(office, one)


def test_an_untouched_installation_passes_the_audit(office: AgencyWorld) -> None:
    office.world.settle()
    report = office.world.app.auditing.audit()
    assert json.dumps([str(found) for found in report.findings]) == "[]"
    assert report.legs > 20
    assert not report.unchecked
