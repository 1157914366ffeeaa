"""Looking back: is what we called settled still on the chain?

A single-node chain can be rolled back by its operator, a chain of authorities can be reorganized
deeper than its rule foresees, and a node can simply lag. One cheap question per pass tells: does
the block of our newest settled transaction still have its hash? Only if not, all nodes are asked,
and only if no node at least as high still has it, the past is taken to have changed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import structlog

from ledger.chain.blocks import read_block
from ledger.chain.client import ChainClient
from ledger.chain.rpc import Call, NodeError
from ledger.digest import Digest
from ledger.errors import LedgerError
from ledger.ports import Journal, JournalEntry, TransactionState

log = structlog.get_logger(__name__)

_STRIDE = 64
_SETTLED = (TransactionState.CONFIRMED, TransactionState.FAILED)


class Lookback:
    """Reopens settled entries of one account whose blocks are gone."""

    def __init__(
        self, client: ChainClient, journal: Journal, sender: str, peers: Sequence[str] = ()
    ) -> None:
        self._client = client
        self._journal = journal
        self._sender = sender
        self._peers = tuple(Lookback(client, journal, peer) for peer in peers)

    def reopen_lost(self) -> list[JournalEntry]:
        """Entries put back to SENT or MINED, in nonce order; empty when the past stands.

        Blocks are lost from the top, so the walk goes from the newest entry down to the first that
        stands; a crash in between leaves a lost entry as the newest settled one, and the next pass
        goes on from it. Raises Unavailable when no node answers.
        """
        last = self._journal.last_settled(self._sender)
        if last is None or last.block is None or self._stands(last):
            return []
        if not self._is_rolled_back(last):
            return []
        # Peers first: whoever sends again must know which older entries of theirs are lost too.
        for peer in self._peers:
            peer.reopen_lost()
        log.critical("chain_past_changed", account=self._sender, nonce=last.nonce, block=last.block)
        reopened: list[JournalEntry] = []
        top = last.nonce
        while top >= 0:
            low = max(0, top - _STRIDE + 1)
            entries = [
                entry
                for entry in self._journal.since(self._sender, low)
                if entry.nonce <= top and entry.state in _SETTLED
            ]
            found, stands = self._reopen(entries)
            reopened += found
            if stands:
                break
            top = low - 1
        return sorted(reopened, key=lambda entry: entry.nonce)

    def _stands(self, entry: JournalEntry) -> bool:
        assert entry.block is not None
        block = self._client.find_block(entry.block)
        return block is not None and block.hash == entry.block_hash

    def _is_rolled_back(self, entry: JournalEntry) -> bool:
        """Whether the chain lost the entry's block, rather than one node lagging or straying.

        A node at least as high as all others that still has the block outweighs those that do not,
        and is asked from now on.
        """
        assert entry.block is not None
        calls = [
            Call("eth_getBlockByNumber", ("latest", False)),
            Call("eth_getBlockByNumber", (hex(entry.block), False)),
        ]
        without: list[int] = []
        with_it: dict[str, int] = {}
        for url, answers in self._client.endpoints.ask_each(calls, timeout=5.0):
            if isinstance(answers, LedgerError) or any(isinstance(a, NodeError) for a in answers):
                continue
            height = read_block(answers[0]).number
            if answers[1] is not None and read_block(answers[1]).hash == entry.block_hash:
                with_it[url] = height
            else:
                without.append(height)
        highest = max(with_it, key=lambda url: with_it[url], default=None)
        if highest is not None and with_it[highest] >= max(without, default=0):
            self._client.endpoints.prefer(highest)
            return False
        return bool(without)

    def _reopen(self, entries: Sequence[JournalEntry]) -> tuple[list[JournalEntry], bool]:
        """Reopen from the newest down; also whether one was met that stands."""
        blocks = sorted({entry.block for entry in entries if entry.block is not None})
        seen = self._client.glimpse(self._sender, [entry.hash for entry in entries], blocks)
        reopened: list[JournalEntry] = []
        for entry in reversed(entries):
            if entry.block is not None and seen.hashes[entry.block] == entry.block_hash:
                return reopened, True
            receipt = seen.receipts.get(entry.hash)
            state, block, block_hash = TransactionState.SENT, None, None
            if receipt is not None:
                state, block, block_hash = TransactionState.MINED, receipt.block, receipt.block_hash
            elif entry.failure is not None and entry.nonce < seen.count:
                # The nonce is taken on the new past as well; it stays what it is, where it is now.
                self._mark(entry, entry.state, seen.head.number, seen.head.hash, entry.failure)
                continue
            reopened.append(self._mark(entry, state, block, block_hash))
        return reopened, False

    def _mark(
        self,
        entry: JournalEntry,
        state: TransactionState,
        block: int | None,
        block_hash: Digest | None,
        failure: str | None = None,
    ) -> JournalEntry:
        self._journal.mark(entry.id, state, block=block, block_hash=block_hash, failure=failure)
        return dataclasses.replace(
            entry, state=state, block=block, block_hash=block_hash, failure=failure
        )
