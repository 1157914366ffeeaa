"""Revisions of the schema: which this version knows, and at which a database is.

Read without Alembic, which only a database that has to move needs (`ledger.storage.schema`): it
and what it loads are eight megabytes in each process.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from sqlalchemy import Connection, Engine, column, inspect, select, table

from ledger.errors import Misconfigured

_VERSION = table("alembic_version", column("version_num"))
_FILE = re.compile(r"r([0-9]{4})_[a-z0-9_]+\.py")


@cache
def known() -> tuple[str, ...]:
    """All revisions, oldest first. A migration's file is named by its revision."""
    folder = files("ledger.storage") / "migrations" / "versions"
    found = (_FILE.fullmatch(file.name) for file in folder.iterdir())
    return tuple(sorted(match[1] for match in found if match))


def newest() -> str:
    """The revision this version of the code works with."""
    return known()[-1]


def current(connection: Connection) -> str | None:
    """The revision the database is at; None for an empty one."""
    if not inspect(connection).has_table(_VERSION.name):
        return None
    revision = connection.execute(select(_VERSION.c.version_num)).scalar()
    assert revision is None or isinstance(revision, str)
    return revision


def check(engine: Engine) -> None:
    """Raise Misconfigured `schema-outdated` or `schema-newer` unless the database is at the newest
    revision."""
    with engine.connect() as connection:
        at = current(connection)
    check_known(at)
    if at != newest():
        raise Misconfigured(
            "schema-outdated", f"the database is at revision {at or 'none'}, not {newest()}"
        )


def check_known(revision: str | None) -> None:
    """Raise Misconfigured `schema-newer` for a revision of a later version than this."""
    if revision is not None and revision not in known():
        raise Misconfigured(
            "schema-newer",
            f"the database is at revision {revision}, which this version does not know",
        )
