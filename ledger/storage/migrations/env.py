"""Alembic's entry: runs in the transaction that `ledger.storage.schema` opened."""

from __future__ import annotations

from alembic import context

from ledger.storage.tables import Stored

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Stored.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
