"""A household that begins: its organization, its key, and a phone with the portal open."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Page

from ledger.cli.key import invitation_link
from ledger.identity.organization import OrgId
from ledger.services.membership import NewOrganization
from tests.browser.visits import Visit
from tests.support.running_app import RunningApp

PRODUCT = "Mật ong hoa rừng Pù Luông"
GTIN = "8938505974194"
PLACE = "Vườn nhà, bản Đôn, Pù Luông"


@dataclass(frozen=True)
class Household:
    """An organization with one key, and nothing else yet."""

    org: str
    key: str


def found_household(server: RunningApp, name: str = "Hộ bà Bùi Thị Mây") -> Household:
    """Admitted by the operator and registered on chain."""
    row = server.app.membership.found(OrgId.random(), NewOrganization(name=name))
    server.wait_until_active(row.org.text)
    _, key = server.app.membership.mint_key(row.org, ("capture", "read"), label="phone")
    return Household(row.org.text, key)


def open_invited(visit: Visit, server: RunningApp, household: Household) -> None:
    """Follow the invitation's link; the screen that asks for the first product comes."""
    link = invitation_link(server.url, household.key)
    visit.page.goto(link.replace("#", "?lang=en#") if visit.language == "en" else link)
    visit.page.wait_for_selector("[data-field=code]")


def describe_product(page: Page, gtin: str = GTIN) -> None:
    """The first product and its place; without a GTIN it gets a code of the portal's making."""
    page.fill("[name=name]", PRODUCT)
    page.fill("[name=code]", gtin)
    page.fill("[name=place]", PLACE)
    page.click("button[type=submit]")
    page.wait_for_selector(".tiles")


def begin(visit: Visit, server: RunningApp, gtin: str = GTIN) -> Household:
    """A household that has signed in and described its first product."""
    household = found_household(server)
    open_invited(visit, server, household)
    describe_product(visit.page, gtin)
    return household


def harvest(page: Page, lot: str, amount: str = "12,5") -> None:
    """Record a harvest from the first screen; the lot's screen comes."""
    page.click("[data-step=harvest]")
    page.fill("[name=lot]", lot)
    page.fill("[name=amount]", amount)
    page.click("button[type=submit]")
    page.wait_for_selector(".state")


def wait_for_state(page: Page, state: str) -> None:
    """Until the first badge on the screen shows this state."""
    page.wait_for_function(
        "state => document.querySelector('#screen [data-state]')?.dataset.state === state",
        arg=state,
        timeout=60_000,
    )


def wait_for_status(page: Page, text: str) -> None:
    """Until the line above every screen says so."""
    page.wait_for_function(
        "text => document.querySelector('#status').textContent.includes(text)",
        arg=text,
        timeout=60_000,
    )
