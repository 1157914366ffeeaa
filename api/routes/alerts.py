"""`/alerts`: what your organization has to know at once, and where it is told."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from api.auth import Admin, Reader
from api.deps import Ledger
from api.json_route import JsonRoute
from api.schemas.alerts import (
    AddressAnswer,
    AddressRequest,
    AlertAnswer,
    address_answer,
    alert_answer,
)
from api.schemas.problem import problems

router = APIRouter(route_class=JsonRoute, tags=["alerts"])

AlertPath = Annotated[str, Path(description="Id of the alert.", max_length=60)]


@router.get(
    "/alerts",
    summary="What your organization has to know at once",
    responses=problems(401, 403, 429, 503),
)
def list_alerts(caller: Reader, ledger: Ledger) -> list[AlertAnswer]:
    """Recalls of goods you are on record with and broken cold chains, newest first, at most 200."""
    return [alert_answer(row) for row in ledger.alerting.inbox(caller)]


@router.get(
    "/alerts/address",
    summary="Where your organization is told",
    responses=problems(401, 403, 404, 429, 503),
)
def get_address(caller: Reader, ledger: Ledger) -> AddressAnswer:
    """With what was not taken yet."""
    return address_answer(ledger.alerting.address(caller))


@router.put(
    "/alerts/address",
    summary="Set where your organization is told",
    responses=problems(400, 401, 403, 413, 429, 503),
)
def put_address(wanted: AddressRequest, caller: Admin, ledger: Ledger) -> AddressAnswer:
    """Alerts from now on are sent there as they are made, with `GS1-Signature: sha256=…`, the
    HMAC-SHA-256 of the body under the token; what was put aside is sent again."""
    view = ledger.alerting.set_address(caller, wanted.dest, wanted.signature_token)
    return address_answer(view)


@router.delete(
    "/alerts/address",
    status_code=204,
    summary="Be told in the inbox alone",
    responses=problems(401, 403, 404, 429, 503),
)
def delete_address(caller: Admin, ledger: Ledger) -> Response:
    """Alerts are still made; nothing is sent."""
    ledger.alerting.delete_address(caller)
    return Response(status_code=204)


@router.post(
    "/alerts/{alert_id}/acknowledgement",
    status_code=204,
    summary="Say that you know",
    responses=problems(401, 403, 404, 429, 503),
)
def acknowledge_alert(alert_id: AlertPath, caller: Reader, ledger: Ledger) -> Response:
    """Repeating it changes nothing."""
    ledger.alerting.acknowledge(caller, alert_id)
    return Response(status_code=204)
