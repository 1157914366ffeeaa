"""Surveying: which types, things, steps, places and dispositions the events here speak of.

Everything listed is among what everyone may see of an event, so that everybody who may ask is told
the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import orjson

from ledger.epcis.keys import KeyRole, event_keys, key_of
from ledger.epcis.query_values import bare
from ledger.epcis.schema import EVENT_TYPES
from ledger.epcis.vocabulary import BIZ_STEPS, DISPOSITIONS
from ledger.errors import InvalidInput, NotFound
from ledger.services.caller import Caller, Scope
from ledger.storage.database import Database
from ledger.storage.terms import TermKind
from ledger.storage.transaction import Transaction

MOST_EVENTS = 1_000
"""Events that one page of things looks at; it ends early where that does not suffice."""
MOST_LOOKUPS = 2_000
"""Things that one page looks up."""
_CHUNK = 100
_EPC_ROLES = (KeyRole.EPC, KeyRole.PARENT, KeyRole.CHILD, KeyRole.INPUT, KeyRole.OUTPUT)

COLLECTIONS = {
    "eventTypes": TermKind.EVENT_TYPE,
    "bizSteps": TermKind.BIZ_STEP,
    "dispositions": TermKind.DISPOSITION,
    "readPoints": TermKind.READ_POINT,
    "bizLocations": TermKind.BIZ_LOCATION,
}
"""The kind of term in each collection of EPCIS 2.0."""

STANDARD_TERMS = {
    TermKind.EVENT_TYPE: frozenset(EVENT_TYPES),
    TermKind.BIZ_STEP: BIZ_STEPS,
    TermKind.DISPOSITION: DISPOSITIONS,
    TermKind.READ_POINT: frozenset[str](),
    TermKind.BIZ_LOCATION: frozenset[str](),
}
"""Terms that are known whether events use them or not."""


class Surveying:
    """Lists what events name."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def terms(
        self, caller: Caller, collection: str, limit: int, after: str | None
    ) -> tuple[Sequence[str], str | None]:
        """Terms that events have named, in order, and after which the next page begins. The
        standard's event types are always among the types."""
        caller.require(Scope.READ)
        kind = COLLECTIONS[collection]
        with self._db.read() as tx:
            found = set(tx.terms.list(kind, after, limit + 1))
        if kind is TermKind.EVENT_TYPE:
            found |= {name for name in EVENT_TYPES if after is None or name > after}
        page = sorted(found)
        return page[:limit], page[limit - 1] if len(page) > limit else None

    def check_term(self, caller: Caller, collection: str, text: str) -> None:
        """Raise NotFound `term-unknown` unless the standard knows the term or an event names it."""
        caller.require(Scope.READ)
        kind = COLLECTIONS[collection]
        term = _spell(kind, text)
        if term in STANDARD_TERMS[kind]:
            return
        with self._db.read() as tx:
            if not tx.terms.holds(kind, term):
                raise NotFound("term-unknown", f"no event names {text!r:.120}")

    def epcs(
        self, caller: Caller, limit: int, after: str | None
    ) -> tuple[Sequence[str], str | None]:
        """Things that events name, each where it is named first, and where the next page begins.

        Keys as they are filed; a page may be short, or empty, and go on all the same.
        """
        caller.require(Scope.READ)
        record_pk, named = _read_place(after)
        found: list[str] = []
        with self._db.read() as tx:
            for looked, (at, number, epc) in enumerate(_named(tx, record_pk, named)):
                if epc is None:
                    return found, f"{at + 1}.0"
                if len(found) == limit or looked == MOST_LOOKUPS:
                    return found, f"{record_pk}.{named}"
                record_pk, named = at, number + 1
                if not tx.event_search.is_named_before(epc, _EPC_ROLES, at):
                    found.append(epc)
        return found, None

    def check_epc(self, caller: Caller, text: str) -> None:
        """Raise NotFound `term-unknown` unless an event names the thing."""
        caller.require(Scope.READ)
        with self._db.read() as tx:
            if not tx.event_search.is_named_before(key_of(text), _EPC_ROLES, _LAST):
                raise NotFound("term-unknown", f"no event names {text!r:.120}")


_LAST = (1 << 63) - 1


def _named(tx: Transaction, record_pk: int, named: int) -> Iterator[tuple[int, int, str | None]]:
    """(record, number, thing) for the things each event names, from that one on; None for the
    thing where the bound was reached."""
    at = record_pk - 1
    for _ in range(MOST_EVENTS // _CHUNK):
        events = tx.event_search.load_after(at, _CHUNK)
        for event in events:
            at = event.record_pk
            keys = event_keys(orjson.loads(event.body))
            things = dict.fromkeys(key for key, role in keys if role in _EPC_ROLES)
            for number, epc in enumerate(things):
                if at > record_pk or number >= named:
                    yield at, number, epc
        if len(events) < _CHUNK:
            return
    yield at, 0, None


def _read_place(after: str | None) -> tuple[int, int]:
    if after is None:
        return 0, 0
    record_pk, dot, named = after.partition(".")
    if not (dot and record_pk.isdecimal() and named.isdecimal() and len(after) < 40):
        raise InvalidInput("page-token-malformed", "this is no token of ours")
    return int(record_pk), int(named)


def _spell(kind: TermKind, text: str) -> str:
    if kind is TermKind.BIZ_STEP:
        return bare(text, "BizStep")
    if kind is TermKind.DISPOSITION:
        return bare(text, "Disp")
    return text if kind is TermKind.EVENT_TYPE else key_of(text)
