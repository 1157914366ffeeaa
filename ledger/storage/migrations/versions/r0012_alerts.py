"""Alerts: what each organization has to know at once, and where it is told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "alert_addresses",
        sa.Column("org", sa.LargeBinary(), nullable=False),
        sa.Column("dest", sa.Text(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("set_at", BIG, nullable=False),
        sa.Column("attempt_at", BIG, nullable=True),
        sa.Column("taken_at", BIG, nullable=True),
        sa.PrimaryKeyConstraint("org", name=op.f("pk_alert_addresses")),
    )
    op.create_table(
        "alerts",
        sa.Column("pk", BIG, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("org", sa.LargeBinary(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("dead", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("taken_at", BIG, nullable=True),
        sa.Column("acknowledged_at", BIG, nullable=True),
        sa.Column("acknowledged_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_alerts")),
        sa.UniqueConstraint("org", "about", name=op.f("uq_alerts_org_about")),
        sa.UniqueConstraint("id", name=op.f("uq_alerts_id")),
    )
    op.create_index(op.f("ix_alerts_org_waits"), "alerts", ["org", "waits"])


def downgrade() -> None:
    op.drop_table("alerts")
    op.drop_table("alert_addresses")
