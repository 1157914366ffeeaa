"""The page that checks a file of the visitor's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.lots import tell_story
from tests.support.masterdata import party
from tests.support.running_app import RunningApp

pytestmark = [pytest.mark.browser, pytest.mark.chain]

VECTORS = Path("tests/vectors/bundle")
SCREENSHOTS = Path("build/screenshots")


@pytest.fixture(params=[(360, "vi"), (1280, "en")], ids=["phone-vi", "desk-en"])
def page(request: pytest.FixtureRequest, chromium: Browser, server: RunningApp) -> Iterator[Page]:
    width, language = request.param
    context = chromium.new_context(viewport={"width": width, "height": 740})
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.goto(f"{server.url}/verify?lang={language}")
    yield opened
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    name = request.node.name.split("[")[0].removeprefix("test_")
    opened.screenshot(path=SCREENSHOTS / f"{name}-{width}.png", full_page=True)
    assert complaints == []
    context.close()


def _verdict(page: Page) -> str | None:
    page.wait_for_selector("#verdict[data-verdict]", timeout=20_000)
    return page.get_attribute("#verdict", "data-verdict")


def test_file_page_of_this_ledgers_bundle_says_intact(
    page: Page, server: RunningApp, tmp_path: Path
) -> None:
    record = tell_story(server, f"FILE-{page.viewport_size['width'] if page.viewport_size else 0}")[
        0
    ]
    bundle = tmp_path / "bundle.json"
    bundle.write_bytes(server.visitor.get(f"/records/{record}/proof").content)
    page.set_input_files("#bundle-file", bundle)
    assert _verdict(page) == "intact"
    assert record in (page.text_content("#checked") or "")


def test_file_page_of_master_data_says_what_it_is(
    page: Page, server: RunningApp, tmp_path: Path
) -> None:
    width = page.viewport_size["width"] if page.viewport_size else 0
    stored = server.producer.put(f"/masterdata/parties/tep-{width}", json=party(gln=None)).json()
    server.wait_until_anchored(f"/records/{stored['recordID']}")
    bundle = tmp_path / "bundle.json"
    bundle.write_bytes(server.visitor.get(f"/records/{stored['recordID']}/proof").content)
    page.set_input_files("#bundle-file", bundle)
    assert _verdict(page) == "intact"
    shown = page.text_content("#checked") or ""
    assert ("Thông tin đơn vị" if width == 360 else "Description of a party") in shown
    assert "Hộ bà Bùi Thị Mây" in shown
    assert "0912 345 678" not in shown


@pytest.mark.parametrize(
    ("vector", "verdict"),
    [
        ("27-offline_intact-with-notice", "intact, with notice"),
        ("81-value-changed_does-not-match", "does not match"),
        ("50-offline-head-not-seen_could-not-check", "could not check"),
    ],
)
def test_file_page_with_own_trust_and_no_chain_judges_as_the_vector(
    vector: str, verdict: str, page: Page
) -> None:
    page.check("#offline")
    page.set_input_files("#trust-file", VECTORS / vector / "trust.json")
    page.set_input_files("#bundle-file", VECTORS / vector / "bundle.json")
    assert _verdict(page) == verdict


def test_file_page_of_another_ledgers_bundle_says_unknown(page: Page) -> None:
    page.set_input_files("#bundle-file", VECTORS / "01-batch-of-three_intact" / "bundle.json")
    assert _verdict(page) == "unknown"
    headline = page.inner_text("#verdict .headline")
    assert headline in ("Không thuộc sổ này", "Not of this ledger")
    assert "Pù Luông" not in (page.text_content("#checked") or "")


def test_file_page_with_unreadable_trust_says_could_not_check(page: Page, tmp_path: Path) -> None:
    trust = tmp_path / "trust.json"
    trust.write_text("{}")
    page.set_input_files("#trust-file", trust)
    page.set_input_files("#bundle-file", VECTORS / "01-batch-of-three_intact" / "bundle.json")
    assert _verdict(page) == "could not check"


def test_file_page_of_something_else_says_does_not_match(page: Page, tmp_path: Path) -> None:
    other = tmp_path / "holiday.json"
    other.write_bytes(b"\xff\xd8 not a bundle")
    page.set_input_files("#bundle-file", other)
    assert _verdict(page) == "does not match"
