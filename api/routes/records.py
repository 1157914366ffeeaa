"""`/records/{id}`: what may be seen of a record, its proof in three spellings, its withdrawal."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from api.auth import OPTIONAL_SECURITY, StatusKeeper, Visitor
from api.deps import Ledger, Metered
from api.json_route import JsonRoute
from api.negotiation import JSON, choose_media_type, compress
from api.schemas.problem import problems
from api.schemas.records import RecordAnswer, WithdrawalAnswer, WithdrawalRequest, record_answer
from ledger.app import App
from ledger.proof.bundle import MEDIA_TYPE as BUNDLE_JSON
from ledger.records.record import RecordId
from ledger.services.caller import Caller

router = APIRouter(route_class=JsonRoute, tags=["records"])

TLOG_PROOF = "text/x.tlog-proof"
PLAIN = "text/plain"
SCITT_RECEIPT = "application/scitt-receipt+cose"
COSE = "application/cose"

_PROOFS = (BUNDLE_JSON, JSON, TLOG_PROOF, PLAIN, SCITT_RECEIPT, COSE)
_FORMS = {"bundle": BUNDLE_JSON, "tlog-proof": TLOG_PROOF, "cose": SCITT_RECEIPT}

RecordPath = Annotated[str, Path(description="Record id: `urn:uuid:` and a UUID.")]
Form = Annotated[
    Literal["bundle", "tlog-proof", "cose"] | None,
    Query(description="For links that cannot send Accept; takes precedence over it."),
]


@router.get(
    "/records/{record_id}",
    summary="One record",
    openapi_extra=OPTIONAL_SECURITY,
    dependencies=[Metered],
    responses=problems(400, 401, 403, 404, 429, 503),
)
def get_record(
    record_id: RecordPath, caller: Visitor, ledger: Ledger, response: Response
) -> RecordAnswer:
    """Public members for anyone; more for agencies; everything for its own organization."""
    record = RecordId.parse(record_id)
    answer = record_answer(ledger.proving.record_view(record, caller))
    response.headers["Cache-Control"] = "no-store"
    response.headers["Link"] = f'</records/{record.text}/proof>; rel="proof"'
    return answer


@router.get(
    "/records/{record_id}/proof",
    summary="The proof of a record",
    openapi_extra=OPTIONAL_SECURITY,
    dependencies=[Metered],
    responses={
        200: {
            "description": "The bundle (default), a C2SP tlog-proof or an RFC 9942 COSE receipt. "
            "Before anchoring the bundle says so; the other two need a checkpoint.",
            "content": {
                BUNDLE_JSON: {"schema": {"type": "object"}},
                JSON: {"schema": {"type": "object"}},
                TLOG_PROOF: {"schema": {"type": "string"}},
                PLAIN: {"schema": {"type": "string"}},
                SCITT_RECEIPT: {"schema": {"type": "string", "format": "binary"}},
                COSE: {"schema": {"type": "string", "format": "binary"}},
            },
        },
        **problems(400, 401, 403, 404, 406, 409, 429, 503),
    },
)
def get_proof(
    request: Request, record_id: RecordPath, caller: Visitor, ledger: Ledger, form: Form = None
) -> Response:
    """Discloses what you may see; every undisclosed member is there as its digest."""
    record = RecordId.parse(record_id)
    if form is not None:
        media_type = _FORMS[form]
    else:
        media_type = choose_media_type(request.headers.get("accept"), _PROOFS)
    content, ending = _prove(ledger, record, caller, media_type)
    name = record.text.rpartition(":")[2]
    content, encoding = compress(request.headers.get("accept-encoding"), content)
    return Response(
        content,
        headers={
            **encoding,
            "Content-Type": media_type + ("; charset=utf-8" if "text/" in media_type else ""),
            "Content-Disposition": f'inline; filename="{name}{ending}"',
            "Cache-Control": "no-store",
            "Vary": "Accept, Accept-Encoding, Authorization",
        },
    )


def _prove(
    ledger: App, record: RecordId, caller: Caller | None, media_type: str
) -> tuple[bytes, str]:
    if media_type in (TLOG_PROOF, PLAIN):
        return ledger.proving.tlog_proof(record).encode().encode(), ".tlog-proof"
    if media_type in (SCITT_RECEIPT, COSE):
        return ledger.proving.cose_receipt(record), ".cose"
    return ledger.proving.bundle(record, caller).encode(), ".bundle.json"


@router.post(
    "/records/{record_id}/withdrawal",
    status_code=202,
    summary="Withdraw a record",
    responses=problems(400, 401, 403, 404, 409, 413, 422, 429, 503),
)
def withdraw(
    record_id: RecordPath, wanted: WithdrawalRequest, caller: StatusKeeper, ledger: Ledger
) -> WithdrawalAnswer:
    """Signed with the organization's key and declared on chain. The record stays provable; every
    verifier then says that it is withdrawn. There is no way back."""
    record = RecordId.parse(record_id)
    own = wanted.declaration.own_signature() if wanted.declaration else None
    digest = ledger.declaring.withdraw(caller, record, wanted.reason, own)
    return WithdrawalAnswer(record_id=record.text, reason_digest=digest.hex())
