"""Many rows at once, past the ORM and past Core: COPY on PostgreSQL, executemany on SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Connection,
    Float,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
)

_POSTGRES_TYPES: tuple[tuple[type, str], ...] = (
    (SmallInteger, "int2"),
    (BigInteger, "int8"),
    (Integer, "int4"),
    (Float, "float8"),
    (LargeBinary, "bytea"),
    (Boolean, "bool"),
    (Text, "text"),
)


def insert_many(
    connection: Connection, table: Table, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert the rows in the connection's transaction. Driver errors pass through."""
    if not rows:
        return
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        driver.executemany(_insert_sql(table, columns), rows)
        return
    import psycopg  # here, so that it is loaded only where the database is PostgreSQL

    statement, types = _copy_sql(table, columns)
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types(types)
            write = copy.write_row
            for row in rows:
                write(row)
    except psycopg.OperationalError:
        if driver.broken:
            connection.invalidate()
        raise


@lru_cache(maxsize=64)
def _insert_sql(table: Table, columns: tuple[str, ...]) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    marks = ", ".join("?" for _ in columns)
    return f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'  # noqa: S608 - our own names


@lru_cache(maxsize=64)
def _copy_sql(table: Table, columns: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    names = ", ".join(f'"{name}"' for name in columns)
    types = tuple(_postgres_type(table.c[name].type) for name in columns)
    return f'COPY "{table.name}" ({names}) FROM STDIN (FORMAT BINARY)', types


def _postgres_type(column_type: object) -> str:
    for known, name in _POSTGRES_TYPES:
        if isinstance(column_type, known):
            return name
    raise AssertionError(f"no COPY type for {column_type!r}")
