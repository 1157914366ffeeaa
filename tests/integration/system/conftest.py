"""The whole product under fault."""

from __future__ import annotations

from tests.support.databases import database_url, db, postgres_server

__all__ = ["database_url", "db", "postgres_server"]
