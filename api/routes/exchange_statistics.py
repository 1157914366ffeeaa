"""`/exchange/statistics`: the six monthly outputs of Decree 30, for an agency and its auditors."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from api.auth import Captor, Reader
from api.deps import Ledger
from api.schemas.problem import problems
from api.schemas.wire import Answer
from ledger.errors import NotFound
from ledger.exchange.history import Month
from ledger.exchange.statistics import Statistics, write_csv
from ledger.identity.organization import OrgId
from ledger.records.record import RecordId

router = APIRouter(tags=["exchange"])

MonthPath = Annotated[
    str, Path(description="Month in Vietnam, 2026-03.", pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")
]
Org = Annotated[str | None, Query(pattern=r"^0x[0-9a-f]{64}$", description="Whose: for auditors.")]

_CSV: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "UTF-8, RFC 4180.",
        "content": {"text/csv": {"schema": {"type": "string"}}},
    }
}

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_XLSX: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The workbook.",
        "content": {XLSX: {"schema": {"type": "string", "format": "binary"}}},
    }
}


class StatisticsAnswer(Answer):
    """Statistics as docs/formats/statistics.md has them, and the record that says them."""

    organization: str
    record_id: str | None
    statistics: dict[str, Any]

    @classmethod
    def of(cls, found: Statistics, record_id: RecordId | None) -> StatisticsAnswer:
        """The answer."""
        return cls(
            organization=found.org.text,
            record_id=None if record_id is None else record_id.text,
            statistics=found.to_json(),
        )


@router.get(
    "/exchange/statistics/{month}",
    summary="Statistics of a month",
    responses=problems(400, 401, 403, 413, 429, 503),
)
def get_statistics(
    month: MonthPath, caller: Reader, ledger: Ledger, organization: Org = None
) -> StatisticsAnswer:
    """Computed anew from what the chain has; `recordId` names the last record that was signed for
    the month, which need not say the same."""
    org, of = _of(caller.org, organization), Month.parse(month)
    found = ledger.exchange_statistics.compute(caller, org, of)
    return StatisticsAnswer.of(found, ledger.exchange_statistics.last_signed(org, of))


@router.get(
    "/exchange/statistics/{month}/{output}.csv",
    summary="One output as CSV",
    response_class=Response,
    responses={**_CSV, **problems(400, 401, 403, 404, 413, 429, 503)},
)
def get_output(
    month: MonthPath,
    output: Annotated[str, Path(max_length=40, description="outgoingRegister and so on.")],
    caller: Reader,
    ledger: Ledger,
    organization: Org = None,
) -> Response:
    """The very bytes whose SHA-256 stands in the signed record."""
    org = _of(caller.org, organization)
    found = ledger.exchange_statistics.compute(caller, org, Month.parse(month))
    table = found.outputs.get(output)
    if table is None:
        raise NotFound("path-unknown", f"the outputs are {', '.join(found.outputs)}")
    name = f'attachment; filename="{found.month.text}-{output}.csv"'
    return Response(
        write_csv(table),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": name},
    )


@router.get(
    "/exchange/statistics/{month}/workbook.xlsx",
    summary="All outputs as a workbook",
    response_class=Response,
    responses={**_XLSX, **problems(400, 401, 403, 413, 429, 503)},
)
def get_workbook(
    month: MonthPath, caller: Reader, ledger: Ledger, organization: Org = None
) -> Response:
    """For the office, with headings in Vietnamese; what is signed are the CSV files."""
    org = _of(caller.org, organization)
    # Loaded here: what makes workbooks costs a process 11 MB, and most never make one.
    from ledger.sheets.statistics import write_statistics

    found = ledger.exchange_statistics.compute(caller, org, Month.parse(month))
    return Response(
        write_statistics(found),
        media_type=XLSX,
        headers={"Content-Disposition": f'attachment; filename="{found.month.text}.xlsx"'},
    )


@router.post(
    "/exchange/statistics/{month}",
    status_code=201,
    summary="Sign the statistics of a month",
    responses={
        200: {"model": StatisticsAnswer, "description": "Signed already; nothing was added."},
        **problems(400, 401, 403, 409, 413, 429, 503),
    },
)
def sign_statistics(
    month: MonthPath, caller: Captor, ledger: Ledger, response: Response
) -> StatisticsAnswer:
    """A record of kind `exchange.statistics`, anchored with the next batch and proven like any
    record. An organization that holds its own key signs it itself: `POST /submissions`."""
    signed = ledger.exchange_statistics.sign(caller, Month.parse(month))
    response.status_code = 201 if signed.is_new else 200
    return StatisticsAnswer.of(signed.statistics, signed.record_id)


def _of(own: OrgId, organization: str | None) -> OrgId:
    return own if organization is None else OrgId.parse(organization)
