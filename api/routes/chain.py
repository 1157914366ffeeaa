"""`/chain/rpc`: reading questions to the chain, for pages whose browser reaches no node."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.deps import Ledger, Metered
from api.negotiation import JSON, check_content_type, compress
from api.schemas.chain import (
    INVALID_REQUEST,
    NOT_RELAYED,
    PARSE_ERROR,
    RpcAnswer,
    RpcCall,
    fault,
    read_call,
    result,
)
from api.schemas.problem import problems
from ledger import metrics
from ledger.errors import InvalidInput
from ledger.services.relaying import MOST_CALLS, Refusal, Relaying

router = APIRouter(tags=["chain"])

_CALL = {
    "type": "object",
    "required": ["jsonrpc", "id", "method"],
    "properties": {
        "jsonrpc": {"const": "2.0"},
        "id": {"type": ["integer", "string"]},
        "method": {
            "enum": [
                "eth_chainId",
                "eth_blockNumber",
                "eth_getBlockByNumber",
                "eth_call",
                "eth_getProof",
            ]
        },
        "params": {"type": "array"},
    },
}
_BODY = {"oneOf": [_CALL, {"type": "array", "items": _CALL, "minItems": 1, "maxItems": MOST_CALLS}]}


@router.post(
    "/chain/rpc",
    summary="Ask the chain, reading only",
    dependencies=[Metered],
    responses={
        200: {
            "model": RpcAnswer | list[RpcAnswer],
            "description": "JSON-RPC 2.0. A node's word through this server: a verifier that can "
            "reach a node itself should.",
        },
        **problems(413, 415, 429, 503),
    },
    openapi_extra={"requestBody": {"required": True, "content": {JSON: {"schema": _BODY}}}},
)
async def relay(request: Request, ledger: Ledger) -> Response:
    """Blocks, and calls and proofs of the anchoring contracts; everything else is refused."""
    check_content_type(request.headers.get("content-type"), (JSON,))
    try:
        asked = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        return _answer(request, fault(None, PARSE_ERROR, "not JSON"))
    batch = asked if isinstance(asked, list) else [asked]
    calls = [read_call(value) for value in batch]
    if not calls or len(calls) > MOST_CALLS:
        return _answer(request, fault(None, INVALID_REQUEST, f"1 to {MOST_CALLS} calls"))
    answers = await run_in_threadpool(_relay, ledger.relaying, calls)
    return _answer(request, answers if isinstance(asked, list) else answers[0])


def _relay(relaying: Relaying, calls: list[RpcCall | None]) -> list[dict[str, Any]]:
    answers: dict[int, dict[str, Any]] = {}
    allowed: list[tuple[int, RpcCall]] = []
    for at, call in enumerate(calls):
        if call is None:
            answers[at] = fault(None, INVALID_REQUEST, "not a JSON-RPC 2.0 call")
            continue
        try:
            relaying.check_call(call.method, call.params)
        except InvalidInput as error:
            metrics.RELAYED_CALLS.labels("(other)", "refused").inc()
            answers[at] = fault(call.id, NOT_RELAYED, error.detail)
        else:
            allowed.append((at, call))
    if allowed:
        got = relaying.ask([(call.method, call.params) for _, call in allowed])
        for (at, call), value in zip(allowed, got, strict=True):
            answers[at] = _spell(call, value)
    return [answers[at] for at in range(len(calls))]


def _spell(call: RpcCall, value: Any) -> dict[str, Any]:
    if isinstance(value, Refusal):
        metrics.RELAYED_CALLS.labels(call.method, "error").inc()
        return fault(call.id, value.number, value.text, value.data)
    metrics.RELAYED_CALLS.labels(call.method, "answered").inc()
    return result(call.id, value)


def _answer(request: Request, body: Any) -> Response:
    content, encoding = compress(request.headers.get("accept-encoding"), orjson.dumps(body))
    headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding", **encoding}
    return Response(content, media_type=JSON, headers=headers)
