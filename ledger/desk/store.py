"""The desk's memory: one SQLite file, a connection for each thread, whole transactions.

What a transaction wrote is on disk when it ends (synchronous=FULL), and what was deleted is
overwritten (secure_delete): a copy that was to be destroyed cannot be found in the file afterwards.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from unicodedata import normalize

from ledger.errors import Misconfigured, Unavailable

_NAMES = ("schema.sql", "schema_2.sql", "schema_3.sql", "schema_4.sql", "schema_5.sql")
_SCHEMAS = [Path(__file__).with_name(name) for name in _NAMES]
"""What each version added, the first on nothing."""
_VERSION = len(_SCHEMAS)
_BUSY_SECONDS = 30.0

Transaction = sqlite3.Connection
"""A connection inside a transaction: what the row modules are given."""


class Store:
    """One database file, made at the first opening. Raises Misconfigured `desk-store-unusable`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._own = threading.local()
        self._opened: list[sqlite3.Connection] = []
        try:
            self._prepare()
        except sqlite3.Error as error:
            raise Misconfigured("desk-store-unusable", f"{path}: {error}") from error

    def close(self) -> None:
        """Close every thread's connection."""
        while self._opened:
            self._opened.pop().close()

    def cut_log(self) -> None:
        """Move what was written into the file itself and cut the log, where pages stand as they
        were before. Raises Unavailable `desk-busy` where somebody still reads them."""
        row = self._connection().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if row[0] != 0:
            raise Unavailable("desk-busy", f"somebody reads {self._path} all the time")

    @contextlib.contextmanager
    def write(self) -> Iterator[Transaction]:
        """All or nothing, and one writer at a time."""
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    @contextlib.contextmanager
    def read(self) -> Iterator[Transaction]:
        """One consistent view."""
        connection = self._connection()
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("ROLLBACK")

    def _connection(self) -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if found is None:
            found = sqlite3.connect(
                self._path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            found.row_factory = sqlite3.Row
            found.create_function("fold", 1, fold, deterministic=True)
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
                found.execute(f"PRAGMA {pragma}")
            self._own.connection = found
            self._opened.append(found)
        return found

    def _prepare(self) -> None:
        connection = self._connection()
        with self.write() as tx:
            (version,) = tx.execute("PRAGMA user_version").fetchone()
            if not 0 <= version <= _VERSION:
                raise Misconfigured(
                    "desk-store-unusable", f"{self._path} is of version {version}, not {_VERSION}"
                )
            for schema in _SCHEMAS[version:]:
                for statement in schema.read_text(encoding="utf-8").split(";\n"):
                    tx.execute(statement)
            tx.execute(f"PRAGMA user_version={_VERSION}")
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        self._path.chmod(0o600)


def fold(text: str | None) -> str:
    """The text as it is searched: without case, and with accents composed or not, alike. Vietnamese
    marks stay: "ba" is not "bà"."""
    return normalize("NFC", text or "").casefold()


def find_fact(tx: Transaction, name: str) -> str | None:
    """A single value the desk keeps."""
    row = tx.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row["value"])


def put_fact(tx: Transaction, name: str, value: str) -> None:
    """Keep it instead of what it was."""
    tx.execute(
        "INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )
