"""Page tokens that were revoked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "revoked_page_tokens",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("org", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_revoked_page_tokens")),
    )
    op.create_index(op.f("ix_revoked_page_tokens_org"), "revoked_page_tokens", ["org"])
    op.create_index(
        op.f("ix_revoked_page_tokens_expires_at"), "revoked_page_tokens", ["expires_at"]
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_revoked_page_tokens_expires_at"), table_name="revoked_page_tokens")
    op.drop_index(op.f("ix_revoked_page_tokens_org"), table_name="revoked_page_tokens")
    op.drop_table("revoked_page_tokens")
