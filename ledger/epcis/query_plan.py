"""How the index answers a query: which keys to walk, in which order, between which times.

Pure: what a plan lets through is a superset of what the query wants, and every candidate is matched
against the query itself. Only what everyone may see is filed in the index, so a plan can tell
nobody more than the match does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ledger.epcis.keys import EVERY_EVENT, KeyRole
from ledger.epcis.query import Query
from ledger.epcis.query_conditions import Condition, Filing

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LAST_MS = (1 << 62) - 1

_RANK = {
    # the fewer events a key is likely to have, the sooner it is walked
    "EQ_transformationID": 0,
    "EQ_readPoint": 2,
    "WD_readPoint": 2,
    "EQ_bizLocation": 2,
    "WD_bizLocation": 2,
    "EQ_bizStep": 3,
}
_EVERYTHING = Filing(frozenset({EVERY_EVENT}), frozenset({int(KeyRole.EVENT)}))


@dataclass(frozen=True, slots=True)
class Span:
    """Milliseconds since 1970, `start` included, `end` not."""

    start: int = -_LAST_MS
    end: int = _LAST_MS


@dataclass(frozen=True, slots=True)
class Plan:
    """One walk through the index.

    `event_ids` are looked up directly where they are given. Else the walk is by record time over
    all records (`by_record_time`), or by event time over everything filed under `filing`.
    `is_ordered` says whether the walk meets the events in the order the query asks for; if not,
    all that match must be gathered and sorted. `types`, `biz_steps` and `dispositions` are what
    the index's own columns must hold, None for anything.
    """

    event_ids: tuple[str, ...] | None
    filing: Filing
    by_record_time: bool
    descending: bool
    is_ordered: bool
    event_time: Span
    record_time: Span
    types: frozenset[str] | None
    biz_steps: frozenset[str] | None
    dispositions: frozenset[str] | None


def plan_of(query: Query) -> Plan:
    """The plan of a query; the same for the same query, so that pages follow each other."""
    conditions = query.conditions
    event_ids = _words(conditions, "EQ_eventID")
    filing = _best(conditions)
    event_time = _span(conditions, "eventTime")
    record_time = _span(conditions, "recordTime")
    # Where so many places lie within one that they are not walked, the order still is that of the
    # pages before: until a moment ago there may have been fewer.
    by_record_time = (
        filing is None
        and not query.areas
        and (
            query.order.by == "recordTime"
            or (query.order.by is None and record_time != Span() and event_time == Span())
        )
    )
    walked = "recordTime" if by_record_time else "eventTime"
    return Plan(
        event_ids=None if event_ids is None else tuple(sorted(event_ids)),
        filing=filing or _EVERYTHING,
        by_record_time=by_record_time and event_ids is None,
        descending=query.order.descending,
        is_ordered=event_ids is None and query.order.by in (None, walked),
        event_time=event_time,
        record_time=record_time,
        types=_words(conditions, "eventType"),
        biz_steps=_words(conditions, "EQ_bizStep"),
        dispositions=_words(conditions, "EQ_disposition"),
    )


def _best(conditions: tuple[Condition, ...]) -> Filing | None:
    filed = [condition for condition in conditions if condition.filing is not None]
    if not filed:
        return None
    filed.sort(key=lambda condition: (_RANK.get(condition.parameter, 1), condition.parameter))
    return filed[0].filing


def _span(conditions: tuple[Condition, ...], field: str) -> Span:
    start, end = -_LAST_MS, _LAST_MS
    for condition in conditions:
        if condition.bound is None:
            continue
        whole, rest = divmod(condition.bound - _EPOCH, _MILLISECOND)
        if condition.parameter == f"GE_{field}":
            start = max(start, whole)
        elif condition.parameter == f"LT_{field}":
            end = min(end, whole + (1 if rest else 0))
    return Span(start, end)


def _words(conditions: tuple[Condition, ...], parameter: str) -> frozenset[str] | None:
    for condition in conditions:
        if condition.parameter == parameter:
            return condition.words
    return None
