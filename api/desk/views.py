"""What the pages show of documents: texts and times in the reader's language, and which actions the
state and the role allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.desk.spelling import spell_clock, spell_time
from api.web.dates import spell_date
from api.web.words import Words
from ledger.clock import from_unix
from ledger.desk.admitting import Shortfall
from ledger.desk.events import DeskEvent
from ledger.desk.finding import Found, Story
from ledger.desk.legs import LegRow
from ledger.desk.role import DeskRole
from ledger.exchange.leg import LegMark
from ledger.exchange.reasons import Reason, reasons_of
from ledger.exchange.rules import (
    ON_THE_WAY,
    RULES,
    UNANSWERED,
    UNSETTLED,
    LegAction,
    LegParty,
    LegState,
)
from ledger.identity.organization import Purpose
from ledger.signatures.messages import Language, say

_TONES = {
    LegState.DONE: "anchored",
    LegState.RECEIVED: "anchored",
    LegState.ASSIGNED: "anchored",
    LegState.IN_PROGRESS: "anchored",
    LegState.REFUSED: "refused",
    LegState.EXPIRED: "refused",
    LegState.RECALL_REQUESTED: "refused",
    LegState.RECALLED: "refused",
    LegState.WITHDRAWN: "refused",
    LegState.SUPERSEDED: "refused",
    LegState.SUBMISSION_REJECTED: "refused",
    LegState.RELAY_FAILED: "refused",
    LegState.CONSIGNMENT_FAILED: "refused",
    LegState.HANDOVER_FAILED: "refused",
}

_OFFERED = (
    LegAction.RECEIVE,
    LegAction.ASSIGN,
    LegAction.BEGIN,
    LegAction.FINISH,
    LegAction.ACCEPT_RECALL,
    LegAction.REFUSE_RECALL,
    LegAction.REFUSE,
    LegAction.WITHDRAW,
    LegAction.REQUEST_RECALL,
)
"""Actions with a form, in the order of the page. HAND_OVER goes before RECEIVE by itself."""

_STERN = frozenset(_OFFERED[_OFFERED.index(LegAction.ACCEPT_RECALL) :])
"""What ends a document's way or destroys a copy: never open by itself, and it looks like that."""


@dataclass(frozen=True, slots=True)
class LegLine:
    """One line of a list."""

    id: str
    number: str
    date: str
    other: str
    subject: str
    state: str
    tone: str
    due: str
    due_name: str
    late: bool
    arrival: str
    fault: bool


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event, as evidence tells it."""

    name: str
    event: str
    who: str
    staff: str
    signed: str
    block: str
    block_number: int | None
    transaction: str
    signer: str
    reason: str
    note: str
    evidence: str
    commitment: str
    report: str


@dataclass(frozen=True, slots=True)
class ActionForm:
    """One thing that can be done now; `reasons` as number and text, `chosen` the one that is
    offered, 0 for none. What is `stern` cannot be taken back."""

    action: str
    reasons: Sequence[tuple[int, str]]
    stern: bool
    chosen: int = 0


@dataclass(frozen=True, slots=True)
class RecallLine:
    """The document that calls another back; `leg` where it is known here, else empty."""

    number: str
    date: str
    leg: str


@dataclass(frozen=True, slots=True)
class LackLine:
    """What a file lacks of the signatures it should bear; `detail` as the check has it."""

    file: str
    text: str
    detail: str


def line_of(found: Found, words: Words, now: datetime) -> LegLine:
    """A line of inbox, outbox, search or overdue list."""
    row, number = found.leg, found.message.document_id
    due = due_of(row)
    gone = found.message.destroyed_at is not None
    return LegLine(
        id=row.id.hex(),
        number=f"{number.code_number}/{number.code_notation}",
        date=spell_date(words.language, number.promulgation_date.isoformat()),
        other=row.other_name,
        subject=words.say("subject.destroyed") if gone else found.message.subject or "",
        state=words.say(f"state.{row.leg.state.name}"),
        tone=_TONES.get(row.leg.state, "recorded"),
        due=spell_time(words, due) if due else "",
        due_name=words.say(_due_name(row)),
        late=bool(due) and from_unix(due) < now,
        arrival="" if row.arrival_number is None else str(row.arrival_number),
        fault=row.fault is not None,
    )


def due_of(row: LegRow) -> int:
    """Until when the next is expected, unix seconds; 0: nothing is."""
    if row.leg.state not in RULES[LegAction.MARK_OVERDUE].states:
        return 0
    return row.leg.expectation[1]


def _due_name(row: LegRow) -> str:
    """Which of the three deadlines of a leg is the next, as a key of the catalogue."""
    if row.leg.state in ON_THE_WAY:
        return "due.arrive"
    return "due.settle" if row.leg.state in UNSETTLED else "due.answer"


def event_line(event: DeskEvent, story: Story, words: Words) -> EventLine:
    """One event of the evidence view."""
    evidence = event.evidence
    reason = evidence.coded_reason if evidence else None
    spot = event.spot
    return EventLine(
        name=words.say(f"event.{event.action.name}"),
        event=evidence.event.uri if evidence else "",
        who=_who(event, story, words),
        staff=" · ".join(part for part in (evidence.staff.staff, evidence.staff.department) if part)
        if evidence and evidence.staff
        else "",
        signed=spell_clock(words, evidence.event_time) if evidence else "",
        block=spell_time(words, spot.time) if spot else "",
        block_number=spot.block if spot else None,
        transaction=spot.transaction.prefixed if spot else "",
        signer=event.signer or "",
        reason=_reason(reason, words),
        note=(evidence.note or "") if evidence else "",
        evidence=evidence.id.text if evidence else "",
        commitment=event.signed.evidence.hex() if event.signed else "",
        report=evidence.report.hex() if evidence and evidence.report else "",
    )


def forms_of(row: LegRow, role: DeskRole, words: Words, refusal: int = 0) -> Sequence[ActionForm]:
    """What this person can do to the leg now; `refusal` is the reason to offer for one."""
    if row.fault is not None or role is DeskRole.AUDITOR:
        return ()
    own = LegParty.SENDER if row.outgoing else LegParty.RECIPIENT
    found = []
    for action in _OFFERED:
        rule = RULES[action]
        states = rule.states
        if action is LegAction.RECEIVE:
            states = states | UNANSWERED
        if action is LegAction.FINISH:
            states = states | {LegState.ASSIGNED}
        leads = rule.purpose is not Purpose.LEADER or role is DeskRole.LEADER
        if row.leg.state in states and rule.party in (own, LegParty.EITHER) and leads:
            answered = LegMark.SUPERSESSION_ANSWERED in row.leg.marks
            if row.leg.state is LegState.SUPERSEDED and answered:
                continue
            reasons = [(one.number, _reason(one, words)) for one in reasons_of(action)]
            chosen = refusal if action is LegAction.REFUSE else 0
            found.append(ActionForm(action.name, reasons, action in _STERN, chosen))
    return found


def findings_of(story: Story) -> Sequence[dict[str, Any]]:
    """What the checks of signatures found, part by part; the newest report."""
    found: Sequence[dict[str, Any]] = ()
    for report in story.reports.values():
        body = report.get("body")
        if isinstance(body, dict) and body.get("type") == "inspection":
            found = body["parts"]
    return found


def lacks_of(shortfalls: Sequence[Shortfall], words: Words) -> Sequence[LackLine]:
    """What is missing, file by file."""
    language: Language = "vi" if words.language == "vi" else "en"
    return [
        LackLine(
            one.file,
            words.say("lacks.unchecked") if one.is_doubt else say("problem", one.code, language),
            one.detail,
        )
        for one in shortfalls
    ]


def recall_line(story: Story, words: Words) -> RecallLine | None:
    """The document that calls this one back, where its sender named it."""
    found = story.recalling
    if found is None:
        return None
    named = found.document_id
    return RecallLine(
        number=f"{named.code_number}/{named.code_notation}",
        date=spell_date(words.language, named.promulgation_date.isoformat()),
        leg="" if found.leg is None else found.leg.id.hex(),
    )


def exception_of(story: Story) -> str:
    """Why it was sent or received without them, where somebody said so."""
    for report in story.reports.values():
        body = report.get("body")
        if isinstance(body, dict) and body.get("type") == "admission":
            return str(body["despite"])
    return ""


def is_on_the_way(row: LegRow) -> bool:
    """Whether the recipient has nothing of it yet."""
    return row.leg.state in ON_THE_WAY


def _who(event: DeskEvent, story: Story, words: Words) -> str:
    if event.signed is None:
        return words.say("who.nobody")
    by_sender = event.org == event.key.sender
    own = by_sender is story.leg.outgoing
    return words.say("who.us") if own else story.leg.other_name


def _reason(reason: Reason | None, words: Words) -> str:
    if reason is None:
        return ""
    return reason.vi if words.language == "vi" else reason.en
