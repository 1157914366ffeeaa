"""`/devices` and `/cold-chain`: sensors of an organization, their readings, the rules."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.auth import Admin, Reader
from api.deps import Ledger, Metered
from api.json_route import JsonRoute
from api.negotiation import check_content_type
from api.schemas.devices import (
    DeviceAnswer,
    DeviceRequest,
    ReceivedAnswer,
    RegisteredDevice,
    RuleBody,
    device_answer,
)
from api.schemas.problem import problems
from ledger.epcis.device_reading import Subject, decode_base64url

router = APIRouter(route_class=JsonRoute, tags=["devices"])

JOSE = "application/jose"


@router.put(
    "/devices",
    summary="Register a device",
    responses=problems(400, 401, 403, 409, 413, 422, 429, 503),
)
def register_device(wanted: DeviceRequest, caller: Admin, ledger: Ledger) -> RegisteredDevice:
    """Its key is known from then on. The same key again changes place and items."""
    kid = ledger.receiving.register(
        caller,
        decode_base64url(wanted.public_key),
        Subject(wanted.device_id, wanted.read_point, wanted.items),
        wanted.proof.encode(),
    )
    return RegisteredDevice(kid=kid)


@router.get("/devices", summary="Your devices", responses=problems(401, 403, 429, 503))
def list_devices(caller: Reader, ledger: Ledger) -> list[DeviceAnswer]:
    """Revoked ones included."""
    return [device_answer(row) for row in ledger.receiving.devices(caller)]


@router.delete(
    "/devices/{kid}",
    status_code=204,
    summary="Revoke a device",
    responses=problems(401, 403, 404, 429, 503),
)
def revoke_device(kid: str, caller: Admin, ledger: Ledger) -> Response:
    """No reading of it is taken any more; those recorded stay."""
    ledger.receiving.revoke(caller, kid)
    return Response(status_code=204)


@router.post(
    "/devices/readings",
    status_code=201,
    summary="Hand in a signed reading",
    dependencies=[Metered],
    responses={
        201: {"description": "Durable. The same reading again gets the same answer."},
        **problems(400, 403, 404, 409, 413, 415, 422, 429, 503),
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                JOSE: {
                    "schema": {"type": "string", "description": "Compact JWS, EdDSA (RFC 8037)."}
                }
            },
        }
    },
)
async def post_reading(request: Request, ledger: Ledger) -> ReceivedAnswer:
    """The signature says whose reading it is; no API key is needed."""
    check_content_type(request.headers.get("content-type"), (JOSE,))
    received = await run_in_threadpool(ledger.receiving.receive, await request.body())
    return ReceivedAnswer(
        event_id=received.stored.event_id,
        record_id=received.stored.record_id.text,
        alarm=received.alarm,
    )


@router.put(
    "/cold-chain/{gtin}",
    status_code=204,
    summary="Set the cold-chain rule of a product",
    responses=problems(400, 401, 403, 413, 429, 503),
)
def set_rule(gtin: str, wanted: RuleBody, caller: Admin, ledger: Ledger) -> Response:
    """For readings of your organization's devices, from now on, in place of what your master data
    say of the product."""
    ledger.receiving.set_rule(caller, gtin, wanted.rule())
    return Response(status_code=204)


@router.get(
    "/cold-chain/{gtin}",
    summary="The cold-chain rule of a product",
    responses=problems(400, 401, 403, 404, 429, 503),
)
def get_rule(gtin: str, caller: Reader, ledger: Ledger) -> RuleBody:
    """Your organization's."""
    rule = ledger.receiving.rule(caller, gtin)
    return RuleBody(
        min_celsius=rule.min_celsius,
        max_celsius=rule.max_celsius,
        allowed_minutes=rule.allowed_minutes,
    )


@router.delete(
    "/cold-chain/{gtin}",
    status_code=204,
    summary="Take a cold-chain rule away",
    responses=problems(400, 401, 403, 429, 503),
)
def remove_rule(gtin: str, caller: Admin, ledger: Ledger) -> Response:
    """Alarms that were recorded stay; the master data's rule counts again, where there is one."""
    ledger.receiving.set_rule(caller, gtin, None)
    return Response(status_code=204)
