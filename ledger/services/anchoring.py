"""Anchoring: the newest checkpoint goes to CheckpointLog, which checks that the log only grew.

One transaction is under way at a time, because the contract proves each head against the one
before it. The journal keeps its bytes; a head is told as anchored only once the engine's
confirmation rule holds, and is told as pending again if the chain ever shows another past.

Every pass begins from what database, journal and chain say now, so a crash anywhere is only a
pass that did less.
"""

from __future__ import annotations

from ledger.chain.client import ChainClient
from ledger.chain.contracts import CheckpointLog
from ledger.chain.submitter import Submitter
from ledger.digest import Digest
from ledger.errors import Conflict
from ledger.merkle.proofs import prove_consistency
from ledger.merkle.tiles import TileHashReader, tree_root_at
from ledger.ports import Journal, JournalEntry, TransactionState
from ledger.storage.anchors import AnchorRow, AnchorState
from ledger.storage.database import Database
from ledger.storage.leases import Lease

_PURPOSE = "anchor/"
_NEWEST = 64
"""Heads compared with the journal in every pass; all of them when any has moved."""


class Anchoring:
    """Brings checkpoints to the chain and learns what became of them."""

    def __init__(
        self,
        db: Database,
        journal: Journal,
        client: ChainClient,
        contract: CheckpointLog,
        submitter: Submitter,
        log_id: Digest,
    ) -> None:
        self._db = db
        self._journal = journal
        self._client = client
        self._contract = contract
        self._submitter = submitter
        self._log_id = log_id
        self._looks_far = True

    def run_once(self, lease: Lease) -> bool:
        """One pass. True when something changed.

        Raises Conflict `lease-lost`, Conflict `log-diverged` when the chain holds a head that our
        log does not contain, Unavailable when the chain cannot be asked.
        """
        changed = self._reopen_vanished()
        waiting = False
        with self._db.read() as tx:
            open_anchors = tx.anchors.open()
        for anchor in open_anchors:
            settled = self._settle(anchor, lease)
            changed = changed or settled
            waiting = waiting or not settled
        if not waiting:
            changed = self._start(lease) or changed
        return changed

    def _reopen_vanished(self) -> bool:
        """A confirmed head whose transaction the chain no longer confirms, or confirms in another
        block, is pending again."""
        vanished = {
            int(entry.purpose.removeprefix(_PURPOSE))
            for entry in self._journal.unconfirmed(self._submitter.address)
            if entry.purpose.startswith(_PURPOSE)
        }
        with self._db.read() as tx:
            # All of them once, for what changed while nobody looked; then what can still change.
            vanished |= set(tx.anchors.moved(None if self._looks_far else _NEWEST))
            told = [size for size in vanished if _is_told(tx.anchors.find(size))]
        if told:
            with self._db.write() as tx:
                for size in told:
                    tx.anchors.reopen(size)
        self._looks_far = bool(told)
        return bool(told)

    def _settle(self, anchor: AnchorRow, lease: Lease) -> bool:
        """Follow one open head. True once nothing about it is under way."""
        entry = self._journal.find_purpose(anchor.purpose)
        if entry is None or entry.state is TransactionState.FAILED:
            # Never sent (a crash came between), or refused: what stands on chain decides.
            head = self._contract.find_head(self._log_id, anchor.size)
            if head is None or entry is None:
                return self._send(anchor.size, lease) is None
            if head.root != anchor.root:
                raise _diverged(f"the chain holds another root at size {anchor.size}")
            # Another transaction brought it there: the contract knows the block, not ours.
            return self._confirm(anchor, entry, head.block, None, lease)
        if entry.state is not TransactionState.CONFIRMED or entry.block is None:
            return False
        return self._confirm(anchor, entry, entry.block, entry.block_hash, lease)

    def _confirm(
        self,
        anchor: AnchorRow,
        entry: JournalEntry,
        number: int,
        expected: Digest | None,
        lease: Lease,
    ) -> bool:
        block = self._client.find_block(number)
        if block is None or expected not in (None, block.hash):
            return False  # it moved since the submitter looked; the next pass will know
        with self._db.write() as tx:
            tx.leases.check(lease)
            tx.anchors.confirm(anchor.size, block.number, block.hash, block.time, entry.hash)
        return True

    def _start(self, lease: Lease) -> bool:
        """Send the newest checkpoint if the chain does not have it yet."""
        with self._db.read() as tx:
            state = tx.log.state()
            last = tx.anchors.latest_confirmed()
        if state is None or state[0] == 0 or (last is not None and last.size >= state[0]):
            return False
        size, root = state
        with self._db.write() as tx:
            tx.leases.check(lease)
            tx.anchors.add(size, root, f"{_PURPOSE}{size}")
        self._send(size, lease)
        return True

    def _send(self, size: int, lease: Lease) -> JournalEntry | None:
        """Journal and broadcast the head of this size, proven from the head that stands on chain.

        None when a greater head stands already: this one can no longer be anchored, and need not,
        because every later head contains it.
        """
        standing = self._contract.find_latest(self._log_id)
        with self._db.read() as tx:
            state = tx.log.state()
            assert state is not None
            old = standing.size if standing is not None else 0
            if old > state[0]:
                raise _diverged(f"the chain's head has {old} leaves, the log has {state[0]}")
            if standing is not None and tree_root_at(old, tx.log.load_tile) != standing.root:
                raise _diverged(f"the log's first {old} leaves are not those anchored")
            if old > size:
                self._give_up(size, lease)
                return None
            root = tree_root_at(size, tx.log.load_tile)
            proof = (
                prove_consistency(old, size, TileHashReader(tx.log.load_tile, size))
                if 0 < old < size
                else []
            )
        act = self._contract.append(self._log_id, size, root, proof)
        return self._submitter.submit(f"{_PURPOSE}{size}", *act)

    def _give_up(self, size: int, lease: Lease) -> None:
        with self._db.write() as tx:
            tx.leases.check(lease)
            tx.anchors.drop(size)


def _is_told(anchor: AnchorRow | None) -> bool:
    return anchor is not None and anchor.state is AnchorState.CONFIRMED


def _diverged(detail: str) -> Conflict:
    return Conflict("log-diverged", detail)
