"""What a visitor is told when a part of the way fails, lies or is missing."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route
from sqlalchemy import text

from ledger.records.record import RecordId
from tests.browser.dishonest import answer_proof, lie, name_node
from tests.browser.lots import PRODUCT, story_path, tell_long_story, tell_story
from tests.browser.visits import LOT, Phone
from tests.support.running_app import RunningApp

pytestmark = [pytest.mark.browser, pytest.mark.chain]


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
    answer_proof(visit.page, records[1], other)
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
    visit.page.route("**/chain/rpc", lambda route: route.fulfill(json=lie(route.fetch().json())))
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
        route.fulfill(json=lie(answers) if lying else answers, headers=cors)

    name_node(visit.page, "http://node.example:8545")
    visit.page.route("http://node.example:8545/**", answer)
    visit.open(server.url + story_path(LOT))
    assert visit.verdict() == "intact"
    assert "1 nút chuỗi đã trả lời thẳng" in (visit.page.text_content("#trust") or "")
    lying = True
    visit.page.reload()
    assert visit.verdict() == "could not check"
    assert visit.outcomes(records[0])[8] == "unknown"


def test_story_page_of_a_withdrawn_record_hides_the_goods(phone: Phone, server: RunningApp) -> None:
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
            text(
                "UPDATE records SET body = CAST(replace(body, :old, :new) AS BLOB) WHERE id = :id"
            ),
            {"old": "2028-03-17", "new": "2029-03-17", "id": bytes(edited)},
        )
        assert changed.rowcount == 1
    visit = phone()
    visit.open(server.url + story_path(lot))
    assert visit.verdict() == "does not match"
    assert visit.outcomes(told[0])[3] == "fail"
    assert "2029" not in visit.page.inner_text("body")
    visit.shoot("stored-record-edited", "phone")


def test_story_page_of_a_long_story_checks_every_step(phone: Phone, server: RunningApp) -> None:
    tell_long_story(server, "MO-DAI", 200)
    visit = phone()
    visit.open(server.url + story_path("MO-DAI"))
    visit.page.wait_for_selector("#verdict[data-verdict]", timeout=90_000)
    assert visit.verdict() == "intact"
    assert visit.page.locator('#checked [data-verdict="intact"]').count() == 200
    assert "200/200" in visit.page.inner_text("#verdict")
