"""The submitter: from a decision to a confirmed transaction, through every crash.

`submit` decides: it simulates, takes a nonce and stores the signed bytes in one journal
transaction. `advance` does everything else, in one pass that starts from the journal and the chain
alone; it may be killed at any line and the next pass, in another process, goes on. States and what
each survives:

1. SIGNED    bytes on disk, nobody has seen them. Broadcast them.
2. SENT      a node took them. Look for the receipt; if no node knows them, or for too long none
             mines them, hand in the same bytes again. Same bytes, same hash: sending is idempotent.
3. MINED     a receipt in a block. Provisional: if the block vanishes, back to SENT.
4. CONFIRMED the engine's rule holds and the block's hash was read again and equal.
   FAILED    the same, but reverted; or the nonce was used by a transaction not ours.

Settled entries are looked at again: if the newest one's block is no longer on the chain, the chain
was rolled back or reorganized below what counted as settled, and the entries that lost their block
go back to SENT, in nonce order, which rebuilds the lost part from the journal.

One process per account (the worker's lease): two would sign different bytes at one nonce.

`peers` are the other accounts in the same journal. A rebuilt past must come in its old order
across accounts: an anchor mined before its contract exists is a call to nobody, and succeeds. So
bytes that are sent again wait for older entries of peers, and nothing is sent to an address
without code.
"""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Sequence

import structlog

from ledger.chain.abi import name_revert
from ledger.chain.answers import SendOutcome
from ledger.chain.callee import callee, find_absent
from ledger.chain.client import CallReverted, ChainClient, Glimpse
from ledger.chain.confirmation import Confirmation
from ledger.chain.lookback import Lookback
from ledger.chain.wire import decode_transaction
from ledger.digest import Digest
from ledger.errors import Conflict, Misconfigured, Unavailable
from ledger.identity.signer import Signer
from ledger.identity.transaction import TransactionFields, transaction_hash
from ledger.ports import Journal, JournalEntry, TransactionState

log = structlog.get_logger(__name__)

NONCE_TAKEN = "nonce-taken"
"""A failure text beginning so means: another transaction of this account used the nonce."""
RELEASED = "released "
REVERTED = "reverted"

_WINDOW = 64
"""Transactions in flight at once; below every node's share of the pool for one account."""
_SUSPICIONS = 3
"""Passes in a row that must see a nonce used without our receipt before it counts as taken."""


class Submitter:
    """Sends for one account. Safe for use by several threads of one process."""

    def __init__(
        self,
        client: ChainClient,
        journal: Journal,
        signer: Signer,
        chain_id: int,
        confirmation: Confirmation,
        *,
        peers: Sequence[str] = (),
        resend_seconds: float = 15.0,
    ) -> None:
        self._client = client
        self._journal = journal
        self._signer = signer
        self._chain_id = chain_id
        self._confirmation = confirmation
        self._resend_seconds = resend_seconds
        self._peers = tuple(peer for peer in peers if peer != signer.address)
        self._lookback = Lookback(client, journal, signer.address, self._peers)
        self._lock = threading.RLock()
        self._offered: dict[Digest, float] = {}
        self._suspected: dict[Digest, int] = {}
        self._accused: list[JournalEntry] | None = None
        self.trouble: str | None = None
        """Why the oldest transaction does not get into a pool, for operators; None if none."""

    @property
    def address(self) -> str:
        """The account."""
        return self._signer.address

    def submit(
        self,
        purpose: str,
        to: str | None,
        data: bytes,
        gas: int,
        *,
        simulate: bool = True,
        independent: bool = False,
        again: bool = False,
    ) -> JournalEntry:
        """Decide to send, durably; `advance` sends. The same purpose gives the same entry again
        unless that failed, or a new attempt is asked for with `again`.

        Nothing is taken when this raises: ContractReverted when the call would revert now,
        Unavailable when no node answers, Conflict `sender-quarantined` when somebody else uses the
        account. Simulation is left out while transactions of this account are unmined, because the
        state the call will meet does not exist yet; not so for an `independent` call, to whose
        outcome nothing this account sends makes a difference.
        """
        with self._lock:
            earlier = self._journal.find_purpose(purpose)
            if earlier is not None and earlier.state is not TransactionState.FAILED and not again:
                return earlier
            if self._chain_id != self._client.identity().chain_id:
                raise Misconfigured(
                    "chain-identity-changed",
                    f"set up to sign for chain {self._chain_id}, the nodes serve another",
                )
            self.check_not_quarantined()
            count = self._client.transaction_count(self.address)
            unmined = [
                entry
                for entry in self._journal.unconfirmed(self.address)
                if entry.state is not TransactionState.MINED
            ]
            if simulate and (independent or not unmined):
                self._simulate(to, data)
            fees = self._client.fees()

            def sign(nonce: int) -> tuple[bytes, Digest]:
                raw = self._signer.sign_transaction(
                    TransactionFields(
                        chain_id=self._chain_id,
                        nonce=nonce,
                        to=to,
                        data=data,
                        gas=gas,
                        gas_price=fees.gas_price if fees.max_fee is None else None,
                        max_fee_per_gas=fees.max_fee,
                        max_priority_fee_per_gas=fees.priority_fee,
                    )
                )
                return raw, transaction_hash(raw)

            # From here on a crash leaves the entry with its bytes, or nothing at all.
            entry = self._journal.append(self.address, purpose, count, sign)
            log.info(
                "transaction_signed", purpose=purpose, nonce=entry.nonce, hash=entry.hash.prefixed
            )
            return entry

    def advance(self) -> list[JournalEntry]:
        """One pass; the entries that changed, as they are now. Raises Unavailable when the chain
        cannot be seen: nothing was decided then, and the next pass starts again."""
        with self._lock:
            self._client.endpoints.follow_highest()
            changed = self._lookback.reopen_lost()
            changed += self._absolve()
            # Those further back wait for the ones in front: pools hold one account's share only.
            entries = self._journal.unconfirmed(self.address)[: 4 * _WINDOW]
            if not entries:
                self._offered.clear()
                self.trouble = None
                return changed
            seen = self._client.glimpse(self.address, [entry.hash for entry in entries])
            settled = self._confirmation.settled_height(self._client, seen.head)
            again = self._client.glimpse(
                self.address,
                list(seen.receipts),
                sorted({receipt.block for receipt in seen.receipts.values()} | {seen.head.number}),
            )
            if again.hashes[seen.head.number] != seen.head.hash:
                # The chain moved under us: what was read belongs to two different pasts.
                return changed
            waiting: list[JournalEntry] = []
            for entry in entries:
                now = self._follow(entry, again, settled)
                if now is not None:
                    changed.append(now)
                elif entry.hash not in again.receipts:
                    waiting.append(entry)
            reopened = [entry for entry in changed if entry.state is TransactionState.SENT]
            waiting = sorted([*waiting, *reopened], key=lambda entry: entry.nonce)
            changed += self._send_waiting(waiting, seen)
            return changed

    def check_not_quarantined(self) -> None:
        """Raise Conflict `sender-quarantined` if somebody else used this account and no operator
        has released it."""
        taken = self._taken()
        if taken:
            raise Conflict(
                "sender-quarantined",
                f"account {self.address}: nonce {taken[0].nonce} was used by a transaction that "
                "is not in the journal",
            )

    def unconfirmed_count(self) -> int:
        """Entries of this account that are not settled."""
        return len(self._journal.unconfirmed(self.address))

    def release(self) -> int:
        """An operator has looked into it and wants the account used again; how many cases."""
        with self._lock:
            taken = self._taken()
            for entry in taken:
                self._journal.mark(
                    entry.id,
                    TransactionState.FAILED,
                    block=entry.block,
                    block_hash=entry.block_hash,
                    failure=RELEASED + (entry.failure or ""),
                )
            self._accused = None
            return len(taken)

    def _absolve(self) -> list[JournalEntry]:
        """Entries taken for displaced whose receipt shows up after all: a node had withheld it.
        They are followed like any other again, and the quarantine ends with the last of them."""
        if self._accused is None:
            self._accused = self._taken()
        if not self._accused:
            return []
        seen = self._client.glimpse(self.address, [entry.hash for entry in self._accused])
        blocks = sorted({receipt.block for receipt in seen.receipts.values()})
        seen = self._client.glimpse(self.address, list(seen.receipts), blocks)
        absolved: list[JournalEntry] = []
        for entry in self._accused:
            receipt = seen.receipts.get(entry.hash)
            if receipt is not None and seen.hashes.get(receipt.block) == receipt.block_hash:
                log.warning("transaction_found_after_all", purpose=entry.purpose)
                absolved.append(
                    self._mark(entry, TransactionState.MINED, receipt.block, receipt.block_hash)
                )
        if absolved:
            self._accused = None
        return absolved

    def _taken(self) -> list[JournalEntry]:
        last = self._journal.last_settled(self.address)
        if last is None:
            return []
        # Nothing is signed in quarantine, so a taken nonce is never further back than one window.
        recent = self._journal.since(self.address, max(0, last.nonce - 8 * _WINDOW))
        return [entry for entry in recent if (entry.failure or "").startswith(NONCE_TAKEN)]

    def _simulate(self, to: str | None, data: bytes) -> None:
        try:
            self._client.call(to, data, sender=self.address)
        except CallReverted as reverted:
            raise name_revert(reverted) from reverted

    def _follow(self, entry: JournalEntry, seen: Glimpse, settled: int) -> JournalEntry | None:
        """What the chain says about one entry now; None if that is what the journal says."""
        receipt = seen.receipts.get(entry.hash)
        if receipt is not None and seen.hashes.get(receipt.block) == receipt.block_hash:
            self._suspected.pop(entry.hash, None)
            if receipt.block > settled:
                state, failure = TransactionState.MINED, None
            elif receipt.succeeded:
                state, failure = TransactionState.CONFIRMED, None
            else:
                state, failure = TransactionState.FAILED, self._explain(entry, receipt.block)
            if (state, receipt.block, receipt.block_hash) == (
                entry.state,
                entry.block,
                entry.block_hash,
            ):
                return None
            return self._mark(entry, state, receipt.block, receipt.block_hash, failure)
        if receipt is not None:
            return None  # the receipt's block is not the chain's: wait for the node to agree
        if entry.nonce < seen.count:
            return self._suspect(entry, seen, settled)
        self._suspected.pop(entry.hash, None)
        if entry.state is TransactionState.MINED:
            log.warning("transaction_block_vanished", purpose=entry.purpose, nonce=entry.nonce)
            return self._mark(entry, TransactionState.SENT)
        return None

    def _suspect(self, entry: JournalEntry, seen: Glimpse, settled: int) -> JournalEntry | None:
        """The nonce is used and we have no receipt: a node still indexing, or a foreign hand."""
        passes = self._suspected.get(entry.hash, 0) + 1
        self._suspected[entry.hash] = passes
        if passes < _SUSPICIONS or settled < 0:
            return None
        if self._client.transaction_count(self.address, settled) <= entry.nonce:
            return None  # used only in blocks that may still vanish
        if self._client.find_receipt(entry.hash) is not None:
            return None
        log.critical("transaction_nonce_taken", account=self.address, nonce=entry.nonce)
        self._accused = None
        return self._mark(
            entry,
            TransactionState.FAILED,
            seen.head.number,
            seen.head.hash,
            f"{NONCE_TAKEN}: nonce {entry.nonce} was used by a transaction that is not ours",
        )

    def _explain(self, entry: JournalEntry, block: int) -> str:
        """The contract's reason, found by running the call on the state before its block."""
        fields = decode_transaction(entry.raw).fields
        try:
            self._client.call(fields.to, fields.data, sender=self.address, block=block - 1)
        except CallReverted as reverted:
            named = name_revert(reverted)
            return f"{REVERTED}: {named.detail}"
        except Unavailable:
            pass
        return REVERTED

    def _send_waiting(self, waiting: Sequence[JournalEntry], seen: Glimpse) -> list[JournalEntry]:
        changed: list[JournalEntry] = []
        self.trouble = None
        # Entries below the chain's count are used already: ours without receipt, or suspicious.
        due = [
            entry
            for entry in waiting[:_WINDOW]
            if entry.nonce >= seen.count and self._is_due(entry, seen)
        ]
        absent = find_absent(self._client, due, waiting)
        oldest_peer = self._oldest_of_peers() if due else None
        for entry in due:
            repeated = entry.state is not TransactionState.SIGNED
            if repeated and oldest_peer is not None and entry.id > oldest_peer:
                self.trouble = f"nonce {entry.nonce} ({entry.purpose}): waits for older ones"
                break
            if callee(entry) in absent:
                self.trouble = f"nonce {entry.nonce} ({entry.purpose}): its contract is not there"
                log.warning("transaction_held_back", trouble=self.trouble)
                break
            sent = self._client.send_raw(entry.raw, entry.hash)
            # A crash here leaves SIGNED: the next pass sends again and hears "already known".
            self._offered[entry.hash] = time.monotonic()
            if sent.outcome in (SendOutcome.TAKEN, SendOutcome.LOOK_UP):
                if entry.state is not TransactionState.SENT:
                    changed.append(self._mark(entry, TransactionState.SENT))
                continue
            # Later nonces cannot be mined before this one: stop the lane here.
            self.trouble = f"nonce {entry.nonce} ({entry.purpose}): {sent.detail}"
            level = log.error if sent.outcome is SendOutcome.REFUSED else log.warning
            level("transaction_not_taken", outcome=sent.outcome.value, trouble=self.trouble)
            break
        return changed

    def _oldest_of_peers(self) -> int | None:
        """Journal id of the oldest entry of a peer that is in no block."""
        waiting = [
            entry.id
            for peer in self._peers
            for entry in self._journal.unconfirmed(peer)
            if entry.state is not TransactionState.MINED
        ]
        return min(waiting, default=None)

    def _is_due(self, entry: JournalEntry, seen: Glimpse) -> bool:
        if entry.state is TransactionState.SIGNED:
            return True
        offered = self._offered.get(entry.hash)
        if offered is None:
            return True  # this process never offered it: the node's pool may have been lost
        if entry.hash not in seen.known:
            return True
        return time.monotonic() - offered >= self._resend_seconds

    def _mark(
        self,
        entry: JournalEntry,
        state: TransactionState,
        block: int | None = None,
        block_hash: Digest | None = None,
        failure: str | None = None,
    ) -> JournalEntry:
        self._journal.mark(entry.id, state, block=block, block_hash=block_hash, failure=failure)
        log.info(
            "transaction_step", purpose=entry.purpose, nonce=entry.nonce, state=state, block=block
        )
        return dataclasses.replace(
            entry, state=state, block=block, block_hash=block_hash, failure=failure
        )
