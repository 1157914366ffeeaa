"""Declaring: an organization withdraws its record, on chain, where nobody can hide it.

The organization's signature counts, not who relays it; the relay is an account without rights.
The transaction is journalled before this answers, so a declaration once accepted reaches the chain.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from ledger.chain.abi import ContractReverted
from ledger.chain.contracts import Act, RecordStatus
from ledger.chain.submitter import Submitter
from ledger.clock import Clock, from_unix, unix_seconds
from ledger.digest import Digest, sha256
from ledger.errors import Conflict, Forbidden, InvalidInput
from ledger.identity.eip712 import Domain
from ledger.identity.keystore import Keystore
from ledger.identity.organization import OrgId, Purpose
from ledger.identity.signer import KeySigner
from ledger.ports import JournalEntry
from ledger.records.declaration import Declaration, RecallProposal
from ledger.records.record import RecordId
from ledger.services.caller import Caller, Scope
from ledger.services.handed_in import check_age
from ledger.services.proving import Proving
from ledger.services.submitting import check_own_key
from ledger.storage.database import Database

WITHDRAWN = 1
"""RecordStatus.Kind.Withdrawn."""
_VALID_SECONDS = 86_400
SOONEST_SECONDS = 60
LATEST_SECONDS = 31 * 86_400
"""How far ahead the deadline of a declaration lies that an organization signed itself: it must
have time to be mined, and a signature must not lie about for ever."""


@dataclass(frozen=True, slots=True)
class OwnSignature:
    """What an organization gives beside what it declares: its signature, and what that is over."""

    nonce: bytes
    deadline: int
    signer: str
    signature: bytes

    def over(self, org: OrgId, subject: Digest, kind: int, reason: Digest) -> Declaration:
        """The declaration it is the signature of."""
        return Declaration(
            org, subject, kind, reason, self.nonce, self.deadline, self.signer, self.signature
        )


def withdrawal_reason(text: str) -> Digest:
    """What the chain holds of the reason for a withdrawal."""
    return sha256(b"provenance/reason/v1\n", text.encode())


class Declaring:
    """Signs declarations with custodial keys, checks those of own keys; hands both to the relay."""

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

    def withdraw(
        self, caller: Caller, record_id: RecordId, reason: str, own: OwnSignature | None = None
    ) -> Digest:
        """Withdraw a record of the caller's organization; the digest of the reason goes on chain.

        An organization that holds its own key has signed (`own`). Raises Forbidden
        `foreign-organization` or `key-not-custodial`, NotFound, what `check_own` and `relay_own`
        raise, Unavailable.
        """
        caller.require(Scope.STATUS)
        view = self._proving.record_view(record_id, caller)
        if view.org != caller.org:
            raise Forbidden("foreign-organization", "only the issuer may withdraw a record")
        subject = self._proving.commitment(record_id)
        reason_digest = withdrawal_reason(reason)
        if own is None:
            nonce = secrets.token_bytes(32)
            self.declare(
                caller.org,
                subject,
                WITHDRAWN,
                reason_digest,
                nonce=nonce,
                purpose=f"status/{nonce.hex()}",
            )
        else:
            signed = own.over(caller.org, subject, WITHDRAWN, reason_digest)
            self.check_own(signed)
            try:
                self.relay_own(signed, f"status/{caller.org.hex()}/{own.nonce.hex()}")
            except ContractReverted as reverted:
                if reverted.name != "StatusNonceUsed":
                    raise
                raise Conflict(
                    "declaration-nonce-used", "another declaration has this nonce"
                ) from reverted
        return reason_digest

    def is_custodial(self, org: OrgId) -> bool:
        """Whether the platform can sign for it."""
        return self._find_path(org) is not None

    def declare(
        self, org: OrgId, subject: Digest, kind: int, reason: Digest, *, nonce: bytes, purpose: str
    ) -> JournalEntry:
        """Sign a declaration and journal its transaction, which then reaches the chain. The same
        purpose is the same transaction, unless that failed; the same nonce is taken in once.

        Raises Forbidden `key-not-custodial`, ContractReverted, Unavailable.
        """
        path = self._find_path(org)
        if path is None:
            raise Forbidden(
                "key-not-custodial", "this organization holds its own key and signs by itself"
            )
        deadline = unix_seconds(self._clock.now()) + _VALID_SECONDS
        signer = KeySigner(self._keystore.derive(path))
        signed = Declaration.sign(
            signer,
            self._domain,
            org=org,
            subject=subject,
            kind=kind,
            reason=reason,
            nonce=nonce,
            deadline=deadline,
        )
        return self._relay.submit(purpose, *self._act(signed))

    def check_own(self, signed: Declaration) -> None:
        """A declaration that its organization signed itself, and that can still reach the chain.

        Raises VerificationFailed, Forbidden `signer-not-registered`, InvalidInput
        `declaration-deadline`.
        """
        signed.check_signature(self._domain)
        now = unix_seconds(self._clock.now())
        if not now + SOONEST_SECONDS <= signed.deadline <= now + LATEST_SECONDS:
            raise InvalidInput(
                "declaration-deadline", "the deadline is too near or too far", pointer="/deadline"
            )
        self._check_signer(signed.org, signed.signer)

    def check_proposal(self, proposal: RecallProposal) -> None:
        """An authority's proposal, signed by one of its people in the last day. Raises as
        `check_own`."""
        proposal.check_signature(self._domain)
        check_age(from_unix(proposal.signed_at), self._clock.now(), "/proposal/signedAt")
        self._check_signer(proposal.org, proposal.signer)

    def relay_own(self, signed: Declaration, purpose: str) -> JournalEntry:
        """Journal the transaction of a declaration that was checked. The same again is the same
        transaction. Raises Conflict `declaration-nonce-used`, ContractReverted, Unavailable."""
        act = self._act(signed)
        try:
            entry = self._relay.submit(purpose, *act)
        except ContractReverted as reverted:
            if reverted.name != "StatusSignerUnauthorized":
                raise
            raise Forbidden(
                "signer-not-registered", f"the chain does not hold {signed.signer} as its key now"
            ) from reverted
        if act.data not in entry.raw:
            raise Conflict("declaration-nonce-used", "another declaration has this nonce")
        return entry

    def is_taken_in(self, org: OrgId, nonce: bytes) -> bool:
        """Whether the chain has a declaration of the organization with this nonce."""
        return self._contract.is_nonce_used(org, nonce)

    def _act(self, signed: Declaration) -> Act:
        return self._contract.declare(
            signed.org,
            signed.subject,
            kind=signed.kind,
            reason=signed.reason,
            nonce=signed.nonce,
            deadline=signed.deadline,
            signature=signed.signature,
            signer=signed.signer,
        )

    def _check_signer(self, org: OrgId, signer: str) -> None:
        with self._db.read() as tx:
            tx.organizations.check_active(org)
            check_own_key(tx, org, signer, Purpose.STATUS)

    def _find_path(self, org: OrgId) -> str | None:
        with self._db.read() as tx:
            paths = (key.path for key in tx.organizations.keys(org) if key.path is not None)
            return next(paths, None)
