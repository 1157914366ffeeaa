"""`/recalls`: recall goods, end a recall, and be told of those that concern you."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from api.auth import OPTIONAL_SECURITY, Reader, StatusKeeper, Visitor
from api.deps import Ledger, Metered
from api.json_route import JsonRoute
from api.query_pointer import parameter
from api.schemas.own_signatures import SignaturesRequest
from api.schemas.problem import problems
from api.schemas.recalls import (
    LiftRequest,
    NoticeAnswer,
    RecallAnswer,
    RecallRequest,
    RecallSummary,
    notice_answer,
    recall_answer,
    recall_summary,
)

router = APIRouter(route_class=JsonRoute, tags=["recalls"])

RecallPath = Annotated[str, Path(description="Id of the recall.", max_length=60)]
Subject = Annotated[
    str | None,
    Query(alias="id", min_length=1, max_length=1024, description="Digital Link of a lot or item."),
]


@router.post(
    "/recalls",
    status_code=202,
    summary="Recall goods",
    responses=problems(400, 401, 403, 404, 409, 413, 422, 429, 503),
)
def post_recall(
    wanted: RecallRequest, caller: StatusKeeper, ledger: Ledger, response: Response
) -> RecallAnswer:
    """Goods your organization brought about, or any as a competent authority; everything they went
    into is recalled with them, on chain, within seconds. For an authority this is a proposal that
    a second person approves. An organization that holds its own key signs next. Asked again while
    it is open, it is the same recall."""
    view = ledger.recalling.recall(
        caller,
        wanted.subjects,
        wanted.reason,
        wanted.notice_digest(),
        wanted.proposal.proposal() if wanted.proposal else None,
    )
    response.headers["Location"] = f"/recalls/{view.row.id}"
    return recall_answer(view)


@router.get(
    "/recalls",
    summary="Recalls, newest first",
    dependencies=[Metered],
    responses=problems(400, 429, 503),
)
def list_recalls(ledger: Ledger, response: Response, name: Subject = None) -> list[RecallSummary]:
    """All that were decided, at most 200; with `id` those that these goods are in."""
    response.headers["Cache-Control"] = "no-store"
    with parameter("id"):
        rows = ledger.recalling.list_public(name)
    return [recall_summary(row) for row in rows]


@router.get(
    "/recalls/inbox",
    summary="Recalls that concern your organization",
    responses=problems(401, 403, 429, 503),
)
def get_inbox(caller: Reader, ledger: Ledger) -> list[NoticeAnswer]:
    """Of goods that your organization is on record with, newest first, at most 200."""
    return [notice_answer(row) for row in ledger.recalling.inbox(caller)]


@router.get(
    "/recalls/{recall_id}",
    summary="One recall",
    openapi_extra=OPTIONAL_SECURITY,
    dependencies=[Metered],
    responses=problems(401, 403, 404, 429, 503),
)
def get_recall(
    recall_id: RecallPath, caller: Visitor, ledger: Ledger, response: Response
) -> RecallAnswer:
    """Everything that is declared for it, and how far it has come."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Authorization"
    return recall_answer(ledger.recalling.view(recall_id, caller))


@router.post(
    "/recalls/{recall_id}/approval",
    status_code=202,
    summary="Approve a recall or its end (authority, second person)",
    responses=problems(401, 403, 404, 409, 413, 429, 503),
)
def approve_recall(recall_id: RecallPath, caller: StatusKeeper, ledger: Ledger) -> RecallAnswer:
    """With another key than the one that proposed it."""
    return recall_answer(ledger.recalling.approve(caller, recall_id))


@router.post(
    "/recalls/{recall_id}/lift",
    status_code=202,
    summary="End a recall",
    responses=problems(400, 401, 403, 404, 409, 413, 422, 429, 503),
)
def lift_recall(
    recall_id: RecallPath, wanted: LiftRequest, caller: StatusKeeper, ledger: Ledger
) -> RecallAnswer:
    """The recall stays on record; the chain says that it is over. For an authority this is a
    proposal that a second person approves."""
    proposal = wanted.proposal.proposal() if wanted.proposal else None
    return recall_answer(ledger.recalling.lift(caller, recall_id, wanted.reason, proposal))


@router.post(
    "/recalls/{recall_id}/signatures",
    status_code=202,
    summary="Sign a recall, or its end, with your organization's own key",
    responses=problems(400, 401, 403, 404, 409, 413, 422, 429, 503),
)
def sign_recall(
    recall_id: RecallPath, wanted: SignaturesRequest, caller: StatusKeeper, ledger: Ledger
) -> RecallAnswer:
    """One signature for each target that has `toSign`. With the last one the recall is told and
    goes to the chain. Goods may have gone on meanwhile: sign again what the answer then lists."""
    signatures = wanted.target_signatures()
    return recall_answer(ledger.recall_signing.sign(caller, recall_id, signatures))


@router.post(
    "/recalls/{recall_id}/acknowledgement",
    status_code=204,
    summary="Say that you know of a recall",
    responses=problems(401, 403, 404, 429, 503),
)
def acknowledge_recall(recall_id: RecallPath, caller: Reader, ledger: Ledger) -> Response:
    """The recalling organization sees it. Repeating it changes nothing."""
    ledger.recalling.acknowledge(caller, recall_id)
    return Response(status_code=204)
