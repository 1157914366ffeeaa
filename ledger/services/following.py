"""Following the log: what new events fit a standing query, as far as its owner may see them.

Events come in the order of the log, each once: a position in the log is all that must be
remembered to go on. A grant shows more of an event that has long gone by; so grants to an
organization are numbered too, and the event comes again as the grant shows it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from ledger.clock import format_time
from ledger.epcis.query import Query
from ledger.identity.organization import OrgId, Role
from ledger.records.policy import Audience, visible
from ledger.records.record import RecordId
from ledger.services.audience import audience_of_org
from ledger.services.intake import KIND
from ledger.services.locating import LocatedQuery, locate
from ledger.services.partnering import Partners
from ledger.storage.database import Database
from ledger.storage.log_events import LogEvent

MOST_LEAVES = 500
"""Leaves of the log looked at in one step."""
MOST_GRANTS = 200
"""Grants looked at in one step."""
_SKEW = timedelta(minutes=15)
"""A record signed elsewhere may say that it was captured so much later than it was handed in."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose standing query it is: the organization, whichever of its keys made it."""

    org: OrgId
    roles: Role


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some events, and where to go on: at a position in the log, or after a number of the
    organization's grants."""

    events: Sequence[LogEvent]
    following: int


class Following:
    """Reads the log from a position on, and the grants of an organization from a number on."""

    def __init__(self, db: Database, base_url: str) -> None:
        self._db = db
        self._base_url = base_url

    def size(self) -> int:
        """The position at the end of the log."""
        with self._db.read() as tx:
            state = tx.log.state()
        return 0 if state is None else state[0]

    def last_grant(self, org: OrgId) -> int:
        """The number of the last grant to the organization."""
        with self._db.read() as tx:
            return tx.sharing.last_news(org)

    def beginning(self, since: datetime | None) -> int:
        """A position before which nothing was captured since then; the end of the log without a
        time."""
        if since is None:
            return self.size()
        with self._db.read() as tx:
            state = tx.log.state()
            found = tx.log_events.position_at(since - _SKEW)
        size = 0 if state is None else state[0]
        return size if found is None else min(found, size)

    def read(self, position: int) -> Stretch:
        """The next leaves; none where the log ends there."""
        with self._db.read() as tx:
            events, following = tx.log_events.following(position, MOST_LEAVES, KIND)
        return Stretch(events, following)

    def granted(self, org: OrgId, after: int, position: int) -> Stretch:
        """The events before that position that the organization was granted since. What lies
        further on in the log will be read there, with the grant in force."""
        events: list[LogEvent] = []
        with self._db.read() as tx:
            for number, record_id in tx.sharing.news(org, after, MOST_GRANTS):
                after = number
                row = tx.records.find(record_id)
                if row is None or row.body is None or row.kind != KIND:
                    continue
                index = row.leaf_index
                if index is not None and index < position:
                    events.append(LogEvent(index, record_id, row.org, row.captured_at, row.body))
        return Stretch(events, after)

    def matching(
        self, owner: Owner, query: Query, stretch: Stretch, since: datetime
    ) -> list[dict[str, Any]]:
        """The events captured since then that fit the query, as its owner sees them now, each with
        its recordTime."""
        located = self._locate(owner, query)
        found: dict[RecordId, dict[str, Any]] = {}
        doubtful: dict[RecordId, tuple[LogEvent, dict[str, Any]]] = {}
        for one in stretch.events:
            if one.captured_at < since:
                continue
            recorded = orjson.loads(one.body)
            audience = audience_of_org(owner.org, owner.roles, one.org)
            # Who sees less finds less: what does not fit a partner's view fits the public's
            # neither, and needs no look into the database.
            widest = Audience.PARTNER if audience is Audience.PUBLIC else audience
            event = _shown(one, recorded, widest)
            if located.of(one.org).matches(event):
                found[one.record_id] = event
                if audience is not widest and event != _shown(one, recorded, audience):
                    doubtful[one.record_id] = one, recorded
        for name in doubtful.keys() - self._partner_in(owner, doubtful):
            one, recorded = doubtful[name]
            event = _shown(one, recorded, Audience.PUBLIC)
            if located.of(one.org).matches(event):
                found[name] = event
            else:
                del found[name]
        return list(found.values())

    def _locate(self, owner: Owner, query: Query) -> LocatedQuery:
        """The query, with what lies within the places it asks for by now."""
        if not query.areas:
            return LocatedQuery(query, owner.org)
        with self._db.read() as tx:
            return locate(tx, query, owner.org, self._base_url)

    def _partner_in(
        self, owner: Owner, doubtful: Mapping[RecordId, tuple[LogEvent, dict[str, Any]]]
    ) -> set[RecordId]:
        if not doubtful:
            return set()
        with self._db.read() as tx:
            return Partners(tx, owner.org).among({name: one[1] for name, one in doubtful.items()})


def _shown(one: LogEvent, recorded: dict[str, Any], audience: Audience) -> dict[str, Any]:
    return {**visible(KIND, recorded, audience), "recordTime": format_time(one.captured_at)}
