"""The database behind all stores: SQLite in a file, or PostgreSQL, through the same code.

`read` gives one consistent snapshot, `write` one atomic, durable transaction: it commits when the
block ends and rolls back when it raises. SQLite has one writer at a time; between processes they
queue on a lock file, which a dying process gives back without any time-out.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Self

from sqlalchemy import Engine

from ledger.storage import revisions
from ledger.storage.engines import check_durable, parse_url, postgres_engine, sqlite_engine
from ledger.storage.erasures import cut_log
from ledger.storage.faults import driver_errors, is_bug, to_ledger_error
from ledger.storage.transaction import Transaction
from ledger.storage.writer_queue import WriterQueue


class Database:
    """Opens transactions. Safe to share among threads; open one per process."""

    def __init__(self, reader: Engine, writer: Engine, sqlite_path: str | None) -> None:
        self._reader = reader
        self._writer = writer
        self._queue = None if sqlite_path is None else WriterQueue(Path(f"{sqlite_path}.lock"))

    @classmethod
    def open(cls, url: str) -> Self:
        """Open `sqlite:///path` or `postgresql://…`; connects at the first transaction.

        Raises Misconfigured `database-url-malformed`.
        """
        parsed = parse_url(url)
        if parsed.drivername == "sqlite":
            return cls(
                sqlite_engine(parsed, writer=False),
                sqlite_engine(parsed, writer=True),
                parsed.database,
            )
        engine = postgres_engine(parsed)
        snapshot = engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        return cls(snapshot, engine, None)

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._writer.dialect.name

    @property
    def engine(self) -> Engine:
        """The writing engine, for migrations."""
        return self._writer

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A consistent snapshot; nothing is written. Raises Unavailable."""
        with _own_words(), self._reader.connect() as connection, connection.begin():
            yield Transaction(connection)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """An atomic transaction, durable once the block has ended without an error.

        Raises Unavailable, or Conflict `storage-duplicate`; then nothing of it is stored. The one
        exception is a connection lost during the commit itself: it is Unavailable too, and only
        reading again tells which way it went.
        """
        if self._queue is None:
            with _own_words(), self._writer.begin() as connection:
                yield Transaction(connection)
            return
        with self._queue, _own_words(), self._writer.begin() as connection:
            yield Transaction(connection)

    def scrub(self) -> None:
        """Let nothing that was erased stay behind (`cut_log`)."""
        with self._exclusive(), _own_words(), self._writer.connect() as connection:
            cut_log(connection)

    def migrate(self) -> None:
        """Bring the schema to the newest revision; one process does it, the others wait.

        Raises Misconfigured `database-not-durable` or `schema-newer`, Unavailable.
        """
        with self._exclusive(), _own_words():
            with self._writer.connect() as connection:
                check_durable(connection)
                at = revisions.current(connection)
            if at != revisions.newest():
                from ledger.storage import schema

                schema.upgrade(self._writer)

    def migrate_down(self, revision: str) -> None:
        """Undo migrations down to a revision; `base` drops every table with what is in it.

        Raises InvalidInput `schema-revision-unknown`.
        """
        with self._exclusive(), _own_words():
            from ledger.storage import schema

            schema.downgrade(self._writer, revision)

    def revision(self) -> str | None:
        """The schema revision the database is at; None for an empty one."""
        with self.read() as tx:
            return revisions.current(tx.connection)

    def check_schema(self) -> None:
        """Raise Misconfigured `schema-outdated` or `schema-newer` unless it is this version's."""
        with _own_words():
            revisions.check(self._reader)

    def close(self) -> None:
        """Give all connections back."""
        self._reader.dispose()
        self._writer.dispose()

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        with self._queue or nullcontext():
            yield


@contextmanager
def _own_words() -> Iterator[None]:
    try:
        yield
    except driver_errors() as error:
        if is_bug(error):
            raise
        raise to_ledger_error(error) from error
