"""What the drivers raise, in the project's own words.

A full disk, a lock that is not given, a lost connection: all are Unavailable, never a guess about
what is stored. After any of them the transaction is rolled back, so nothing was acknowledged.
"""

from __future__ import annotations

import sqlite3
import sys

from sqlalchemy import exc

from ledger.errors import Conflict, InvalidInput, LedgerError, Unavailable

_SQLITE_CODES = {
    sqlite3.SQLITE_FULL: "storage-full",
    sqlite3.SQLITE_BUSY: "storage-busy",
    sqlite3.SQLITE_LOCKED: "storage-busy",
    sqlite3.SQLITE_READONLY: "storage-read-only",
    sqlite3.SQLITE_CORRUPT: "storage-damaged",
    sqlite3.SQLITE_NOTADB: "storage-damaged",
    # The index of the WAL could not grow: only a full disk refuses that.
    sqlite3.SQLITE_IOERR_SHMSIZE: "storage-full",
}


def driver_errors() -> tuple[type[Exception], ...]:
    """Everything the database layers below us raise, for an `except`."""
    return (exc.SQLAlchemyError, sqlite3.Error, *_postgres_errors())


def to_ledger_error(error: BaseException) -> LedgerError:
    """The error to raise instead of this driver error.

    Conflict `storage-duplicate` when a unique key was already taken: another writer was first.
    InvalidInput `text-nul` where PostgreSQL was to keep or compare a text with U+0000: that is the
    caller's text, not a fault of the database, and it never is what anything is called.
    Otherwise Unavailable with the code of the cause, `storage-unavailable` if it has none. A
    mistake in our own SQL is a bug and comes back as an assertion.
    """
    cause = _cause(error)
    if isinstance(cause, _postgres_errors()):
        from ledger.storage import postgres_faults

        if postgres_faults.is_duplicate(cause):
            return _duplicate(cause)
        if postgres_faults.is_nul(cause):
            return InvalidInput("text-nul", "a text here holds the character U+0000")
        code = postgres_faults.code_of(cause)
    elif isinstance(cause, sqlite3.IntegrityError):
        return _duplicate(cause)
    elif isinstance(cause, sqlite3.Error):
        extended = getattr(cause, "sqlite_errorcode", 0)
        code = _SQLITE_CODES.get(extended) or _SQLITE_CODES.get(
            extended & 0xFF, "storage-unavailable"
        )
    elif isinstance(cause, exc.TimeoutError):
        code = "storage-busy"
    else:
        code = "storage-unavailable"
    return Unavailable(code, f"the database cannot answer: {_first_line(cause)}")


def is_bug(error: BaseException) -> bool:
    """Whether the statement itself was wrong: no operator can mend that."""
    cause = _cause(error)
    if isinstance(cause, _postgres_errors()):
        from ledger.storage import postgres_faults

        return postgres_faults.is_bug(cause)
    if isinstance(cause, sqlite3.OperationalError):
        ours = getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR
        return ours and "no such table" not in str(cause)
    if isinstance(cause, sqlite3.ProgrammingError | sqlite3.InterfaceError):
        return True
    return isinstance(cause, exc.ArgumentError | exc.CompileError | exc.InvalidRequestError)


def _cause(error: BaseException) -> BaseException:
    return error.orig if isinstance(error, exc.DBAPIError) and error.orig else error


def _postgres_errors() -> tuple[type[Exception], ...]:
    """What psycopg raises, where it is loaded: it takes ten megabytes, and SQLite does without."""
    psycopg = sys.modules.get("psycopg")
    return () if psycopg is None else (psycopg.Error,)


def _duplicate(cause: BaseException) -> Conflict:
    return Conflict("storage-duplicate", f"already recorded: {_first_line(cause)}")


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
