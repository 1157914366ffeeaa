"""Extensions of recalls, and episodes in which cold chains were broken."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "recall_extensions",
        sa.Column("recall_pk", BIG, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("goods", sa.Text(), nullable=False),
        sa.Column("found_at", BIG, nullable=False),
        sa.Column("declared_at", BIG, nullable=True),
        sa.PrimaryKeyConstraint("recall_pk", "number", name=op.f("pk_recall_extensions")),
    )
    op.create_table(
        "cold_chain_breaches",
        sa.Column("pk", BIG, nullable=False),
        sa.Column("org", sa.LargeBinary(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("gtin", sa.Text(), nullable=False),
        sa.Column("rule_org", sa.LargeBinary(), nullable=False),
        sa.Column("since", BIG, nullable=False),
        sa.Column("until", BIG, nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("seen_at", BIG, nullable=False),
        sa.Column("told_at", BIG, nullable=True),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_cold_chain_breaches")),
    )
    op.create_index(
        op.f("ix_cold_chain_breaches_item"), "cold_chain_breaches", ["item", "gtin", "org"]
    )
    op.create_index(op.f("ix_cold_chain_breaches_told"), "cold_chain_breaches", ["told_at"])


def downgrade() -> None:
    op.drop_table("cold_chain_breaches")
    op.drop_table("recall_extensions")
