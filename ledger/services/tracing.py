"""Tracing: where goods came from, what became of them, what was in a container.

Nothing is shown that the asker may not see in the events themselves. What is told is this server's
word; every event it rests on is named with its record, whose proof anyone can check.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache, partial
from typing import Any

import orjson

from ledger.clock import Clock
from ledger.epcis.context import Context
from ledger.epcis.custody import Holder, holders
from ledger.epcis.fields import check_identifier
from ledger.epcis.keys import KeyRole
from ledger.epcis.step import Step, read_step
from ledger.epcis.trace import Caution, CautionCode, Direction, Trace
from ledger.epcis.tracing import Contents, find_contents, trace
from ledger.errors import NotFound, QuotaExceeded
from ledger.gs1.identifier import find_identifier
from ledger.identity.organization import OrgId, Profile
from ledger.records.policy import Audience, is_disclosed
from ledger.services.audience import audience_of
from ledger.services.caller import Caller, Scope
from ledger.services.intake import KIND
from ledger.services.partnering import find_party, named_parties
from ledger.storage.database import Database, Transaction

_BARE_GTIN = re.compile(r"https://id\.gs1\.org/01/[0-9]{14}")

AT_ONCE = 4
"""Traces worked on at once in one process."""
PATIENCE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class TraceView:
    """A trace with the names of those who recorded its steps."""

    trace: Trace
    holders: Sequence[Holder]
    profiles: Mapping[str, Profile]
    """By organization id."""


@dataclass(frozen=True, slots=True)
class ContentsView:
    """What a container held at a time."""

    container: str
    at: datetime
    contents: Contents


class Tracing:
    """Answers traces from one snapshot of the database each."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    def trace(self, name: str, direction: Direction, caller: Caller | None) -> TraceView:
        """Follow the goods a URI names. Raises InvalidInput, NotFound `lot-unknown`, QuotaExceeded
        `trace-overloaded`."""
        subject, lot = read_name(name)
        with self._turn(), self._db.read() as tx:
            reader = _Steps(tx, caller)
            found = trace(reader, subject, direction, lot=lot)
            # a lot just made has gone nowhere yet, and is known all the same
            if not found.steps and not reader.read([subject], tuple(KeyRole), 1):
                raise _nothing_about(subject)
            orgs = {step.org for step in found.steps}
            rows = [tx.organizations.find(org) for org in orgs]
        if reader.erased:
            detail = f"{reader.erased} events that name these goods were erased"
            cautions = (*found.cautions, Caution(CautionCode.ERASED, "", detail))
            found = replace(found, cautions=cautions)
        traced = {found.subject, *found.items, *found.containers}
        return TraceView(
            trace=found,
            holders=holders(found.steps, traced),
            profiles={row.org.text: row.profile for row in rows if row is not None},
        )

    def contents(self, name: str, at: datetime | None, caller: Caller | None) -> ContentsView:
        """What a container held at that time (None: now). Raises InvalidInput, NotFound
        `lot-unknown`, QuotaExceeded `trace-overloaded`."""
        container, _ = read_name(name)
        when = self._clock.now() if at is None else at
        with self._turn(), self._db.read() as tx:
            reader = _Steps(tx, caller)
            found = find_contents(reader, container, int(when.timestamp() * 1000))
        if not found.is_known:
            raise _nothing_about(container)
        return ContentsView(container, when, found)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """A place among the few that trace at once: a large trace is seconds of work, and anyone
        may ask for one."""
        if not self._turns.acquire(timeout=PATIENCE_SECONDS):
            raise QuotaExceeded(
                "trace-overloaded", "too many traces at once", retry_after=PATIENCE_SECONDS
            )
        try:
            yield
        finally:
            self._turns.release()


def read_name(name: str) -> tuple[str, str | None]:
    """The key of what a URI names, and the lot it mentions besides. Raises InvalidInput."""
    found = find_identifier(name)
    if found is not None:
        return found.uri, found.lot_uri
    check_identifier(name, Context())
    return name, None


def _nothing_about(subject: str) -> NotFound:
    """Lots and items may be recorded of a GTIN about which, as a whole, nothing is."""
    if _BARE_GTIN.fullmatch(subject):
        return NotFound(
            "lot-unknown",
            f"nothing is recorded about the kind of goods {subject} as a whole",
            advice="Name a lot of it (/10/…) or an item (/21/…).",
        )
    return NotFound("lot-unknown", f"nothing is recorded about {subject}")


class _Steps:
    """Events as steps, each read once and only as far as the asker may see it."""

    def __init__(self, tx: Transaction, caller: Caller | None) -> None:
        self._tx = tx
        self._caller = caller
        self._known: dict[int, Step | None] = {}
        self._audiences: dict[OrgId, Audience] = {}
        self._parties: dict[str, OrgId | None] = {}
        self.erased = 0

    def read(self, keys: Collection[str], roles: Collection[KeyRole], limit: int) -> Sequence[Step]:
        """See `epcis.trace.StepReader`."""
        places = self._tx.steps.places(keys, roles, limit)
        for row in self._tx.steps.rows(pk for pk in places if pk not in self._known):
            if row.body is None:
                self.erased += 1
                self._known[row.record_pk] = None
                continue
            event = orjson.loads(row.body)
            self._known[row.record_pk] = read_step(
                event,
                number=row.record_pk,
                record_id=row.record_id,
                org=row.org,
                time_ms=row.time_ms,
                sees=partial(_is_seen, self._audience(row.org, event)),
            )
        found = (self._known.get(pk) for pk in places)
        return [step for step in found if step is not None]

    def _audience(self, org: OrgId, event: dict[str, Any]) -> Audience:
        """As whom the asker sees an event: as a partner where it names them. What an organization
        shares record by record is told there, not in traces."""
        audience = self._audiences.get(org)
        if audience is None:
            audience = self._audiences[org] = audience_of(self._caller, org)
        caller = self._caller
        if audience is not Audience.PUBLIC or caller is None or Scope.READ not in caller.scopes:
            return audience
        named = any(self._party(uri) == caller.org for uri in named_parties(event))
        return Audience.PARTNER if named else audience

    def _party(self, uri: str) -> OrgId | None:
        if uri not in self._parties:
            self._parties[uri] = find_party(self._tx, uri)
        return self._parties[uri]


@lru_cache(maxsize=256)
def _is_seen(audience: Audience, pointer: str) -> bool:
    return is_disclosed(KIND, f"/body{pointer}", audience)
