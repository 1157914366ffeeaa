"""Documents between agencies: messages, legs, events, the feed, and the keys that sign them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_STANDS = sa.text("status <> 3")
_REFUSED = sa.text("status = 3")
_UNSETTLED = sa.text("status < 2")


def upgrade() -> None:
    op.create_table(
        "exchange_messages",
        sa.Column("pk", BIG, nullable=False),
        sa.Column("sender", sa.LargeBinary(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("message", sa.LargeBinary(), nullable=False),
        sa.Column("code_number", sa.Text(), nullable=False),
        sa.Column("code_notation", sa.Text(), nullable=False),
        sa.Column("view", sa.Text(), nullable=False),
        sa.Column("received_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("pk", name="pk_exchange_messages"),
        sa.UniqueConstraint(
            "sender",
            "document_id",
            "version",
            name="uq_exchange_messages_sender_document_id_version",
        ),
    )
    op.create_index(
        "ix_exchange_messages_number",
        "exchange_messages",
        ["sender", "code_number", "code_notation"],
    )
    op.create_table(
        "exchange_legs",
        sa.Column("pk", BIG, nullable=False),
        sa.Column("leg", sa.LargeBinary(), nullable=False),
        sa.Column("message_pk", BIG, nullable=False),
        sa.Column("sender", sa.LargeBinary(), nullable=False),
        sa.Column("recipient", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("code_number", sa.Text(), nullable=False),
        sa.Column("code_notation", sa.Text(), nullable=False),
        sa.Column("promulgated", sa.Text(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("previous", sa.SmallInteger(), nullable=False),
        sa.Column("failures", sa.SmallInteger(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("marks", sa.SmallInteger(), nullable=False),
        sa.Column("events", BIG, nullable=False),
        sa.Column("arrive_by", BIG, nullable=False),
        sa.Column("answer_within", BIG, nullable=False),
        sa.Column("answer_by", BIG, nullable=False),
        sa.Column("settle_by", BIG, nullable=False),
        sa.Column("replaces", sa.LargeBinary(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("anchored", BIG, nullable=False),
        sa.Column("due_by", BIG, nullable=True),
        sa.Column("lapse_at", BIG, nullable=True),
        sa.Column("wrapped_key", sa.Text(), nullable=True),
        sa.Column("opened_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("pk", name="pk_exchange_legs"),
        sa.UniqueConstraint("leg", name="uq_exchange_legs_leg"),
    )
    for party, other in (("sender", "recipient"), ("recipient", "sender")):
        name = f"ix_exchange_legs_{party}"
        for suffix, columns in (
            ("promulgated", ["promulgated", "pk"]),
            ("state", ["state", "promulgated", "pk"]),
            ("other", [other, "promulgated", "pk"]),
            ("other_state", [other, "state", "promulgated", "pk"]),
            ("number", ["code_number", "promulgated", "pk"]),
            ("due", ["due_by", "pk"]),
        ):
            op.create_index(f"{name}_{suffix}", "exchange_legs", [party, *columns])
    op.create_index("ix_exchange_legs_message", "exchange_legs", ["message_pk"])
    op.create_index("ix_exchange_legs_lapse", "exchange_legs", ["lapse_at"])
    op.create_table(
        "exchange_events",
        sa.Column("pk", BIG, nullable=False),
        sa.Column("leg_pk", BIG, nullable=False),
        sa.Column("nonce", BIG, nullable=False),
        sa.Column("action", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("org", sa.LargeBinary(), nullable=False),
        sa.Column("actor", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.LargeBinary(), nullable=False),
        sa.Column("link", sa.LargeBinary(), nullable=False),
        sa.Column("deadline", BIG, nullable=False),
        sa.Column("signer", sa.Text(), nullable=True),
        sa.Column("signature", sa.LargeBinary(), nullable=True),
        sa.Column("evidence_record", sa.Text(), nullable=True),
        sa.Column("evidence_salt", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", BIG, nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("batch", BIG, nullable=True),
        sa.Column("block", BIG, nullable=True),
        sa.Column("block_hash", sa.LargeBinary(), nullable=True),
        sa.Column("block_time", BIG, nullable=True),
        sa.Column("tx_hash", sa.LargeBinary(), nullable=True),
        sa.Column("log_index", BIG, nullable=True),
        sa.Column("head", sa.LargeBinary(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("pk", name="pk_exchange_events"),
    )
    op.create_index(
        "uq_exchange_events_leg_pk_nonce",
        "exchange_events",
        ["leg_pk", "nonce"],
        unique=True,
        sqlite_where=_STANDS,
        postgresql_where=_STANDS,
    )
    op.create_index(
        "ix_exchange_events_refused",
        "exchange_events",
        ["leg_pk"],
        sqlite_where=_REFUSED,
        postgresql_where=_REFUSED,
    )
    op.create_index(
        "ix_exchange_events_unsettled",
        "exchange_events",
        ["batch", "pk"],
        sqlite_where=_UNSETTLED,
        postgresql_where=_UNSETTLED,
    )
    op.create_table(
        "exchange_feed",
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("event_pk", BIG, nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("sender", sa.LargeBinary(), nullable=False),
        sa.Column("recipient", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_exchange_feed"),
    )
    op.create_index("ix_exchange_feed_sender", "exchange_feed", ["sender", "seq"])
    op.create_index("ix_exchange_feed_recipient", "exchange_feed", ["recipient", "seq"])
    op.create_table(
        "exchange_counters",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("last", BIG, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_exchange_counters"),
    )
    op.create_table(
        "waiting_keys",
        sa.Column("org", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("purposes", sa.Integer(), nullable=False),
        sa.Column("valid_from", BIG, nullable=False),
        sa.Column("valid_until", BIG, nullable=True),
        sa.PrimaryKeyConstraint("org", "address", name="pk_waiting_keys"),
    )


def downgrade() -> None:
    op.drop_table("waiting_keys")
    for table in ("counters", "feed", "events", "legs", "messages"):
        op.drop_table(f"exchange_{table}")
