"""Recalls: what is recalled, what is declared for it, and who was told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "recalls",
        sa.Column("pk", BIG, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("org", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("declared_at", BIG, nullable=True),
        sa.Column("lift_reason", sa.Text(), nullable=True),
        sa.Column("lift_proposed_by", sa.Text(), nullable=True),
        sa.Column("lifted_at", BIG, nullable=True),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_recalls")),
        sa.UniqueConstraint("id", name=op.f("uq_recalls_id")),
    )
    op.create_index(op.f("ix_recalls_org_digest"), "recalls", ["org", "digest"])
    op.create_index(op.f("ix_recalls_state"), "recalls", ["state"])
    op.create_table(
        "recall_targets",
        sa.Column("recall_pk", BIG, autoincrement=False, nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("declared", sa.Boolean(), nullable=False),
        sa.Column("lifted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("recall_pk", "subject", name=op.f("pk_recall_targets")),
    )
    op.create_index(op.f("ix_recall_targets_name"), "recall_targets", ["name"])
    op.create_table(
        "recall_notices",
        sa.Column("recall_pk", BIG, autoincrement=False, nullable=False),
        sa.Column("org", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("acknowledged_at", BIG, nullable=True),
        sa.Column("acknowledged_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("recall_pk", "org", name=op.f("pk_recall_notices")),
    )
    op.create_index(op.f("ix_recall_notices_org"), "recall_notices", ["org"])


def downgrade() -> None:
    op.drop_table("recall_notices")
    op.drop_table("recall_targets")
    op.drop_table("recalls")
