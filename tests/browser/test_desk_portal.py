"""The clerks' portal in a browser: sign in, send with a file, receive, look at the evidence."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page

from api.desk.app import create_desk_app
from api.desk.rounds import Rounds
from ledger.desk.people import Person, put_person
from ledger.desk.role import DeskRole
from ledger.proof.leg_bundle import parse_leg_bundle
from tests.browser.visits import SIZES, Visit, overflow, visit_in
from tests.support.desks import Agency, close_all, found_agencies
from tests.support.running_app import RunningApp
from tests.support.signed_pdf import signed_pdf

pytestmark = [pytest.mark.browser, pytest.mark.chain]

PASSWORD = "một mật khẩu đủ dài"
PEOPLE = (
    Person("vanthu", "Lê Thị Văn Thư", DeskRole.CLERK),
    Person("lanhdao", "Trần Văn Lãnh Đạo", DeskRole.LEADER),
    Person("kiemtra", "Phạm Kiểm Tra", DeskRole.AUDITOR),
)


@contextlib.contextmanager
def portal_of(agency: Agency) -> Iterator[str]:
    """The agency's portal at work; its address."""
    with agency.desk.store.write() as tx:
        for person in PEOPLE:
            put_person(tx, person, PASSWORD)
    rounds = Rounds(agency.desk)
    with contextlib.closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        app = create_desk_app(agency.desk, rounds)
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        serving = threading.Thread(target=lambda: server.run(sockets=[listener]))
        rounds.start()
        serving.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            rounds.stop()
            serving.join()
            rounds.join()


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


def sign_in(page: Page, url: str, login: str = "vanthu") -> None:
    page.goto(url)
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.click("main button.main")
    page.wait_for_selector("nav.boxes")


def send(page: Page, url: str, letter: Path, subject: str) -> None:
    page.goto(f"{url}/write")
    page.check('input[name="to"]')
    page.fill("#subject", subject)
    page.fill("#notation", "UBND-VX")
    page.set_input_files("#pick", [str(letter), str(letter.with_name("Phụ lục.bin"))])
    page.wait_for_selector("#send:enabled", timeout=20_000)
    assert page.locator('#files input[name="file"]').count() == 2
    page.click("#send")
    page.wait_for_selector("ul.documents", timeout=30_000)


def open_document(page: Page, url: str, subject: str) -> None:
    """Wait until it stands in the inbox, and open it."""
    for _ in range(60):
        page.goto(url)
        found = page.get_by_text(subject, exact=True)
        if found.count():
            found.first.click()
            page.wait_for_selector("section.timeline")
            return
        page.wait_for_timeout(300)
    raise AssertionError("it never came")


def act(page: Page, action: str) -> None:
    form = f'form[action$="/{action}"]'
    if not page.locator(form).is_visible():
        page.locator("details.action").filter(has=page.locator(form)).locator("summary").click()
    page.click(f"{form} button.main")
    page.wait_for_load_state()


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
    for _ in range(60):
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
    out.page.wait_for_timeout(3_000)
    out.page.goto(f"{sender}/outbox")
    row = out.page.locator("a.row").filter(has_text="Gửi nhầm xã")
    assert "Từ chối" in row.inner_text()


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
