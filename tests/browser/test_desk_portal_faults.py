"""The clerks' portal where something is wrong: with what was filled in, with a date, with the line
to the server. What was typed stays, what is signed is said to be kept, and nothing else is."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from ledger.desk.settings import DeskSettings
from ledger.exchange.rules import LegState
from tests.browser.desk_portals import ASKED_AGAIN, act, open_document, portal_of, sign_in
from tests.browser.visits import visit_in
from tests.support.desks import CLERK, Agency, close_all, found_agencies
from tests.support.running_app import RunningApp
from tests.support.signed_pdf import signed_pdf

pytestmark = [pytest.mark.browser, pytest.mark.chain]

SUBJECT = "V/v rà soát vùng trồng"


@pytest.fixture(scope="module")
def agencies(
    server: RunningApp, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Agency]]:
    """Two agencies; the second has received one document and another has arrived."""
    folder = tmp_path_factory.mktemp("faulty-desks")
    letter = folder / "Công văn.pdf"
    letter.write_bytes(signed_pdf("Cong van"))
    found = found_agencies(server, folder, "Sở Công Thương", "Ủy ban nhân dân xã Hà Long")
    sender, recipient = found
    for subject in ("Việc đã nhận", SUBJECT):
        (leg,) = sender.send(recipient, files=[letter], subject=subject)
        recipient.work_until_state(leg.id, LegState.ARRIVED)
        if subject != SUBJECT:
            recipient.desk.clerking.receive(leg.id, CLERK)
    yield found
    close_all(found)


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context()
    yield visit_in(context, "vi").page
    context.close()


def fault(page: Page, field: str) -> str:
    """What is said at a field that is marked as wrong."""
    assert page.get_attribute(f"[aria-describedby={field}-fault]", "aria-invalid") == "true"
    return page.inner_text(f"#{field}-fault")


def submit_unchecked(page: Page, form: str) -> None:
    """As a browser does that checks nothing itself."""
    page.eval_on_selector(form, "form => { form.noValidate = true; }")
    page.click(f"{form} button.main")
    page.wait_for_load_state()


def wait_for_notice(page: Page, text: str) -> None:
    """Until a page opened anew says so."""
    for _ in range(ASKED_AGAIN):
        if page.get_by_text(text).count():
            return
        page.wait_for_timeout(250)
        page.reload()
    raise AssertionError(f"nobody says {text}")


def is_settled(agency: Agency) -> bool:
    """Whether all that happened to its legs is in a block, and nothing more is to be told."""
    with agency.desk.store.read() as tx:
        (left,) = tx.execute("SELECT count(*) FROM events WHERE block IS NULL").fetchone()
    return bool(left == 0)


def test_every_wrong_field_is_named_and_nothing_typed_is_lost(
    agencies: list[Agency], page: Page
) -> None:
    with portal_of(agencies[0]) as url:
        sign_in(page, url)
        page.goto(f"{url}/write")
        page.fill("#subject", "Một trích yếu dài")
        page.fill("#notation", "SCT,VP")
        page.fill("#due-date", "2020-01-31")
        submit_unchecked(page, "#write")
        assert page.input_value("#subject") == "Một trích yếu dài"
        assert page.input_value("#notation") == "SCT,VP"
        assert page.input_value("#due-date") == "2020-01-31"
        assert fault(page, "to") == "Chọn ít nhất một nơi nhận."
        assert "không có dấu phẩy" in fault(page, "notation")
        assert "hôm nay hoặc sau đó" in fault(page, "due")
        assert "ít nhất một tệp" in fault(page, "files")
        assert page.locator("#subject-fault").count() == 0
        assert page.evaluate("document.activeElement.tagName") == "FIELDSET"


def test_a_number_of_the_register_is_refused_at_its_field(
    agencies: list[Agency], page: Page
) -> None:
    with portal_of(agencies[1]) as url:
        sign_in(page, url)
        open_document(page, url, SUBJECT)
        page.fill("#arrival", "1")
        act(page, "RECEIVE")
        assert "đã dùng" in fault(page, "arrival")
        assert page.input_value("#arrival") == "1"
        # What cannot be taken back is not open by itself.
        assert not page.locator('form[action$="/REFUSE"]').is_visible()


def test_a_date_that_has_passed_can_be_seen(agencies: list[Agency], page: Page) -> None:
    recipient = agencies[1]
    # What still comes from the server would put the leg back to its own deadline.
    recipient.work_until(lambda: is_settled(recipient))
    with portal_of(recipient) as url:
        with recipient.desk.store.write() as tx:
            tx.execute("UPDATE legs SET settle_by = ?", (int(time.time()) - 60,))
        sign_in(page, url)
        page.goto(f"{url}/overdue")
        expect(page.locator(".past-due").first).to_be_visible()
        page.goto(url)
        assert "1 việc đã quá hạn" in page.inner_text("main")


def test_the_language_asked_for_survives_the_way_to_the_sign_in(
    agencies: list[Agency], page: Page
) -> None:
    with portal_of(agencies[0]) as url:
        page.goto(f"{url}/outbox?lang=en")
        assert page.get_attribute("html", "lang") == "en"
        sign_in(page, url)
        assert page.inner_text("h1") == "Inbox"


def test_without_the_server_it_is_said_what_is_kept(agencies: list[Agency], page: Page) -> None:
    recipient = agencies[1]
    with socket.socket() as nobody:  # a port that is taken, and where nobody answers
        nobody.bind(("127.0.0.1", 0))
        file = recipient.folder.path / "desk.json"
        settings = DeskSettings.parse(file.read_bytes())
        away = replace(settings, server=f"http://127.0.0.1:{nobody.getsockname()[1]}")
        file.write_bytes(away.encode())
        recipient.reopen()
        with portal_of(recipient) as url:
            sign_in(page, url)
            wait_for_notice(page, "Không kết nối được máy chủ từ")
            open_document(page, url, SUBJECT)
            page.fill("#arrival", "77")
            act(page, "RECEIVE")
            assert "chưa được ký và chưa có gì thay đổi" in page.inner_text("p.alarm")
            assert page.input_value("#arrival") == "77"
            page.goto(f"{url}/write")
            page.check('input[name="to"]')
            page.fill("#subject", "Soạn khi mất mạng")
            page.fill("#notation", "UBND-VP")
            page.set_input_files("#pick", str(file))
            page.wait_for_selector('#files input[name="file"]', state="attached")
            page.click("#send")
            page.wait_for_url(f"{url}/messages/*")
            assert "Văn bản được giữ tại đây" in page.inner_text("main")
