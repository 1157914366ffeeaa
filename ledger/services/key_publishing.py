"""Publishing of encryption keys: statements are checked here as every sender checks them again."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.clock import Clock, unix_seconds
from ledger.envelope.key_statement import KeyStatement
from ledger.errors import InvalidInput, NotFound, QuotaExceeded
from ledger.identity.eip712 import Domain
from ledger.identity.organization import OrgId
from ledger.ports import ChainReader
from ledger.services.caller import Caller, Scope
from ledger.storage.database import Database

_MOST_STATEMENTS = 500
"""Of one organization: a key a month for forty years."""
_DAY = 86_400


class KeyPublishing:
    """Takes and gives out statements of encryption keys."""

    def __init__(self, db: Database, clock: Clock, registry: ChainReader, domain: Domain) -> None:
        self._db = db
        self._clock = clock
        self._registry = registry
        self._domain = domain

    def publish(self, caller: Caller, org: OrgId, said: KeyStatement) -> None:
        """Keep a statement; durable when this returns, and the same again is harmless.

        Raises Forbidden, InvalidInput `encryption-key-malformed`, QuotaExceeded
        `quota-encryption-keys`, what `KeyStatement.check` raises, Unavailable when no node answers.
        """
        caller.require(Scope.ADMIN)
        caller.require_org(org)
        now = self._clock.now()
        if said.org != org:
            raise InvalidInput(
                "encryption-key-malformed", "stated for another organization", pointer="/org"
            )
        if said.valid_until <= unix_seconds(now):
            raise InvalidInput(
                "encryption-key-malformed", "the validity is over", pointer="/validUntil"
            )
        signer = self._registry.find_key(org, said.signer)
        said.check(self._domain, signer, unix_seconds(now))
        with self._db.write() as tx:
            tx.organizations.check_active(org)
            if tx.encryption_keys.count(org) >= _MOST_STATEMENTS:
                raise QuotaExceeded(
                    "quota-encryption-keys",
                    f"an organization states at most {_MOST_STATEMENTS} keys",
                    retry_after=_DAY,
                )
            tx.encryption_keys.put(said, now)

    def list(self, org: OrgId) -> Sequence[KeyStatement]:
        """Everything the organization ever stated, the latest to begin first: keys that ended too,
        for whoever reads what was wrapped to them. Raises NotFound `organization-unknown`."""
        with self._db.read() as tx:
            if tx.organizations.find(org) is None:
                raise NotFound("organization-unknown", f"no organization {org.text}")
            return tx.encryption_keys.list(org)
