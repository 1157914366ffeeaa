"""Declaring: an organization withdraws its record, on chain, where nobody can hide it.

The organization's signature counts, not who relays it; the relay is an account without rights.
The transaction is journalled before this answers, so a declaration once accepted reaches the chain.
"""

from __future__ import annotations

import secrets

from ledger.chain.contracts import RecordStatus
from ledger.chain.submitter import Submitter
from ledger.clock import Clock, unix_seconds
from ledger.digest import Digest, sha256
from ledger.errors import Forbidden
from ledger.identity.eip712 import Domain, status_digest
from ledger.identity.keystore import Keystore
from ledger.identity.organization import OrgId
from ledger.identity.signer import KeySigner
from ledger.ports import JournalEntry
from ledger.records.record import RecordId
from ledger.services.caller import Caller, Scope
from ledger.services.proving import Proving
from ledger.storage.database import Database

WITHDRAWN = 1
"""RecordStatus.Kind.Withdrawn."""
_VALID_SECONDS = 86_400


class Declaring:
    """Signs declarations with custodial keys and hands them to the relay."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        keystore: Keystore,
        proving: Proving,
        contract: RecordStatus,
        domain: Domain,
        relay: Submitter,
    ) -> None:
        self._db = db
        self._clock = clock
        self._keystore = keystore
        self._proving = proving
        self._contract = contract
        self._domain = domain
        self._relay = relay

    def withdraw(self, caller: Caller, record_id: RecordId, reason: str) -> Digest:
        """Withdraw a record of the caller's organization; the digest of the reason goes on chain.

        Raises Forbidden `foreign-organization`, NotFound, Unavailable.
        """
        caller.require(Scope.STATUS)
        view = self._proving.record_view(record_id, caller)
        if view.org != caller.org:
            raise Forbidden("foreign-organization", "only the issuer may withdraw a record")
        subject = self._proving.commitment(record_id)
        reason_digest = sha256(b"provenance/reason/v1\n", reason.encode())
        nonce = secrets.token_bytes(32)
        self.declare(
            caller.org,
            subject,
            WITHDRAWN,
            reason_digest,
            nonce=nonce,
            purpose=f"status/{nonce.hex()}",
        )
        return reason_digest

    def check_custodial(self, org: OrgId) -> None:
        """Raise Forbidden `key-not-custodial` unless the platform can sign for it."""
        self._path(org)

    def declare(
        self, org: OrgId, subject: Digest, kind: int, reason: Digest, *, nonce: bytes, purpose: str
    ) -> JournalEntry:
        """Sign a declaration and journal its transaction, which then reaches the chain. The same
        purpose is the same transaction, unless that failed; the same nonce is taken in once.

        Raises Forbidden `key-not-custodial`, ContractReverted, Unavailable.
        """
        signer = KeySigner(self._keystore.derive(self._path(org)))
        deadline = unix_seconds(self._clock.now()) + _VALID_SECONDS
        signature = signer.sign_digest(
            status_digest(self._domain, org, subject, kind, reason, nonce, deadline)
        )
        act = self._contract.declare(
            org,
            subject,
            kind=kind,
            reason=reason,
            nonce=nonce,
            deadline=deadline,
            signature=signature,
            signer=signer.address,
        )
        return self._relay.submit(purpose, *act)

    def is_taken_in(self, org: OrgId, nonce: bytes) -> bool:
        """Whether the chain has a declaration of the organization with this nonce."""
        return self._contract.is_nonce_used(org, nonce)

    def _path(self, org: OrgId) -> str:
        with self._db.read() as tx:
            paths = [key.path for key in tx.organizations.keys(org) if key.path is not None]
        if not paths:
            raise Forbidden(
                "key-not-custodial", "this organization holds its own key and declares by itself"
            )
        return paths[0]
