"""Master data: parties, places and products with their versions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "master_items",
        sa.Column("org", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("gs1_key", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("record_pk", BIG, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("org", "kind", "code", name=op.f("pk_master_items")),
    )
    op.create_index(op.f("ix_master_items_gs1_key"), "master_items", ["gs1_key"])
    op.create_table(
        "master_versions",
        sa.Column("org", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("record_pk", BIG, nullable=False),
        sa.PrimaryKeyConstraint("org", "kind", "code", "version", name=op.f("pk_master_versions")),
    )


def downgrade() -> None:
    op.drop_table("master_versions")
    op.drop_index(op.f("ix_master_items_gs1_key"), table_name="master_items")
    op.drop_table("master_items")
