"""Exchange evidence: what one event of a leg was, said by who did it, committed to on chain.

One record of kind `exchange.evidence` per event, whose commitment is the `evidence` of the Opening
or Step. From it come both the ERDS evidence of ETSI EN 319 522 (`ledger.exchange.erds`, which is
the record's body) and the Status message of edXML (`ledger.exchange.edxml`).

Content is named by the salted commitment to the message and never by a plain digest: whoever keeps
an evidence after a document was erased cannot tell whether a file they hold was that document.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import NoReturn

from ledger.canonical import check_normalised
from ledger.digest import Digest
from ledger.errors import InvalidInput
from ledger.exchange.document import MOST_ORGAN_ID, VERSION_MAX, DocumentId
from ledger.exchange.reasons import Reason, reason_of
from ledger.exchange.rules import OPENINGS, RULES, LegAction, LegParty
from ledger.exchange.signed import Opening, Step
from ledger.exchange.vocabulary import EVENTS, ExchangeEvent
from ledger.identity.eip712 import Domain
from ledger.identity.organization import OrgId
from ledger.records.record import RecordId
from ledger.records.submission import CUSTODIES, Custody

EVIDENCE_KIND = "exchange.evidence"

MOST_NAME = 200
MOST_NOTE = 500
MOST_STAFF = 100
MOST_FILE_NOTATION = 20

FILED = frozenset({LegAction.SUBMIT, LegAction.RECEIVE, LegAction.FINISH})
"""With these a party says in which file it keeps the document."""

NAMING = frozenset({LegAction.REQUEST_RECALL, LegAction.SUPERSEDE})
"""With these the sender says which document calls this one back, or takes its place."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class ExchangeParty:
    """Sender or recipient of a leg: its id here, its code of Decision 20/2020 (edXML `OrganId`) and
    the name it goes by, which may be left out."""

    org: OrgId
    organ_id: str
    name: str | None = None

    def __post_init__(self) -> None:
        _check_text(self.organ_id, MOST_ORGAN_ID, "/organId")
        if self.name is not None:
            _check_text(self.name, MOST_NAME, "/name")


@dataclass(frozen=True, slots=True)
class Staff:
    """Who did it in the organization, as edXML `StaffInfo` says it. Never on chain, and gone when
    the evidence is erased."""

    department: str | None = None
    staff: str | None = None

    def __post_init__(self) -> None:
        if self.department is None and self.staff is None:
            _refuse("there is neither a department nor a person", "/staff")
        for text in (self.department, self.staff):
            if text is not None:
                _check_text(text, MOST_STAFF, "/staff")


@dataclass(frozen=True, slots=True)
class Arrival:
    """Under which number (số đến), of which day, the recipient's register has the document:
    Decree 30/2020 Article 22."""

    number: int
    on: date

    def __post_init__(self) -> None:
        if not 1 <= self.number < 10**10:
            _refuse("an arrival number has 1 to 10 digits", "/arrival/number")


@dataclass(frozen=True, slots=True)
class FileCode:
    """In which file (hồ sơ) a party keeps the document: Annex VI of Decree 30/2020, `FileCode`: the
    organization that lists the file, the year it began in, number and notation of the file."""

    organ_id: str
    year: int
    notation: str

    def __post_init__(self) -> None:
        _check_text(self.organ_id, MOST_ORGAN_ID, "/file/organId")
        _check_text(self.notation, MOST_FILE_NOTATION, "/file/notation")
        if not 1900 <= self.year <= 9999:
            _refuse("a year has four digits", "/file/year")

    @property
    def text(self) -> str:
        """The parts in their order, with points between them."""
        return f"{self.organ_id}.{self.year}.{self.notation}"

    @classmethod
    def read(cls, text: str, organ_id: str, year: int) -> FileCode:
        """As people of that organization write it: the whole code of a file of theirs, or the
        notation alone of one that began in that year. Raises InvalidInput `evidence-malformed`."""
        said = " ".join(text.split())
        begun, point, notation = said.removeprefix(f"{organ_id}.").partition(".")
        whole = said.startswith(f"{organ_id}.") and begun.isascii() and begun.isdigit()
        if whole and point and len(begun) == 4:
            return cls(organ_id, int(begun), notation)
        return cls(organ_id, year, said)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One event of a leg. Raises InvalidInput `evidence-malformed` or `exchange-reason-unknown`.

    `issuer` is the organization that acts: a party, or whom it has mandated. `sequence` is the
    number of events the leg had before this one. `event_time` is when it happened (of a submission:
    when the message left the sender's control; of an arrival: when it became accessible to the
    recipient), to the millisecond; `submission_time` that of the submission, known to all later
    evidence. `message` is the commitment to the manifest; `link` and `reason` are the step's.

    `report` is the commitment to a record that goes with the event: what the check of the
    signatures found (HAND_OVER), how the copy was destroyed (ACCEPT_RECALL, ERASE). `note` is said
    in words besides the reason. `arrival` belongs to RECEIVE, and is missing nowhere
    there; `file` says where the party that submits, receives or finishes keeps the document.
    `by_document` is the document that recalls this one or takes its place.
    """

    id: RecordId
    action: LegAction
    domain: Domain
    leg: Digest
    sequence: int
    sender: ExchangeParty
    recipient: ExchangeParty
    issuer: OrgId
    custody: Custody
    event_time: datetime
    message: Digest
    document_id: DocumentId
    version: int = 1
    submission_time: datetime | None = None
    reason: int = 0
    link: Digest | None = None
    previous: RecordId | None = None
    note: str | None = None
    staff: Staff | None = None
    arrival: Arrival | None = None
    report: Digest | None = None
    file: FileCode | None = None
    by_document: DocumentId | None = None

    def __post_init__(self) -> None:
        if self.action not in EVENTS:
            _refuse(f"{self.action.name} is nothing that happens to a leg", "/action")
        self._check_place()
        self._check_members()
        for at in (self.event_time, self.submission_time):
            if at is not None and (at.tzinfo is None or at.microsecond % 1000):
                _refuse("a time has a zone and counts to the millisecond", "/eventTime")
        if self.sender.org == self.recipient.org:
            _refuse("sender and recipient are the same", "/recipient")
        if self.custody not in CUSTODIES:
            _refuse("custody is organization or platform", "/custody")
        if not 1 <= self.version <= VERSION_MAX:
            _refuse("versions count from 1", "/version")

    def _check_place(self) -> None:
        opens = self.action in OPENINGS
        if opens is not (self.sequence == 0) or not 0 <= self.sequence < 1 << 32:
            _refuse("an opening is event 0 of its leg, and nothing else is", "/sequence")
        if opens is not (self.submission_time is None):
            _refuse("the time of submission stands in what comes after it", "/submissionTime")
        if opens and self.previous is not None:
            _refuse("nothing comes before an opening", "/previous")

    def _check_members(self) -> None:
        reason, rule = reason_of(self.action, self.reason), RULES.get(self.action)
        if self.note is not None:
            _check_text(self.note, MOST_NOTE, "/note")
        elif reason is not None and reason.is_in_words:
            _refuse("the reason is to stand in the note", "/note")
        if (rule is not None and rule.needs_link) is not (self.link is not None):
            _refuse("a link belongs to what refers to something, and only there", "/link")
        if (self.action is LegAction.RECEIVE) is not (self.arrival is not None):
            _refuse("an arrival number belongs to a receipt, and only there", "/arrival")
        if self.file is not None and self.action not in FILED:
            _refuse("a file is named by who submits, receives or finishes", "/file")
        if self.by_document is not None and self.action not in NAMING:
            _refuse("a document is named by who recalls or replaces one", "/byDocument")

    @property
    def event(self) -> ExchangeEvent:
        """What it is called by ETSI and in edXML."""
        return EVENTS[self.action]

    @property
    def coded_reason(self) -> Reason | None:
        """Why, where something had to be justified."""
        return reason_of(self.action, self.reason)

    @property
    def party(self) -> LegParty:
        """Whose part it is; EITHER where that depends on who acts."""
        rule = RULES.get(self.action)
        return LegParty.SENDER if rule is None else rule.party

    def check_describes(self, signed: Opening | Step) -> None:
        """That this is evidence of exactly that opening or step; the commitment apart, which needs
        the salt. Raises InvalidInput `evidence-differs` at the member that differs."""
        pairs: dict[str, tuple[object, object]] = {
            "/leg": (self.leg, signed.key.leg),
            "/sender": (self.sender.org, signed.key.sender),
            "/recipient": (self.recipient.org, signed.key.recipient),
            "/action": (self.action, signed.action),
            "/issuer": (self.issuer, signed.actor),
            "/reason": (self.reason, signed.reason),
            "/sequence": (self.sequence, 0 if isinstance(signed, Opening) else signed.nonce),
        }
        if isinstance(signed, Opening):
            pairs["/message"] = (self.message, signed.message)
        else:
            pairs["/link"] = (self.link or bytes(32), signed.link)
        for pointer, (said, was_signed) in pairs.items():
            if said != was_signed:
                raise InvalidInput("evidence-differs", "not what was signed", pointer=pointer)


def _check_text(text: str, most: int, pointer: str) -> None:
    if not 0 < len(text) <= most or text != text.strip() or _CONTROL.search(text):
        _refuse(
            f"a text here has 1 to {most} characters, no space at its ends and no control "
            "characters",
            pointer,
        )
    check_normalised(text)


def _refuse(detail: str, pointer: str) -> NoReturn:
    raise InvalidInput("evidence-malformed", detail, pointer=pointer)
