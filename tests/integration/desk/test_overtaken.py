"""The other party of a leg is faster than a step that is already signed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.client.exchange import ExchangeClient
from ledger.desk.finding import get_story
from ledger.errors import Conflict
from ledger.exchange.rules import LegState
from tests.integration.desk.test_two_desks import names_of
from tests.support.desks import CLERK, Agency

pytestmark = [pytest.mark.chain, pytest.mark.slow]


class Overtaken(ExchangeClient):
    """A door at which, just before something is handed in, the other party is faster."""

    def __init__(self, agency: Agency, faster: Callable[[], object]) -> None:
        super().__init__(agency.desk._client.connection)
        self._faster: Callable[[], object] | None = faster

    def hand_in(self, path: str, body: bytes) -> dict[str, Any]:
        faster, self._faster = self._faster, None
        if faster is not None:
            faster()
        return super().hand_in(path, body)


def test_a_step_that_was_overtaken_is_signed_anew(
    sender: Agency, recipient: Agency, letter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (leg,) = sender.send(recipient, files=[letter])
    recipient.work_until_state(leg.id, LegState.ARRIVED)
    ours, theirs = sender.desk.clerking, recipient.desk.clerking
    door = Overtaken(sender, lambda: theirs.hand_over(leg.id, CLERK))
    monkeypatch.setattr(sender.desk.acting._handing_in, "_post", door.hand_in)
    ours.request_recall(leg.id, CLERK, 1404, "13/UBND-VX, 26/11/2026")
    expected = ["SUBMIT", "ARRIVE", "HAND_OVER", "REQUEST_RECALL"]
    assert names_of(sender, leg.id) == expected
    with sender.desk.store.read() as tx:
        story = get_story(tx, leg.id)
    asked = story.events[-1].evidence
    assert asked is not None
    assert asked.report is not None
    assert bytes(asked.report) in story.reports


def test_what_came_to_nothing_is_assigned_to_nobody(
    sender: Agency, recipient: Agency, letter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (leg,) = sender.send(recipient, files=[letter])
    recipient.work_until_state(leg.id, LegState.ARRIVED)
    recipient.desk.clerking.receive(leg.id, CLERK)
    ours = sender.desk.clerking
    door = Overtaken(
        recipient,
        lambda: ours.request_recall(leg.id, CLERK, 1404, "13/UBND-VX, 26/11/2026"),
    )
    monkeypatch.setattr(recipient.desk.acting._handing_in, "_post", door.hand_in)
    with pytest.raises(Conflict):
        recipient.desk.clerking.assign(leg.id, CLERK, "Phòng Trồng trọt")
    assert recipient.leg(leg.id).assigned_to is None
