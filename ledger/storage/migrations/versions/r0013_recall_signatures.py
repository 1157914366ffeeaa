"""Recalls of organizations that hold their own keys: signatures and proposals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "recall_signatures",
        sa.Column("recall_pk", BIG, autoincrement=False, nullable=False),
        sa.Column("kind", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("deadline", BIG, nullable=False),
        sa.Column("signer", sa.Text(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("recall_pk", "kind", "subject", name=op.f("pk_recall_signatures")),
    )
    op.create_table(
        "recall_proposals",
        sa.Column("recall_pk", BIG, autoincrement=False, nullable=False),
        sa.Column("kind", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("signed_at", BIG, nullable=False),
        sa.Column("signer", sa.Text(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("recall_pk", "kind", name=op.f("pk_recall_proposals")),
    )


def downgrade() -> None:
    op.drop_table("recall_proposals")
    op.drop_table("recall_signatures")
