"""Links of the resolver and company prefixes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
IN_FORCE = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "link_sets",
        sa.Column("pk", BIG, nullable=False),
        sa.Column("anchor", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digits", sa.Text(), nullable=False),
        sa.Column("org", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("set_at", BIG, nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_link_sets")),
        sa.UniqueConstraint("anchor", "version", name=op.f("uq_link_sets_anchor_version")),
    )
    op.create_index("ix_link_sets_digits", "link_sets", ["digits"])
    op.create_table(
        "company_prefixes",
        sa.Column("pk", BIG, nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("org", sa.LargeBinary(), nullable=False),
        sa.Column("granted_at", BIG, nullable=False),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.Column("ended_at", BIG, nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_company_prefixes")),
    )
    op.create_index(op.f("ix_company_prefixes_org"), "company_prefixes", ["org"])
    op.create_index(
        "uq_company_prefixes_in_force",
        "company_prefixes",
        ["prefix"],
        unique=True,
        sqlite_where=IN_FORCE,
        postgresql_where=IN_FORCE,
    )


def downgrade() -> None:
    op.drop_index("uq_company_prefixes_in_force", "company_prefixes")
    op.drop_index(op.f("ix_company_prefixes_org"), "company_prefixes")
    op.drop_table("company_prefixes")
    op.drop_index("ix_link_sets_digits", "link_sets")
    op.drop_table("link_sets")
