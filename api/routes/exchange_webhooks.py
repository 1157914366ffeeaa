"""`/exchange/webhook`: be told what happens to your legs, instead of asking the feed."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from api.auth import Admin, Reader
from api.deps import Ledger
from api.json_route import JsonRoute
from api.schemas.exchange_webhooks import (
    DeadDeliveryAnswer,
    RedeliveryAnswer,
    ReplayRequest,
    WebhookAnswer,
    WebhookRequest,
    dead_delivery_answer,
    webhook_answer,
)
from api.schemas.problem import problems

router = APIRouter(route_class=JsonRoute, tags=["exchange"])


@router.get(
    "/exchange/webhook",
    summary="Where your organization is told of its legs",
    responses=problems(401, 403, 404, 429, 503),
)
def get_webhook(caller: Reader, ledger: Ledger) -> WebhookAnswer:
    """With what was not taken yet."""
    return webhook_answer(ledger.exchange.notifying.webhook(caller))


@router.put(
    "/exchange/webhook",
    summary="Set where your organization is told of its legs",
    responses=problems(400, 401, 403, 413, 429, 503),
)
def put_webhook(wanted: WebhookRequest, caller: Admin, ledger: Ledger) -> WebhookAnswer:
    """Each number of the feed is sent there, of each leg in order, signed by `GS1-Signature:
    sha256=…` (HMAC-SHA-256 of the body under the token) and by the headers of Standard Webhooks.
    What is not taken is sent again, ever more rarely, and holds up no other leg."""
    view = ledger.exchange.notifying.set_webhook(
        caller, wanted.dest, wanted.signature_token, wanted.after
    )
    return webhook_answer(view)


@router.delete(
    "/exchange/webhook",
    status_code=204,
    summary="Be told no more",
    responses=problems(401, 403, 404, 429, 503),
)
def delete_webhook(caller: Admin, ledger: Ledger) -> Response:
    """The feed keeps everything."""
    ledger.exchange.notifying.delete_webhook(caller)
    return Response(status_code=204)


@router.post(
    "/exchange/webhook/replay",
    status_code=202,
    summary="Be told again from a number on",
    responses=problems(400, 401, 403, 404, 413, 429, 503),
)
def replay_webhook(wanted: ReplayRequest, caller: Admin, ledger: Ledger) -> WebhookAnswer:
    """The same notifications under the same numbers."""
    return webhook_answer(ledger.exchange.notifying.replay(caller, wanted.after))


@router.get(
    "/exchange/webhook/dead-letters",
    summary="What was refused too often",
    responses=problems(401, 403, 429, 503),
)
def list_dead(caller: Reader, ledger: Ledger) -> list[DeadDeliveryAnswer]:
    """Oldest first, at most 200."""
    return [dead_delivery_answer(row) for row in ledger.exchange.notifying.dead_letters(caller)]


@router.post(
    "/exchange/webhook/redelivery",
    status_code=202,
    summary="Send again what was refused too often",
    responses=problems(401, 403, 429, 503),
)
def redeliver_dead(caller: Admin, ledger: Ledger) -> RedeliveryAnswer:
    """In line again, with all attempts."""
    return RedeliveryAnswer(redelivered=ledger.exchange.notifying.redeliver(caller))
