"""Whoever edits stored time-stamps is named by the audit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from ledger.chain.anvil import AnvilEngine
from ledger.digest import Digest
from ledger.exchange.rules import LegAction
from ledger.merkle.hashes import EMPTY_ROOT
from ledger.services.auditing import AuditReport
from ledger.services.timestamp_audit import TimestampAudit
from ledger.storage.engines import parse_url
from ledger.storage.times import to_ms
from ledger.timestamps.statement import parse_statement
from ledger.timestamps.token import check_token, make_request
from tests.support.agency_world import AgencyWorld
from tests.support.databases import BOTH
from tests.support.postgres import PostgresServer
from tests.support.saved_database import SavedDatabase
from tests.support.time_authority import Pki, TimeAuthority, serving
from tests.support.world import World

pytestmark = pytest.mark.chain


@dataclass
class Stamped:
    """An installation with three tokens, put aside."""

    world: World
    pki: Pki
    saved: SavedDatabase

    def audit(self) -> AuditReport:
        return self.world.app.auditing.audit()

    def judge(self, roots: Path | None) -> AuditReport:
        """What is said of the stored tokens alone, by these roots."""
        app, report = self.world.app, AuditReport()
        auditing = TimestampAudit(app.deployment, app.origin, roots)
        with app.db.read() as tx:
            log = {row.size: row.root for row in tx.anchors.list()} | {0: EMPTY_ROOT}
            report.findings.extend(auditing.audit_stored(tx, report, log))
        app.db.close()
        return report

    def edit(self, script: str, **values: object) -> None:
        engine = create_engine(parse_url(self.saved.url))
        with engine.begin() as connection:
            assert connection.execute(text(script), values).rowcount
        engine.dispose()


@pytest.fixture(scope="module", params=BOTH)
def founded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stamped]:
    folder = tmp_path_factory.mktemp("stamped")
    if request.param == "sqlite":
        yield from _found(folder, None)
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.database() as url:
        yield from _found(folder, url)


def _found(folder: Path, url: str | None) -> Iterator[Stamped]:
    authority = TimeAuthority(Pki.make())
    roots = authority.pki.write_root(folder / "root.pem")
    engine = AnvilEngine(folder / "chain", block_period=0.02)
    engine.start()
    with serving(authority) as address:
        world = World(engine.rpc_url, url, time_authority_url=address, time_authority_roots=roots)
        office = AgencyWorld.of(world)
        for number in range(1, 4):
            (one,) = office.submit(str(number))
            office.take(one, LegAction.ARRIVE)
            office.settle()
            office.work_until(world.app.stamping.run_once)
        world.settle()
        world.app.db.close()
        saved = SavedDatabase.of(world.settings.database)
        yield Stamped(world, authority.pki, saved)
        world.close()
        saved.discard()
    engine.stop()


@pytest.fixture
def stamped(founded: Stamped) -> Stamped:
    """With everything as it was."""
    founded.world.app.db.close()
    founded.saved.restore()
    return founded


def test_tokens_that_hold_are_counted(stamped: Stamped) -> None:
    report = stamped.audit()
    assert report.is_clean, (report.findings, report.unchecked)
    assert report.timestamps >= 3


EDITS: dict[str, tuple[str, dict[str, str | None]]] = {
    "a token damaged": (
        "UPDATE timestamps SET response = :flipped WHERE id = 2",
        {"timestamp-token": "time-stamp 2"},
    ),
    "a token of another statement": (
        "UPDATE timestamps SET response = (SELECT response FROM timestamps t WHERE t.id = 1) "
        "WHERE id = 2",
        {"timestamp-token": "time-stamp 2", "timestamp-changed": None},
    ),
    "token and statement of another": (
        "UPDATE timestamps SET (statement, response) = "
        "(SELECT statement, response FROM timestamps t WHERE t.id = 1) WHERE id = 2",
        {"timestamp-changed": "time-stamp 2"},
    ),
    "a token emptied": (
        "UPDATE timestamps SET response = :nothing WHERE id = 2",
        {"timestamp-token": "time-stamp 2"},
    ),
    "a token taken out": (
        "DELETE FROM timestamps WHERE id = 2",
        {"timestamp-missing": "time-stamp 2"},
    ),
    "the first token taken out": (
        "DELETE FROM timestamps WHERE id = 1",
        {"timestamp-missing": "time-stamp 1"},
    ),
    "its time": (
        "UPDATE timestamps SET time = time - 86400000 WHERE id = 2",
        {"timestamp-changed": "time-stamp 2"},
    ),
    "its block": (
        "UPDATE timestamps SET block = block + 1 WHERE id = 2",
        {"timestamp-changed": "time-stamp 2"},
    ),
    "its statement": (
        "UPDATE timestamps SET statement = :nothing WHERE id = 2",
        {"timestamp-changed": "time-stamp 2", "timestamp-token": "time-stamp 2"},
    ),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_is_named(stamped: Stamped, edit: str) -> None:
    script, wanted = EDITS[edit]
    with stamped.world.app.db.read() as tx:
        row = tx.timestamps.find(2)
    stamped.world.app.db.close()
    assert row is not None
    middle = len(row.response) // 2
    flipped = bytearray(row.response)
    flipped[middle] ^= 1
    values = {"flipped": bytes(flipped), "nothing": b""}
    stamped.edit(script, **{name: it for name, it in values.items() if f":{name}" in script})
    report = stamped.audit()
    found = {finding.code: finding.subject for finding in report.findings}
    assert not report.unchecked
    for code, subject in wanted.items():
        assert subject is None or found.get(code) == subject, report.findings
    assert set(found) <= set(wanted)


def test_tokens_that_end_in_another_root_are_named(stamped: Stamped, tmp_path: Path) -> None:
    report = stamped.judge(Pki.make().write_root(tmp_path / "other.pem"))
    assert {finding.code for finding in report.findings} == {"timestamp-token"}
    assert len(report.findings) == report.timestamps
    assert not report.unchecked


def test_without_a_root_tokens_are_neither_good_nor_bad(stamped: Stamped) -> None:
    report = stamped.judge(None)
    assert not report.findings
    assert not report.is_clean
    (unchecked,) = report.unchecked
    assert "time-stamps" in unchecked
    # What needs no root is looked at all the same.
    stamped.edit("UPDATE timestamps SET block = block + 1 WHERE id = 2")
    assert [finding.code for finding in stamped.judge(None).findings] == ["timestamp-changed"]


def test_where_the_chain_has_another_block_the_token_is_named(stamped: Stamped) -> None:
    """The statement of another chain's block, with a token that holds."""
    with stamped.world.app.db.read() as tx:
        row = tx.timestamps.find(2)
    assert row is not None
    said = parse_statement(row.statement)
    other = replace(said, block_hash=Digest(bytes(32))).encode()
    asked = make_request(other)
    response = TimeAuthority(stamped.pki).answer(asked.encoded)
    time = check_token(response, other, [stamped.pki.root]).time
    stamped.world.app.db.close()
    stamped.edit(
        "UPDATE timestamps SET statement = :other, response = :response, time = :time WHERE id = 2",
        other=other,
        response=response,
        time=to_ms(time),
    )
    found = [(one.code, one.subject) for one in stamped.audit().findings]
    assert found == [("timestamp-block", "time-stamp 2")]
