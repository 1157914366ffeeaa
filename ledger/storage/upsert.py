"""INSERT … ON CONFLICT, which both databases have and SQLAlchemy spells per dialect."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import sqlite


def insert_into(dialect: str, table: Table) -> Any:
    """An insert that offers `on_conflict_do_update`/`…_nothing` in the named dialect.

    Typed Any because the two dialects' constructs share these methods and no base that has them.
    """
    if dialect == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # here: two megabytes that SQLite does without

    return postgresql.insert(table)
