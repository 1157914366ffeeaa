"""What the server tells of a leg is judged: the truth passes, and no lie about it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ledger.clock import unix_seconds
from ledger.desk.checking import judge
from ledger.desk.events import ChainSpot, DeskEvent
from ledger.desk.evidencing import Said, Subject, make_evidence
from ledger.digest import Digest
from ledger.errors import Unavailable, VerificationFailed
from ledger.exchange import erds
from ledger.exchange.document import DocumentId
from ledger.exchange.evidence import ExchangeParty
from ledger.exchange.leg import NEVER_OPENED, Leg
from ledger.exchange.mandate import Mandate
from ledger.exchange.rules import OPENINGS, RULES, LegAction, LegParty, LegState
from ledger.exchange.signed import ZERO, LegKey, Opening, Step
from ledger.identity.eip712 import Domain
from ledger.identity.organization import KeyEntry, OrgId, Purpose
from ledger.identity.private_key import PrivateKey
from ledger.identity.signer import KeySigner
from ledger.ports import OrganizationOnChain

DOMAIN = Domain(7, "0x" + "11" * 20)
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
MESSAGE = Digest(b"\x07" * 32)
SENDER = ExchangeParty(OrgId(b"\x01" * 32), "H56.01", "Sở A")
RECIPIENT = ExchangeParty(OrgId(b"\x02" * 32), "H56.02", "Xã B")
DEPUTY = OrgId(b"\x04" * 32)
KEY = LegKey(SENDER.org, RECIPIENT.org, b"\x03" * 32)
SALT = b"\x09" * 32
PURPOSES = (Purpose.CLERK, Purpose.GATEWAY, Purpose.LEADER)


class Keys:
    """The registry: three keys for each of the two. `silent` says nothing."""

    def __init__(self) -> None:
        self.silent = False
        self.mandate: Mandate | None = None
        self.places: list[tuple[int, int] | None] = []
        self.signers = {
            (org, purpose): KeySigner(PrivateKey.generate())
            for org in (SENDER.org, RECIPIENT.org, DEPUTY)
            for purpose in PURPOSES
        }

    def find_organization(self, org: OrgId) -> OrganizationOnChain | None:
        raise Unavailable("desk-key-unknown", "nobody asks")

    def find_mandate(
        self, giver: OrgId, taker: OrgId, place: tuple[int, int] | None
    ) -> Mandate | None:
        if self.silent:
            raise Unavailable("desk-mandate-unchecked", "no node answers")
        assert (giver, taker) == (RECIPIENT.org, DEPUTY)
        self.places.append(place)
        return self.mandate

    def find_key(self, org: OrgId, address: str) -> KeyEntry | None:
        if self.silent:
            raise Unavailable("desk-key-unknown", "the file does not know it")
        for (owner, purpose), signer in self.signers.items():
            if (owner, signer.address) == (org, address):
                return KeyEntry(address, False, purpose, 0, 0, 0, 0)
        return None


def tell(
    keys: Keys, actions: Sequence[LegAction], recipients: OrgId = RECIPIENT.org
) -> list[DeskEvent]:
    """A true story of these events, all in blocks but the last; what is the recipient's part is
    done by `recipients`."""
    events: list[DeskEvent] = []
    leg = NEVER_OPENED
    for number, action in enumerate(actions):
        at = NOW + timedelta(minutes=number)
        subject = Subject(
            KEY, SENDER, RECIPIENT, MESSAGE, DocumentId("H56.01", date(2026, 3, 2), "1", "VX"), 1,
            None if number == 0 else NOW,
        )  # fmt: skip
        reason = 1002 if action is LegAction.REFUSE else 0
        by = actor = SENDER.org
        purpose = OPENINGS[action][1] if action in OPENINGS else RULES[action].purpose
        if action in RULES and RULES[action].party is LegParty.RECIPIENT:
            by, actor = RECIPIENT.org, recipients
        evidence = make_evidence(subject, action, number, actor, DOMAIN, at, Said(reason=reason))
        commitment = bytes(erds.commitment(evidence, SALT))
        seconds = unix_seconds(at)
        signed: Opening | Step
        if number == 0:
            signed = Opening(
                KEY, by, action, bytes(MESSAGE), commitment, seconds + 900,
                arrive_by=seconds + 900, answer_within=900, attempts=3,
            )  # fmt: skip
            leg = Leg.open(signed, DOMAIN, seconds, lambda _: LegState.NONE, recipient=True)
        else:
            signed = Step(KEY, by, actor, action, commitment, number, seconds + 900, reason)
            leg = leg.act(signed, DOMAIN, seconds, lambda _: LegState.NONE)
        signer = keys.signers[(actor, purpose)]
        events.append(
            DeskEvent(
                key=KEY,
                nonce=number,
                action=action,
                state=leg.state,
                signed=signed,
                signer=signer.address,
                signature=signer.sign_digest(signed.digest(DOMAIN)),
                record=erds.record(evidence).envelope(),
                salt=SALT,
                received_at=seconds,
                spot=None
                if number == len(actions) - 1
                else ChainSpot(number + 1, seconds, Digest(bytes(32)), 0, leg.head),
            )
        )
    return events


STORY = (LegAction.SUBMIT, LegAction.ARRIVE, LegAction.REFUSE)


def look(keys: Keys, events: Sequence[DeskEvent]) -> LegState:
    judged = judge(events, MESSAGE, DOMAIN, keys, lambda _: LegState.NONE)
    assert judged.anchored == sum(event.spot is not None for event in events)
    return judged.leg.state


def test_the_truth_passes() -> None:
    keys = Keys()
    assert look(keys, tell(keys, STORY)) is LegState.REFUSED


def test_a_key_that_cannot_be_looked_up_is_a_doubt_and_no_fault() -> None:
    keys = Keys()
    events = tell(keys, STORY)
    keys.silent = True
    judged = judge(events, MESSAGE, DOMAIN, keys, lambda _: LegState.NONE)
    assert judged.leg.state is LegState.REFUSED
    assert len(judged.doubts) == len(STORY)


def mandate(*actions: LegAction, begins: int = 0, ends: int = 2**40) -> Mandate:
    return Mandate(RECIPIENT.org, DEPUTY, Mandate.scope_of(actions), begins, ends, bytes(MESSAGE))


def test_who_acts_for_another_needs_a_mandate_of_that_time() -> None:
    keys = Keys()
    events = tell(keys, STORY, DEPUTY)
    arrived = events[1].time
    keys.mandate = mandate(LegAction.ARRIVE, LegAction.REFUSE)
    assert look(keys, events) is LegState.REFUSED
    assert keys.places == [(2, 0), None]
    for wrong in (
        None,
        mandate(LegAction.REFUSE),
        mandate(LegAction.ARRIVE, begins=arrived + 1),
        mandate(LegAction.ARRIVE, ends=arrived),
    ):
        keys.mandate = wrong
        with pytest.raises(VerificationFailed) as caught:
            look(keys, events)
        assert caught.value.code == "desk-event-invalid"


def test_a_mandate_that_is_not_seen_yet_or_cannot_be_asked_for_is_a_doubt() -> None:
    keys = Keys()
    events = tell(keys, STORY, DEPUTY)
    keys.mandate = mandate(LegAction.ARRIVE)
    judged = judge(events, MESSAGE, DOMAIN, keys, lambda _: LegState.NONE)
    assert judged.leg.state is LegState.REFUSED
    assert [doubt[:2] for doubt in judged.doubts] == ["2:"]
    keys.silent = True
    judged = judge(events, MESSAGE, DOMAIN, keys, lambda _: LegState.NONE)
    assert len(judged.doubts) == len(STORY)


def _changed(number: int, **changes: object) -> Callable[[list[DeskEvent], Keys], list[DeskEvent]]:
    def lie(events: list[DeskEvent], _: Keys) -> list[DeskEvent]:
        events[number] = replace(events[number], **changes)  # type: ignore[arg-type]
        return events

    return lie


def _reworded(events: list[DeskEvent], _: Keys) -> list[DeskEvent]:
    record = dict(events[2].record or {})
    record["capturedAt"] = "2026-03-02T09:00:00.000Z"
    return [*events[:2], replace(events[2], record=record)]


def _resigned(events: list[DeskEvent], keys: Keys) -> list[DeskEvent]:
    """Another reason, signed by a stranger."""
    stranger = KeySigner(PrivateKey.generate())
    signed = events[2].signed
    assert signed is not None
    signature = stranger.sign_digest(signed.digest(DOMAIN))
    return [*events[:2], replace(events[2], signer=stranger.address, signature=signature)]


def _by_the_wrong_key(events: list[DeskEvent], keys: Keys) -> list[DeskEvent]:
    signed = events[2].signed
    assert signed is not None
    other = keys.signers[(RECIPIENT.org, Purpose.GATEWAY)]
    signature = other.sign_digest(signed.digest(DOMAIN))
    return [*events[:2], replace(events[2], signer=other.address, signature=signature)]


def _other_reason(events: list[DeskEvent], _: Keys) -> list[DeskEvent]:
    signed = events[2].signed
    assert isinstance(signed, Step)
    return [*events[:2], replace(events[2], signed=replace(signed, reason=1001))]


def _other_block_time(events: list[DeskEvent], _: Keys) -> list[DeskEvent]:
    spot = events[1].spot
    assert spot is not None
    return [events[0], replace(events[1], spot=replace(spot, time=spot.time + 1)), events[2]]


@pytest.mark.parametrize(
    "lie",
    [
        _changed(2, state=LegState.RECEIVED),
        _changed(1, nonce=2),
        _changed(2, salt=bytes(32)),
        _changed(2, record=None),
        _changed(2, signature=None),
        _changed(2, signature=b"\x01" * 65),
        _changed(2, signed=None),
        _reworded,
        _resigned,
        _by_the_wrong_key,
        _other_reason,
        _other_block_time,
        lambda events, _: events[1:],
        lambda events, _: [events[0], events[2]],
        lambda events, _: [*events, events[2]],
        lambda events, _: [events[1], events[0], events[2]],
    ],
)
def test_no_lie_passes(lie: Callable[[list[DeskEvent], Keys], list[DeskEvent]]) -> None:
    keys = Keys()
    with pytest.raises(VerificationFailed) as caught:
        look(keys, lie(tell(keys, STORY), keys))
    assert caught.value.code in ("desk-event-invalid", "desk-head-differs")


def test_the_opening_of_another_message_is_refused() -> None:
    keys = Keys()
    with pytest.raises(VerificationFailed):
        judge(tell(keys, STORY), Digest(ZERO), DOMAIN, keys, lambda _: LegState.NONE)
