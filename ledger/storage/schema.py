"""Alembic, driven from inside: the migrations are package data and need no configuration file."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, func, select

from ledger.errors import InvalidInput, Misconfigured

_MIGRATION_LOCK = 0x70726F76


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Run the migrations up to a revision in one transaction; a failure leaves the old schema.

    Raises Misconfigured `schema-newer` for a database this version does not know.
    """
    with engine.begin() as connection:
        config = _config(connection)
        _check_known(current(connection))
        command.upgrade(config, revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Run the migrations back to a revision (`base`: nothing is left).

    Raises InvalidInput `schema-revision-unknown` for one that never came before the current.
    """
    with engine.begin() as connection:
        config = _config(connection)
        at = current(connection)
        _check_known(at)
        earlier = {"base"}
        if at is not None:
            scripts = ScriptDirectory.from_config(config)
            earlier |= {script.revision for script in scripts.iterate_revisions(at, "base")}
        if revision not in earlier:
            raise InvalidInput("schema-revision-unknown", f"no revision {revision!r:.40} to go to")
        command.downgrade(config, revision)


def current(connection: Connection) -> str | None:
    """The revision the database is at; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def newest() -> str:
    """The revision this version of the code works with."""
    head = ScriptDirectory.from_config(_config(None)).get_current_head()
    assert head is not None
    return head


def check(engine: Engine) -> None:
    """Raise Misconfigured unless the database is at the newest revision."""
    with engine.connect() as connection:
        at = current(connection)
    _check_known(at)
    if at != newest():
        raise Misconfigured(
            "schema-outdated", f"the database is at revision {at or 'none'}, not {newest()}"
        )


def _check_known(revision: str | None) -> None:
    scripts = ScriptDirectory.from_config(_config(None))
    known = {script.revision for script in scripts.walk_revisions()}
    if revision is not None and revision not in known:
        raise Misconfigured(
            "schema-newer",
            f"the database is at revision {revision}, which this version does not know",
        )


def _config(connection: Connection | None) -> Config:
    config = Config()
    location = files("ledger.storage") / "migrations"
    config.set_main_option("script_location", str(location).replace("%", "%%"))
    if connection is not None:
        config.attributes["connection"] = connection
        if connection.dialect.name == "postgresql":
            lock: Any = func.pg_advisory_xact_lock(_MIGRATION_LOCK)
            connection.execute(select(lock))
    return config
