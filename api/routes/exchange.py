"""`/exchange`: documents between agencies. Who may do what to a leg is decided by signatures; the
API key says whose legs are shown, and keeps strangers out."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from api.auth import Captor, KnownCaller, Reader
from api.deps import Ledger
from api.json_lane import JsonLane
from api.json_route import JsonRoute
from api.page_token import malformed
from api.pagination import Paged
from api.query_pointer import parameter
from api.schemas.exchange import MessageRequest, StepRequest, StepsRequest, WrappedKeyRequest
from api.schemas.exchange_answers import (
    EventAnswer,
    ExchangeAnswer,
    FeedAnswer,
    LegAnswer,
    LegDetailAnswer,
    MessageAnswer,
    MessageReceiptAnswer,
    ReceiptAnswer,
    RewrappedKeyAnswer,
    StepsAnswer,
    event_answer,
    feed_answer,
    leg_answer,
    leg_detail_answer,
    message_answer,
    message_receipt_answer,
    receipt_answer,
    rewrapped_key_answer,
    steps_answer,
)
from api.schemas.problem import problems
from ledger.digest import Digest
from ledger.exchange.document import MOST_DOCUMENT_ID, MOST_NOTATION, MOST_NUMBER, VERSION_MAX
from ledger.exchange.members import read_day
from ledger.exchange.rules import LegState
from ledger.identity.organization import OrgId
from ledger.services.caller import Scope

router = APIRouter(route_class=JsonRoute, tags=["exchange"])

LegPath = Annotated[str, Path(description="Id of the leg.", pattern=r"^[0-9a-f]{64}$")]
Org = Annotated[str | None, Query(pattern=r"^0x[0-9a-f]{64}$")]
StateName = Literal[
    "SUBMITTED",
    "SUBMISSION_REJECTED",
    "RELAYED",
    "RELAY_FAILED",
    "ARRIVED",
    "CONSIGNMENT_FAILED",
    "HANDED_OVER",
    "HANDOVER_FAILED",
    "RECEIVED",
    "REFUSED",
    "EXPIRED",
    "ASSIGNED",
    "IN_PROGRESS",
    "DONE",
    "RECALL_REQUESTED",
    "RECALLED",
    "WITHDRAWN",
    "SUPERSEDED",
]
_MOST_FEED = 500


@router.get(
    "/exchange",
    summary="Where the contracts of the exchange stand",
    responses=problems(401, 403, 429, 503),
)
def get_exchange(caller: KnownCaller, ledger: Ledger) -> ExchangeAnswer:  # noqa: ARG001
    """The domain of what parties sign. Compare it with the trust file you were given."""
    place = ledger.deployment
    return ExchangeAnswer(
        chain_id=place.chain_id,
        document_exchange=place.document_exchange,
        mandates=place.mandates,
    )


@router.post(
    "/exchange/messages",
    status_code=201,
    summary="Submit a message",
    responses={
        200: {"model": MessageReceiptAnswer, "description": "Known already; nothing was added."},
        **problems(400, 401, 403, 404, 409, 413, 422, 429, 503),
    },
)
def post_message(
    wanted: MessageRequest, caller: Captor, ledger: Ledger, response: Response
) -> MessageReceiptAnswer:
    """Durable when this answers, whole or not at all; on chain within seconds. The same sender,
    `documentId` and version again is the same message, and may bring further legs."""
    view, legs = wanted.handed_in()
    submitted = ledger.exchange.submitting.submit(caller, view, legs)
    response.status_code = 201 if submitted.is_new else 200
    return message_receipt_answer(submitted)


@router.get(
    "/exchange/messages",
    summary="One message",
    responses=problems(400, 401, 403, 404, 429, 503),
)
def get_message(
    caller: Reader,
    ledger: Ledger,
    sender: Annotated[str, Query(pattern=r"^0x[0-9a-f]{64}$")],
    document_id: Annotated[str, Query(alias="documentId", max_length=MOST_DOCUMENT_ID)],
    version: Annotated[int, Query(ge=1, le=VERSION_MAX)] = 1,
) -> MessageAnswer:
    """What its sender disclosed of it, and those of its legs that you have part in."""
    found = ledger.exchange.reading.message(caller, OrgId.parse(sender), document_id, version)
    return message_answer(*found)


@router.get(
    "/exchange/legs",
    summary="Find legs",
    responses=problems(400, 401, 403, 429, 503),
)
def find_legs(
    caller: Reader,
    ledger: Ledger,
    paged: Paged,
    response: Response,
    box: Annotated[Literal["in", "out"], Query(description="Received, or sent.")] = "in",
    organization: Annotated[
        Org, Query(description="Whose legs: for auditors, and by mandate.")
    ] = None,
    other: Annotated[Org, Query(description="The other party.")] = None,
    number: Annotated[str | None, Query(min_length=1, max_length=MOST_NUMBER)] = None,
    notation: Annotated[str | None, Query(min_length=1, max_length=MOST_NOTATION)] = None,
    state: StateName | None = None,
    since: Annotated[str | None, Query(description="Date of the paper, 2026-03-01.")] = None,
    until: Annotated[str | None, Query(description="Date of the paper, included.")] = None,
    overdue: Annotated[bool, Query(description="Only what is awaited in vain.")] = False,
) -> list[LegAnswer]:
    """Newest paper first, of what is overdue the longest first; everything that is given must hold.
    The Link header leads on."""
    rows = ledger.exchange.reading.search(
        caller,
        caller.org if organization is None else OrgId.parse(organization),
        sent=box == "out",
        other=None if other is None else OrgId.parse(other),
        number=number,
        notation=notation,
        state=None if state is None else LegState[state],
        since=_read_date("since", since),
        until=_read_date("until", until),
        overdue=overdue,
        after=_read_place(paged.after, overdue=overdue),
        limit=paged.limit + 1,
    )
    shown = rows[: paged.limit]
    last = shown[-1] if len(rows) > len(shown) else None
    asked = {
        "box": box,
        "organization": organization,
        "other": other,
        "number": number,
        "notation": notation,
        "state": state,
        "since": since,
        "until": until,
        "overdue": "true" if overdue else None,
    }
    response.headers.update(
        paged.next_link(
            "/exchange/legs",
            None if last is None else f"{last.due_by if overdue else last.promulgated}/{last.pk}",
            {name: value for name, value in asked.items() if value is not None},
        )
    )
    return [leg_answer(row) for row in shown]


@router.get(
    "/exchange/legs/{leg}",
    summary="One leg, with the message it carries",
    responses=problems(400, 401, 403, 404, 429, 503),
)
def get_leg(leg: LegPath, caller: Reader, ledger: Ledger) -> LegDetailAnswer:
    """For its parties, for auditors, and for whoever acts for a party by a mandate."""
    return leg_detail_answer(ledger.exchange.reading.leg(caller, Digest.from_hex(leg)))


@router.get(
    "/exchange/legs/{leg}/events",
    summary="Everything that happened to a leg",
    responses=problems(400, 401, 403, 404, 429, 503),
)
def get_events(leg: LegPath, caller: Reader, ledger: Ledger) -> list[EventAnswer]:
    """In the order it was taken in, with evidence, signatures and places on chain; what the chain
    refused is among it."""
    view = ledger.exchange.reading.leg(caller, Digest.from_hex(leg))
    return [event_answer(row) for row in view.events]


@router.post(
    "/exchange/legs/{leg}/wrapped-keys",
    status_code=201,
    summary="Hand in a data key wrapped anew",
    responses={
        200: {"model": RewrappedKeyAnswer, "description": "Known already; nothing was added."},
        **problems(400, 401, 403, 404, 409, 413, 429, 503),
    },
)
def post_wrapped_key(
    leg: LegPath, wanted: WrappedKeyRequest, caller: Captor, ledger: Ledger, response: Response
) -> RewrappedKeyAnswer:
    """By the sender, or by the recipient for itself, to a key that the recipient states now. Those
    before it stay; one for each key and party."""
    id = Digest.from_hex(leg)
    row, is_new = ledger.exchange.rewrapping.hand_in(caller, id, wanted.wrapped_key)
    response.status_code = 201 if is_new else 200
    return rewrapped_key_answer(row)


@router.post(
    "/exchange/legs/{leg}/steps",
    status_code=201,
    summary="Take a step on a leg",
    responses={
        200: {"model": ReceiptAnswer, "description": "Known already; nothing was added."},
        **problems(400, 401, 403, 404, 409, 413, 422, 429, 503),
    },
)
def post_step(
    leg: LegPath, wanted: StepRequest, caller: Captor, ledger: Ledger, response: Response
) -> ReceiptAnswer:
    """Signed by the party it is done for. Durable when this answers; on chain within seconds. The
    same step again is answered with the same receipt."""
    taken = ledger.exchange.stepping.take(caller, wanted.step_to_take(Digest.from_hex(leg)))
    response.status_code = 201 if taken.is_new else 200
    return receipt_answer(taken)


@router.post(
    "/exchange/steps",
    summary="Take many steps",
    responses=problems(400, 401, 403, 413, 429, 503),
)
def post_steps(wanted: StepsRequest, caller: Captor, ledger: Ledger) -> StepsAnswer:
    """Each judged after those before it; what stops one stops no other. Durable when this
    answers."""
    return steps_answer(ledger.exchange.stepping.take_all(caller, wanted.steps_to_take()))


@router.get(
    "/exchange/feed",
    summary="What happened to your legs, in order",
    responses=problems(400, 401, 403, 429, 503),
)
def get_feed(
    caller: Reader,
    ledger: Ledger,
    after: Annotated[int, Query(ge=0, le=2**53 - 1, description="The last `seq` you have.")] = 0,
    limit: Annotated[int, Query(ge=1, le=_MOST_FEED)] = 100,
) -> FeedAnswer:
    """Every event twice: when it was taken in, and when it was anchored or refused. Numbers never
    appear out of their order, and whatever is asked again is answered again; leg and event are
    shown as they are now."""
    return feed_answer(ledger.exchange.reading.feed(caller, after, limit), after)


LANES: tuple[JsonLane[Any], ...] = (
    JsonLane("/exchange/messages", MessageRequest, Scope.CAPTURE, post_message),
    JsonLane(
        "/exchange/steps",
        StepsRequest,
        Scope.CAPTURE,
        lambda wanted, caller, ledger, _: post_steps(wanted, caller, ledger),
    ),
)
"""How the gateways of busy agencies hand in."""


def _read_date(name: str, text: str | None) -> date | None:
    if text is None:
        return None
    with parameter(name):
        return read_day(text)


def _read_place(after: str | None, *, overdue: bool) -> tuple[date | int, int] | None:
    if after is None:
        return None
    at, _, pk = after.partition("/")
    try:
        return int(at) if overdue else date.fromisoformat(at), int(pk)
    except ValueError:
        raise malformed() from None
