"""The clerks' portal of an agency, served in a thread, and what its clerks do in a browser."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from playwright.sync_api import Page

from api.desk.app import create_desk_app
from api.desk.rounds import Rounds
from ledger.desk.people import Person, put_person
from ledger.desk.role import DeskRole
from tests.support.desks import Agency

PASSWORD = "một mật khẩu đủ dài"
ASKED_AGAIN = 400
"""How often a page is looked at again, with some tenths of a second between: minutes, since a desk
that failed to fetch something tries it again after twenty seconds only."""
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
    for _ in range(ASKED_AGAIN):
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
