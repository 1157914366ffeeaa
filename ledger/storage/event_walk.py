"""The statements that walk the index of events in the order of time.

A walk over several keys, and on SQLite over several segments of each, merges as many sorted ranges.
It is one compound statement, so that the database merges and stops at the limit. Building one costs
more than running it; its shape depends on few things, so it is built once for each shape and kept.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    bindparam,
    literal_column,
    select,
    tuple_,
    union,
)

from ledger.epcis.query_plan import Plan, Span
from ledger.storage.tables import EpcisKeys, Records, core

_KEYS = core(EpcisKeys).c
_RECORDS = core(Records).c

MOST_RANGES = 120
"""Ranges that one statement merges; SQLite takes 500 at most."""

Statement = Select[Any] | CompoundSelect[Any]
"""Gives rows of (time in ms, record pk)."""


class Walk(NamedTuple):
    """What a statement depends on beside the values bound to it."""

    has_start: bool
    has_end: bool
    goes_on: bool
    descending: bool

    @classmethod
    def of(cls, plan: Plan, span: Span, *, goes_on: bool) -> Walk:
        """The walk of a plan through a span; `goes_on` after a place already met."""
        return cls(span.start > Span().start, span.end < Span().end, goes_on, plan.descending)


def bound(span: Span, after: tuple[int, int] | None, limit: int) -> dict[str, int]:
    """The values bound to either statement. Those of `filed` also are `key0`, `key1` …"""
    at, pk = (0, 0) if after is None else after
    return {"start": span.start, "end": span.end, "at": at, "pk": pk, "limit": limit}


@lru_cache(maxsize=256)
def filed(walk: Walk, segments: tuple[int, ...], keys: int, roles: tuple[int, ...]) -> Statement:
    """Of everything filed under so many keys in these roles and segments the next, each once."""
    ranges = [
        _ordered(
            select(_KEYS.time, _KEYS.record_pk).where(
                _KEYS.segment == _number(segment),
                _KEYS.key == bindparam(f"key{key}", type_=BigInteger),
                _KEYS.role.in_([_number(role) for role in roles]),
            ),
            walk,
            _KEYS.time,
            _KEYS.record_pk,
        ).distinct()
        for segment in segments
        for key in range(keys)
    ]
    if len(ranges) == 1:
        return ranges[0]
    merged = union(*(select(each.subquery()) for each in ranges))
    time, pk = merged.selected_columns.time, merged.selected_columns.record_pk
    order = (time.desc(), pk.desc()) if walk.descending else (time, pk)
    return merged.order_by(*order).limit(_LIMIT)


@lru_cache(maxsize=16)
def recorded(walk: Walk) -> Statement:
    """The next records in the order of their record times."""
    at, pk = _RECORDS.captured_at, _RECORDS.pk
    return _ordered(select(at.label("time"), pk.label("record_pk")), walk, at, pk)


def _ordered(
    query: Select[Any], walk: Walk, time: ColumnElement[int], pk: ColumnElement[int]
) -> Select[Any]:
    """Within the span, after the place, in the walk's direction."""
    if walk.has_start:
        query = query.where(time >= _START)
    if walk.has_end:
        query = query.where(time < _END)
    if walk.goes_on:
        # The first condition is the index's; SQLite does not use a pair of columns beside others.
        here, pair = tuple_(_AT, _PK), tuple_(time, pk)
        if walk.descending:
            query = query.where(time <= _AT, pair < here)
        else:
            query = query.where(time >= _AT, pair > here)
    order = (time.desc(), pk.desc()) if walk.descending else (time, pk)
    return query.order_by(*order).limit(_LIMIT)


def _number(value: int) -> ColumnElement[int]:
    """A number of our own, written into the statement."""
    return literal_column(str(value), Integer)


_START, _END, _AT, _PK = (
    bindparam(name, type_=BigInteger) for name in ("start", "end", "at", "pk")
)
_LIMIT = bindparam("limit", type_=Integer)
