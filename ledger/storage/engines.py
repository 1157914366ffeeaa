"""SQLAlchemy engines for the two databases, set up so that a commit means durable.

SQLite: WAL with synchronous=FULL (a commit is fsynced before it is answered), transactions begun
by us so that a writer takes its lock at once instead of failing to upgrade a read lock halfway.
PostgreSQL: psycopg 3; fsync and synchronous_commit stay as the server has them and are checked
before anything is promised.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, func, make_url, select
from sqlalchemy.exc import ArgumentError

from ledger.errors import Misconfigured
from ledger.storage.writer_queue import BUSY_SECONDS

PAGE_BYTES = 4096
WRITER_CACHE_KIB = 16 * 1024
"""Page cache of the one writing connection: holds the hot part of the random-order indexes."""
READER_CACHE_KIB = 8 * 1024
CHECKPOINT_PAGES = 256 * 1024 * 1024 // PAGE_BYTES
"""WAL length at which a committing writer moves it into the database itself."""


def parse_url(text: str) -> URL:
    """A database URL. Raises Misconfigured unless it is SQLite in a file or PostgreSQL."""
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise Misconfigured("database-url-malformed", "not a database URL") from error
    if url.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return url.set(drivername="postgresql+psycopg")
    if url.drivername == "sqlite" and url.database and url.database != ":memory:":
        return url
    raise Misconfigured(
        "database-url-malformed", f"neither SQLite in a file nor PostgreSQL: {url.drivername}"
    )


def sqlite_engine(url: URL, *, writer: bool) -> Engine:
    """An engine over one file; `writer` has one connection, a large cache and BEGIN IMMEDIATE."""
    assert url.database is not None
    _create_private(Path(url.database))
    engine = create_engine(
        url,
        pool_size=1 if writer else 8,
        max_overflow=0 if writer else 56,
        connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS},
    )
    cache = WRITER_CACHE_KIB if writer else READER_CACHE_KIB

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in (
            f"page_size={PAGE_BYTES}",
            "journal_mode=WAL",
            "synchronous=FULL",
            f"cache_size=-{cache}",
            f"wal_autocheckpoint={CHECKPOINT_PAGES}",
            f"journal_size_limit={64 * 1024 * 1024}",
            "temp_store=MEMORY",
            f"query_only={'OFF' if writer else 'ON'}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")

    return engine


def _create_private(path: Path) -> None:
    """Make the file for its owner alone: it holds salts that keep undisclosed members secret.

    SQLite gives its WAL the same permissions. An existing file is left as it is.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise Misconfigured("database-not-writable", f"{path}: {error.strerror}") from error


def postgres_engine(url: URL) -> Engine:
    """One pool for readers and writers; a connection that died meanwhile is replaced unseen."""
    return create_engine(
        url,
        pool_size=8,
        max_overflow=24,
        pool_pre_ping=True,
        pool_timeout=BUSY_SECONDS,
        # No prepared statements: PostgreSQL would keep the plan it made while a table was empty,
        # and go on reading the whole of it when it no longer is.
        connect_args={
            "connect_timeout": 10,
            "application_name": "provenance",
            "prepare_threshold": None,
        },
    )


def check_durable(connection: Connection) -> None:
    """Raise Misconfigured `database-not-durable` if a committed transaction could be lost.

    SQLite is set up by us. A PostgreSQL operator may have traded safety for speed; we would then
    acknowledge captures that a power cut takes back.
    """
    if connection.dialect.name != "postgresql":
        return
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        value = connection.execute(select(func.current_setting(setting))).scalar()
        if value == "off":
            raise Misconfigured("database-not-durable", f"PostgreSQL runs with {setting} = off")
