"""First schema: organizations, captures, records, the log, the journal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

UNFINISHED = sa.text("finished_at IS NULL")
PENDING = sa.text("first_index IS NULL")
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "anchors",
        sa.Column("size", BIG, autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("block", BIG, nullable=True),
        sa.Column("block_hash", sa.LargeBinary(), nullable=True),
        sa.Column("block_time", BIG, nullable=True),
        sa.Column("tx_hash", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_anchors")),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("org", sa.LargeBinary(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("expires_at", BIG, nullable=True),
        sa.Column("revoked_at", BIG, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_api_keys_secret_hash")),
    )
    op.create_index(op.f("ix_api_keys_org"), "api_keys", ["org"])
    op.create_table(
        "capture_bodies",
        sa.Column("job_pk", BIG, autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("job_pk", name=op.f("pk_capture_bodies")),
    )
    op.create_table(
        "capture_jobs",
        sa.Column("pk", BIG, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("org", sa.LargeBinary(), nullable=False),
        sa.Column("media", sa.Text(), nullable=False),
        sa.Column("behaviour", sa.Text(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("claimed_until", BIG, nullable=True),
        sa.Column("finished_at", BIG, nullable=True),
        sa.Column("success", sa.Boolean(), nullable=True),
        sa.Column("errors", sa.Text(), nullable=False),
        sa.Column("repeats", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_capture_jobs")),
        sa.UniqueConstraint("id", name=op.f("uq_capture_jobs_id")),
    )
    op.create_index("ix_capture_jobs_org_pk", "capture_jobs", ["org", "pk"])
    op.create_index(
        "ix_capture_jobs_unfinished",
        "capture_jobs",
        ["pk"],
        sqlite_where=UNFINISHED,
        postgresql_where=UNFINISHED,
    )
    op.create_table(
        "checkpoints",
        sa.Column("size", BIG, autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_checkpoints")),
    )
    op.create_table(
        "daily_usage",
        sa.Column("org", sa.LargeBinary(), nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("events", BIG, nullable=False),
        sa.PrimaryKeyConstraint("org", "day", name=op.f("pk_daily_usage")),
    )
    op.create_table(
        "epcis_events",
        sa.Column("record_pk", BIG, autoincrement=False, nullable=False),
        sa.Column("event_key", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("time", BIG, nullable=False),
        sa.Column("biz_step", sa.Text(), nullable=True),
        sa.Column("disposition", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("record_pk", name=op.f("pk_epcis_events")),
        sa.UniqueConstraint("event_key", name=op.f("uq_epcis_events_event_key")),
    )
    op.create_table(
        "epcis_keys",
        sa.Column("segment", sa.Integer(), server_default="0", autoincrement=False, nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("time", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("record_pk", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("role", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint(
            "segment", "key", "time", "record_pk", "role", name=op.f("pk_epcis_keys")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "facts",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_facts")),
    )
    op.create_table(
        "key_segments",
        sa.Column("segment", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("keys", BIG, nullable=False),
        sa.PrimaryKeyConstraint("segment", name=op.f("pk_key_segments")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("token", BIG, nullable=False),
        sa.Column("expires_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "organizations",
        sa.Column("org", sa.LargeBinary(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("roles", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("events_per_day", BIG, nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("org", name=op.f("pk_organizations")),
    )
    op.create_table(
        "records",
        sa.Column("pk", BIG, autoincrement=False, nullable=False),
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("captured_at", BIG, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_records")),
        sa.UniqueConstraint("id", name=op.f("uq_records_id")),
    )
    op.create_table(
        "signing_keys",
        sa.Column("org", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=True),
        sa.Column("custodial", sa.Boolean(), nullable=False),
        sa.Column("purposes", sa.SmallInteger(), nullable=False),
        sa.Column("valid_from", BIG, nullable=False),
        sa.Column("valid_until", BIG, nullable=True),
        sa.PrimaryKeyConstraint("org", "address", name=op.f("pk_signing_keys")),
    )
    op.create_table(
        "submission_commitments",
        sa.Column("submission_pk", BIG, autoincrement=False, nullable=False),
        sa.Column("commitments", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("submission_pk", name=op.f("pk_submission_commitments")),
    )
    op.create_table(
        "submissions",
        sa.Column("pk", BIG, nullable=False),
        sa.Column("org", sa.LargeBinary(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("signed_at", BIG, nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("custody", sa.Text(), nullable=False),
        sa.Column("signer", sa.Text(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("first_index", BIG, nullable=True),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_submissions")),
        sa.UniqueConstraint("digest", name=op.f("uq_submissions_digest")),
        sa.UniqueConstraint("first_index", name=op.f("uq_submissions_first_index")),
    )
    op.create_index(op.f("ix_submissions_job_id"), "submissions", ["job_id"])
    op.create_index(
        "ix_submissions_pending",
        "submissions",
        ["pk"],
        sqlite_where=PENDING,
        postgresql_where=PENDING,
    )
    op.create_table(
        "tiles",
        sa.Column("level", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("idx", BIG, autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "idx", name=op.f("pk_tiles")),
    )
    op.create_table(
        "transactions",
        sa.Column("id", BIG, nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("nonce", BIG, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("block", BIG, nullable=True),
        sa.Column("block_hash", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("sent_at", BIG, nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transactions")),
        sa.UniqueConstraint("hash", name=op.f("uq_transactions_hash")),
        sa.UniqueConstraint("sender", "nonce", name=op.f("uq_transactions_sender_nonce")),
    )
    op.create_index("ix_transactions_purpose", "transactions", ["purpose"])


def downgrade() -> None:
    op.drop_index("ix_transactions_purpose", "transactions")
    op.drop_table("transactions")
    op.drop_table("tiles")
    op.drop_index("ix_submissions_pending", "submissions")
    op.drop_index(op.f("ix_submissions_job_id"), "submissions")
    op.drop_table("submissions")
    op.drop_table("submission_commitments")
    op.drop_table("signing_keys")
    op.drop_table("records")
    op.drop_table("organizations")
    op.drop_table("leases")
    op.drop_table("key_segments")
    op.drop_table("facts")
    op.drop_table("epcis_keys")
    op.drop_table("epcis_events")
    op.drop_table("daily_usage")
    op.drop_table("checkpoints")
    op.drop_index("ix_capture_jobs_unfinished", "capture_jobs")
    op.drop_index("ix_capture_jobs_org_pk", "capture_jobs")
    op.drop_table("capture_jobs")
    op.drop_table("capture_bodies")
    op.drop_index(op.f("ix_api_keys_org"), "api_keys")
    op.drop_table("api_keys")
    op.drop_table("anchors")
