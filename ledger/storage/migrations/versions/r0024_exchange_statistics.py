"""The monthly statistics of the exchange that organizations signed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "exchange_statistics",
        sa.Column("pk", BIG, nullable=False),
        sa.Column("org", sa.LargeBinary(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("record_id", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_exchange_statistics")),
        sa.UniqueConstraint("record_id", name=op.f("uq_exchange_statistics_record_id")),
    )
    op.create_index(
        op.f("ix_exchange_statistics_org"), "exchange_statistics", ["org", "month", "pk"]
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_exchange_statistics_org"), table_name="exchange_statistics")
    op.drop_table("exchange_statistics")
