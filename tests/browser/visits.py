"""A visitor's browser, and what can be measured of the page in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import BrowserContext, Page

SIZES = {"phone": (360, 740), "desk": (1280, 900)}
SCREENSHOTS = Path("build/screenshots")
LOT = "MO-2603"
"""The lot most tests look at; the fixture `records` tells its story."""

TITLES = {
    "intact": ("Hồ sơ nguyên vẹn", "Record intact"),
    "intact, with notice": ("Nguyên vẹn, nhưng cần chú ý", "Intact, but take notice"),
    "pending": ("Đã nhận, đang chờ ghi sổ", "Received, not yet anchored"),
    "does not match": ("Không khớp – đừng tin hồ sơ này", "Does not match – do not trust this"),
    "withdrawn": ("Đã rút lại", "Withdrawn"),
    "recalled": ("Đã thu hồi – đừng sử dụng", "Recalled – do not use"),
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
        return dict(found)

    def shoot(self, name: str, size: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}-{size}-{self.language}.png"
        self.page.screenshot(path=path, full_page=True)


def visit_in(context: BrowserContext, language: str) -> Visit:
    """A visit in this browser context that listens from the start."""
    page = context.new_page()
    visit = Visit(page, language)
    page.on("console", lambda message: visit.complaints.append(message.text))
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    return visit


Phone = Callable[..., Visit]
"""Opens a Vietnamese visit on a phone that shares nothing with others."""


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the screen."""
    found = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert isinstance(found, int)
    return found


def small_targets(page: Page) -> list[str]:
    """Links, buttons and summaries lower than 44 pixels that can be seen. What is touched of a
    radio button is its label."""
    found = page.eval_on_selector_all(
        "a:not(.skip), button, summary, input:not([type=radio], .unseen), label:has(input)",
        """all => all.map(one => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
          .filter(([_, box]) => box.height > 0 && box.height < 44).map(([text]) => text)""",
    )
    return [str(one) for one in found]
