"""Webhooks of the exchange on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from api.schemas.wire import Answer, Request
from ledger.clock import format_time

if TYPE_CHECKING:
    from ledger.services.exchange_notifying import ExchangeWebhookView
    from ledger.storage.exchange_webhooks import ExchangeDeliveryRow


class WebhookRequest(Request):
    """Where your organization wants to be told of its legs."""

    dest: str = Field(max_length=2048, description="https address on the internet.")
    signature_token: str = Field(
        min_length=16,
        max_length=1024,
        description="Your secret; every notification is signed under it and it is never shown "
        "again.",
    )
    after: int | None = Field(
        default=None,
        ge=0,
        le=2**53 - 1,
        description="Begin after this number of the feed; without it, with what comes.",
    )


class ReplayRequest(Request):
    """From where to begin again."""

    after: int = Field(ge=0, le=2**53 - 1, description="Everything after it is sent again.")


class WebhookAnswer(Answer):
    """Where your organization is told, and how that goes."""

    dest: str
    set_at: str
    seq: int = Field(description="How far in the feed it is: taken, or in line.")
    waiting: int
    dead: int = Field(description="Refused too often; each let the next of its leg pass.")


class DeadDeliveryAnswer(Answer):
    """A notification that was refused too often."""

    seq: int
    attempts: int
    failure: str | None


class RedeliveryAnswer(Answer):
    """How many are in line again."""

    redelivered: int


def webhook_answer(view: ExchangeWebhookView) -> WebhookAnswer:
    """The wire form of a webhook."""
    return WebhookAnswer(
        dest=view.row.dest,
        set_at=format_time(view.row.set_at),
        seq=view.row.seq,
        waiting=view.waiting,
        dead=view.dead,
    )


def dead_delivery_answer(row: ExchangeDeliveryRow) -> DeadDeliveryAnswer:
    """The wire form of a dead letter."""
    return DeadDeliveryAnswer(seq=row.seq, attempts=row.attempts, failure=row.failure)
