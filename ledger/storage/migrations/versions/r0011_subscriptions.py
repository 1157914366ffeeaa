"""Standing queries: named queries, subscriptions and notifications on their way."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "named_queries",
        sa.Column("org", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("org", "name", name=op.f("pk_named_queries")),
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("org", sa.LargeBinary(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("dest", sa.Text(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=True),
        sa.Column("schedule", sa.Text(), nullable=True),
        sa.Column("report_if_empty", sa.Boolean(), nullable=False),
        sa.Column("epc_format", sa.Text(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("initial_at", BIG, nullable=False),
        sa.Column("executed_at", BIG, nullable=True),
        sa.Column("due_at", BIG, nullable=True),
        sa.Column("notified_at", BIG, nullable=True),
        sa.Column("attempt_at", BIG, nullable=True),
        sa.Column("position", BIG, nullable=False),
        sa.Column("notified", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
    )
    op.create_index(op.f("ix_subscriptions_org_query"), "subscriptions", ["org", "query"])
    op.create_table(
        "deliveries",
        sa.Column("subscription", sa.Text(), nullable=False),
        sa.Column("number", BIG, autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("dead", sa.Boolean(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("subscription", "number", name=op.f("pk_deliveries")),
    )


def downgrade() -> None:
    op.drop_table("deliveries")
    op.drop_index(op.f("ix_subscriptions_org_query"), table_name="subscriptions")
    op.drop_table("subscriptions")
    op.drop_table("named_queries")
