"""The migrations make exactly the schema that the models declare, and undo it whole."""

import threading
from importlib.resources import files
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import UniqueConstraint, inspect, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from ledger.errors import Misconfigured, Unavailable
from ledger.storage import revisions, schema
from ledger.storage.database import Database
from ledger.storage.tables import Stored


@pytest.fixture
def empty(database_url: str) -> Database:
    return Database.open(database_url)


def test_migrated_schema_equals_the_models(db: Database) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, Stored.metadata) == []
        inspector = inspect(connection)
        for table in Stored.metadata.sorted_tables:
            keys = inspector.get_pk_constraint(table.name)["constrained_columns"]
            assert keys == [column.name for column in table.primary_key.columns]
            unique = {
                tuple(found["column_names"])
                for found in inspector.get_unique_constraints(table.name)
            }
            declared = {
                tuple(column.name for column in constraint.columns)
                for constraint in table.constraints
                if isinstance(constraint, UniqueConstraint)
            }
            assert unique == declared
    db.check_schema()


def test_migrate_sqlite_keeps_keys_without_row_ids(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")
    database.migrate()
    with database.read() as tx:
        made = tx.connection.exec_driver_sql(
            "SELECT sql FROM sqlite_master WHERE name = 'epcis_keys'"
        ).scalar_one()
    assert "WITHOUT ROWID" in made
    database.close()


def test_every_revision_goes_down_and_up_again(empty: Database) -> None:
    empty.migrate()
    with empty.engine.connect() as connection:
        before = _shape(connection)
    schema.downgrade(empty.engine, "base")
    with empty.engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
        assert revisions.current(connection) is None
    empty.migrate()
    with empty.engine.connect() as connection:
        assert _shape(connection) == before
        assert revisions.current(connection) == revisions.newest()
    empty.close()


def _shape(connection: object) -> dict[str, list[str]]:
    inspector = inspect(connection)
    return {
        name: [
            *sorted(
                str(column["name"]) + str(column["type"]) for column in inspector.get_columns(name)
            ),
            *sorted(str(index["name"]) for index in inspector.get_indexes(name)),
        ]
        for name in sorted(inspector.get_table_names())
    }


def test_migrate_again_changes_nothing(db: Database) -> None:
    with db.write() as tx:
        tx.facts.put("a", "b")
    db.migrate()
    with db.read() as tx:
        assert tx.facts.get("a") == "b"


def test_migrate_failing_leaves_the_old_schema(empty: Database) -> None:
    with empty.write() as tx:  # a foreign table in the way of the last one the migration makes
        tx.connection.execute(text("CREATE TABLE transactions (x INTEGER)"))
    with pytest.raises((ProgrammingError, OperationalError)):
        empty.migrate()
    with empty.engine.connect() as connection:
        assert "records" not in inspect(connection).get_table_names()
        assert revisions.current(connection) is None
    empty.close()


def test_migrate_from_four_threads_at_once_succeeds(database_url: str) -> None:
    failures: list[BaseException] = []

    def migrate() -> None:
        database = Database.open(database_url)
        try:
            database.migrate()
        except BaseException as error:
            failures.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=migrate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_check_schema_of_empty_database_is_outdated(empty: Database) -> None:
    with pytest.raises(Misconfigured) as caught:
        empty.check_schema()
    assert caught.value.code == "schema-outdated"
    with pytest.raises(Unavailable), empty.read() as tx:
        tx.facts.get("a")
    empty.close()


def test_check_schema_of_a_newer_program_is_refused(db: Database) -> None:
    with db.write() as tx:
        tx.connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Misconfigured) as caught:
        db.check_schema()
    assert caught.value.code == "schema-newer"
    with pytest.raises(Misconfigured) as caught:
        db.migrate()
    assert caught.value.code == "schema-newer"


def test_revisions_are_those_of_alembic() -> None:
    """They are read from the names of the files, where Alembic is not loaded."""
    config = Config()
    config.set_main_option("script_location", str(files("ledger.storage") / "migrations"))
    told = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert list(revisions.known()) == told[::-1]
