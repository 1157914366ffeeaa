"""What a migration makes of rows that were there before it, on both databases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from sqlalchemy import Connection, select, text

from ledger.epcis.keys import EVERY_EVENT, KeyRole
from ledger.storage import schema
from ledger.storage.bulk import insert_many
from ledger.storage.database import Database
from ledger.storage.epcis import key_hash
from ledger.storage.tables import EpcisEvents, EpcisKeys, KeySegments, Records, core
from tests.support.epcis import NOW, event
from tests.support.event_queries import DISPOSITIONS, LOTS, PLACES, STEPS, Recorded
from tests.support.stored import found

Filed = Counter[tuple[int, int, int, int]]
"""How often there is which (key, time, record pk, role)."""

_BEFORE = 10_030
"""More than the migration reads at once."""


@pytest.fixture
def before(database_url: str) -> Iterator[Database]:
    """A database at revision 0004, without rows."""
    database = Database.open(database_url)
    schema.upgrade(database.engine, "0004")
    yield database
    database.close()


def fill(connection: Connection) -> list[dict[str, Any] | None]:
    """Events as revision 0004 kept them, number i with record pk i and time 1000 i: by turns with
    everything, with an extended place, with nothing but a lot, erased, and of one's own type."""
    shapes: list[dict[str, Any] | None] = [
        event(
            readPoint={"id": PLACES[0]},
            bizLocation={"id": PLACES[2]},
            bizStep=STEPS[0],
            disposition=DISPOSITIONS[0],
        ),
        event(readPoint={"id": PLACES[1]}, bizLocation=None, bizStep=STEPS[2]),
        event(readPoint=None, bizLocation=None, bizStep=None, disposition=None),
        None,
        {"type": "https://example.org/Own", "eventTime": "2026-03-01T00:00:00Z", "readPoint": 7},
    ]
    bodies = [shapes[number % len(shapes)] for number in range(_BEFORE)]
    insert_many(
        connection,
        core(Records),
        ("pk", "id", "kind", "captured_at", "body", "salt"),
        [
            (pk, pk.to_bytes(16, "big"), "epcis.event", pk, body and orjson.dumps(body), b"s" * 32)
            for pk, body in enumerate(bodies)
        ],
    )
    words = [body or {"type": "ObjectEvent", "bizStep": "shipping"} for body in bodies]
    insert_many(
        connection,
        core(EpcisEvents),
        ("record_pk", "event_key", "content", "event_id", "type", "time", "biz_step",
         "disposition"),
        [
            (pk, pk.to_bytes(16, "big"), bytes(16), f"urn:e:{pk}", word["type"], 1_000 * pk,
             word.get("bizStep"), word.get("disposition"))
            for pk, word in enumerate(words)
        ],
    )  # fmt: skip
    insert_many(
        connection,
        core(EpcisKeys),
        ("segment", "key", "time", "record_pk", "role"),
        [(0, key_hash(LOTS[0]), 1_000 * pk, pk, int(KeyRole.CLASS)) for pk in range(_BEFORE)],
    )
    if connection.dialect.name == "sqlite":
        insert_many(connection, core(KeySegments), ("segment", "keys"), [(0, _BEFORE)])
    return bodies


def filed(connection: Connection) -> Filed:
    keys = core(EpcisKeys).c
    rows = connection.execute(select(keys.key, keys.time, keys.record_pk, keys.role))
    return Counter((row.key, row.time, row.record_pk, row.role) for row in rows)


def terms(connection: Connection) -> set[tuple[int, str]]:
    rows = connection.execute(text("SELECT kind, term FROM epcis_terms"))
    return {(row.kind, row.term) for row in rows}


def test_events_captured_before_are_filed_under_time_step_and_places(before: Database) -> None:
    with before.write() as tx:
        bodies = fill(tx.connection)
    schema.upgrade(before.engine, "0005")
    expected: Filed = Counter()
    for pk, body in enumerate(bodies):
        names = [(LOTS[0], KeyRole.CLASS)]
        if body is not None:
            names.append((EVERY_EVENT, KeyRole.EVENT))
            shape = pk % 5
            names += [
                [(STEPS[0], KeyRole.BIZ_STEP), (PLACES[0], KeyRole.READ_POINT),
                 (PLACES[2], KeyRole.BIZ_LOCATION)],
                [(STEPS[2], KeyRole.BIZ_STEP), (PLACES[1], KeyRole.READ_POINT),
                 (PLACES[0], KeyRole.READ_POINT_AREA)],
                [], [], [],
            ][shape]  # fmt: skip
        expected.update((key_hash(name), 1_000 * pk, pk, int(role)) for name, role in names)
    with before.read() as tx:
        assert filed(tx.connection) == expected
        assert terms(tx.connection) == {
            (1, "ObjectEvent"), (1, "https://example.org/Own"),
            (2, STEPS[0]), (2, STEPS[2]),
            (3, DISPOSITIONS[0]),
            (4, PLACES[0]), (4, PLACES[1]),
            (5, PLACES[2]),
        }  # fmt: skip
        counted = tx.connection.execute(text("SELECT sum(keys) FROM key_segments")).scalar()
        assert counted == (expected.total() if before.dialect == "sqlite" else None)


def test_events_are_filed_by_the_migration_as_by_a_capture(db: Database) -> None:
    recorded, org = Recorded(db), found(db)
    raw = [
        event(readPoint={"id": place}, bizLocation={"id": PLACES[1]}, bizStep=step)
        for place in PLACES
        for step in STEPS
    ]
    recorded.capture(org, raw, NOW)
    with db.read() as tx:
        captured, named = filed(tx.connection), terms(tx.connection)
    schema.downgrade(db.engine, "0004")
    with db.read() as tx:
        left = filed(tx.connection)
        assert 0 < left.total() < captured.total()
        assert not {role for *_, role in left} & set(range(20, 26))
    db.migrate()
    with db.read() as tx:
        assert filed(tx.connection) == captured
        assert terms(tx.connection) == named
