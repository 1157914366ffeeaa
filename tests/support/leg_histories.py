"""Histories of legs between three agencies, as a chain would have them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from ledger.clock import from_unix
from ledger.digest import Digest, sha256
from ledger.exchange.document import Document, DocumentId
from ledger.exchange.evidence import Arrival, Evidence, ExchangeParty, FileCode
from ledger.exchange.history import LegEvent, LegHistory
from ledger.exchange.reasons import reasons_of
from ledger.exchange.rules import OPENINGS, RULES, LegAction
from ledger.exchange.signed import LegKey
from ledger.identity.eip712 import Domain
from ledger.identity.organization import OrgId
from ledger.records.record import RecordId

AGENCIES = tuple(
    ExchangeParty(OrgId(bytes([n]) * 32), f"H56.TEST.{n:02}", f"Cơ quan {n}") for n in (1, 2, 3)
)
DOMAIN = Domain(190_945, "0x" + "11" * 20)
_LAPSES = (LegAction.EXPIRE, LegAction.MARK_OVERDUE)


@dataclass
class LegStory:
    """A leg that grows event by event; times in unix seconds."""

    sender: ExchangeParty
    recipient: ExchangeParty
    number: str
    settle_by: int = 0
    file: FileCode | None = None
    due: date | None = None
    events: list[LegEvent] = field(default_factory=list)

    @property
    def key(self) -> LegKey:
        """Whose it is."""
        return LegKey(self.sender.org, self.recipient.org, sha256(self.number.encode()))

    @property
    def leg(self) -> Digest:
        """Its id."""
        return self.key.leg

    @property
    def document(self) -> Document:
        """What it carries."""
        return Document(
            DocumentId(self.sender.organ_id, date(2026, 3, 2), self.number, "TEST-VP"),
            self.sender.organ_id,
            (self.recipient.organ_id,),
            "Công văn",
            due_date=self.due,
        )

    def then(self, action: LegAction, at: int, note: str | None = None) -> LegStory:
        """It goes on."""
        rule = RULES.get(action)
        state = OPENINGS[action][0] if rule is None else rule.to or self.events[-1].state
        if action in _LAPSES:
            self.events.append(LegEvent(action, state, at, Digest(bytes(32)), None))
            return self
        evidence = self._evidence(action, at, note)
        commitment = sha256(evidence.id)
        self.events.append(LegEvent(action, state, at, commitment, evidence))
        return self

    @property
    def history(self) -> LegHistory:
        """As statistics are made of it."""
        return LegHistory(
            self.leg,
            self.sender.org,
            self.recipient.org,
            self.document,
            self.settle_by,
            tuple(self.events),
        )

    def _evidence(self, action: LegAction, at: int, note: str | None) -> Evidence:
        opens, rule, reasons = action in OPENINGS, RULES.get(action), reasons_of(action)
        started = from_unix(at) if opens else self.events[0].happened_at
        number = int(self.number) + 400
        found = Evidence(
            id=RecordId(sha256(self.leg, len(self.events).to_bytes(2, "big"))[:16]),
            action=action,
            domain=DOMAIN,
            leg=self.leg,
            sequence=len(self.events),
            sender=self.sender,
            recipient=self.recipient,
            issuer=self.sender.org if opens else self.recipient.org,
            custody="organization",
            event_time=from_unix(at),
            message=sha256(self.leg),
            document_id=self.document.document_id,
            submission_time=None if opens else started,
            reason=reasons[0].number if reasons else 0,
            link=sha256() if rule is not None and rule.needs_link else None,
            note=note,
            arrival=Arrival(number, from_unix(at).date()) if action is LegAction.RECEIVE else None,
        )
        return replace(found, file=self.file) if action is LegAction.RECEIVE else found
