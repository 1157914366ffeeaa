"""Facts an installation must not change its mind about: chain id, genesis, contracts, origin."""

from __future__ import annotations

from sqlalchemy import Connection, select

from ledger.errors import Conflict
from ledger.storage.tables import Facts, core
from ledger.storage.upsert import insert_into

_FACTS = core(Facts)


class FactStore:
    """Named values in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> str | None:
        """The value, if it was ever put."""
        value = self._connection.execute(select(_FACTS.c.value).where(_FACTS.c.name == name))
        found = value.scalar()
        assert found is None or isinstance(found, str)
        return found

    def put_once(self, name: str, value: str) -> None:
        """Pin a value. Raises Conflict `fact-changed` if another was pinned before."""
        self._connection.execute(
            insert_into(self._connection.dialect.name, _FACTS)
            .values(name=name, value=value)
            .on_conflict_do_nothing(index_elements=["name"])
        )
        pinned = self.get(name)
        if pinned != value:
            raise Conflict("fact-changed", f"{name} is pinned to {pinned!r:.90}, not {value!r:.90}")

    def put(self, name: str, value: str) -> None:
        """Set a value, whatever it was before."""
        statement = insert_into(self._connection.dialect.name, _FACTS).values(
            name=name, value=value
        )
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["name"], set_={"value": statement.excluded.value}
            )
        )
