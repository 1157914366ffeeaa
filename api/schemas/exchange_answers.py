"""What the exchange answers: receipts, legs, events, the feed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Literal

from pydantic import Field

from api.problems import status_of
from api.schemas.problem import Problem
from api.schemas.wire import Answer
from ledger.clock import format_time
from ledger.errors import LedgerError
from ledger.exchange.leg import LegMark
from ledger.services.exchange_reading import FeedPage, LegView
from ledger.services.exchange_stepping import TakenStep
from ledger.services.exchange_submitting import SubmittedMessage
from ledger.storage.exchange_events import EventRow, EventStatus
from ledger.storage.exchange_legs import LegRow
from ledger.storage.exchange_messages import MessageRow
from ledger.storage.exchange_wraps import WrapRow

StatusName = Literal["waiting", "relayed", "anchored", "refused"]


class ExchangeAnswer(Answer):
    """Where the contracts of the exchange stand; signatures count for these alone."""

    chain_id: int
    document_exchange: str
    mandates: str


class AnchorAnswer(Answer):
    """Where the chain holds an event; `head` is the leg's after it."""

    block: int
    block_hash: str
    block_time: int = Field(description="Unix seconds.")
    transaction: str
    log_index: int
    head: str


class EventAnswer(Answer):
    """One event of a leg. Of a deadline that passed, what nobody signs is null."""

    nonce: int
    action: str
    state: str = Field(description="The leg's after it.")
    org: str | None
    actor: str | None
    reason: int
    evidence: str | None
    link: str | None
    deadline: int
    signer: str | None
    signature: str | None
    evidence_record: dict[str, Any] | None = Field(description="`envelope` and `recordSalt`.")
    received_at: str
    status: StatusName
    anchor: AnchorAnswer | None
    failure: str | None = Field(description="Why the chain did not take it, where it did not.")


class LegAnswer(Answer):
    """A leg as every accepted event leaves it; `anchored` is how many of them the chain has."""

    leg: str
    sender: str
    recipient: str
    salt: str
    code_number: str
    code_notation: str
    promulgation_date: str
    state: str
    previous: str = Field(description="The state a recall was asked in.")
    marks: list[str]
    events: int
    anchored: int
    failures: int
    attempts: int
    arrive_by: int
    answer_within: int
    answer_by: int
    settle_by: int
    due_by: int | None = Field(description="Until when the next is expected; null: nothing is.")
    replaces: str | None
    head: str = Field(description="The newest that the chain has.")
    opened_at: str


class RewrappedKeyAnswer(Answer):
    """The data key wrapped to a key that the recipient published later; `org` handed it in."""

    wrapped_key: str
    org: str
    received_at: str


class LegDetailAnswer(LegAnswer):
    """A leg with the message it carries; `wrappedKey` is the first, `rewrappedKeys` follow it."""

    message: str
    document_id: str
    version: int
    view: list[Any]
    wrapped_key: str | None
    rewrapped_keys: list[RewrappedKeyAnswer]


class ReceiptAnswer(Answer):
    """What a step became: the leg after it, and the event."""

    leg: LegAnswer
    event: EventAnswer


class MessageReceiptAnswer(Answer):
    """A message that was taken in, durably; one receipt per leg handed in."""

    sender: str
    document_id: str
    version: int
    message: str
    received_at: str
    legs: list[ReceiptAnswer]
    duplicates: list[str] = Field(
        description="Other documents of the sender with the same number and notation."
    )


class MessageAnswer(Answer):
    """A message and those of its legs that you may see."""

    sender: str
    document_id: str
    version: int
    message: str
    view: list[Any]
    received_at: str
    legs: list[LegAnswer]


class ShortReceiptAnswer(Answer):
    """One of several steps that was taken; `isNew` false where it was known."""

    leg: str
    nonce: int
    state: str = Field(description="The leg's after it.")
    received_at: str
    is_new: bool


class StepOutcome(Answer):
    """What came of one of several steps: a receipt, or what stopped it."""

    receipt: ShortReceiptAnswer | None = None
    problem: Problem | None = None


class StepsAnswer(Answer):
    """An outcome for each step, in their order."""

    outcomes: list[StepOutcome]


class FeedItemAnswer(Answer):
    """What became of an event at that number: taken in (`waiting`), `anchored` or `refused`."""

    seq: int
    kind: StatusName
    leg: LegAnswer
    event: EventAnswer


class FeedAnswer(Answer):
    """Lines of the feed. Go on with `next`; `last` is the newest number there is."""

    items: list[FeedItemAnswer]
    next: int
    last: int


def event_answer(row: EventRow) -> EventAnswer:
    """The wire form of an event."""
    signed = row.signature is not None
    anchor = row.anchor
    record = None
    if row.evidence_record is not None and row.evidence_salt is not None:
        record = {
            "envelope": json.loads(row.evidence_record),
            "recordSalt": row.evidence_salt.hex(),
        }
    return EventAnswer(
        nonce=row.nonce,
        action=row.action.name,
        state=row.state.name,
        org="0x" + row.org.hex() if signed else None,
        actor="0x" + row.actor.hex() if signed else None,
        reason=row.reason,
        evidence=row.evidence.hex() if signed else None,
        link=row.link.hex() if any(row.link) else None,
        deadline=row.deadline,
        signer=row.signer.lower() if row.signer is not None else None,
        signature="0x" + row.signature.hex() if row.signature is not None else None,
        evidence_record=record,
        received_at=format_time(row.received_at),
        status=_status(row.status),
        anchor=None
        if anchor is None
        else AnchorAnswer(
            block=anchor.block,
            block_hash=anchor.block_hash.prefixed,
            block_time=anchor.time,
            transaction=anchor.transaction.prefixed,
            log_index=anchor.log_index,
            head=anchor.head.hex(),
        ),
        failure=row.failure,
    )


def leg_answer(row: LegRow) -> LegAnswer:
    """The wire form of a leg."""
    return LegAnswer(**_leg_fields(row))


def leg_detail_answer(view: LegView) -> LegDetailAnswer:
    """The wire form of a leg with its message."""
    return LegDetailAnswer(
        **_leg_fields(view.leg),
        message=view.message.message.hex(),
        document_id=view.message.document_id,
        version=view.message.version,
        view=json.loads(view.message.view),
        wrapped_key=view.leg.wrapped_key,
        rewrapped_keys=[rewrapped_key_answer(row) for row in view.rewrapped],
    )


def rewrapped_key_answer(row: WrapRow) -> RewrappedKeyAnswer:
    """The wire form of a later wrap."""
    return RewrappedKeyAnswer(
        wrapped_key=row.text, org=row.org.text, received_at=format_time(row.received_at)
    )


def receipt_answer(taken: TakenStep) -> ReceiptAnswer:
    """The wire form of a receipt."""
    return ReceiptAnswer(leg=leg_answer(taken.leg), event=event_answer(taken.event))


def steps_answer(taken: Sequence[TakenStep | LedgerError]) -> StepsAnswer:
    """The wire form of what came of several steps."""
    return StepsAnswer(outcomes=[_outcome(one, at) for at, one in enumerate(taken)])


def _outcome(one: TakenStep | LedgerError, at: int) -> StepOutcome:
    if not isinstance(one, LedgerError):
        return StepOutcome(
            receipt=ShortReceiptAnswer(
                leg=one.leg.key.leg.hex(),
                nonce=one.event.nonce,
                state=one.event.state.name,
                received_at=format_time(one.event.received_at),
                is_new=one.is_new,
            )
        )
    status = status_of(one)
    return StepOutcome(
        problem=Problem(
            type=f"/problems/{one.code}",
            title=HTTPStatus(status).phrase,
            status=status,
            detail=one.detail,
            code=one.code,
            advice=one.advice,
            pointer=f"/steps/{at}{one.pointer or ''}",
        )
    )


def message_receipt_answer(submitted: SubmittedMessage) -> MessageReceiptAnswer:
    """The wire form of a submission's receipts."""
    row = submitted.message
    return MessageReceiptAnswer(
        sender=row.sender.text,
        document_id=row.document_id,
        version=row.version,
        message=row.message.hex(),
        received_at=format_time(row.received_at),
        legs=[
            ReceiptAnswer(leg=leg_answer(leg), event=event_answer(event))
            for leg, event in submitted.legs
        ],
        duplicates=list(submitted.duplicates),
    )


def message_answer(row: MessageRow, legs: Sequence[LegRow]) -> MessageAnswer:
    """The wire form of a message."""
    return MessageAnswer(
        sender=row.sender.text,
        document_id=row.document_id,
        version=row.version,
        message=row.message.hex(),
        view=json.loads(row.view),
        received_at=format_time(row.received_at),
        legs=[leg_answer(leg) for leg in legs],
    )


def feed_answer(page: FeedPage, after: int) -> FeedAnswer:
    """The wire form of a part of the feed."""
    return FeedAnswer(
        items=[
            FeedItemAnswer(
                seq=item.seq,
                kind=_status(item.kind),
                leg=leg_answer(item.leg),
                event=event_answer(item.event),
            )
            for item in page.items
        ],
        next=page.items[-1].seq if page.items else after,
        last=page.last,
    )


def _leg_fields(row: LegRow) -> dict[str, Any]:
    leg = row.standing
    return {
        "leg": row.key.leg.hex(),
        "sender": row.key.sender.text,
        "recipient": row.key.recipient.text,
        "salt": row.key.salt.hex(),
        "code_number": row.code_number,
        "code_notation": row.code_notation,
        "promulgation_date": row.promulgated.isoformat(),
        "state": leg.state.name,
        "previous": leg.previous.name,
        "marks": [mark.name for mark in LegMark if mark in leg.marks],
        "events": leg.events,
        "anchored": row.anchored,
        "failures": leg.failures,
        "attempts": leg.attempts,
        "arrive_by": leg.arrive_by,
        "answer_within": leg.answer_within,
        "answer_by": leg.answer_by,
        "settle_by": leg.settle_by,
        "due_by": row.due_by,
        "replaces": row.replaces.hex() if any(row.replaces) else None,
        "head": leg.head.hex(),
        "opened_at": format_time(row.opened_at),
    }


def _status(status: EventStatus) -> StatusName:
    names: dict[EventStatus, StatusName] = {
        EventStatus.WAITING: "waiting",
        EventStatus.RELAYED: "relayed",
        EventStatus.ANCHORED: "anchored",
        EventStatus.REFUSED: "refused",
    }
    return names[status]
