"""Named queries and subscriptions on the wire (EPCIS 2.0, 12.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from api.schemas.wire import Answer
from ledger.clock import format_time

if TYPE_CHECKING:
    from ledger.services.redelivering import Redelivery
    from ledger.services.subscribing import SubscriptionView
    from ledger.storage.deliveries import DeadLetter
    from ledger.storage.named_queries import NamedQueryRow


class NamedQuery(Answer):
    """A query with its name."""

    name: str
    query: dict[str, Any]
    created_at: str


class DeadLetterAnswer(Answer):
    """One notification that was refused too often and put aside."""

    number: int = Field(description="The number of its `Provenance-Delivery`.")
    created_at: str
    attempts: int
    failure: str = Field(description="Why the last attempt failed.")


class RedeliveryAnswer(Answer):
    """What went back into line, and how the subscription now stands."""

    requeued: int = Field(description="0 where it waits in line already.")
    waiting: int
    dead: int


class SubscriptionAnswer(Answer):
    """Who is told, when, and how that goes. The signature token is never shown."""

    subscription_id: str = Field(alias="subscriptionID")
    query_name: str
    dest: str
    created_at: str
    stream: bool | None = Field(default=None, description="true, or left out with a schedule.")
    schedule: dict[str, str] | None = None
    report_if_empty: bool
    epc_format: str
    initial_record_time: str
    min_record_time: str
    last_notified_at: str | None = None
    waiting: int = Field(description="Notifications not taken yet.")
    dead: int = Field(description="Notifications refused too often, and put aside.")
    last_failure: str | None = None


def query_answer(row: NamedQueryRow) -> dict[str, Any]:
    """The wire form of a query."""
    return NamedQuery(
        name=row.name, query=row.definition, created_at=format_time(row.created_at)
    ).model_dump(by_alias=True)


def dead_letter_answer(row: DeadLetter) -> dict[str, Any]:
    """The wire form of a dead letter."""
    return DeadLetterAnswer(
        number=row.number,
        created_at=format_time(row.created_at),
        attempts=row.attempts,
        failure=row.failure,
    ).model_dump(by_alias=True)


def redelivery_answer(done: Redelivery) -> dict[str, Any]:
    """The wire form of a redelivery."""
    return RedeliveryAnswer(
        requeued=done.requeued, waiting=done.backlog.waiting, dead=done.backlog.dead
    ).model_dump(by_alias=True)


def min_record_time(view: SubscriptionView) -> str:
    """First `initialRecordTime`, then the time of the last execution (EPCIS 2.0, 12.8)."""
    return format_time(view.row.executed_at or view.row.initial_at)


def subscription_answer(view: SubscriptionView) -> dict[str, Any]:
    """The wire form of a subscription; what does not apply is left out."""
    row = view.row
    return SubscriptionAnswer(
        subscription_id=row.id,
        query_name=row.query,
        dest=row.dest,
        created_at=format_time(row.created_at),
        stream=True if row.schedule is None else None,
        schedule=row.schedule,
        report_if_empty=row.report_if_empty,
        epc_format=row.epc_format,
        initial_record_time=format_time(row.initial_at),
        min_record_time=min_record_time(view),
        last_notified_at=None if row.notified_at is None else format_time(row.notified_at),
        waiting=view.backlog.waiting,
        dead=view.backlog.dead,
        last_failure=view.backlog.failure,
    ).model_dump(by_alias=True, exclude_none=True)
