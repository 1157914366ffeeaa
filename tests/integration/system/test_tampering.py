"""Whoever edits the database is named by the audit, and what they edited no longer verifies."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger.chain.anvil import AnvilEngine
from ledger.errors import LedgerError
from ledger.records.record import RecordId
from ledger.services.auditing import AuditReport
from ledger.verify.report import Verdict
from tests.support.epcis_events import document, event
from tests.support.world import World

pytestmark = pytest.mark.chain


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AnvilEngine]:
    running = AnvilEngine(tmp_path_factory.mktemp("chain"), block_period=0.02)
    running.start()
    yield running
    running.stop()


@dataclass
class Founded:
    """A settled installation, its records in log order, and a copy of its database."""

    world: World
    records: list[RecordId]
    pristine: bytes

    @property
    def file(self) -> Path:
        return Path(self.world.settings.database.removeprefix("sqlite:///"))

    def restore(self) -> None:
        """The database as it was."""
        self.world.app.db.close()
        for old in self.file.parent.glob(f"{self.file.name}-*"):
            old.unlink()
        self.file.write_bytes(self.pristine)


@pytest.fixture(scope="module")
def founded(engine: AnvilEngine) -> Iterator[Founded]:
    world = World(engine.rpc_url)
    records = []
    for _ in range(5):
        body = json.dumps(document([event(), event()])).encode()
        job = world.app.capturing.accept_document(world.caller, body, "application/json")
        world.settle()
        stored = world.app.capturing.get_job(world.caller, job.id).events
        records += [RecordId.parse(record) for _, record in stored]
    world.app.db.close()
    file = Path(world.settings.database.removeprefix("sqlite:///"))
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    yield Founded(world, records, file.read_bytes())
    world.close()


@pytest.fixture
def untouched(founded: Founded) -> Iterator[Founded]:
    founded.restore()
    yield founded
    founded.restore()


# SQL of an edit of the fifth record (leaf 4, first of submission 3, head 6), what the audit says
# about what, and whether the record's own bundle must fail for it.
PK = "(SELECT pk FROM records WHERE id = :id)"
SUBMISSION = f"({PK} >> 20)"
EDITS = {
    "body": (
        "UPDATE records SET body = replace(CAST(body AS TEXT), '03-01T', '03-02T') WHERE id = :id",
        {"record-changed": "{record}", "index-changed": "{record}"},
        True,
    ),
    "salt": (
        "UPDATE records SET salt = zeroblob(32) WHERE id = :id",
        {"record-changed": "{record}"},
        True,
    ),
    "capture time": (
        "UPDATE records SET captured_at = captured_at - 86400000 WHERE id = :id",
        {"record-changed": "{record}"},
        True,
    ),
    "record deleted": (
        "DELETE FROM records WHERE id = :id",
        {"record-missing": "submission {submission}, record 0"},
        True,
    ),
    "record moved": (
        "UPDATE records SET pk = pk + (1 << 30) WHERE id = :id",
        {"record-missing": "submission {submission}, record 0"},
        True,
    ),
    "record id of another length": (
        "UPDATE records SET id = x'00' WHERE id = :id",
        {"row-malformed": "records"},
        True,
    ),
    "submission deleted": (
        f"DELETE FROM submissions WHERE pk = {SUBMISSION}",
        {"log-gap": "submission 4", "record-without-submission": "submission {submission}"},
        True,
    ),
    "commitment": (
        f"UPDATE submission_commitments SET commitments = zeroblob(64) "
        f"WHERE submission_pk = {SUBMISSION}",
        {"record-changed": "{record}", "submission-root": "submission {submission}"},
        True,
    ),
    "submission root": (
        f"UPDATE submissions SET root = zeroblob(32) WHERE pk = {SUBMISSION}",
        {
            "submission-root": "submission {submission}",
            "submission-signature": "submission {submission}",
        },
        True,
    ),
    "submission signature": (
        "UPDATE submissions SET signature = (SELECT signature FROM submissions WHERE pk = 1) "
        f"WHERE pk = {SUBMISSION}",
        {"submission-signature": "submission {submission}"},
        True,
    ),
    "submission signed earlier": (
        f"UPDATE submissions SET signed_at = signed_at - 86400 WHERE pk = {SUBMISSION}",
        {"submission-signature": "submission {submission}"},
        True,
    ),
    "submission digest": (
        f"UPDATE submissions SET digest = zeroblob(32) WHERE pk = {SUBMISSION}",
        {"submission-digest": "submission {submission}", "tile-changed": "tile 0/0"},
        False,  # the bundle carries the submission, not the column
    ),
    "place in the log": (
        f"UPDATE submissions SET first_index = 17 WHERE pk = {SUBMISSION}",
        {"log-gap": "submission {submission}"},
        True,
    ),
    "hash in a tile": (
        "UPDATE tiles SET data = CAST(zeroblob(32) || substr(data, 33) AS BLOB) WHERE level = 0",
        {"tile-changed": "tile 0/0"},
        True,
    ),
    "tile deleted": ("DELETE FROM tiles WHERE level = 0", {"tile-missing": "tile 0/0"}, True),
    "checkpoint root": (
        "UPDATE checkpoints SET root = zeroblob(32) WHERE size = 6",
        {"checkpoint-changed": "checkpoint 6"},
        False,  # what is shown is the signed note
    ),
    "checkpoint note": (
        "UPDATE checkpoints SET note = replace(note, char(10) || '6' || char(10), "
        "char(10) || '7' || char(10)) WHERE size = 6",
        {"checkpoint-signature": "checkpoint 6"},
        True,
    ),
    "checkpoint deleted": (
        "DELETE FROM checkpoints WHERE size = 10",
        {"log-size": "log"},
        False,  # of another size than the record's
    ),
    "anchor root": (
        "UPDATE anchors SET root = zeroblob(32) WHERE size = 6",
        {"anchor-changed": "head 6"},
        False,  # a bundle proves by checkpoint and chain
    ),
    "anchor block": (
        "UPDATE anchors SET block = 1, block_hash = zeroblob(32) WHERE size = 6",
        {"anchor-changed": "head 6"},
        True,
    ),
    "anchor transaction": (
        "UPDATE anchors SET tx_hash = zeroblob(32) WHERE size = 6",
        {"anchor-changed": "head 6"},
        False,  # where to look, no evidence
    ),
    "anchor invented": (
        "INSERT INTO anchors SELECT 4096, root, 'anchor/4096', state, block, block_hash, "
        "block_time, tx_hash FROM anchors WHERE size = 6",
        {"anchor-vanished": "head 4096"},
        False,  # the smallest head that holds the record is shown
    ),
    "index row deleted": (
        f"DELETE FROM epcis_events WHERE record_pk = {PK}",
        {"index-missing": "{record}"},
        False,  # found by its id still
    ),
    "index row renamed": (
        f"UPDATE epcis_events SET event_id = 'urn:uuid:0' WHERE record_pk = {PK}",
        {"index-changed": "{record}"},
        False,
    ),
    "organization's profile": (
        "UPDATE organizations SET profile = replace(profile, 'operator', 'authority')",
        {"profile-changed": "{org}"},
        True,
    ),
    "organization's roles": (
        "UPDATE organizations SET roles = roles | 4",
        {"roles-changed": "{org}"},
        False,
    ),
    "signing key": (
        "UPDATE signing_keys SET custodial = 0",
        {"key-changed": "{key}"},
        False,  # verifiers read the chain
    ),
}


def test_untouched_installation_is_clean(untouched: Founded) -> None:
    audit = untouched.world.app.auditing.audit()
    assert audit.is_clean, (audit.findings, audit.unchecked)
    assert verdict(untouched) is Verdict.INTACT


@pytest.mark.parametrize("edit", EDITS)
def test_edit_is_named_and_no_longer_verifies(untouched: Founded, edit: str) -> None:
    statement, expected, breaks_proof = EDITS[edit]
    record = untouched.records[4]
    world = untouched.world
    with world.app.db.read() as tx:
        row = tx.records.find(record)
        assert row is not None
        (key,) = tx.organizations.keys(world.app.operator)
    names = {
        "record": record.text,
        "submission": row.submission_pk,
        "org": world.app.operator.text,
        "key": key.address,
    }
    with sqlite3.connect(untouched.file) as connection:
        done = connection.execute(statement, {"id": bytes(record)})
        assert done.rowcount > 0, "nothing was edited"
    connection.close()
    audit = world.app.auditing.audit()
    for code, subject in expected.items():
        assert (code, subject.format(**names)) in found(audit), found(audit)
    after = verdict(untouched)
    if breaks_proof:
        assert after is not Verdict.INTACT
    else:
        assert after is Verdict.INTACT


def found(audit: AuditReport) -> set[tuple[str, str]]:
    return {(finding.code, finding.subject) for finding in audit.findings}


def verdict(founded: Founded) -> Verdict | str:
    """What a stranger is told about the fifth record; a proof that cannot even be made counts."""
    app = founded.world.app
    try:
        bundle = app.proving.bundle(founded.records[4])
    except (LedgerError, AssertionError) as error:
        return type(error).__name__
    return app.verifying.verify(bundle.encode()).verdict
