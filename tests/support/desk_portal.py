"""A desk's portal asked as a browser asks it, without one."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx

from api.desk.app import create_desk_app
from api.desk.rounds import Rounds
from ledger.desk.desk import Desk
from ledger.desk.people import Person, put_person
from ledger.desk.role import DeskRole

PASSWORD = "một mật khẩu đủ dài"
_TOKEN = re.compile(r'name="token" value="([^"]+)"')
_DRAFT = re.compile(r'name="draft" value="([^"]+)"')


class PortalVisit:
    """Somebody signed in to a desk whose rounds stand still."""

    def __init__(self, desk: Desk, role: DeskRole = DeskRole.CLERK) -> None:
        login = role.name.lower()
        with desk.store.write() as tx:
            put_person(tx, Person(login, "Lê Thị Văn Thư", role), PASSWORD)
        self._transport = httpx.ASGITransport(create_desk_app(desk, Rounds(desk)))
        self._cookies = httpx.Cookies()
        answer = self._ask("POST", "/sign-in", data={"login": login, "password": PASSWORD})
        assert answer.status_code == 303, answer.text

    def see(self, path: str) -> str:
        """The page."""
        answer = self._ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def send_form(self, path: str, page: str, **fields: str) -> httpx.Response:
        """The form of that page, filled in."""
        return self._ask("POST", path, data={"token": _found(_TOKEN, page), **fields})

    def write(self, *files: tuple[str, bytes], **fields: str) -> httpx.Response:
        """Upload files and press Send."""
        page = self.see("/write")
        draft, headers = _found(_DRAFT, page), {"x-desk-token": _found(_TOKEN, page)}
        base = f"/drafts/{draft}/files"
        for number, (name, content) in enumerate(files):
            query = {"name": name, "size": str(len(content))}
            for answer in (
                self._ask("POST", base, params=query, headers=headers),
                self._ask("PUT", f"{base}/{number}/0", content=content, headers=headers),
            ):
                assert answer.status_code == 200, answer.text
        numbers = [str(number) for number in range(len(files))]
        form = {"token": headers["x-desk-token"], "draft": draft, **fields, "file": numbers}
        return self._ask("POST", "/write", data=form)

    def _ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=self._transport, base_url="http://127.0.0.1", cookies=self._cookies
            ) as client:
                answer = await client.request(method, path, **request)
                self._cookies = client.cookies
                return answer

        return asyncio.run(ask())


def _found(pattern: re.Pattern[str], page: str) -> str:
    match = pattern.search(page)
    assert match is not None, page
    return match[1]
