"""A broken cold chain, as the visitor's own device tells it from the verified record."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.lots import story_path
from tests.browser.visits import SIZES, visit_in
from tests.support.devices import Device
from tests.support.epcis_events import GTIN
from tests.support.running_app import RunningApp

pytestmark = [pytest.mark.browser, pytest.mark.chain]


@pytest.mark.parametrize(("language", "said"), [("vi", "Chuỗi lạnh"), ("en", "Cold chain broken")])
def test_story_page_tells_the_breach(
    server: RunningApp, chromium: Browser, language: str, said: str
) -> None:
    lot, device = f"LANH-{language}", Device()
    item = f"https://id.gs1.org/01/{GTIN}/10/{lot}"
    rule = {"minCelsius": 2.0, "maxCelsius": 8.0, "allowedMinutes": 0}
    server.manager.put(f"/cold-chain/{GTIN}", json=rule).raise_for_status()
    body = device.registration(server.producer_org, [item])
    server.manager.put("/devices", json=body).raise_for_status()
    records = []
    for counter, celsius in enumerate((5.0, 11.5)):
        answer = server.visitor.post(
            "/devices/readings",
            content=device.reading(counter, f"2026-03-01T0{counter}:00:00+07:00", celsius),
            headers={"content-type": "application/jose"},
        )
        records.append(answer.raise_for_status().json()["recordID"])
    server.manager.delete(f"/cold-chain/{GTIN}").raise_for_status()
    for record in records:
        server.wait_until_anchored(f"/records/{record}")
    width, height = SIZES["phone"]
    context = chromium.new_context(viewport={"width": width, "height": height})
    visit = visit_in(context, language)
    visit.open(server.url + story_path(lot))
    assert visit.verdict() == "intact"
    told = [visit.page.inner_text(f'#checked [data-record="{record}"]') for record in records]
    assert [said in text for text in told] == [False, True]
    visit.shoot("cold-chain", "phone")
    assert visit.complaints == []
    context.close()
