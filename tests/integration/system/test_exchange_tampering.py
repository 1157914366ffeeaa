"""Whoever edits what is stored of documents between agencies is named by the audit."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger.chain.anvil import AnvilEngine
from ledger.exchange.rules import LegAction
from tests.support.agency import Exchanged
from tests.support.agency_world import AgencyWorld
from tests.support.world import World

pytestmark = pytest.mark.chain


@dataclass
class Founded:
    """A settled installation with a leg that was accepted and one refused, and its database."""

    office: AgencyWorld
    accepted: Exchanged
    refused: Exchanged
    pristine: bytes

    @property
    def file(self) -> Path:
        return Path(self.office.world.settings.database.removeprefix("sqlite:///"))

    def restore(self) -> None:
        """The database as it was."""
        self.office.world.app.db.close()
        for old in self.file.parent.glob(f"{self.file.name}-*"):
            old.unlink()
        self.file.write_bytes(self.pristine)


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Founded]:
    engine = AnvilEngine(tmp_path_factory.mktemp("chain"), block_period=0.02)
    engine.start()
    world = World(engine.rpc_url)
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
    file = Path(world.settings.database.removeprefix("sqlite:///"))
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    yield Founded(office, accepted, refused, file.read_bytes())
    world.close()
    engine.stop()


LEG = "(SELECT pk FROM exchange_legs WHERE leg = :leg)"
EVENT = f"leg_pk = {LEG} AND nonce"
EDITS = {
    "a refusal becomes an acceptance": (
        "UPDATE exchange_events SET action = 9, state = 9, reason = 0 "
        "WHERE leg_pk = (SELECT pk FROM exchange_legs WHERE leg = :refused) AND nonce = 2",
        {"event-signature", "event-changed"},
    ),
    "the reason of a refusal": (
        "UPDATE exchange_events SET reason = reason + 1 WHERE action = 10",
        {"event-signature", "leg-head"},
    ),
    "the last event dropped, and the leg put back": (
        f"DELETE FROM exchange_events WHERE {EVENT} = 3; "
        f"UPDATE exchange_legs SET state = 7, events = 3, anchored = 3, "
        f"head = (SELECT head FROM exchange_events WHERE {EVENT} = 2) WHERE leg = :leg",
        {"event-missing"},
    ),
    "an event in the middle dropped": (
        f"DELETE FROM exchange_events WHERE {EVENT} = 2",
        {"event-missing"},
    ),
    "an event invented": (
        "INSERT INTO exchange_events (leg_pk, nonce, action, state, org, actor, reason, evidence, "
        "link, deadline, signer, signature, evidence_record, evidence_salt, received_at, status, "
        "block, block_hash, block_time, tx_hash, log_index, head) "
        "SELECT leg_pk, 4, 19, state, org, actor, reason, evidence, link, deadline, signer, "
        "signature, evidence_record, evidence_salt, received_at, status, block, block_hash, "
        f"block_time, tx_hash, log_index, head FROM exchange_events WHERE {EVENT} = 3; "
        "UPDATE exchange_legs SET events = 5, anchored = 5 WHERE leg = :leg",
        {"event-signature", "event-invented", "feed-missing"},
    ),
    "an event re-dated": (
        f"UPDATE exchange_events SET block_time = block_time - 86400 WHERE {EVENT} = 1",
        {"leg-head"},
    ),
    "when an event was taken in": (
        f"UPDATE exchange_events SET received_at = received_at + 86400000 WHERE {EVENT} = 1",
        {"event-redated"},
    ),
    "two events exchanged": (
        f"UPDATE exchange_events SET nonce = 99 WHERE {EVENT} = 1; "
        f"UPDATE exchange_events SET nonce = 1 WHERE {EVENT} = 2; "
        f"UPDATE exchange_events SET nonce = 2 WHERE {EVENT} = 99",
        {"event-signature", "event-impossible"},
    ),
    "another transaction named": (
        f"UPDATE exchange_events SET tx_hash = zeroblob(32) WHERE {EVENT} = 1",
        {"event-moved"},
    ),
    "the evidence of an event": (
        "UPDATE exchange_events SET evidence_record = "
        f"replace(evidence_record, 'H56.1', 'H56.9') WHERE {EVENT} = 1",
        {"evidence-changed"},
    ),
    "the salt of an evidence": (
        f"UPDATE exchange_events SET evidence_salt = zeroblob(32) WHERE {EVENT} = 1",
        {"evidence-changed"},
    ),
    "the evidence taken away": (
        f"UPDATE exchange_events SET evidence_record = NULL WHERE {EVENT} = 1",
        {"evidence-missing"},
    ),
    "a signature taken away": (
        f"UPDATE exchange_events SET signature = NULL, signer = NULL WHERE {EVENT} = 1",
        {"event-signature"},
    ),
    "a deadline of the leg": (
        "UPDATE exchange_legs SET arrive_by = arrive_by + 86400 WHERE leg = :leg",
        {"event-signature", "leg-head"},
    ),
    "the state of the leg": (
        "UPDATE exchange_legs SET state = 10 WHERE leg = :leg",
        {"leg-changed"},
    ),
    "the recipient of the leg": (
        "UPDATE exchange_legs SET recipient = zeroblob(32) WHERE leg = :leg",
        {"leg-changed", "leg-missing"},
    ),
    "the leg dropped": (
        f"DELETE FROM exchange_events WHERE leg_pk = {LEG}; "
        "DELETE FROM exchange_feed WHERE event_pk NOT IN (SELECT pk FROM exchange_events); "
        "DELETE FROM exchange_legs WHERE leg = :leg",
        {"leg-missing", "feed-gap"},
    ),
    "the number of the document": (
        "UPDATE exchange_messages SET code_number = '77' WHERE document_id LIKE '%,1/%'",
        {"message-changed"},
    ),
    "what the message says": (
        "UPDATE exchange_messages SET view = replace(view, 'H56.1', 'H56.7')",
        {"message-changed"},
    ),
    "the message dropped": (
        "DELETE FROM exchange_messages WHERE document_id LIKE '%,1/%'",
        {"message-missing"},
    ),
    "the order of the feed": (
        "UPDATE exchange_feed SET seq = 9999 WHERE seq = 1; "
        "UPDATE exchange_feed SET seq = 1 WHERE seq = 2; "
        "UPDATE exchange_feed SET seq = 2 WHERE seq = 9999",
        {"feed-reordered", "feed-changed"},
    ),
    "an event kept from the feed": (
        "DELETE FROM exchange_feed WHERE seq = 3",
        {"feed-gap", "feed-missing"},
    ),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_is_named(founded: Founded, edit: str) -> None:
    script, wanted = EDITS[edit]
    founded.restore()
    names = {"leg": bytes(founded.accepted.leg), "refused": bytes(founded.refused.leg)}
    with sqlite3.connect(founded.file) as connection:
        changed = 0
        for statement in script.split("; "):
            used = {name: value for name, value in names.items() if f":{name}" in statement}
            changed += connection.execute(statement, used).rowcount
        assert changed
    connection.close()
    report = founded.office.world.app.auditing.audit()
    found = {finding.code for finding in report.findings}
    assert wanted & found, [str(finding) for finding in report.findings]
    assert found <= _ALL, found - _ALL
    assert not report.unchecked


_ALL = {code for _, codes in EDITS.values() for code in codes} | {"event-changed"}


def test_nothing_is_named_where_nothing_was_edited(founded: Founded) -> None:
    founded.restore()
    assert founded.office.world.app.auditing.audit().is_clean
