"""Partnering: is an organization one of those an event names as giver or receiver of the goods?

Named is whoever owns the GS1 company prefix of a party or place in sourceList or destinationList,
as the operator has verified it, or whose local code stands there. What anybody says about
themselves counts for nothing: else a rival would claim a buyer's GLN to read its prices.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ledger.errors import InvalidInput
from ledger.gs1.company_prefix import owned_digits, prefixes_of
from ledger.gs1.digital_link import parse_digital_link
from ledger.gs1.identifier import find_identifier
from ledger.identity.organization import OrgId
from ledger.masterdata.code import find_local_uri
from ledger.records.policy import Audience
from ledger.records.record import RecordId
from ledger.services.audience import audience_of
from ledger.services.caller import Caller, Scope
from ledger.services.intake import KIND
from ledger.storage.transaction import Transaction

_MOST_PARTIES = 40
_SIDES = (("sourceList", "source"), ("destinationList", "destination"))


def audience_in(
    tx: Transaction,
    caller: Caller | None,
    *,
    org: OrgId,
    record_id: RecordId,
    kind: str,
    body: dict[str, Any],
) -> Audience:
    """As whom the caller sees this one record, partnership included."""
    found = audience_of(caller, org)
    if caller is None or found is not Audience.PUBLIC or Scope.READ not in caller.scopes:
        return found
    if tx.sharing.is_granted(record_id, caller.org):
        return Audience.PARTNER
    if kind == KIND and any(find_party(tx, uri) == caller.org for uri in named_parties(body)):
        return Audience.PARTNER
    return found


class Partners:
    """Who are the partners in many records at once: what one asks of a record, in few statements.

    One of these serves one asker in one transaction.
    """

    def __init__(self, tx: Transaction, org: OrgId) -> None:
        self._tx = tx
        self._org = org
        self._parties: dict[str, bool] = {}

    def among(self, events: Mapping[RecordId, dict[str, Any]]) -> set[RecordId]:
        """The records that the asker may see as a partner: those granted to it, and of the events
        those that name it."""
        found = self._tx.sharing.granted(list(events), self._org)
        named = {
            record: list(named_parties(event))
            for record, event in events.items()
            if record not in found
        }
        self._find({uri for uris in named.values() for uri in uris})
        return found | {
            record for record, uris in named.items() if any(map(self._parties.__getitem__, uris))
        }

    def _find(self, uris: Collection[str]) -> None:
        """As `find_party` does, for all that are new."""
        new = [uri for uri in uris if uri not in self._parties]
        covers = {uri: _covering(uri) for uri in new if find_local_uri(uri) is None}
        owners = self._tx.prefixes.owners(sorted({one for each in covers.values() for one in each}))
        for uri in new:
            local = find_local_uri(uri)
            if local is not None:
                self._parties[uri] = local.org == self._org
            else:
                owned = (owners[prefix] for prefix in covers[uri] if prefix in owners)
                self._parties[uri] = next(owned, None) == self._org


def named_parties(event: dict[str, Any]) -> Iterator[str]:
    """The ids of sources and destinations, the first few only: the rest is somebody's test."""
    left = _MOST_PARTIES
    for name, member in _SIDES:
        items = event.get(name)
        for item in items if isinstance(items, list) else ():
            uri = item.get(member) if isinstance(item, dict) else None
            if isinstance(uri, str) and left > 0:
                left -= 1
                yield uri


def find_party(tx: Transaction, uri: str) -> OrgId | None:
    """The organization that a source or destination names, as far as the operator has verified
    it."""
    local = find_local_uri(uri)
    if local is not None:
        return local.org
    prefixes = _covering(uri)
    owner = tx.prefixes.find_owner(prefixes) if prefixes else None
    return None if owner is None else owner.org


def _covering(uri: str) -> tuple[str, ...]:
    """The company prefixes that would cover the GS1 key of a party, longest first; none for
    anything else."""
    try:
        found = find_identifier(uri)
    except InvalidInput:  # it only looks like a GS1 key
        return ()
    return () if found is None else prefixes_of(owned_digits(parse_digital_link(found.uri)))
