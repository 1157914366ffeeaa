"""Episodes of broken cold chains: one however its readings come, told once, forgotten if void."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from ledger.identity.organization import OrgId
from ledger.storage.breaches import Episode
from ledger.storage.database import Database
from tests.support.stored import NOW, found

ITEM = "https://id.gs1.org/00/095201234567891235"


def episode(
    org: OrgId, since: int, until: int, event: str = "urn:e:1", item: str = ITEM
) -> Episode:
    """Minutes from NOW."""
    return Episode(
        org=org,
        item=item,
        gtin="09521234000013",
        rule_org=org,
        since=NOW + timedelta(minutes=since),
        until=NOW + timedelta(minutes=until),
        event_id=event,
        detail={"goods": [event]},
    )


def spans(db: Database) -> list[tuple[datetime, datetime]]:
    with db.read() as tx:
        return [(row.episode.since, row.episode.until) for row in tx.breaches.untold(10)]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_readings_that_touch_are_one_episode(db: Database, order: tuple[int, ...]) -> None:
    org = found(db)
    readings = [episode(org, 0, 5), episode(org, 5, 9), episode(org, 9, 12)]
    for at in order:
        with db.write() as tx:
            tx.breaches.note(readings[at], NOW)
    assert spans(db) == [(NOW, NOW + timedelta(minutes=12))]


def test_episodes_with_a_gap_or_of_another_item_are_apart(db: Database) -> None:
    org = found(db)
    for one in (
        episode(org, 0, 5),
        episode(org, 6, 7),
        episode(org, 0, 5, item=ITEM.replace("1235", "1242")),
        episode(found(db), 0, 5),
    ):
        with db.write() as tx:
            tx.breaches.note(one, NOW)
    assert len(spans(db)) == 4


def test_told_episode_grows_and_stays_told(db: Database) -> None:
    org = found(db)
    with db.write() as tx:
        tx.breaches.note(episode(org, 0, 5), NOW)
        (row,) = tx.breaches.untold(10)
        tx.breaches.mark_told(row.pk, NOW)
        tx.breaches.note(episode(org, 3, 9, "urn:e:2"), NOW)
    assert spans(db) == []


def test_untold_episode_is_told_of_its_newest_reading(db: Database) -> None:
    """The first reading may have been refused after it was noted."""
    org = found(db)
    with db.write() as tx:
        tx.breaches.note(episode(org, 0, 5), NOW)
        tx.breaches.note(episode(org, 0, 6, "urn:e:2"), NOW)
        (row,) = tx.breaches.untold(10)
        assert (row.episode.event_id, row.episode.detail) == ("urn:e:2", {"goods": ["urn:e:2"]})
        tx.breaches.forget(row.pk)
        assert tx.breaches.untold(10) == []
