"""Content of documents: published keys, blobs, uploads, who may fetch what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "encryption_keys",
        sa.Column("org", sa.LargeBinary(), nullable=False),
        sa.Column("valid_from", BIG, autoincrement=False, nullable=False),
        sa.Column("key_id", sa.LargeBinary(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("received_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("org", "valid_from", "key_id", name=op.f("pk_encryption_keys")),
    )
    op.create_table(
        "uploads",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("org", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("is_complete", sa.Boolean(), nullable=False),
        sa.Column("expires_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
    )
    op.create_index(op.f("ix_uploads_expires_at"), "uploads", ["expires_at"])
    op.create_index(op.f("uq_uploads_org_sha256"), "uploads", ["org", "sha256"], unique=True)
    op.create_table(
        "blobs",
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("org", sa.LargeBinary(), nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("sha256", "org", name=op.f("pk_blobs")),
    )
    op.create_index(op.f("ix_blobs_org"), "blobs", ["org"])
    op.create_table(
        "blob_readers",
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("org", sa.LargeBinary(), nullable=False),
        sa.Column("leg", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", "org", "leg", name=op.f("pk_blob_readers")),
    )
    op.create_index(op.f("ix_blob_readers_leg"), "blob_readers", ["leg"])


def downgrade() -> None:
    op.drop_index(op.f("ix_blob_readers_leg"), table_name="blob_readers")
    op.drop_table("blob_readers")
    op.drop_index(op.f("ix_blobs_org"), table_name="blobs")
    op.drop_table("blobs")
    op.drop_index(op.f("uq_uploads_org_sha256"), table_name="uploads")
    op.drop_index(op.f("ix_uploads_expires_at"), table_name="uploads")
    op.drop_table("uploads")
    op.drop_table("encryption_keys")
