"""A step declared in error, as the visitor's own device tells it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.lots import story_path
from tests.browser.visits import SIZES, visit_in
from tests.support.epcis_events import CONTEXT, event
from tests.support.running_app import RunningApp

pytestmark = [pytest.mark.browser, pytest.mark.chain]

WORDS = {"vn": "https://provenance.example/voc/"}


@pytest.mark.parametrize(
    ("language", "said"), [("vi", "dữ liệu bị sai"), ("en", "its data are wrong")]
)
def test_story_page_marks_both_versions_and_drops_their_facts(
    server: RunningApp, chromium: Browser, language: str, said: str
) -> None:
    lot = f"SUA-{language}"
    wrong = event(lot=lot, ilmd={"vn:productName": "Tên ghi sai"})
    right = event(lot=lot, ilmd={"vn:productName": "Mật ong rừng"})
    declaration = {
        "declarationTime": "2026-03-02T08:00:00+07:00",
        "reason": "incorrect_data",
        "correctiveEventIDs": [right["eventID"]],
    }
    records = []
    for body in (wrong, {**wrong, "errorDeclaration": declaration}, right):
        answer = server.producer.post("/epcis/events", json={"@context": [CONTEXT, WORDS], **body})
        assert answer.status_code == 201, answer.text
        records.append(answer.json()["recordID"])
    for record in records:
        server.wait_until_anchored(f"/records/{record}")
    width, height = SIZES["phone"]
    context = chromium.new_context(viewport={"width": width, "height": height})
    visit = visit_in(context, language)
    visit.open(server.url + story_path(lot))
    assert visit.verdict() == "intact"
    marked = [
        said in visit.page.inner_text(f'#checked [data-record="{record}"]') for record in records
    ]
    assert marked == [True, True, False]
    assert right["eventID"] in visit.page.inner_text(f'#checked [data-record="{records[0]}"]')
    facts = visit.page.inner_text('[data-facts="checked"]')
    assert "Mật ong rừng" in facts
    assert "Tên ghi sai" not in facts
    visit.shoot("corrected", "phone")
    assert visit.complaints == []
    context.close()
