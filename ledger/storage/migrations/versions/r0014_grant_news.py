"""Grants as news: in which order each organization was granted records, and who has seen it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "grant_news",
        sa.Column("org", sa.LargeBinary(), nullable=False),
        sa.Column("number", BIG, autoincrement=False, nullable=False),
        sa.Column("record_id", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("org", "number", name=op.f("pk_grant_news")),
    )
    op.create_table(
        "grant_counters",
        sa.Column("org", sa.LargeBinary(), nullable=False),
        sa.Column("last", BIG, nullable=False),
        sa.PrimaryKeyConstraint("org", name=op.f("pk_grant_counters")),
    )
    op.add_column("subscriptions", sa.Column("granted", BIG, nullable=True))


def downgrade() -> None:
    op.drop_column("subscriptions", "granted")
    op.drop_table("grant_counters")
    op.drop_table("grant_news")
