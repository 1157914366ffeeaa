"""Which engines we start ourselves, by name."""

from __future__ import annotations

from pathlib import Path

from ledger.chain.anvil import AnvilEngine
from ledger.chain.engine import Engine
from ledger.chain.hardhat import HardhatEngine
from ledger.chain.process import is_port_free
from ledger.errors import Misconfigured


def choose_engine(
    name: str, data_dir: Path, *, block_period: float, last_url: str | None
) -> Engine:
    """The engine, not started, at the port it had before if that is free.

    Raises Misconfigured `rpc-urls-missing` for one that runs elsewhere.
    """
    port = int(last_url.rpartition(":")[2]) if last_url is not None else 0
    if port and not is_port_free(port):
        port = 0
    if name == "anvil":
        return AnvilEngine(data_dir, port=port, block_period=block_period)
    if name == "hardhat":
        return HardhatEngine(data_dir, port=port, block_period=block_period)
    raise Misconfigured("rpc-urls-missing", f"the engine {name} runs elsewhere: name its nodes")
