"""What a visitor is told, at the size of a phone and of a desk, in both languages.

The server under test is real; where it has to lie or to fail, the browser's requests are answered
in its stead with what a dishonest or broken server would send.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route
from sqlalchemy import text

from ledger import canonical
from ledger.proof.bundle import MEDIA_TYPE, checksum
from ledger.records.record import RecordId
from tests.browser.lots import PRODUCT, story_path, tell_story
from tests.support.epcis_events import GTIN
from tests.support.running_app import RunningApp

pytestmark = [pytest.mark.browser, pytest.mark.chain]

SIZES = {"phone": (360, 740), "desk": (1280, 900)}
SCREENSHOTS = Path("build/screenshots")
LOT = "MO-2603"

TITLES = {
    "intact": ("Hồ sơ nguyên vẹn", "Record intact"),
    "intact, with notice": ("Nguyên vẹn, nhưng cần chú ý", "Intact, but take notice"),
    "pending": ("Đã nhận, đang chờ ghi sổ", "Received, not yet anchored"),
    "does not match": ("Không khớp – đừng tin hồ sơ này", "Does not match – do not trust this"),
    "withdrawn": ("Đã rút lại", "Withdrawn"),
    "could not check": ("Chưa kiểm tra được", "Could not check"),
    "unknown": ("Không có mã này trong sổ", "This code is not in the ledger"),
}


@dataclass
class Visit:
    """One visitor's browser: the page, and everything it complained about."""

    page: Page
    language: str
    complaints: list[str] = field(default_factory=list)

    def open(self, url: str) -> None:
        self.page.goto(url + ("?lang=en" if self.language == "en" else ""))

    def verdict(self) -> str:
        """The verdict shown, once there is one; its headline is in the visitor's language."""
        self.page.wait_for_selector("#verdict[data-verdict]", timeout=20_000)
        verdict = self.page.get_attribute("#verdict", "data-verdict")
        assert verdict is not None
        headline = self.page.inner_text("#verdict .headline")
        assert headline.startswith(TITLES[verdict][self.language == "en"])
        return verdict

    def outcomes(self, record: str) -> dict[int, str]:
        """Outcome of each check of one record, as the page lists them."""
        found = self.page.eval_on_selector_all(
            f'#checked [data-record="{record}"] [data-check]',
            "all => all.map(one => [Number(one.dataset.check), one.dataset.outcome])",
        )
        return {number: outcome for number, outcome in found}

    def shoot(self, name: str, size: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}-{size}-{self.language}.png"
        self.page.screenshot(path=path, full_page=True)


@pytest.fixture(scope="module")
def records(server: RunningApp) -> list[str]:
    return tell_story(server, LOT)


@pytest.fixture(params=SIZES)
def size(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["vi", "en"])
def visit(request: pytest.FixtureRequest, size: str, chromium: Browser) -> Iterator[Visit]:
    width, height = SIZES[size]
    context = chromium.new_context(
        viewport={"width": width, "height": height}, timezone_id="Asia/Ho_Chi_Minh"
    )
    page = context.new_page()
    found = Visit(page, str(request.param))
    page.on("console", lambda message: found.complaints.append(message.text))
    page.on("pageerror", lambda error: found.complaints.append(str(error)))
    yield found
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
    assert _overflow(visit.page) <= 0
    assert _small_targets(visit.page) == []
    visit.shoot("intact", size)
    visit.page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
    assert _overflow(visit.page) <= 0
    visit.shoot("intact-open", size)
    assert visit.complaints == []


def test_story_page_of_changed_member_says_does_not_match(
    visit: Visit, size: str, server: RunningApp, records: list[str]
) -> None:
    def change(bundle: dict[str, Any]) -> None:
        for item in bundle["record"]["members"]:
            if isinstance(item, list) and item[1] == "/body/bizStep":
                item[2] = "destroying"

    _rewrite_proof(visit.page, records[1], change)
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

    _rewrite_proof(visit.page, records[0], change)
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

    _rewrite_proof(visit.page, records[2], change)
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

    _rewrite_proof(visit.page, records[3], forget)
    visit.open(server.url + story_path(LOT))
    assert visit.verdict() == "pending"
    visit.shoot("pending", size)
    assert visit.complaints == []


def test_story_page_of_unknown_code_warns(visit: Visit, size: str, server: RunningApp) -> None:
    visit.open(server.url + story_path("NEVER"))
    assert visit.verdict() == "unknown"
    visit.shoot("unknown", size)


@pytest.fixture(scope="module")
def phone(chromium: Browser) -> Iterator[Callable[..., Visit]]:
    """Opens Vietnamese phone visits that share nothing."""
    contexts = []

    def visit(**options: Any) -> Visit:
        context = chromium.new_context(viewport={"width": 360, "height": 740}, **options)
        contexts.append(context)
        page = context.new_page()
        found = Visit(page, "vi")
        page.on("console", lambda message: found.complaints.append(message.text))
        page.on("pageerror", lambda error: found.complaints.append(str(error)))
        return found

    yield visit
    for context in contexts:
        context.close()


Phone = Callable[..., Visit]


def test_story_page_without_script_says_that_nothing_was_checked(
    phone: Phone, server: RunningApp, records: list[str]
) -> None:
    visit = phone(java_script_enabled=False)
    visit.open(server.url + story_path(LOT))
    shown = visit.page.inner_text("#verdict")
    assert "Chưa kiểm tra được: JavaScript đang tắt" in shown
    assert "Đang kiểm tra" not in shown
    assert PRODUCT in visit.page.inner_text("#claims")
    visit.shoot("no-script", "phone")


def test_story_page_given_another_records_proof_says_does_not_match(
    phone: Phone, server: RunningApp, records: list[str]
) -> None:
    visit = phone()
    other = server.visitor.get(f"/records/{records[0]}/proof").content
    _answer_proof(visit.page, records[1], other)
    visit.open(server.url + story_path(LOT))
    assert visit.verdict() == "does not match"


def test_story_page_given_records_of_other_goods_does_not_tell_them(
    phone: Phone, server: RunningApp, records: list[str]
) -> None:
    visit = phone()
    page = server.visitor.get(story_path(LOT), headers={"accept": "text/html"})
    html = page.text.replace(f'data-lot="{LOT}"', 'data-lot="FAKE"')
    headers = {"Content-Security-Policy": page.headers["content-security-policy"]}
    visit.page.route(
        f"**{story_path('FAKE')}",
        lambda route: route.fulfill(body=html, content_type="text/html", headers=headers),
    )
    visit.open(server.url + story_path("FAKE"))
    assert visit.verdict() == "unknown"
    assert PRODUCT not in visit.page.inner_text("body")
    visit.shoot("other-goods", "phone")


def test_story_page_given_something_else_than_a_proof_says_could_not_check(
    phone: Phone, server: RunningApp, records: list[str]
) -> None:
    visit = phone()
    visit.page.route(
        "**/records/*/proof",
        lambda route: route.fulfill(status=200, content_type="text/html", body="<p>Đăng nhập</p>"),
    )
    visit.open(server.url + story_path(LOT))
    assert visit.verdict() == "could not check"


@pytest.mark.parametrize("lost", ["**/catalogues/*", "**/trust?*"])
def test_story_page_with_a_part_missing_says_could_not_check(
    lost: str, phone: Phone, server: RunningApp, records: list[str]
) -> None:
    visit = phone()
    visit.page.route(lost, lambda route: route.abort())
    visit.open(server.url + story_path(LOT))
    assert visit.verdict() == "could not check"


def test_story_page_whose_script_never_comes_says_so_in_time(
    phone: Phone, server: RunningApp, records: list[str]
) -> None:
    visit = phone()
    visit.page.route("**/vendor/noble.js", lambda route: route.abort())
    visit.open(server.url + story_path(LOT))
    assert visit.page.get_attribute("#verdict", "data-verdict") is None
    visit.page.eval_on_selector(".late", "one => one.getAnimations().forEach(it => it.finish())")
    assert visit.page.is_visible(".late")
    assert visit.page.inner_text("#verdict .headline") == "Đang kiểm tra trên máy của bạn…"


def test_story_page_whose_crypto_was_changed_does_not_run_it(
    phone: Phone, server: RunningApp, records: list[str]
) -> None:
    visit = phone()

    def poison(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text() + "\n")

    visit.page.route("**/vendor/noble.js", poison)
    visit.open(server.url + story_path(LOT))
    visit.page.wait_for_timeout(1500)
    assert visit.page.get_attribute("#verdict", "data-verdict") != "intact"
    assert any("integrity" in complaint for complaint in visit.complaints)


def test_story_page_warns_when_the_trust_anchors_change(
    phone: Phone, server: RunningApp, records: list[str]
) -> None:
    visit = phone()
    visit.open(server.url + story_path(LOT))
    assert visit.verdict() == "intact"
    visit.page.evaluate(
        """() => localStorage.setItem("provenance.trust", JSON.stringify(
          {fingerprint: "ab".repeat(32), since: "2026-01-01T00:00:00.000Z"}))"""
    )
    visit.page.reload()
    assert visit.verdict() == "intact, with notice"
    assert "abab abab" in visit.page.inner_text("#trust")
    visit.shoot("trust-changed", "phone")
    visit.page.click("#trust button")
    visit.page.wait_for_selector('#verdict[data-verdict="intact"]', timeout=20_000)


def test_story_page_of_another_head_on_chain_says_does_not_match(
    phone: Phone, server: RunningApp, records: list[str]
) -> None:
    visit = phone()
    visit.page.route("**/chain/rpc", lambda route: route.fulfill(json=_lie(route.fetch().json())))
    visit.open(server.url + story_path(LOT))
    assert visit.verdict() == "does not match"
    assert visit.outcomes(records[0])[8] == "fail"


def test_story_page_asks_every_node_and_needs_them_to_agree(
    phone: Phone, server: RunningApp, records: list[str]
) -> None:
    visit = phone()
    lying = False

    def answer(route: Route) -> None:
        cors = {"access-control-allow-origin": "*", "access-control-allow-headers": "*"}
        if route.request.method == "OPTIONS":
            route.fulfill(status=204, headers=cors)
            return
        answers = server.visitor.post("/chain/rpc", json=route.request.post_data_json).json()
        route.fulfill(json=_lie(answers) if lying else answers, headers=cors)

    _name_node(visit.page, "http://node.example:8545")
    visit.page.route("http://node.example:8545/**", answer)
    visit.open(server.url + story_path(LOT))
    assert visit.verdict() == "intact"
    assert "1 nút chuỗi đã trả lời thẳng" in (visit.page.text_content("#trust") or "")
    lying = True
    visit.page.reload()
    assert visit.verdict() == "could not check"
    assert visit.outcomes(records[0])[8] == "unknown"


def test_story_page_of_a_withdrawn_record_hides_the_goods(
    phone: Phone, server: RunningApp
) -> None:
    lot = "MO-RUT"
    told = tell_story(server, lot)
    answer = server.keeper.post(f"/records/{told[1]}/withdrawal", json={"reason": "Ghi nhầm"})
    assert answer.status_code == 202, answer.text
    visit = phone()
    for _ in range(50):
        visit.open(server.url + story_path(lot))
        if visit.verdict() == "withdrawn":
            break
        visit.page.wait_for_timeout(100)
    assert visit.verdict() == "withdrawn"
    assert visit.outcomes(told[1])[10] == "fail"
    assert PRODUCT not in visit.page.inner_text("body")
    visit.shoot("withdrawn", "phone")


def test_story_page_after_a_stored_record_was_edited_says_does_not_match(
    phone: Phone, server: RunningApp
) -> None:
    lot = "MO-SUA"
    told = tell_story(server, lot)
    edited = RecordId.parse(told[0])
    with server.app.db.write() as tx:
        changed = tx.connection.execute(
            text("UPDATE records SET body = CAST(replace(body, :old, :new) AS BLOB) WHERE id = :id"),
            {"old": "2028-03-17", "new": "2029-03-17", "id": bytes(edited)},
        )
        assert changed.rowcount == 1
    visit = phone()
    visit.open(server.url + story_path(lot))
    assert visit.verdict() == "does not match"
    assert visit.outcomes(told[0])[3] == "fail"
    assert "2029" not in visit.page.inner_text("body")
    visit.shoot("stored-record-edited", "phone")


def test_start_page_leads_to_the_story(
    phone: Phone, server: RunningApp, records: list[str]
) -> None:
    visit = phone()
    visit.open(server.url + "/")
    visit.shoot("start", "phone")
    assert _small_targets(visit.page) == []
    visit.page.fill("[name=gtin]", "9521234543213")
    visit.page.fill("[name=lot]", LOT)
    visit.page.click("button[type=submit]")
    assert visit.verdict() == "intact"
    assert visit.page.url.endswith(story_path(LOT))
    assert visit.complaints == []


def test_start_page_of_a_mistyped_code_asks_again(phone: Phone, server: RunningApp) -> None:
    visit = phone()
    visit.open(server.url + "/?gtin=9521234543214&lot=A")
    assert visit.page.is_visible("[role=alert]")
    assert visit.page.input_value("[name=gtin]") == "9521234543214"


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


def _rewrite_proof(page: Page, record: str, change: Callable[[dict[str, Any]], None]) -> None:
    """Change one record's bundle as a dishonest server would: well-formed, checksum and all."""

    def rewrite(route: Route) -> None:
        bundle = json.loads(route.fetch().body())
        change(bundle)
        bundle["checksum"] = checksum(bundle).hex()
        route.fulfill(
            status=200, headers={"content-type": MEDIA_TYPE}, body=canonical.encode(bundle)
        )

    page.route(f"**/records/{record}/proof", rewrite)


def _answer_proof(page: Page, record: str, body: bytes) -> None:
    page.route(
        f"**/records/{record}/proof",
        lambda route: route.fulfill(status=200, headers={"content-type": MEDIA_TYPE}, body=body),
    )


def _lie(answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Change the root in every anchored head among the answers."""
    for answer in answers:
        result = answer.get("result")
        if isinstance(result, str) and len(result) == 2 + 4 * 64:
            answer["result"] = result[:-1] + ("0" if result[-1] != "0" else "1")
    return answers


def _name_node(page: Page, url: str) -> None:
    """Let trust anchors and policy name one more node."""

    def trust(route: Route) -> None:
        anchors = route.fetch().json()
        anchors["chain"]["rpc"].append(url)
        route.fulfill(json=anchors)

    def policy(route: Route) -> None:
        answer = route.fetch()
        allowed = answer.headers["content-security-policy"]
        widened = allowed.replace("connect-src 'self'", f"connect-src 'self' {url}")
        route.fulfill(
            response=answer, headers={**answer.headers, "content-security-policy": widened}
        )

    page.route("**/trust?*", trust)
    page.route("**/01/**", policy)


def _overflow(page: Page) -> int:
    """By how many pixels the page is wider than the screen."""
    found = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert isinstance(found, int)
    return found


def _small_targets(page: Page) -> list[str]:
    """Links, buttons and summaries lower than 44 pixels that can be seen."""
    found = page.eval_on_selector_all(
        "a:not(.skip), button, summary, input",
        """all => all.map(one => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
          .filter(([_, box]) => box.height > 0 && box.height < 44).map(([text]) => text)""",
    )
    return [str(one) for one in found]
