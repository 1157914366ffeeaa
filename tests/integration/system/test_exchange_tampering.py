"""Whoever edits what is stored of documents between agencies is named by the audit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from ledger.chain.anvil import AnvilEngine
from ledger.exchange.rules import LegAction
from tests.support.agency import Exchanged
from tests.support.agency_world import AgencyWorld
from tests.support.databases import BOTH
from tests.support.exchange_alterations import ALL_NAMED, ALTERATIONS, alter
from tests.support.postgres import PostgresServer
from tests.support.saved_database import SavedDatabase
from tests.support.world import World

pytestmark = pytest.mark.chain


@dataclass
class Founded:
    """A settled installation with a leg that was accepted and one refused, and its database."""

    office: AgencyWorld
    accepted: Exchanged
    refused: Exchanged
    saved: SavedDatabase

    def restore(self) -> None:
        """The database as it was."""
        self.office.world.app.db.close()
        self.saved.restore()


@pytest.fixture(scope="module", params=BOTH)
def founded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Founded]:
    if request.param == "sqlite":
        yield from _found(tmp_path_factory, None)
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.database() as url:
        yield from _found(tmp_path_factory, url)


def _found(tmp_path_factory: pytest.TempPathFactory, url: str | None) -> Iterator[Founded]:
    engine = AnvilEngine(tmp_path_factory.mktemp("chain"), block_period=0.02)
    engine.start()
    world = World(engine.rpc_url, url)
    office = AgencyWorld.of(world)
    (accepted,) = office.submit("1")
    office.take(accepted, LegAction.ARRIVE)
    office.settle()
    office.take(accepted, LegAction.HAND_OVER, LegAction.RECEIVE)
    (refused,) = office.submit("2")
    office.take(refused, LegAction.ARRIVE, LegAction.REFUSE)
    office.settle()
    world.settle()
    world.app.db.close()
    saved = SavedDatabase.of(world.settings.database)
    yield Founded(office, accepted, refused, saved)
    world.close()
    saved.discard()
    engine.stop()


@pytest.mark.parametrize("name", ALTERATIONS)
def test_an_edit_is_named(founded: Founded, name: str) -> None:
    founded.restore()
    alter(founded.saved.url, ALTERATIONS[name], founded.accepted.leg, founded.refused.leg)
    report = founded.office.world.app.auditing.audit()
    found = {finding.code for finding in report.findings}
    assert ALTERATIONS[name].named & found, [str(finding) for finding in report.findings]
    assert found <= ALL_NAMED, found - ALL_NAMED
    assert not report.unchecked


def test_nothing_is_named_where_nothing_was_edited(founded: Founded) -> None:
    founded.restore()
    assert founded.office.world.app.auditing.audit().is_clean
