"""Alembic, driven from inside: the migrations are package data and need no configuration file."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, func, select

from ledger.errors import InvalidInput
from ledger.storage.revisions import check_known, current, known

_MIGRATION_LOCK = 0x70726F76


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Run the migrations up to a revision in one transaction; a failure leaves the old schema.

    Raises Misconfigured `schema-newer` for a database this version does not know.
    """
    with engine.begin() as connection:
        config = _config(connection)
        check_known(current(connection))
        command.upgrade(config, revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Run the migrations back to a revision (`base`: nothing is left).

    Raises InvalidInput `schema-revision-unknown` for one that never came before the current.
    """
    with engine.begin() as connection:
        config = _config(connection)
        at = current(connection)
        check_known(at)
        if revision != "base" and (at is None or revision not in known() or revision > at):
            raise InvalidInput("schema-revision-unknown", f"no revision {revision!r:.40} to go to")
        command.downgrade(config, revision)


def _config(connection: Connection) -> Config:
    config = Config()
    location = files("ledger.storage") / "migrations"
    config.set_main_option("script_location", str(location).replace("%", "%%"))
    config.attributes["connection"] = connection
    if connection.dialect.name == "postgresql":
        lock: Any = func.pg_advisory_xact_lock(_MIGRATION_LOCK)
        connection.execute(select(lock))
    return config
