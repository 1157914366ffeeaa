"""The anchored heads as events tell them, read with web3.py: a second way to the same facts.

Our own client asks the contract's views; this asks its event log through another library, so that
an operator can compare the two. web3 is loaded when it is used: it costs memory a server need not
spend. Its defaults are tightened: a contract's answer must not make us fetch URLs (CCIP-Read),
names are not looked up (ENS), and headers with long extraData, as authorities write them, are
read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from ledger.chain.endpoints import ChainIdentity, IdentityChanged
from ledger.digest import Digest
from ledger.errors import Unavailable
from ledger.identity.address import parse_address

if TYPE_CHECKING:
    from web3 import Web3

_STRIDE = 5_000
"""Blocks per question: nodes limit how much of the past one may ask for at once."""


@dataclass(frozen=True, slots=True)
class AnchoredHead:
    """One `HeadAppended` event and where it stands."""

    ordinal: int
    size: int
    old_size: int
    root: Digest
    block: int
    block_hash: Digest
    transaction: Digest


def open_web3(url: str, identity: ChainIdentity | None = None) -> Web3:
    """A web3 for one node, with safe defaults. Raises Misconfigured when it serves another chain
    and Unavailable when it does not answer."""
    from requests import RequestException
    from web3 import HTTPProvider, Web3
    from web3.exceptions import Web3Exception
    from web3.middleware import ExtraDataToPOAMiddleware

    provider = HTTPProvider(url, request_kwargs={"timeout": 10, "allow_redirects": False})
    provider.global_ccip_read_enabled = False
    web3 = Web3(provider)
    web3.middleware_onion.remove("ens_name_to_address")
    web3.middleware_onion.inject(ExtraDataToPOAMiddleware, layer=0)
    try:
        block = web3.eth.get_block(0)
        found = ChainIdentity(web3.eth.chain_id, Digest(bytes(block["hash"])))
    except (Web3Exception, RequestException, OSError, ValueError) as error:
        raise Unavailable("chain-unavailable", f"chain node {url}: {error!s:.200}") from error
    if identity is not None and found != identity:
        raise IdentityChanged(url, found, identity)
    return web3


def read_heads(web3: Web3, checkpoint_log: str, log_id: Digest) -> Iterator[AnchoredHead]:
    """Every head of the log, oldest first. Raises Unavailable when the node gives up on the way."""
    from requests import RequestException
    from web3.exceptions import Web3Exception

    artifact = resources.files("ledger.chain") / "artifacts" / "CheckpointLog.json"
    abi = json.loads(artifact.read_text(encoding="utf-8"))["abi"]
    contract = web3.eth.contract(address=web3.to_checksum_address(checkpoint_log), abi=abi)
    assert parse_address(checkpoint_log) == contract.address
    try:
        last = web3.eth.block_number
        for first in range(0, last + 1, _STRIDE):
            found = contract.events.HeadAppended.get_logs(
                argument_filters={"logId": bytes(log_id)},
                from_block=first,
                to_block=min(first + _STRIDE - 1, last),
            )
            for event in found:
                yield AnchoredHead(
                    ordinal=event["args"]["ordinal"],
                    size=event["args"]["size"],
                    old_size=event["args"]["oldSize"],
                    root=Digest(bytes(event["args"]["root"])),
                    block=event["blockNumber"],
                    block_hash=Digest(bytes(event["blockHash"])),
                    transaction=Digest(bytes(event["transactionHash"])),
                )
    except (Web3Exception, RequestException, OSError, ValueError) as error:
        raise Unavailable("chain-unavailable", f"reading events: {error!s:.200}") from error
