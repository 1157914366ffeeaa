"""A database put aside whole, and put back however it was altered since."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg


@dataclass(frozen=True, slots=True)
class SavedDatabase:
    """What `url` held when nobody had it open."""

    url: str
    content: bytes
    """Of SQLite's file; on PostgreSQL a second database beside it has it."""

    @classmethod
    def of(cls, url: str) -> SavedDatabase:
        """Put it aside."""
        if not url.startswith("sqlite"):
            _copy(url, _name(url), _beside(url))
            return cls(url, b"")
        with closing(sqlite3.connect(_file(url))) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return cls(url, _file(url).read_bytes())

    def restore(self) -> None:
        """Put it back. Whoever has it open is cut off, or must have closed it: SQLite."""
        if not self.url.startswith("sqlite"):
            _copy(self.url, _beside(self.url), _name(self.url))
            return
        destroy(self.url)
        _file(self.url).write_bytes(self.content)

    def discard(self) -> None:
        """Forget it."""
        if not self.url.startswith("sqlite"):
            _administer(self.url, f"DROP DATABASE IF EXISTS {_beside(self.url)} WITH (FORCE)")


def destroy(url: str) -> None:
    """The database is gone, with all that was in it."""
    if not url.startswith("sqlite"):
        _administer(url, f"DROP DATABASE {_name(url)} WITH (FORCE)")
        return
    for path in _file(url).parent.glob(f"{_file(url).name}*"):
        path.unlink()


def _copy(url: str, source: str, target: str) -> None:
    _administer(
        url,
        f"DROP DATABASE IF EXISTS {target} WITH (FORCE)",
        f"CREATE DATABASE {target} TEMPLATE {source}",
    )


def _administer(url: str, *statements: str) -> None:
    # Neither of the two: nobody may be in what is copied.
    administrative = urlunsplit(urlsplit(url)._replace(path="/postgres"))
    with psycopg.connect(administrative, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def _name(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")


def _beside(url: str) -> str:
    return f"{_name(url)}_saved"
