"""Sequencing: pending submissions get consecutive log positions.

One holder of the lease does this. Positions, tiles and the signed checkpoint are one transaction,
in which the lease is checked again: a holder that slept through its lease writes nothing. A crash
before the commit leaves every submission pending; after it the new tree is whole.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.clock import Clock
from ledger.digest import Digest
from ledger.merkle.checkpoint import Checkpoint, sign_checkpoint
from ledger.merkle.hashes import EMPTY_ROOT, leaf_hash
from ledger.merkle.note import NoteSigner
from ledger.merkle.tiles import append_leaves
from ledger.storage.database import Database
from ledger.storage.leases import Lease

MOST_LEAVES = 20_000
"""Leaves in one pass, unless one submission alone is larger: bounds how long writers wait."""


@dataclass(frozen=True, slots=True)
class Sequenced:
    """What one pass added."""

    submissions: int
    leaves: int
    size: int
    root: Digest


class Sequencing:
    """Orders submissions into the log and signs its checkpoints."""

    def __init__(self, db: Database, clock: Clock, signer: NoteSigner, origin: str) -> None:
        self._db = db
        self._clock = clock
        self._signer = signer
        self._origin = origin

    def found(self) -> None:
        """Sign the checkpoint of the empty log, once."""
        with self._db.write() as tx:
            if tx.log.state() is None:
                note = self._sign(0, EMPTY_ROOT)
                tx.log.add_checkpoint(0, EMPTY_ROOT, note, self._clock.now())

    def run_once(self, lease: Lease) -> Sequenced | None:
        """Sequence what is pending, at most `MOST_LEAVES`. None when nothing is.

        Raises Conflict `lease-lost` when another holder has taken over.
        """
        with self._db.read() as tx:
            state = tx.log.state()
            assert state is not None, "the log is founded before it is sequenced"
            size = state[0]
            pending = tx.submissions.pending(MOST_LEAVES)
            if not pending:
                return None
            leaves: list[bytes] = []
            first_index: list[tuple[int, int]] = []
            for item in pending:
                first_index.append((item.pk, size + len(leaves)))
                leaves.extend(entry_leaves(item.commitments, item.digest))
            update = append_leaves(size, leaves, tx.log.load_tile)
        note = self._sign(update.new_size, update.root)
        with self._db.write() as tx:
            tx.leases.check(lease)
            # Only a lease holder appends, so the size read above still stands; were it not so,
            # the tiles would overwrite history, hence the look.
            now_state = tx.log.state()
            assert now_state is not None
            assert now_state[0] == size, "two sequencers"
            for pk, first in first_index:
                tx.submissions.set_first_index(pk, first)
            tx.log.save_tiles(update.tiles)
            tx.log.add_checkpoint(update.new_size, update.root, note, self._clock.now())
        return Sequenced(len(pending), len(leaves), update.new_size, update.root)

    def _sign(self, size: int, root: bytes) -> str:
        return sign_checkpoint(Checkpoint(self._origin, size, Digest(root)), self._signer)


def entry_leaves(commitments: bytes, submission_digest: bytes) -> list[bytes]:
    """Leaf hashes of one submission's entries: SHA256(0x00 ‖ commitment ‖ submission digest)."""
    return [
        leaf_hash(commitments[at : at + 32] + submission_digest)
        for at in range(0, len(commitments), 32)
    ]
