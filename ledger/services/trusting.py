"""The trust file: what a verifier elsewhere needs to believe, as this installation sees it now.

Heads come from our own database, organizations and keys from the chain. A verifier with a network
asks the chain itself and uses neither; one without rests on them, so this file is worth as much as
the way it came to its reader.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from ledger.clock import Clock
from ledger.errors import Unavailable
from ledger.merkle.note import NoteKey
from ledger.ports import ChainReader, HeadOnChain
from ledger.proof.trust import TrustAnchors, TrustedBlock, TrustedHead, TrustedOrganization
from ledger.services.deployment import Deployment
from ledger.storage.anchors import AnchorRow
from ledger.storage.database import Database
from ledger.storage.organizations import OrganizationState

_HEADS = 10_000
_ORGANIZATIONS_SECONDS = 30.0


class Trusting:
    """Makes trust anchors."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        reader: ChainReader,
        deployment: Deployment,
        key: NoteKey,
        *,
        engine: str,
        nodes: Sequence[str],
    ) -> None:
        self._db = db
        self._clock = clock
        self._reader = reader
        self._deployment = deployment
        self._key = key
        self._engine = engine
        self._nodes = tuple(nodes)
        self._lock = threading.Lock()
        self._counted = (0, 0)
        self._known: tuple[float, tuple[TrustedOrganization, ...]] = (0.0, ())

    def anchors(self) -> TrustAnchors:
        """What a verifier needs that asks the chain: no heads, no organizations."""
        return self._anchors((), ())

    def issue(self) -> TrustAnchors:
        """The whole file, for verifiers without a network too.

        Organizations are read from the chain when one of them or a key was added, and else at most
        every half minute; while it cannot be asked, those last read stand, which says less and
        never says anything false.
        """
        with self._db.read() as tx:
            confirmed = [row for row in tx.anchors.list(_HEADS) if row.block is not None]
            proven = tx.proven_blocks.list(_HEADS)
        heads = tuple(map(_head, reversed(confirmed)))
        blocks = tuple(TrustedBlock(number, block_hash) for number, block_hash in proven)
        return self._anchors(heads, self._organizations(), blocks)

    def _anchors(
        self,
        heads: tuple[TrustedHead, ...],
        organizations: tuple[TrustedOrganization, ...],
        blocks: tuple[TrustedBlock, ...] = (),
    ) -> TrustAnchors:
        return TrustAnchors(
            chain_id=self._deployment.chain_id,
            genesis=self._deployment.genesis,
            engine=self._engine,
            rpc=self._nodes,
            organization_registry=self._deployment.registry,
            checkpoint_log=self._deployment.checkpoint_log,
            record_status=self._deployment.record_status,
            origin=self._key.name,
            key=self._key,
            issued_at=self._clock.now(),
            heads=heads,
            organizations=organizations,
            document_exchange=self._deployment.document_exchange,
            blocks=blocks,
        )

    def _organizations(self) -> tuple[TrustedOrganization, ...]:
        with self._db.read() as tx:
            counted = tx.organizations.count_known()
        with self._lock:
            until, known = self._known
            if until > time.monotonic() and counted == self._counted:
                return known
            try:
                known = self._read_organizations()
            except Unavailable:
                return known
            self._known = (time.monotonic() + _ORGANIZATIONS_SECONDS, known)
            self._counted = counted
            return known

    def _read_organizations(self) -> tuple[TrustedOrganization, ...]:
        with self._db.read() as tx:
            rows = [
                (row.org, [key.address for key in tx.organizations.keys(row.org)])
                for row in tx.organizations.list()
                if row.state is not OrganizationState.REGISTERING
            ]
        found = []
        for org, addresses in rows:
            organization = self._reader.find_organization(org)
            if organization is None:
                continue
            keys = [self._reader.find_key(org, address) for address in addresses]
            found.append(
                TrustedOrganization(organization, tuple(key for key in keys if key is not None))
            )
        return tuple(found)


def _head(row: AnchorRow) -> TrustedHead:
    assert row.block is not None
    assert row.block_hash is not None
    assert row.block_time is not None
    head = HeadOnChain(size=row.size, root=row.root, time=row.block_time, block=row.block)
    return TrustedHead(head, row.block_hash)
