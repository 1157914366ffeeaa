"""Sensor devices and cold-chain rules."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "devices",
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("org", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("read_point", sa.Text(), nullable=False),
        sa.Column("items", sa.Text(), nullable=False),
        sa.Column("registered_at", BIG, nullable=False),
        sa.Column("revoked_at", BIG, nullable=True),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_devices")),
    )
    op.create_index(op.f("ix_devices_org"), "devices", ["org"])
    op.create_table(
        "cold_chain_rules",
        sa.Column("org", sa.LargeBinary(), nullable=False),
        sa.Column("gtin", sa.Text(), nullable=False),
        sa.Column("min_celsius", sa.Float(), nullable=False),
        sa.Column("max_celsius", sa.Float(), nullable=False),
        sa.Column("allowed_minutes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("org", "gtin", name=op.f("pk_cold_chain_rules")),
    )


def downgrade() -> None:
    op.drop_table("cold_chain_rules")
    op.drop_index(op.f("ix_devices_org"), table_name="devices")
    op.drop_table("devices")
