"""Acting for another agency by its mandate: steps on its legs, signed with this agency's keys.

The server shows a leg to whoever has a mandate for something on it; it is judged as the agency's
own legs are. Content stays encrypted for the giver, so only what needs none is done here
(`BY_MANDATE`): nobody attests to the arrival of bytes, or destroys a copy, that somebody else has.

What survives a crash: a step is journalled, and kept with its evidence, before it is handed in; it
leaves the journal in the transaction that enters how the leg is after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson

from ledger.client.exchange import ExchangeClient, steps_path
from ledger.clock import Clock, unix_seconds
from ledger.desk.acting import Alone
from ledger.desk.checking import ChainOfLegs, Judged, check_head, judge
from ledger.desk.entrusted import (
    EntrustedLeg,
    drop_entrusted_step,
    find_entrusted,
    put_entrusted,
    put_entrusted_step,
)
from ledger.desk.evidencing import Report, Said, Subject
from ledger.desk.hand_ins import HandIn, Kind, drop_hand_in, put_hand_in
from ledger.desk.handing_in import HandingIn, until_first
from ledger.desk.keys import DeskKeys
from ledger.desk.registers import office_date
from ledger.desk.registry import Registry
from ledger.desk.reports import keep_report
from ledger.desk.settings import DeskSettings
from ledger.desk.step_signing import sign_step
from ledger.desk.store import Store, Transaction
from ledger.desk.wire import ToldLeg, read_told_leg
from ledger.digest import Digest
from ledger.errors import InvalidInput, NotFound, Unavailable
from ledger.exchange.evidence import Arrival, Staff
from ledger.exchange.rules import LegAction, LegState
from ledger.exchange.signed import Opening
from ledger.identity.eip712 import Domain
from ledger.identity.organization import OrgId

BY_MANDATE = frozenset(
    {
        LegAction.HAND_OVER,
        LegAction.RECEIVE,
        LegAction.REFUSE,
        LegAction.ASSIGN,
        LegAction.BEGIN,
        LegAction.FINISH,
        LegAction.REQUEST_RECALL,
        LegAction.REFUSE_RECALL,
        LegAction.WITHDRAW,
    }
)
"""What a desk does for another: decisions, which need neither the content nor the giver's keys."""

_MOST_ORDER = 500


@dataclass(frozen=True, slots=True)
class Deputed:
    """What is to be done for another. A receipt has the number of the giver's own register, a
    recall names the document that orders it."""

    action: LegAction
    reason: int = 0
    note: str | None = None
    staff: Staff | None = None
    arrival_number: int | None = None
    order: str | None = None


@dataclass(frozen=True, slots=True)
class _Seen:
    told: ToldLeg
    judged: Judged
    leg: EntrustedLeg


class Deputizing:
    """Takes the steps that others let this agency take."""

    def __init__(
        self,
        store: Store,
        server: ExchangeClient,
        settings: DeskSettings,
        keys: DeskKeys,
        domain: Domain,
        registry: Registry,
        alone: Alone,
        clock: Clock,
        chain: ChainOfLegs | None = None,
    ) -> None:
        self._store = store
        self._server = server
        self._handing_in = HandingIn(store, server.hand_in)
        self._settings = settings
        self._keys = keys
        self._domain = domain
        self._registry = registry
        self._alone = alone
        self._clock = clock
        self._chain = chain

    def find_legs(self, giver: OrgId, *, sent: bool) -> Sequence[dict[str, Any]]:
        """Legs that the giver sent or receives, newest paper first, as the server tells them.
        Raises Forbidden `foreign-organization` where no mandate stands for any."""
        return self._server.find_legs(giver, sent=sent)

    def look(self, giver: OrgId, leg: bytes) -> EntrustedLeg:
        """The leg as it is now, judged. Raises VerificationFailed where the server's word cannot
        be true, NotFound `leg-unknown` where it shows none."""
        return self._see(giver, leg).leg

    def act(self, giver: OrgId, leg: bytes, wanted: Deputed) -> EntrustedLeg:
        """Take the step, and the leg as it is afterwards.

        Raises InvalidInput `desk-mandate-unfit` for what only the giver can do; Forbidden
        `leg-mandate-missing`; Conflict and InvalidInput where the leg does not allow it;
        Unavailable where it is handed in later.
        """
        if wanted.action not in BY_MANDATE:
            raise InvalidInput(
                "desk-mandate-unfit", f"{wanted.action.name} needs what only the agency itself has"
            )
        with self._alone():
            self._handing_in.finish(leg, self._hand_in)
            return until_first(lambda: self._act_once(giver, leg, wanted))

    def finish_all(self) -> int:
        """Hand in every step that waits; how many there were. Raises Unavailable."""
        with self._alone():
            return self._handing_in.finish_all(Kind.DEPUTY_STEP, self._hand_in)

    def _act_once(self, giver: OrgId, leg: bytes, wanted: Deputed) -> EntrustedLeg:
        self._promise(self._see(giver, leg), wanted)
        return self._hand_in(leg)

    def _see(self, giver: OrgId, leg: bytes) -> _Seen:
        told = read_told_leg(leg, self._server.get_leg(leg), self._server.get_events(leg))
        parties = (told.key.sender, told.key.recipient)
        if self._settings.org in parties:
            raise InvalidInput("desk-mandate-unfit", "the leg is this agency's own")
        if giver not in parties or told.routing.org != told.key.sender:
            raise NotFound("leg-unknown", f"the leg is none of {giver.text}")
        if not told.events or not isinstance(told.events[0].signed, Opening):
            raise NotFound("leg-unknown", "the leg has no opening")
        judged = judge(told.events, told.message, self._domain, self._registry, self._standing_of)
        if self._chain is not None:
            check_head(self._chain, told.events, judged)
        seen = EntrustedLeg(
            giver=giver,
            key=told.key,
            message=told.message,
            document_id=told.routing.document.document_id.text,
            state=judged.leg.state,
            seen_at=unix_seconds(self._clock.now()),
            doubt="; ".join(judged.doubts) or None,
        )
        return _Seen(told, judged, seen)

    def _standing_of(self, leg: bytes) -> LegState:
        """How another leg of the same parties stands: the one that replaces this, or is replaced
        by it. The server's word, and what comes of it is compared with the chain's."""
        try:
            return LegState[str(self._server.get_leg(leg)["state"])]
        except NotFound:
            return LegState.NONE
        except KeyError as error:
            raise Unavailable("server-answer-malformed", "a leg without a state") from error

    def _promise(self, seen: _Seen, wanted: Deputed) -> None:
        """Sign, journal and keep, in one transaction."""
        told, leg, now = seen.told, seen.judged.leg, self._clock.now()
        opened, newest = told.events[0].evidence, told.events[-1].evidence
        assert opened is not None, "judged before"
        subject = Subject(
            key=told.key,
            sender=opened.sender,
            recipient=opened.recipient,
            message=told.message,
            document_id=told.routing.document.document_id,
            version=told.routing.document.version,
            submission_time=opened.event_time,
            previous=None if newest is None else newest.id,
        )
        said, report = self._say(told.key.leg, wanted, now)
        body = sign_step(
            subject,
            leg,
            wanted.action,
            said,
            org=seen.leg.giver,
            actor=self._settings.org,
            keys=self._keys,
            domain=self._domain,
            now=now,
            standing=self._standing_of,
        )
        path = steps_path(told.key.leg)
        with self._store.write() as tx:
            put_entrusted(tx, seen.leg)
            put_entrusted_step(tx, told.key.leg, leg.events, wanted.action, body)
            put_hand_in(tx, HandIn(Kind.DEPUTY_STEP, told.key.leg, path, body, unix_seconds(now)))
            if report is not None:
                keep_report(tx, told.key.leg, report)

    def _say(self, leg: Digest, wanted: Deputed, now: datetime) -> tuple[Said, Report | None]:
        """What the evidence says, and the record it refers to."""
        said = Said(reason=wanted.reason, note=wanted.note, staff=wanted.staff)
        if wanted.action is LegAction.RECEIVE:
            if wanted.arrival_number is None:
                raise InvalidInput(
                    "desk-text-malformed",
                    "a receipt has the number of the agency's own register",
                    pointer="/number",
                )
            return replace(said, arrival=Arrival(wanted.arrival_number, office_date(now))), None
        if wanted.action is LegAction.REQUEST_RECALL:
            order = (wanted.order or "").strip()
            if not 0 < len(order) <= _MOST_ORDER:
                raise InvalidInput("desk-text-malformed", "1 to 500 characters", pointer="/order")
            body = {"type": "recall", "order": order, "leg": leg.hex()}
            report = Report.new(self._settings.org, body, now)
            commitment = report.commitment
            return replace(said, report=commitment, link=bytes(commitment)), report
        return said, None

    def _hand_in(self, leg: bytes) -> EntrustedLeg:
        with self._store.read() as tx:
            known = find_entrusted(tx, leg)
        assert known is not None, "kept with what is journalled"
        self._handing_in.hand_in(leg, _take_back)
        seen = self._see(known.giver, leg).leg
        with self._store.write() as tx:
            put_entrusted(tx, seen)
            drop_hand_in(tx, leg)
        return seen


def _take_back(tx: Transaction, refused: HandIn) -> None:
    drop_entrusted_step(tx, refused.subject, int(orjson.loads(refused.body)["nonce"]))
