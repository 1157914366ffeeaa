"""The callee of a transaction: which contract it calls, and whether that is there.

A call to an address without code succeeds and does nothing. Where a lost past is rebuilt, a
transaction must therefore wait until the contract it calls stands again.
"""

from __future__ import annotations

from collections.abc import Sequence

from ledger.chain.client import ChainClient
from ledger.chain.wire import contract_address, decode_transaction
from ledger.ports import JournalEntry


def callee(entry: JournalEntry) -> str | None:
    """The contract an entry calls, None for a creation or a bare transfer."""
    fields = decode_transaction(entry.raw).fields
    return fields.to if fields.data else None


def find_absent(
    client: ChainClient, due: Sequence[JournalEntry], waiting: Sequence[JournalEntry]
) -> frozenset[str]:
    """Addresses that `due` call where no code stands and no entry in front creates it; `waiting`
    are all entries of the account that are in no block. Raises Unavailable."""
    created = {contract_address(entry.sender, entry.nonce) for entry in waiting}
    called = {address for entry in due if (address := callee(entry)) is not None}
    unknown = sorted(called - created)
    codes = client.codes(unknown) if unknown else []
    return frozenset(one for one, code in zip(unknown, codes, strict=True) if not code)
