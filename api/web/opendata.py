"""Open data for people: which days there are, what a day holds, and how to check it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.web.csp import page_policy
from api.web.page import render_page
from ledger.opendata.dataset import Dataset


def days_page(request: Request, days: Sequence[Dataset], licence: str) -> Response:
    """Every published day, newest first."""
    return render_page(
        request,
        "opendata.html",
        200,
        policy=page_policy(),
        days=[_view(one) for one in days],
        licence=licence,
    )


def day_page(request: Request, day: Dataset) -> Response:
    """The files of one day."""
    return render_page(request, "opendata_day.html", 200, policy=page_policy(), day=_view(day))


def _view(day: Dataset) -> dict[str, Any]:
    return {
        "name": day.day.isoformat(),
        "records": day.records,
        "events": day.events,
        "tree_size": day.tree_size,
        "megabytes": f"{day.size / 1e6:.1f}",
        "files": day.files,
    }
