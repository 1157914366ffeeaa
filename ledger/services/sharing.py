"""Sharing: what the issuer of a record shows of it beyond the public.

A grant lets one organization see one record as a partner. A link lets whoever holds it read the
proof of one record, as a partner or an agency sees it, until it ends: for an inspector at the gate
who has no key here. Links are random secrets of which only the SHA-256 is kept; each opening is
counted, and the issuer can end them at once.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from ledger.clock import Clock
from ledger.digest import sha256
from ledger.errors import Forbidden, InvalidInput, NotFound
from ledger.identity.organization import OrgId
from ledger.proof.bundle import Bundle
from ledger.records.policy import Audience
from ledger.records.record import RecordId
from ledger.services.caller import Caller, Scope
from ledger.services.proving import Proving
from ledger.storage.database import Database
from ledger.storage.sharing import GrantRow, LinkRow
from ledger.storage.transaction import Transaction

SHORTEST_SECRET, LONGEST_SECRET = 20, 100
LONGEST_LIFE = timedelta(days=7)
USUAL_LIFE = timedelta(days=1)
MOST_LINKS = 100
"""Links of one record, ended ones included."""
MOST_GRANTS = 200


class Sharing:
    """Grants and links of single records."""

    def __init__(self, db: Database, clock: Clock, proving: Proving) -> None:
        self._db = db
        self._clock = clock
        self._proving = proving

    def grant(self, caller: Caller, record_id: RecordId, org: OrgId) -> GrantRow:
        """Let an organization see the record as a partner; again is harmless.

        Raises NotFound `record-unknown` or `organization-unknown`, Forbidden
        `foreign-organization`.
        """
        with self._db.write() as tx:
            _require_issuer(tx, caller, record_id)
            if tx.organizations.find(org) is None:
                raise NotFound("organization-unknown", f"no organization {org.text}")
            known = tx.sharing.grants(record_id)
            if len(known) >= MOST_GRANTS and org not in {row.org for row in known}:
                raise InvalidInput("sharing-malformed", f"at most {MOST_GRANTS} grants per record")
            tx.sharing.grant(GrantRow(record_id, org, caller.key_id, self._clock.now()))
            return next(row for row in tx.sharing.grants(record_id) if row.org == org)

    def end_grant(self, caller: Caller, record_id: RecordId, org: OrgId) -> None:
        """What was read cannot be taken back. Raises NotFound `grant-unknown`."""
        with self._db.write() as tx:
            _require_issuer(tx, caller, record_id)
            if not tx.sharing.end_grant(record_id, org):
                raise NotFound("grant-unknown", f"{org.text} has no grant of this record")

    def grants(self, caller: Caller, record_id: RecordId) -> Sequence[GrantRow]:
        """The grants of a record of the caller's organization."""
        with self._db.read() as tx:
            _require_issuer(tx, caller, record_id)
            return tx.sharing.grants(record_id)

    def make_link(
        self,
        caller: Caller,
        record_id: RecordId,
        *,
        audience: Audience,
        label: str,
        expires_at: datetime | None = None,
    ) -> tuple[LinkRow, str]:
        """A new link and its secret, which is never shown again.

        It ends after a day unless another time is given, after seven at the latest. Raises
        InvalidInput `expiry-past` or `sharing-malformed`.
        """
        now = self._clock.now()
        ends = now + USUAL_LIFE if expires_at is None else expires_at
        if ends <= now:
            raise InvalidInput("expiry-past", "the link would have ended", pointer="/expiresAt")
        if ends > now + LONGEST_LIFE:
            raise InvalidInput(
                "sharing-malformed", "a link ends after 7 days", pointer="/expiresAt"
            )
        secret = secrets.token_urlsafe(32)
        row = LinkRow(
            id=str(uuid.uuid4()),
            record_id=record_id,
            secret_hash=sha256(secret.encode()),
            audience=audience.value,
            label=label,
            created_by=caller.key_id,
            created_at=now,
            expires_at=ends,
        )
        with self._db.write() as tx:
            _require_issuer(tx, caller, record_id)
            if len(tx.sharing.links(record_id)) >= MOST_LINKS:
                raise InvalidInput("sharing-malformed", f"at most {MOST_LINKS} links per record")
            tx.sharing.add_link(row)
        return row, secret

    def links(self, caller: Caller, record_id: RecordId) -> Sequence[LinkRow]:
        """Every link of a record of the caller's organization, with how often it was opened."""
        with self._db.read() as tx:
            _require_issuer(tx, caller, record_id)
            return tx.sharing.links(record_id)

    def revoke_link(self, caller: Caller, record_id: RecordId, link_id: str) -> None:
        """End a link at once. Raises NotFound `sharing-link-unknown`."""
        with self._db.write() as tx:
            _require_issuer(tx, caller, record_id)
            if not tx.sharing.revoke_link(record_id, link_id, self._clock.now()):
                raise NotFound("sharing-link-unknown", f"no link {link_id!r:.60} of this record")

    def open_link(self, secret: str) -> Bundle:
        """The proof the link shows; counted before it is given.

        Raises NotFound `sharing-link-unknown` or `sharing-link-ended`, and what `Proving.bundle`
        raises.
        """
        if not SHORTEST_SECRET <= len(secret) <= LONGEST_SECRET:
            raise NotFound("sharing-link-unknown", "no such link")
        now = self._clock.now()
        with self._db.write() as tx:
            row = tx.sharing.find_link(sha256(secret.encode()))
            if row is None:
                raise NotFound("sharing-link-unknown", "no such link")
            if row.revoked_at is not None or row.expires_at <= now:
                raise NotFound("sharing-link-ended", "the link has ended")
            tx.sharing.count_use(row.id, now)
        return self._proving.bundle_for(row.record_id, Audience(row.audience))


def _require_issuer(tx: Transaction, caller: Caller, record_id: RecordId) -> None:
    """Whoever may read the record whole may show of it: a key with the scope `read`."""
    caller.require(Scope.READ)
    record = tx.records.find(record_id)
    if record is None:
        raise NotFound("record-unknown", f"no record {record_id.text}")
    if record.org != caller.org:
        raise Forbidden("foreign-organization", "this belongs to another organization")
