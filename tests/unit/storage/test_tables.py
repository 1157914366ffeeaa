"""What holds for every table, so that nobody adds one that does not."""

import pytest
from sqlalchemy import LargeBinary, Table, Text
from sqlmodel import SQLModel

from ledger.storage.bulk import _copy_sql
from ledger.storage.tables import Records, Stored, core

TABLES = sorted(Stored.metadata.tables.values(), key=lambda table: table.name)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_table_has_a_primary_key_and_portable_columns(table: Table) -> None:
    assert list(table.primary_key.columns)
    for column in table.columns:
        # a length limit would differ between the databases; limits belong to the value types
        assert not isinstance(column.type, Text | LargeBinary) or column.type.length is None
        assert not column.name.endswith("_at") or str(column.type.compile()) == "BIGINT"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_table_can_be_copied_in_bulk(table: Table) -> None:
    statement, types = _copy_sql(table, tuple(column.name for column in table.columns))
    assert statement.startswith("COPY ")
    assert len(types) == len(table.columns)


def test_tables_are_ours_alone() -> None:
    assert SQLModel.metadata is not Stored.metadata
    assert core(Records).name == "records"
    assert all(model.__doc__ for model in Stored.__subclasses__())
