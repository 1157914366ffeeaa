"""anvil, the local chain of the embedded installation.

Driven, never auto-mining: in auto mode 1.7 stalls at some two thousand pending calls, and its own
interval mining fills the disk with empty blocks. History is pruned in memory and the on-disk state
cache is swept at each start; both grow without bound otherwise. Fees are zero as on the production
network. It listens on loopback only, without CORS.
"""

from __future__ import annotations

import gzip
import platform
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from ledger.chain.local_chain import GENESIS_TIME, LocalChain
from ledger.chain.process import LOOPBACK
from ledger.chain.quantities import read_data, read_object, read_quantity
from ledger.chain.rpc import Call, JsonRpc, NodeError
from ledger.chain.wire import read_transaction
from ledger.clock import Clock
from ledger.errors import Misconfigured

LOCAL_CHAIN_ID = 31337
HARDFORK = "cancun"
"""The fastest of anvil's: later forks copy a ring of block hashes with every snapshot of state."""

_DUMP_SECONDS = 300.0
_DUMP_BYTES = 4 * 1024**3


class AnvilEngine(LocalChain):
    """A supervised anvil. An `Engine`; see local_chain.py for what survives what."""

    def __init__(
        self,
        data_dir: Path,
        *,
        port: int = 0,
        block_period: float = 1.0,
        chain_id: int = LOCAL_CHAIN_ID,
        genesis_time: int = GENESIS_TIME,
        hardfork: str = HARDFORK,
        binary: Path | None = None,
        clock: Clock | None = None,
    ) -> None:
        node = AnvilNode(chain_id, genesis_time, hardfork, binary)
        super().__init__(node, data_dir, port=port, block_period=block_period, clock=clock)


class AnvilNode:
    """How anvil is started, mined and dumped."""

    name = "anvil"
    has_dump = True
    poll_seconds = 0.02

    def __init__(
        self, chain_id: int, genesis_time: int, hardfork: str, binary: Path | None
    ) -> None:
        self._chain_id = chain_id
        self._genesis_time = genesis_time
        self._hardfork = hardfork
        self._binary = binary

    def command(self, port: int, folder: Path, snapshot: Path | None) -> Sequence[str]:
        """The native binary itself: the npm wrapper would swallow our signals."""
        cache = folder / "cache"
        shutil.rmtree(cache, ignore_errors=True)
        command = [
            str(self._binary or find_anvil()),
            *("--host", LOOPBACK, "--port", str(port), "--no-cors", "--no-request-size-limit"),
            *("--no-mining", "--order", "fifo", "--accounts", "0"),
            *("--chain-id", str(self._chain_id), "--timestamp", str(self._genesis_time)),
            *("--hardfork", self._hardfork, "--gas-limit", "1000000000"),
            *("--base-fee", "0", "--gas-price", "0", "--disable-min-priority-fee"),
            *("--prune-history", "64", "--cache-path", str(cache), "--threads", "2", "--quiet"),
        ]
        return [*command, "--load-state", str(snapshot)] if snapshot is not None else command

    def environment(self, port: int) -> dict[str, str]:  # noqa: ARG002 - other engines need it
        """Nothing: everything is on the command line."""
        return {}

    def pending(self, rpc: JsonRpc) -> list[bytes]:
        """Executable transactions of the pool; those behind a nonce gap are not."""
        status = read_object(rpc.call("txpool_status"))
        if read_quantity(status.get("pending")) == 0:
            return []
        content = read_object(read_object(rpc.call("txpool_content")).get("pending"))
        return [
            read_transaction(lane[nonce])
            for lane in (read_object(content[sender]) for sender in content)
            for nonce in sorted(lane, key=int)
        ]

    def mine(self, rpc: JsonRpc, timestamp: int) -> None:
        """One block with everything executable."""
        answers = rpc.batch([Call("evm_mine", ({"timestamp": hex(timestamp)},))])
        if isinstance(answers[0], NodeError):
            raise answers[0]

    def dump(self, rpc: JsonRpc) -> bytes:
        """The state as `--load-state` reads it: JSON, which anvil hands out gzipped."""
        door = JsonRpc(rpc.url, timeout=_DUMP_SECONDS, max_bytes=_DUMP_BYTES)
        try:
            return gzip.decompress(read_data(door.call("anvil_dumpState")))
        finally:
            door.close()


def find_anvil() -> Path:
    """The native binary of the npm platform package. Raises Misconfigured."""
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine())
    if sys.platform != "linux" or machine is None:
        raise Misconfigured(
            "engine-unsupported", f"no local chain for {sys.platform} on {platform.machine()}"
        )
    package = Path("node_modules/@foundry-rs") / f"anvil-linux-{machine}" / "bin/anvil"
    for root in (Path(__file__).parents[2] / "hardhat-node", Path("hardhat-node").absolute()):
        if (root / package).is_file():
            return root / package
    raise Misconfigured("engine-binary-missing", "anvil is not installed in hardhat-node/")
