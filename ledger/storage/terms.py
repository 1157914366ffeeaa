"""The vocabulary in use: which types, steps, dispositions and places events have named.

Listed by the collections of EPCIS 2.0 (12.6); kept as a table, because to find the few distinct
words of a million events is to read them all. A capture adds what is new. What it finds there is
remembered with the connection, so that a capture in known words asks nothing; what it adds itself
is not, for its transaction may still be undone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum

from sqlalchemy import Connection, select, tuple_

from ledger.storage.tables import core
from ledger.storage.term_tables import EpcisTerms
from ledger.storage.upsert import insert_into

_TERMS = core(EpcisTerms)
_CHUNK = 300
_REMEMBERED = 20_000
_MEMORY = "epcis_terms"


class TermKind(IntEnum):
    """What a term is. Stored: numbers are never reused."""

    EVENT_TYPE = 1
    BIZ_STEP = 2
    DISPOSITION = 3
    READ_POINT = 4
    BIZ_LOCATION = 5


Term = tuple[int, str]
"""A TermKind as a small integer, and the word or the place's key."""


class TermStore:
    """Terms in one transaction; one of these per transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._added: set[Term] = set()

    def add(self, terms: Iterable[Term]) -> None:
        """Note terms that events name.

        In order, so that two captures meet the same rows in the same order and neither waits for
        the other for ever.
        """
        known: set[Term] = self._connection.info.setdefault(_MEMORY, set())
        missing = sorted(set(terms) - known)
        if len(known) > _REMEMBERED:
            known.clear()
        for start in range(0, len(missing), _CHUNK):
            chunk = missing[start : start + _CHUNK]
            found = self._find(chunk)
            known |= found - self._added
            new = [
                {"kind": kind, "term": term} for kind, term in chunk if (kind, term) not in found
            ]
            if new:
                self._connection.execute(
                    insert_into(self._connection.dialect.name, _TERMS).on_conflict_do_nothing(), new
                )
                self._added |= set(chunk) - found

    def list(self, kind: TermKind, after: str | None, limit: int) -> Sequence[str]:
        """Terms of that kind in order, following that one."""
        query = select(_TERMS.c.term).where(_TERMS.c.kind == int(kind))
        if after is not None:
            query = query.where(_TERMS.c.term > after)
        return self._connection.execute(query.order_by(_TERMS.c.term).limit(limit)).scalars().all()

    def holds(self, kind: TermKind, term: str) -> bool:
        """Whether any event has named this term."""
        return bool(self._find([(int(kind), term)]))

    def _find(self, terms: Sequence[Term]) -> set[Term]:
        rows = self._connection.execute(
            select(_TERMS.c.kind, _TERMS.c.term).where(
                tuple_(_TERMS.c.kind, _TERMS.c.term).in_(terms)
            )
        )
        return {(row.kind, row.term) for row in rows}
