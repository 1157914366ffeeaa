"""Erasure: approvals, holds, certificates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "erasure_approvals",
        sa.Column("leg", sa.LargeBinary(), nullable=False),
        sa.Column("org", sa.LargeBinary(), nullable=False),
        sa.Column("signer", sa.Text(), nullable=False),
        sa.Column("reason", sa.Integer(), nullable=False),
        sa.Column("kept_until", BIG, nullable=False),
        sa.Column("deadline", BIG, nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("leg", "org", "signer", name=op.f("pk_erasure_approvals")),
    )
    op.create_table(
        "erasure_holds",
        sa.Column("leg", sa.LargeBinary(), nullable=False),
        sa.Column("org", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("leg", "org", name=op.f("pk_erasure_holds")),
    )
    op.create_table(
        "erasures",
        sa.Column("leg", sa.LargeBinary(), nullable=False),
        sa.Column("org", sa.LargeBinary(), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("erased_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("leg", "org", name=op.f("pk_erasures")),
    )


def downgrade() -> None:
    op.drop_table("erasures")
    op.drop_table("erasure_holds")
    op.drop_table("erasure_approvals")
