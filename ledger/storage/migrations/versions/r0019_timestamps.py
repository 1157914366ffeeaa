"""Time-stamps of an authority, and the times without one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "timestamps",
        sa.Column("id", BIG, nullable=False),
        sa.Column("block", BIG, nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("statement", sa.LargeBinary(), nullable=False),
        sa.Column("response", sa.LargeBinary(), nullable=False),
        sa.Column("time", BIG, nullable=False),
        sa.Column("covered_id", BIG, nullable=False),
        sa.Column("oldest_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timestamps")),
    )
    op.create_index(op.f("ix_timestamps_size"), "timestamps", ["size"])
    op.create_index(op.f("ix_timestamps_block"), "timestamps", ["block"])
    op.create_table(
        "timestamp_outages",
        sa.Column("id", BIG, nullable=False),
        sa.Column("began_at", BIG, nullable=False),
        sa.Column("last_at", BIG, nullable=False),
        sa.Column("ended_at", BIG, nullable=True),
        sa.Column("attempts", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timestamp_outages")),
    )


def downgrade() -> None:
    op.drop_table("timestamp_outages")
    op.drop_index(op.f("ix_timestamps_block"), table_name="timestamps")
    op.drop_index(op.f("ix_timestamps_size"), table_name="timestamps")
    op.drop_table("timestamps")
