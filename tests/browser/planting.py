"""A page whose modules are as served, but for one bug that was planted in one of them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from playwright.sync_api import Browser, Page, Route

from api.web.static import load_files


@contextlib.contextmanager
def planted(chromium: Browser, url: str, module: str, right: str, wrong: str) -> Iterator[Page]:
    """`module` below the static files, as `leg/checks.js`, with `wrong` in the place of `right`."""
    source = load_files()[module].content.decode()
    assert source.count(right) == 1, "the place to plant the bug has moved"

    def plant(route: Route) -> None:
        route.fulfill(content_type="text/javascript", body=source.replace(right, wrong))

    with contextlib.closing(chromium.new_context()) as context:
        page = context.new_page()
        page.route(f"**/{module}", plant)
        page.goto(url)
        yield page
