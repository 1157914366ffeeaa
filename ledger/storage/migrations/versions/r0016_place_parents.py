"""Places within places: file a place under its parent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # No record says of any place that it lies within another: the member is as new as the column.
    op.add_column("master_items", sa.Column("parent", sa.Text(), nullable=True))
    op.create_index("ix_master_items_parent", "master_items", ["parent"])


def downgrade() -> None:
    op.drop_index("ix_master_items_parent", "master_items")
    op.drop_column("master_items", "parent")
