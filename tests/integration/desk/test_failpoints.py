"""Death of a desk just before and just after each durable step takes effect, one after the other on
the same desks: after each start nothing is lost, doubled or half written."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.result import at_least, at_most
from ledger.desk.finding import get_story
from ledger.errors import Conflict
from ledger.exchange.rules import LegState
from tests.support.campaign import IS_CAMPAIGN
from tests.support.campaign_result import write_result
from tests.support.desk_actor import CLERK, Lives
from tests.support.desk_deaths import Deaths
from tests.support.desks import Agency, close_all, found_agencies, introduce
from tests.support.durable_steps import GROUPS, POINTS, Point
from tests.support.running_app import RunningApp

pytestmark = [pytest.mark.chain, pytest.mark.slow]

SOME = 18
"""How many deaths when it is no campaign: at least one of each group."""


@pytest.fixture
def lives() -> Iterator[Lives]:
    forking = Lives()
    yield forking
    forking.close()


@pytest.fixture(scope="module")
def deputy(
    server: RunningApp, agencies: list[Agency], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Agency]:
    """A third agency that the others let act for them."""
    folder = tmp_path_factory.mktemp("deputy")
    found = found_agencies(server, folder, "Văn phòng Nhận Ủy quyền", codes=["H56.90.TEST"])
    introduce([*agencies, *found])
    yield found[0]
    close_all(found)


@pytest.fixture
def deaths(
    server: RunningApp, agencies: list[Agency], deputy: Agency, lives: Lives, tmp_path: Path
) -> Deaths:
    return Deaths(server, [*agencies, deputy], lives, tmp_path)


def points_now(luck: random.Random) -> list[Point]:
    """All of them in a campaign, else some of each group."""
    points = luck.sample(POINTS, len(POINTS))
    if IS_CAMPAIGN:
        return points
    firsts = [next(one for one in points if one[0] in group) for group in GROUPS]
    return firsts + [one for one in points if one not in firsts][: SOME - len(firsts)]


def test_death_at_every_durable_step_loses_nothing(server: RunningApp, deaths: Deaths) -> None:
    died: Counter[str] = Counter()
    for point in points_now(random.Random(6)):
        deaths.die(*point)
        died[point[0]] += 1
    report = server.app.auditing.audit()
    assert report.is_clean, (report.findings, report.unchecked)
    write_result(
        "desk-failpoints",
        [
            at_least("deaths at named steps", died.total(), "deaths", len(POINTS)),
            at_most("messages or steps lost, doubled or half written", 0, "steps", 0),
            at_most("numbers of a register skipped or given twice", 0, "numbers", 0),
        ],
        seed=6,
        database="sqlite",
    )


def test_what_replaces_a_message_that_never_left_goes_after_it(deaths: Deaths) -> None:
    """Death before the first came to the server: its legs are not known when the other is sent,
    which has to name them."""
    told = deaths.draft(deaths.write())
    deaths.live(deaths.sender, "send", "message stored", "after", **told)
    deaths.sender.reopen()
    stored = deaths.find(told)
    assert stored is not None
    deaths.send(replaces=stored.document_id.text, update=True)
    old = deaths.enter(told)
    deaths.histories[old.id].append("SUPERSEDE")
    deaths.sender.work_until_state(old.id, LegState.SUPERSEDED)
    deaths.check_everything()


def test_what_was_destroyed_cannot_be_kept_after_all(deaths: Deaths) -> None:
    """Death between destroying and attesting: refusing the recall would say that the copy is kept,
    and how much was destroyed is still known."""
    recipient = deaths.recipient
    leg = deaths.ready(LegState.RECALL_REQUESTED).id
    deaths.live(recipient, "accept_recall", "destruction done", "after", leg=leg.hex())
    clerking = recipient.reopen().clerking
    with pytest.raises(Conflict) as caught:
        clerking.refuse_recall(leg, CLERK, 1501)
    assert caught.value.code == "desk-copy-destroyed"
    clerking.accept_recall(leg, CLERK)
    with recipient.desk.store.read() as tx:
        story = get_story(tx, leg)
    attested = story.events[-1].evidence
    assert attested is not None
    assert attested.report is not None
    assert story.reports[bytes(attested.report)]["body"]["files"] == 1
