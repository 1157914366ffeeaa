"""Following the log: what new events fit a standing query, as far as its owner may see them.

Events come in the order of the log, each once: a position in the log is all that must be
remembered to go on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from ledger.clock import format_time
from ledger.epcis.query import Query
from ledger.identity.organization import OrgId, Role
from ledger.records.policy import Audience, visible
from ledger.services.intake import KIND
from ledger.storage.database import Database
from ledger.storage.log_events import LogEvent

MOST_LEAVES = 500
"""Leaves of the log looked at in one step."""
_SKEW = timedelta(minutes=15)
"""A record signed elsewhere may say that it was captured so much later than it was handed in."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose standing query it is: the organization, whichever of its keys made it."""

    org: OrgId
    roles: Role

    def audience_of(self, org: OrgId) -> Audience:
        """As whom it sees what an organization has recorded, as `services.audience` has it."""
        if org == self.org:
            return Audience.OWNER
        return Audience.AGENCY if self.roles & Role.AUTHORITY else Audience.PUBLIC


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive leaves of the log: its events, and where to go on."""

    events: Sequence[LogEvent]
    following: int

    def matching(self, owner: Owner, query: Query, since: datetime) -> list[dict[str, Any]]:
        """The events captured since then that fit the query, as its owner sees them, each with
        its recordTime."""
        found = []
        for one in self.events:
            if one.captured_at < since:
                continue
            event = visible(KIND, orjson.loads(one.body), owner.audience_of(one.org))
            event["recordTime"] = format_time(one.captured_at)
            if query.matches(event):
                found.append(event)
        return found


class Following:
    """Reads the log from a position on."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def size(self) -> int:
        """The position at the end of the log."""
        with self._db.read() as tx:
            state = tx.log.state()
        return 0 if state is None else state[0]

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
