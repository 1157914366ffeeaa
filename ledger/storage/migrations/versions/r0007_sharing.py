"""Sharing: grants of single records to organizations, and links for inspectors."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "record_grants",
        sa.Column("record_id", sa.LargeBinary(), nullable=False),
        sa.Column("org", sa.LargeBinary(), nullable=False),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.Column("granted_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("record_id", "org", name=op.f("pk_record_grants")),
    )
    op.create_table(
        "record_links",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("record_id", sa.LargeBinary(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("expires_at", BIG, nullable=False),
        sa.Column("revoked_at", BIG, nullable=True),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("used_at", BIG, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_links")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_record_links_secret_hash")),
    )
    op.create_index(op.f("ix_record_links_record_id"), "record_links", ["record_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_record_links_record_id"), table_name="record_links")
    op.drop_table("record_links")
    op.drop_table("record_grants")
