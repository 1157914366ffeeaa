"""Life, readiness, metrics, and the pages of error codes."""

from __future__ import annotations

import pytest

from ledger.error_codes import CODES
from tests.support.epcis_events import bare_event
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain


def test_healthz_answers_from_memory(server: RunningApp) -> None:
    assert server.visitor.get("/healthz").json() == {"status": "alive"}


def test_readyz_names_every_part(server: RunningApp) -> None:
    answer = server.visitor.get("/readyz")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["ready"]
    assert body["database"]
    assert body["worker"]
    assert body["chain"]


def test_metrics_count_by_route_and_name_nobody(server: RunningApp) -> None:
    sent = server.producer.post("/epcis/events", json=bare_event()).json()
    server.visitor.get(f"/records/{sent['recordID']}").raise_for_status()
    text = server.visitor.get("/metrics").text
    assert 'method="GET",route="/records/{record_id}",status="200"}' in text
    assert (
        'provenance_http_requests_total{method="POST",route="/epcis/events",status="201"}' in text
    )
    assert 'provenance_ready{part="chain"} 1.0' in text
    for name in (sent["eventID"], sent["recordID"], server.producer_org):
        assert name not in text


def test_every_error_code_has_its_page(server: RunningApp) -> None:
    for code, advice in CODES.items():
        page = server.visitor.get(f"/problems/{code}").json()
        assert page == {"code": code, "advice": advice}
    assert server.visitor.get("/problems/no-such-code").status_code == 404


def test_unknown_path_is_a_problem(server: RunningApp) -> None:
    answer = server.visitor.get("/no/such/path")
    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/path-unknown"
    assert answer.json()["requestId"] == answer.headers["x-request-id"]
