"""What a node proves about the state of a contract (EIP-1186), and the headers it stands under.

Nothing is believed here: whoever gets the proof checks it against a state root. A node that keeps
no state of that block any longer says so, which is Unavailable.
"""

from __future__ import annotations

from collections.abc import Sequence

from ledger.chain.client import ChainClient
from ledger.chain.quantities import malformed, read_data, read_list, read_object
from ledger.chain.rpc import NodeError
from ledger.errors import Unavailable
from ledger.proof.block_headers import BlockHeader
from ledger.proof.state_proof import StateProof

_AT_ONCE = 256


def prove_slot(client: ChainClient, contract: str, slot: int, block: int) -> StateProof:
    """The way from the state root of that block to the slot. Raises Unavailable."""
    try:
        answer = read_object(client.ask("eth_getProof", contract, [f"0x{slot:064x}"], hex(block)))
    except NodeError as error:
        raise Unavailable("chain-node-error", f"no proof of block {block}: {error}") from error
    slots = read_list(answer.get("storageProof"))
    if len(slots) != 1:
        raise malformed("the proof of one slot", answer)
    nodes = read_list(read_object(slots[0]).get("proof"))
    return StateProof(
        account=tuple(read_data(node) for node in read_list(answer.get("accountProof"))),
        storage=tuple(read_data(node) for node in nodes),
    )


def read_row(client: ChainClient, first: int, last: int) -> tuple[BlockHeader, ...]:
    """The headers from `first` to `last`. Raises Unavailable where one is missing."""
    found: list[BlockHeader] = []
    for start in range(first, last + 1, _AT_ONCE):
        numbers: Sequence[int] = range(start, min(start + _AT_ONCE, last + 1))
        for number, header in zip(numbers, client.headers(numbers), strict=True):
            if header is None:
                raise Unavailable("chain-node-error", f"the node has no block {number}")
            found.append(BlockHeader.read(header.encoded))
    return tuple(found)
