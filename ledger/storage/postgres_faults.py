"""What psycopg raises, sorted. Loaded only where psycopg is (`ledger.storage.faults`)."""

from __future__ import annotations

import psycopg

_SQLSTATES = {
    "53100": "storage-full",
    "25006": "storage-read-only",
    "40001": "storage-busy",
    "40P01": "storage-busy",
    "55P03": "storage-busy",
    "53300": "storage-busy",
    "XX001": "storage-damaged",
    "XX002": "storage-damaged",
}


def is_duplicate(cause: BaseException) -> bool:
    """Whether a unique key was already taken."""
    return isinstance(cause, psycopg.IntegrityError)


def is_nul(cause: BaseException) -> bool:
    """Whether a text with U+0000 was to be kept or compared, which psycopg refuses to send."""
    return isinstance(cause, psycopg.DataError) and "NUL (0x00)" in str(cause)


def is_bug(cause: BaseException) -> bool:
    """Whether the statement itself was wrong. A missing table is a schema that was not migrated,
    which an operator can mend."""
    return isinstance(cause, psycopg.ProgrammingError) and not isinstance(
        cause, psycopg.errors.UndefinedTable
    )


def code_of(cause: BaseException) -> str:
    """The code of this cause, `storage-unavailable` if it has none."""
    state = cause.sqlstate if isinstance(cause, psycopg.Error) else None
    return _SQLSTATES.get(state or "", "storage-unavailable")
