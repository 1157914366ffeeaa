"""Every test here that asks for `db` or `database_url` runs on SQLite and on PostgreSQL."""

from tests.support.databases import database_url, db, postgres_server

__all__ = ["database_url", "db", "postgres_server"]
