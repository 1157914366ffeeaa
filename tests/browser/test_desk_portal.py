"""The clerks' portal in a browser: sign in, send with a file, receive, look at the evidence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from ledger.proof.leg_bundle import parse_leg_bundle
from tests.browser.desk_portals import (
    ASKED_AGAIN,
    PASSWORD,
    act,
    open_document,
    portal_of,
    send,
    sign_in,
)
from tests.browser.visits import SIZES, Visit, overflow, visit_in
from tests.support.desks import close_all, found_agencies
from tests.support.running_app import RunningApp
from tests.support.signed_pdf import signed_pdf

pytestmark = [pytest.mark.browser, pytest.mark.chain]


@pytest.fixture(scope="module")
def portals(
    server: RunningApp, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """The addresses of sender and recipient."""
    agencies = found_agencies(
        server,
        tmp_path_factory.mktemp("desks"),
        "Sở Nông nghiệp và Môi trường tỉnh Thanh Hóa",
        "Ủy ban nhân dân xã Nga Sơn",
    )
    with portal_of(agencies[0]) as sender, portal_of(agencies[1]) as recipient:
        yield sender, recipient
    close_all(agencies)


@pytest.fixture(scope="module")
def letter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("letters") / "Công văn 12.pdf"
    path.write_bytes(signed_pdf("Cong van 12/UBND-VX"))
    # More than one chunk, so that the upload is one.
    path.with_name("Phụ lục.bin").write_bytes(bytes(range(256)) * 20_000)
    return path


def test_a_clerk_sends_and_another_receives(
    chromium: Browser, portals: tuple[str, str], letter: Path
) -> None:
    sender, recipient = portals
    out, into = (visit_in(chromium.new_context(), "vi") for _ in range(2))
    sign_in(out.page, sender)
    send(out.page, sender, letter, "V/v kiểm tra nguồn gốc gạo ST25")
    sign_in(into.page, recipient)
    open_document(into.page, recipient, "V/v kiểm tra nguồn gốc gạo ST25")
    assert into.page.inner_text("h1") == "V/v kiểm tra nguồn gốc gạo ST25"
    with into.page.expect_download() as download:
        into.page.get_by_text("Công văn 12.pdf").click()
    assert Path(download.value.path()).read_bytes() == letter.read_bytes()
    act(into.page, "RECEIVE")
    into.page.wait_for_selector("text=Số đến 1")
    assert "Đã tiếp nhận" in into.page.inner_text("main")
    events = into.page.locator("section.timeline li strong").all_inner_texts()
    assert events == ["Gửi", "Đến nơi nhận", "Kiểm tra và mở", "Tiếp nhận"]
    for _ in range(ASKED_AGAIN):
        if into.page.get_by_text("Lưu gói chứng cứ").count():
            break
        into.page.wait_for_timeout(300)
        into.page.reload()
    with into.page.expect_download() as download:
        into.page.get_by_text("Lưu gói chứng cứ").click()
    bundle = parse_leg_bundle(Path(download.value.path()).read_bytes())
    assert bundle.documents[0][1] == letter.read_bytes()
    assert out.complaints + into.complaints == []


def test_a_refusal_needs_its_reason_and_reaches_the_sender(
    chromium: Browser, portals: tuple[str, str], letter: Path
) -> None:
    sender, recipient = portals
    out, into = (visit_in(chromium.new_context(), "vi") for _ in range(2))
    sign_in(out.page, sender)
    send(out.page, sender, letter, "Gửi nhầm xã")
    sign_in(into.page, recipient)
    open_document(into.page, recipient, "Gửi nhầm xã")
    form = 'form[action$="/REFUSE"]'
    into.page.locator("details.action").filter(has=into.page.locator(form)).locator(
        "summary"
    ).click()
    into.page.select_option(f"{form} select", "1002")
    into.page.click(f"{form} button.main")
    into.page.wait_for_selector("text=Gửi sai nơi nhận")
    row = out.page.locator("a.row").filter(has_text="Gửi nhầm xã").filter(has_text="Từ chối")
    for _ in range(ASKED_AGAIN):
        out.page.goto(f"{sender}/outbox")
        if row.count():
            return
        out.page.wait_for_timeout(300)
    raise AssertionError("the sender never heard of it")


def test_an_auditor_sees_evidence_and_no_content(
    chromium: Browser, portals: tuple[str, str], letter: Path
) -> None:
    sender, _ = portals
    out, audit = (visit_in(chromium.new_context(), "vi") for _ in range(2))
    sign_in(out.page, sender)
    send(out.page, sender, letter, "Một trích yếu kín")
    sign_in(audit.page, sender, "kiemtra")
    assert "Một trích yếu kín" not in audit.page.content()
    audit.page.locator("a.row").first.click()
    audit.page.wait_for_selector("section.timeline")
    assert "Một trích yếu kín" not in audit.page.content()
    assert "Công văn 12.pdf" not in audit.page.content()
    assert audit.page.locator("details.action").count() == 0
    for path in ("/outbox", "/write", "/search"):
        answer = audit.page.goto(f"{sender}{path}")
        assert answer is not None
        assert answer.status == 403


def test_another_site_and_a_stranger_get_nowhere(
    chromium: Browser, portals: tuple[str, str]
) -> None:
    sender, _ = portals
    stranger = visit_in(chromium.new_context(), "vi")
    for path in ("/", "/outbox", "/documents/" + "0" * 64):
        stranger.page.goto(f"{sender}{path}")
        assert stranger.page.url.endswith("/sign-in")
    request = stranger.page.request
    answer = request.post(
        f"{sender}/sign-in",
        form={"login": "vanthu", "password": PASSWORD},
        headers={"Origin": "https://evil.example"},
    )
    assert answer.status == 403
    clerk = visit_in(chromium.new_context(), "vi")
    sign_in(clerk.page, sender)
    answer = clerk.page.request.post(f"{sender}/sign-out", form={"token": "x"})
    assert answer.status == 403
    answer = clerk.page.request.get(f"{sender}/", headers={"Host": "rebound.example"})
    assert answer.status == 404
    for _ in range(9):
        answer = request.post(f"{sender}/sign-in", form={"login": "lanhdao", "password": "x"})
    assert answer.status == 429


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("size", SIZES)
def test_pages_fit_and_speak_one_language(
    chromium: Browser, portals: tuple[str, str], letter: Path, size: str, language: str
) -> None:
    recipient = portals[1]
    width, height = SIZES[size]
    visit: Visit = visit_in(
        chromium.new_context(viewport={"width": width, "height": height}), language
    )
    page = visit.page
    page.goto(f"{recipient}/sign-in?lang={language}")
    visit.shoot("desk-sign-in", size)
    sign_in(page, f"{recipient}/?lang={language}")
    for name in ("", "outbox", "write", "search", "overdue", "audit"):
        page.goto(f"{recipient}/{name}?lang={language}")
        assert overflow(page) == 0, name
        assert page.get_attribute("html", "lang") == language
        visit.shoot(f"desk-{name or 'inbox'}", size)
    page.goto(recipient)
    page.locator("a.row").first.click()
    page.wait_for_selector("section.timeline")
    assert overflow(page) == 0
    visit.shoot("desk-document", size)
    assert visit.complaints == []
