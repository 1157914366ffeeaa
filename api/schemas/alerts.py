"""Alerts on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from pydantic import Field

from api.schemas.wire import Answer, Request
from ledger.clock import format_time

if TYPE_CHECKING:
    from ledger.services.alerting import AddressView
    from ledger.storage.alerts import AlertRow


class AddressRequest(Request):
    """Where your organization wants to be told."""

    dest: str = Field(max_length=2048, description="https address on the internet.")
    signature_token: str = Field(
        min_length=16,
        max_length=1024,
        description="Your secret; every alert is signed under it and it is never shown again.",
    )


class AddressAnswer(Answer):
    """Where your organization is told, and how that goes."""

    dest: str
    set_at: str
    last_taken_at: str | None
    waiting: int = Field(description="Alerts not taken yet.")
    dead: int = Field(description="Alerts refused too often; setting the address sends them again.")


class AlertAnswer(Answer):
    """An alert of your organization's inbox."""

    id: str
    kind: str = Field(description="recall, recall-extended, recall-lifted or cold-chain")
    created_at: str
    acknowledged_at: str | None
    delivery: str = Field(description="inbox, waiting, taken or dead")
    last_failure: str | None = Field(description="Why the last attempt to send it failed.")
    body: dict[str, Any] = Field(description="docs/formats/alert.md; what the address is sent.")


def address_answer(view: AddressView) -> AddressAnswer:
    """The wire form of an address."""
    row = view.row
    return AddressAnswer(
        dest=row.dest,
        set_at=format_time(row.set_at),
        last_taken_at=None if row.taken_at is None else format_time(row.taken_at),
        waiting=view.waiting,
        dead=view.dead,
    )


def alert_answer(row: AlertRow) -> AlertAnswer:
    """The wire form of an alert."""
    return AlertAnswer(
        id=row.id,
        kind=row.kind,
        created_at=format_time(row.created_at),
        acknowledged_at=None if row.acknowledged_at is None else format_time(row.acknowledged_at),
        delivery=_delivery(row),
        last_failure=row.failure,
        body=orjson.loads(row.body),
    )


def _delivery(row: AlertRow) -> str:
    if row.taken_at is not None:
        return "taken"
    if row.dead:
        return "dead"
    return "waiting" if row.waits else "inbox"
