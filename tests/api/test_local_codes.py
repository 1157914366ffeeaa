"""Lots under codes of organizations' own: their page, their facts, their QR code."""

from __future__ import annotations

import io

import pytest
import zxingcpp
from PIL import Image

from ledger.gs1.qr import capitalised, encode_qr
from tests.support.epcis_events import bare_event
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain

HTML = {"accept": "text/html"}
JSON = {"accept": "application/json"}


def _path(server: RunningApp, lot: str) -> str:
    return f"/o/{server.producer_org.removeprefix('0x')}/p/mat-ong/lot/{lot}"


def _harvest(server: RunningApp, lot: str) -> str:
    uri = server.app.settings.base_url + _path(server, lot)
    body = bare_event(quantityList=[{"epcClass": uri, "quantity": 3, "uom": "KGM"}])
    server.producer.post("/epcis/events", json=body).raise_for_status()
    return uri


def test_own_code_tells_its_story_as_page_and_as_facts(server: RunningApp) -> None:
    uri = _harvest(server, "OWN-1")
    facts = server.visitor.get(_path(server, "OWN-1"), headers=JSON).json()
    assert facts["subject"] == uri
    [step] = facts["events"]
    assert step["event"]["quantityList"][0]["epcClass"] == uri
    page = server.visitor.get(_path(server, "OWN-1"), headers=HTML)
    assert page.status_code == 200
    assert f'data-subject="{uri}"' in page.text
    assert "mat-ong" in page.text


def test_own_code_with_a_slash_in_its_lot_is_one_lot(server: RunningApp) -> None:
    _harvest(server, "A%2F1")
    assert server.visitor.get(_path(server, "A%2F1"), headers=JSON).status_code == 200
    assert server.visitor.get(_path(server, "A"), headers=JSON).status_code == 404


def test_own_code_nobody_recorded_is_a_404_that_warns(server: RunningApp) -> None:
    page = server.visitor.get(_path(server, "NEVER"), headers=HTML)
    assert page.status_code == 404
    assert "Không có mã này trong sổ" in page.text
    problem = server.visitor.get(_path(server, "NEVER"), headers=JSON)
    assert problem.json()["code"] == "lot-unknown"


@pytest.mark.parametrize("path", ["/o/12/p/mat-ong/lot/A", "/o/{org}/p/-/lot/A"])
def test_own_code_of_no_such_form_is_refused(path: str, server: RunningApp) -> None:
    org = server.producer_org.removeprefix("0x")
    answer = server.visitor.get(path.format(org=org), headers=HTML)
    assert answer.status_code == 400
    assert answer.json()["code"] == "request-malformed"


def test_own_code_is_printed_as_the_address_of_its_page(server: RunningApp) -> None:
    answer = server.visitor.get(f"/qr{_path(server, 'OWN-2')}.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    uri = server.app.settings.base_url + _path(server, "OWN-2")
    assert answer.text == encode_qr(capitalised(uri)).svg()
    picture = Image.open(io.BytesIO(encode_qr(capitalised(uri)).png()))
    [code] = zxingcpp.read_barcodes(picture)
    assert server.visitor.get(code.text, headers=HTML).status_code == 404
