"""Query: file events under time, business step and places; find records by their time."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import orjson
import sqlalchemy as sa
from alembic import op

from ledger.epcis.event import places_of
from ledger.epcis.keys import filing_keys

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_CHUNK = 10_000
_SEGMENT_KEYS = 500_000
_FILED = (20, 21, 22, 23, 24, 25)

_EVENTS = sa.table(
    "epcis_events",
    *map(sa.column, ("record_pk", "type", "time", "biz_step", "disposition")),
)
_RECORDS = sa.table("records", *map(sa.column, ("pk", "body")))
_KEYS = sa.table("epcis_keys", *map(sa.column, ("segment", "key", "time", "record_pk", "role")))
_TERMS = sa.table("epcis_terms", *map(sa.column, ("kind", "term")))
_SEGMENTS = sa.table("key_segments", *map(sa.column, ("segment", "keys")))


def upgrade() -> None:
    op.create_table(
        "epcis_terms",
        sa.Column("kind", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("term", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "term", name=op.f("pk_epcis_terms")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_records_captured_at_pk", "records", ["captured_at", "pk"])
    connection = op.get_bind()
    terms: set[tuple[int, str]] = set()
    after = -1
    while rows := connection.execute(
        sa.select(_EVENTS, _RECORDS.c.body)
        .select_from(_EVENTS.join(_RECORDS, _RECORDS.c.pk == _EVENTS.c.record_pk))
        .where(_EVENTS.c.record_pk > after)
        .order_by(_EVENTS.c.record_pk)
        .limit(_CHUNK)
    ).all():
        after = rows[-1].record_pk
        terms |= _file(connection, [row for row in rows if row.body is not None])
    if terms:
        connection.execute(
            sa.insert(_TERMS), [{"kind": kind, "term": term} for kind, term in sorted(terms)]
        )


def downgrade() -> None:
    connection = op.get_bind()
    connection.execute(sa.delete(_KEYS).where(_KEYS.c.role.in_(_FILED)))
    op.drop_index("ix_records_captured_at_pk", "records")
    op.drop_table("epcis_terms")


def _file(connection: sa.Connection, rows: list[Any]) -> set[tuple[int, str]]:
    """File these events; the terms they name."""
    places = [places_of(orjson.loads(row.body)) for row in rows]
    filed = [
        (int.from_bytes(sha256(key.encode()).digest()[:8], "big", signed=True), role, row)
        for row, named in zip(rows, places, strict=True)
        for key, role in filing_keys(row.biz_step, *named)
    ]
    segment = _segment(connection, len(filed))
    new = [
        {"segment": segment, "key": key, "time": row.time, "record_pk": row.record_pk, "role": role}
        for key, role, row in filed
    ]
    if new:
        connection.execute(sa.insert(_KEYS), new)
    return {
        (kind, term)
        for row, (read_point, biz_location) in zip(rows, places, strict=True)
        for kind, term in enumerate(
            (row.type, row.biz_step, row.disposition, read_point, biz_location), 1
        )
        if term is not None
    }


def _segment(connection: sa.Connection, more: int) -> int:
    """As `EpcisStore` chooses it: SQLite keeps keys in segments, PostgreSQL in one."""
    if connection.dialect.name != "sqlite":
        return 0
    newest = connection.execute(
        sa.select(_SEGMENTS).order_by(_SEGMENTS.c.segment.desc()).limit(1)
    ).first()
    if newest is None or newest.keys >= _SEGMENT_KEYS:
        segment = 0 if newest is None else newest.segment + 1
        connection.execute(sa.insert(_SEGMENTS), {"segment": segment, "keys": more})
        return int(segment)
    connection.execute(
        sa.update(_SEGMENTS)
        .where(_SEGMENTS.c.segment == newest.segment)
        .values(keys=_SEGMENTS.c["keys"] + more)
    )
    return int(newest.segment)
