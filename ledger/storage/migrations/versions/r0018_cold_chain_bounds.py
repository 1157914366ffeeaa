"""Cold-chain rules with one bound only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_BOUNDS = ("min_celsius", "max_celsius")


def upgrade() -> None:
    with op.batch_alter_table("cold_chain_rules") as table:
        for name in _BOUNDS:
            table.alter_column(name, existing_type=sa.Float(), nullable=True)


def downgrade() -> None:
    # The coldest and the warmest there may be bind nothing: the rule stays what it is.
    op.execute("UPDATE cold_chain_rules SET min_celsius = -273.15 WHERE min_celsius IS NULL")
    op.execute("UPDATE cold_chain_rules SET max_celsius = 1000 WHERE max_celsius IS NULL")
    with op.batch_alter_table("cold_chain_rules") as table:
        for name in _BOUNDS:
            table.alter_column(name, existing_type=sa.Float(), nullable=False)
