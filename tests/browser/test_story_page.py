"""What a visitor is told, at the size of a phone and of a desk, in both languages.

The server under test is real; where it has to lie or to fail, the browser's requests are answered
in its stead with what a dishonest or broken server would send.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.dishonest import rewrite_proof
from tests.browser.lots import PRODUCT, story_path
from tests.browser.visits import LOT, SIZES, Phone, Visit, overflow, small_targets, visit_in
from tests.support.running_app import RunningApp

pytestmark = [pytest.mark.browser, pytest.mark.chain]


@pytest.fixture(params=SIZES)
def size(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["vi", "en"])
def visit(request: pytest.FixtureRequest, size: str, chromium: Browser) -> Iterator[Visit]:
    width, height = SIZES[size]
    context = chromium.new_context(
        viewport={"width": width, "height": height}, timezone_id="Asia/Ho_Chi_Minh"
    )
    yield visit_in(context, str(request.param))
    context.close()


def test_story_page_of_untouched_records_says_intact(
    visit: Visit, size: str, server: RunningApp, records: list[str]
) -> None:
    visit.open(server.url + story_path(LOT))
    assert visit.verdict() == "intact"
    for record in records:
        assert set(visit.outcomes(record).values()) == {"pass"}
        assert len(visit.outcomes(record)) == 11
    assert PRODUCT in visit.page.inner_text('[data-facts="checked"]')
    assert not visit.page.is_visible("#claims")
    assert visit.page.evaluate("document.documentElement.lang") == visit.language
    expected = "Receiving" if visit.language == "en" else "Nhận hàng"
    assert expected in visit.page.inner_text("#checked .timeline")
    assert overflow(visit.page) <= 0
    assert small_targets(visit.page) == []
    visit.shoot("intact", size)
    visit.page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
    assert overflow(visit.page) <= 0
    visit.shoot("intact-open", size)
    assert visit.complaints == []


def test_story_page_of_changed_member_says_does_not_match(
    visit: Visit, size: str, server: RunningApp, records: list[str]
) -> None:
    def change(bundle: dict[str, Any]) -> None:
        for item in bundle["record"]["members"]:
            if isinstance(item, list) and item[1] == "/body/bizStep":
                item[2] = "destroying"

    rewrite_proof(visit.page, records[1], change)
    visit.open(server.url + story_path(LOT))
    assert visit.verdict() == "does not match"
    assert visit.outcomes(records[1])[3] == "fail"
    assert set(visit.outcomes(records[0]).values()) == {"pass"}
    assert PRODUCT not in visit.page.inner_text("body")
    visit.shoot("member-changed", size)
    assert visit.complaints == []


def test_story_page_of_changed_log_head_says_does_not_match(
    visit: Visit, size: str, server: RunningApp, records: list[str]
) -> None:
    def change(bundle: dict[str, Any]) -> None:
        lines = bundle["log"]["checkpoint"].split("\n")
        lines[2] = ("A" if lines[2][0] != "A" else "B") + lines[2][1:]
        bundle["log"]["checkpoint"] = "\n".join(lines)

    rewrite_proof(visit.page, records[0], change)
    visit.open(server.url + story_path(LOT))
    assert visit.verdict() == "does not match"
    assert visit.outcomes(records[0])[7] == "fail"
    visit.shoot("head-changed", size)


def test_story_page_of_changed_proof_says_does_not_match(
    visit: Visit, size: str, server: RunningApp, records: list[str]
) -> None:
    def change(bundle: dict[str, Any]) -> None:
        node = bundle["log"]["path"][-1]
        bundle["log"]["path"][-1] = ("0" if node[0] != "0" else "1") + node[1:]

    rewrite_proof(visit.page, records[2], change)
    visit.open(server.url + story_path(LOT))
    assert visit.verdict() == "does not match"
    assert visit.outcomes(records[2])[6] == "fail"
    visit.shoot("proof-changed", size)


def test_story_page_without_a_chain_node_says_could_not_check(
    visit: Visit, size: str, server: RunningApp, records: list[str]
) -> None:
    visit.page.route("**/chain/rpc", lambda route: route.abort())
    visit.open(server.url + story_path(LOT))
    assert visit.verdict() == "could not check"
    assert visit.outcomes(records[0])[9] == "unknown"
    assert visit.page.is_visible("#retry")
    assert visit.page.is_visible("#claims")
    assert visit.page.query_selector('[data-facts="checked"]') is None
    visit.shoot("no-chain", size)


def test_story_page_of_failing_server_says_could_not_check_until_it_recovers(
    visit: Visit, size: str, server: RunningApp, records: list[str]
) -> None:
    visit.page.route(
        f"**/records/{records[3]}/proof", lambda route: route.fulfill(status=500, body="{}")
    )
    visit.open(server.url + story_path(LOT))
    assert visit.verdict() == "could not check"
    visit.shoot("server-fails", size)
    visit.page.unroute_all()
    visit.page.click("#retry")
    visit.page.wait_for_selector('#verdict[data-verdict="intact"]', timeout=20_000)


def test_story_page_of_a_record_not_yet_on_chain_says_pending(
    visit: Visit, size: str, server: RunningApp, records: list[str]
) -> None:
    def forget(bundle: dict[str, Any]) -> None:
        bundle["log"] = bundle["anchor"] = None

    rewrite_proof(visit.page, records[3], forget)
    visit.open(server.url + story_path(LOT))
    assert visit.verdict() == "pending"
    visit.shoot("pending", size)
    assert visit.complaints == []


def test_story_page_of_unknown_code_warns(visit: Visit, size: str, server: RunningApp) -> None:
    visit.open(server.url + story_path("NEVER"))
    assert visit.verdict() == "unknown"
    visit.shoot("unknown", size)


def test_language_switch_keeps_the_code(
    phone: Phone, server: RunningApp, records: list[str]
) -> None:
    visit = phone()
    visit.open(server.url + story_path(LOT))
    assert visit.verdict() == "intact"
    visit.page.click("header a[hreflang=en]")
    visit.language = "en"
    assert visit.verdict() == "intact"
    assert visit.page.evaluate("document.documentElement.lang") == "en"


def test_story_page_first_view_is_light(
    phone: Phone, server: RunningApp, records: list[str]
) -> None:
    visit = phone()
    session = visit.page.context.new_cdp_session(visit.page)
    session.send("Network.enable")
    received: list[float] = []
    session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    visit.open(server.url + story_path(LOT))
    assert visit.verdict() == "intact"
    assert sum(received) <= 100_000
    assert len(received) > 20
