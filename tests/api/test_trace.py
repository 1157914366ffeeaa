from __future__ import annotations

import uuid
from typing import Any

import pytest

from ledger.identity.organization import OrgId
from ledger.masterdata.code import Code
from ledger.masterdata.kind import Kind
from tests.support.epcis_events import CONTEXT, GTIN, event
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain


def _capture(server: RunningApp, told: dict[str, Any]) -> str:
    body = {"@context": [CONTEXT, {"vn": "https://provenance.example/voc/"}], **told}
    answer = server.producer.post("/epcis/events", json=body)
    assert answer.status_code == 201, answer.text
    event_id: str = answer.json()["eventID"]
    return event_id


def _lot(name: str) -> str:
    return f"https://id.gs1.org/01/{GTIN}/10/{name}"


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({}, 400, "request-malformed"),
        ({"id": _lot("TR-1"), "direction": "sideways"}, 400, "request-malformed"),
        ({"id": "https://id.gs1.org/01/09521234543214/10/A"}, 400, "gs1-check-digit-wrong"),
        ({"id": "no uri"}, 400, "epcis-uri-malformed"),
        ({"id": "x" * 1025}, 400, "request-malformed"),
        ({"id": _lot("NEVER-SEEN")}, 404, "lot-unknown"),
    ],
)
def test_trace_refused_precisely(
    server: RunningApp, query: dict[str, str], status: int, code: str
) -> None:
    answer = server.visitor.get("/trace", params=query)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_trace_of_a_bare_gtin_asks_for_lot_or_item(server: RunningApp) -> None:
    answer = server.visitor.get("/trace", params={"id": f"https://id.gs1.org/01/{GTIN}"})
    assert (answer.status_code, answer.json()["code"]) == (404, "lot-unknown")
    assert "as a whole" in answer.json()["detail"]
    assert "/10/" in answer.json()["advice"]


def test_trace_form_not_offered_is_406(server: RunningApp) -> None:
    answer = server.visitor.get(
        "/trace", params={"id": _lot("NEVER-SEEN")}, headers={"Accept": "application/pdf"}
    )
    assert answer.status_code == 406


def test_contents_time_malformed_points_at_it(server: RunningApp) -> None:
    answer = server.visitor.get("/trace/contents", params={"id": _lot("A"), "at": "yesterday"})
    assert answer.status_code == 400
    assert answer.json()["pointer"] == "/query/at"


@pytest.mark.parametrize("path", ["/trace", "/trace/contents", "/trace/picture", "/recalls"])
def test_what_is_no_identifier_refused_where_it_stands(server: RunningApp, path: str) -> None:
    answer = server.visitor.get(path, params={"id": "foo"})
    assert answer.status_code == 400
    assert answer.json()["pointer"] == "/query/id"


def test_trace_of_a_lot_that_has_gone_nowhere_yet_is_empty(server: RunningApp) -> None:
    made = event(type="TransformationEvent", bizStep="creating_class_instance")
    for name in ("action", "epcList", "quantityList", "disposition"):
        made.pop(name, None)
    _capture(
        server,
        {
            **made,
            "inputQuantityList": [{"epcClass": _lot("NOWHERE-IN")}],
            "outputQuantityList": [{"epcClass": _lot("NOWHERE-OUT")}],
        },
    )
    asked = {"id": _lot("NOWHERE-OUT"), "direction": "forward"}
    answer = server.visitor.get("/trace", params=asked)
    assert answer.status_code == 200
    assert answer.json()["items"] == answer.json()["events"] == []
    picture = server.visitor.get("/trace/picture", params=asked)
    assert picture.status_code == 200
    assert "NOWHERE-OUT" in picture.text


def test_trace_spelled_as_urn_finds_the_digital_link(server: RunningApp) -> None:
    lot = f"T{uuid.uuid4().hex[:10]}"
    event_id = _capture(server, event(lot=lot))
    urn = f"urn:epc:class:lgtin:9521234.054321.{lot}"
    found = server.visitor.get("/trace", params={"id": urn}).json()
    assert (found["id"], found["events"], found["warnings"]) == (_lot(lot), [event_id], [])


def test_trace_cell_that_would_be_a_formula_is_text(server: RunningApp) -> None:
    lot = f"T{uuid.uuid4().hex[:10]}"
    _capture(
        server,
        event(lot=lot, bizLocation={"id": "https://x.example/a"}, eventID=f"urn:x:{lot}"),
    )
    table = server.visitor.get(
        "/trace", params={"id": _lot(lot)}, headers={"Accept": "text/csv"}
    ).text
    assert not any(cell.startswith(("=", "@")) for row in table.split() for cell in row.split(","))


def test_trace_as_a_plain_link_to_a_table(server: RunningApp) -> None:
    lot = f"T{uuid.uuid4().hex[:10]}"
    _capture(server, event(lot=lot))
    asked = {"id": _lot(lot), "format": "csv"}
    table = server.visitor.get("/trace", params=asked)
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    by_header = {"id": _lot(lot)}
    same = server.visitor.get("/trace", params=by_header, headers={"Accept": "text/csv"})
    assert table.text == same.text
    assert server.visitor.get("/trace", params={**asked, "format": "json"}).json()["id"] == _lot(
        lot
    )
    refused = server.visitor.get("/trace", params={**asked, "format": "xls"})
    assert (refused.status_code, refused.json()["pointer"]) == (400, "/query/format")


def test_contents_at_a_time_and_now(server: RunningApp) -> None:
    case = "https://id.gs1.org/00/095212345432100010"
    serial = f"https://id.gs1.org/01/{GTIN}/21/{uuid.uuid4().hex[:12]}"
    for at, action in (("2026-03-01T08:00:00Z", "ADD"), ("2026-03-03T08:00:00Z", "DELETE")):
        _capture(
            server,
            {
                "type": "AggregationEvent",
                "eventTime": at,
                "eventTimeZoneOffset": "+07:00",
                "action": action,
                "parentID": case,
                "childEPCs": [serial],
            },
        )
    then = server.visitor.get(
        "/trace/contents", params={"id": case, "at": "2026-03-02T15:00:00+07:00"}
    )
    assert then.json() == {
        "id": case,
        "at": "2026-03-02T08:00:00.000Z",
        "items": [serial],
        "inside": [],
        "recalled": [],
        "truncated": False,
    }
    assert server.visitor.get("/trace/contents", params={"id": case}).json()["items"] == []


def test_trace_names_a_buyer_to_the_buyer_and_to_no_visitor(server: RunningApp) -> None:
    lot = f"T{uuid.uuid4().hex[:10]}"
    mine = server.rival.get("/organizations").json()[0]["org"]
    shop = Code(Kind.PARTY, "SHOP", is_gs1=False).uri(OrgId.parse(mine), server.url)
    _capture(
        server,
        event(lot=lot, destinationList=[{"type": "owning_party", "destination": shop}]),
    )
    parts = {}
    for name, client in (("visitor", server.visitor), ("buyer", server.rival)):
        holders = client.get("/trace", params={"id": _lot(lot)}).json()["holders"]
        parts[name] = {holder["part"] for holder in holders}
    assert parts == {"visitor": {"recorder"}, "buyer": {"recorder", "destination"}}
