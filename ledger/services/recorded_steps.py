"""Recorded events as steps of a trace, each read once and only as far as the asker may see it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache, partial
from typing import Any

import orjson

from ledger.epcis.keys import KeyRole
from ledger.epcis.step import Step, read_step
from ledger.identity.organization import OrgId
from ledger.records.policy import Audience, is_disclosed
from ledger.services.audience import audience_of
from ledger.services.caller import Caller, Scope
from ledger.services.intake import KIND
from ledger.services.partnering import find_party, named_parties
from ledger.storage.transaction import Transaction


class RecordedSteps:
    """The steps of one snapshot of the database for one asker; None: anyone."""

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
