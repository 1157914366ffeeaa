"""Identifying: digests of personal numbers, for organizations whose keys the platform holds.

The number is in memory for the length of one call. Nothing keeps, logs or repeats it; what comes
back is worth nothing without the installation's key. Whoever steals an API key could try numbers
here against digests of that organization, so an organization gets a few hundred answers a day.
"""

from __future__ import annotations

from ledger.clock import Clock, unix_seconds
from ledger.digest import Digest, sha256
from ledger.errors import InvalidInput, QuotaExceeded
from ledger.identity.organization import OrgId
from ledger.identity.personal_id import PersonalId
from ledger.services.caller import Caller, Scope
from ledger.storage.database import Database

MOST_PER_DAY = 500
_DAY = 86_400


class Identifying:
    """Makes digests of personal numbers."""

    def __init__(self, db: Database, clock: Clock, key: bytes) -> None:
        self._db = db
        self._clock = clock
        self._key = key

    def digest(self, caller: Caller, number: str) -> Digest:
        """The `personalIdDigest` of a party of the caller's organization.

        Raises InvalidInput `personal-id-malformed`, QuotaExceeded `quota-personal-ids`.
        """
        caller.require(Scope.CAPTURE)
        try:
            wanted = PersonalId.parse(number)
        except InvalidInput as fault:
            fault.pointer = "/personalId"
            raise
        now = unix_seconds(self._clock.now())
        with self._db.write() as tx:
            tx.organizations.check_active(caller.org)
            if tx.usage.charge(_counter(caller.org), now // _DAY, 1) > MOST_PER_DAY:
                raise QuotaExceeded(
                    "quota-personal-ids",
                    f"more than {MOST_PER_DAY} personal numbers in one day",
                    retry_after=_DAY - now % _DAY,
                )
        return wanted.digest(self._key, caller.org)


def _counter(org: OrgId) -> OrgId:
    """Under what name these are counted, beside the events of the same day."""
    return OrgId(bytes(sha256(b"provenance/personal-id-quota/v1\n", bytes(org))))
