"""Webhooks of the exchange."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "exchange_webhooks",
        sa.Column("org", sa.LargeBinary(), nullable=False),
        sa.Column("dest", sa.Text(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("seq", BIG, nullable=False),
        sa.Column("set_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("org", name="pk_exchange_webhooks"),
    )
    op.create_table(
        "exchange_deliveries",
        sa.Column("org", sa.LargeBinary(), nullable=False),
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("leg_pk", BIG, nullable=False),
        sa.Column("dead", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("attempt_at", BIG, nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("org", "seq", name="pk_exchange_deliveries"),
    )
    op.create_index("ix_exchange_deliveries_line", "exchange_deliveries", ["org", "leg_pk", "seq"])
    op.create_index("ix_exchange_deliveries_due", "exchange_deliveries", ["dead", "attempt_at"])


def downgrade() -> None:
    op.drop_table("exchange_deliveries")
    op.drop_table("exchange_webhooks")
