"""Every way a driver fails has one error of ours; a mistake in our own SQL stays a bug."""

import sqlite3
from pathlib import Path

import psycopg
import pytest
from psycopg import errors as pg
from sqlalchemy import exc

from ledger.errors import Conflict, InvalidInput, LedgerError, Unavailable
from ledger.storage.faults import is_bug, to_ledger_error


def sqlite_error(code: int, kind: type[sqlite3.Error] = sqlite3.OperationalError) -> sqlite3.Error:
    error = kind("said the driver\nand more")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("cause", "family", "code"),
    [
        (sqlite_error(sqlite3.SQLITE_FULL), Unavailable, "storage-full"),
        (sqlite_error(sqlite3.SQLITE_BUSY), Unavailable, "storage-busy"),
        (sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT), Unavailable, "storage-busy"),
        (sqlite_error(sqlite3.SQLITE_LOCKED), Unavailable, "storage-busy"),
        (sqlite_error(sqlite3.SQLITE_READONLY), Unavailable, "storage-read-only"),
        (sqlite_error(sqlite3.SQLITE_READONLY_DBMOVED), Unavailable, "storage-read-only"),
        (sqlite_error(sqlite3.SQLITE_IOERR_FSYNC), Unavailable, "storage-unavailable"),
        (sqlite_error(sqlite3.SQLITE_CANTOPEN), Unavailable, "storage-unavailable"),
        (
            sqlite_error(sqlite3.SQLITE_CORRUPT, sqlite3.DatabaseError),
            Unavailable,
            "storage-damaged",
        ),
        (
            sqlite_error(sqlite3.SQLITE_NOTADB, sqlite3.DatabaseError),
            Unavailable,
            "storage-damaged",
        ),
        (
            sqlite_error(sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.IntegrityError),
            Conflict,
            "storage-duplicate",
        ),
        (pg.DiskFull("x"), Unavailable, "storage-full"),
        (pg.ReadOnlySqlTransaction("x"), Unavailable, "storage-read-only"),
        (pg.DeadlockDetected("x"), Unavailable, "storage-busy"),
        (pg.SerializationFailure("x"), Unavailable, "storage-busy"),
        (pg.LockNotAvailable("x"), Unavailable, "storage-busy"),
        (pg.TooManyConnections("x"), Unavailable, "storage-busy"),
        (pg.DataCorrupted("x"), Unavailable, "storage-damaged"),
        (pg.AdminShutdown("x"), Unavailable, "storage-unavailable"),
        (pg.UndefinedTable("x"), Unavailable, "storage-unavailable"),
        (psycopg.OperationalError(""), Unavailable, "storage-unavailable"),
        (pg.UniqueViolation("x"), Conflict, "storage-duplicate"),
        (exc.TimeoutError("pool"), Unavailable, "storage-busy"),
        (
            psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes"),
            InvalidInput,
            "text-nul",
        ),
        (pg.NumericValueOutOfRange("x"), Unavailable, "storage-unavailable"),
    ],
)
def test_driver_error_becomes_ours(cause: Exception, family: type[LedgerError], code: str) -> None:
    for error in (cause, exc.DBAPIError("SELECT 1", {}, cause)):
        ours = to_ledger_error(error)
        assert type(ours) is family
        assert ours.code == code
        assert "\n" not in ours.detail
        assert not is_bug(error)


@pytest.mark.parametrize(
    "cause",
    [
        pg.SyntaxError("x"),
        pg.UndefinedColumn("x"),
        sqlite_error(sqlite3.SQLITE_MISUSE, sqlite3.ProgrammingError),
        sqlite_error(sqlite3.SQLITE_ERROR),
        exc.ArgumentError("x"),
    ],
)
def test_mistake_of_ours_is_a_bug(cause: Exception) -> None:
    assert is_bug(cause)


def test_table_missing_is_a_schema_to_migrate_not_a_bug(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "empty")
    with pytest.raises(sqlite3.OperationalError) as caught:
        connection.execute("SELECT 1 FROM nowhere")
    connection.close()
    assert not is_bug(caught.value)
