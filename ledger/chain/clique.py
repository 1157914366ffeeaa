"""A network of geth Clique validators on this machine: a chain of authorities to try things on.

Each validator is a process of its own with its own key, on loopback, connected to the others by
static peers. Blocks come every second, by turns; with N validators the chain goes on while more
than half of them live. Fees are zero (Berlin rules, no base fee). The keys lie unlocked in each
node, which is right for a trial on one machine and for nothing else.

    clique/network.json    keys, ports and genesis, made once
    clique/<n>/            validator n: key store, blocks, geth.log, node.pid
"""

from __future__ import annotations

import concurrent.futures
import json
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import coincurve
import structlog
from eth_account import Account

from ledger.chain.geth_binary import Progress, get_geth
from ledger.chain.process import LOOPBACK, Child, end_orphan, find_free_port
from ledger.chain.quantities import read_quantity
from ledger.chain.rpc import JsonRpc
from ledger.errors import Misconfigured, NotFound, Unavailable
from ledger.identity.private_key import PrivateKey

log = structlog.get_logger(__name__)

TRIAL_CHAIN_ID = 31338
_PASSWORD = "trial"  # noqa: S105 - the key lies beside it; the file format wants one
_START_SECONDS = 60.0
_GAS_LIMIT = 800_000_000
_COMPANY_SECONDS = 15.0
_APIS = "eth,net,web3,clique,txpool,miner"


@dataclass(frozen=True, slots=True)
class Validator:
    """One authority: its sealing key, its network key, its ports and its folder."""

    index: int
    key: PrivateKey
    node_key: PrivateKey
    folder: Path
    p2p_port: int
    http_port: int
    auth_port: int

    @property
    def url(self) -> str:
        """JSON-RPC address."""
        return f"http://{LOOPBACK}:{self.http_port}"

    @property
    def enode(self) -> str:
        """Where peers find it."""
        public = coincurve.PublicKey.from_secret(self.node_key.reveal()).format(compressed=False)
        return f"enode://{public[1:].hex()}@{LOOPBACK}:{self.p2p_port}?discport=0"


class CliqueNetwork:
    """Several validators. An `Engine`; single ones can be killed, restarted and cut off."""

    def __init__(
        self,
        data_dir: Path,
        *,
        validators: int = 4,
        period: int = 1,
        chain_id: int = TRIAL_CHAIN_ID,
        london: bool = False,
        separable: bool = False,
        binary: Path | None = None,
        progress: Progress = lambda _: None,
    ) -> None:
        if not 1 <= validators <= 16:
            raise Misconfigured("engine-start-failed", "a trial network has 1 to 16 validators")
        self._folder = data_dir / "clique"
        self._count = validators
        self._period = period
        self._chain_id = chain_id
        self._london = london
        self._separable = separable
        self._binary = binary
        self._progress = progress
        self._children: dict[int, Child] = {}
        self._validators: tuple[Validator, ...] = ()
        # The kernel's leash hangs on the spawning thread, so one thread spawns and stays.
        self._spawner = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="clique")

    @property
    def name(self) -> str:
        """See Engine."""
        return "clique"

    @property
    def rpc_urls(self) -> tuple[str, ...]:
        """See Engine; one address per validator."""
        return tuple(validator.url for validator in self._validators)

    @property
    def chain_id(self) -> int:
        """The chain's id."""
        return self._chain_id

    @property
    def validators(self) -> tuple[Validator, ...]:
        """The authorities, in the order of their indexes."""
        return self._validators

    def start(self) -> None:
        """See Engine. Builds geth if it was never built here."""
        binary = self._binary or get_geth(self._progress)
        self._binary = binary
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._validators = self._load_or_make()
            for validator in self._validators:
                end_orphan(validator.folder / "node.pid")
                if not (validator.folder / "geth").exists():
                    self._progress(f"setting up validator {validator.index + 1}")
                    self._initialise(binary, validator)
        except OSError as error:
            raise Misconfigured("engine-start-failed", f"{self._folder}: {error}") from error
        for validator in self._validators:
            self.restart(validator.index, wait=False)
        self._progress("waiting for the validators to meet")
        self._await_peers()
        for validator in self._validators:
            self._mine(validator)
        self._progress("waiting for the first block")
        self._await_blocks()

    def stop(self) -> None:
        """See Engine."""
        for child in self._children.values():
            if child.is_alive:
                # All at once: each flushes its database, together they take as long as one.
                child.interrupt()
        for child in self._children.values():
            child.terminate(30.0)
        self._children.clear()
        self._spawner.shutdown()

    def kill(self, index: int) -> None:
        """End a validator as a crash would."""
        self._child(index).kill()

    def restart(self, index: int, *, wait: bool = True) -> None:
        """Start a validator that does not run."""
        validator = self._validators[index]
        running = self._children.get(index)
        assert running is None or not running.is_alive, f"validator {index} runs"
        self._children[index] = self._spawner.submit(self._spawn, validator).result()
        if wait:
            self._await_answer(validator)
            self._await_company(validator)
            self._mine(validator)

    def is_running(self, index: int) -> bool:
        """Whether the validator's process lives."""
        child = self._children.get(index)
        return child is not None and child.is_alive

    def separate(self, index: int) -> None:
        """Cut one validator off from the others; both sides keep running. Needs `separable`."""
        self._link(index, "admin_removePeer")

    def reunite(self, index: int) -> None:
        """Connect it again."""
        self._link(index, "admin_addPeer")

    def peers(self, index: int) -> int:
        """How many others the validator is connected to."""
        door = JsonRpc(self._validators[index].url)
        try:
            return read_quantity(door.call("net_peerCount"))
        finally:
            door.close()

    def _link(self, index: int, method: str) -> None:
        assert self._separable, "the network was not made separable"
        one = self._validators[index]
        for other in self._validators:
            if other is one or not self.is_running(other.index) or not self.is_running(index):
                continue
            for here, there in ((one, other), (other, one)):
                door = JsonRpc(here.url)
                door.call(method, there.enode)
                door.close()

    def _child(self, index: int) -> Child:
        if index not in self._children:
            raise NotFound("engine-start-failed", f"validator {index} was never started")
        return self._children[index]

    def _load_or_make(self) -> tuple[Validator, ...]:
        path = self._folder / "network.json"
        if not path.exists():
            made = {
                "chainId": self._chain_id,
                "period": self._period,
                "london": self._london,
                "validators": [
                    {
                        "key": PrivateKey.generate().reveal().hex(),
                        "nodeKey": PrivateKey.generate().reveal().hex(),
                        "ports": [find_free_port() for _ in range(3)],
                    }
                    for _ in range(self._count)
                ],
            }
            path.touch(mode=0o600)
            path.write_text(json.dumps(made, indent=1), encoding="ascii")
        noted = json.loads(path.read_text(encoding="ascii"))
        if len(noted["validators"]) != self._count:
            raise Misconfigured(
                "engine-start-failed",
                f"{self._folder} holds a network of {len(noted['validators'])} validators",
                advice="Give that number, or another data directory.",
            )
        self._chain_id, self._period = noted["chainId"], noted["period"]
        self._london = noted["london"]
        return tuple(
            Validator(
                index,
                PrivateKey.from_hex(one["key"]),
                PrivateKey.from_hex(one["nodeKey"]),
                self._folder / str(index),
                *map(int, one["ports"]),
            )
            for index, one in enumerate(noted["validators"])
        )

    def genesis(self) -> dict[str, Any]:
        """The first block and the rules (EIP-225: validators ascending in extraData)."""
        forks = [
            *("homestead", "eip150", "eip155", "eip158", "byzantium", "constantinople"),
            *("petersburg", "istanbul", "muirGlacier", "berlin"),
        ]
        rules: dict[str, Any] = {"chainId": self._chain_id} | {f"{fork}Block": 0 for fork in forks}
        rules["clique"] = {"period": self._period, "epoch": 30000}
        addresses = sorted(bytes.fromhex(one.key.address[2:]) for one in self._validators)
        genesis: dict[str, Any] = {
            "config": rules,
            "difficulty": "0x1",
            "gasLimit": hex(_GAS_LIMIT),
            "extraData": "0x" + (bytes(32) + b"".join(addresses) + bytes(65)).hex(),
            "alloc": {},
        }
        if self._london:
            rules["londonBlock"] = 0
            genesis["baseFeePerGas"] = "0x0"
        return genesis

    def _initialise(self, binary: Path, validator: Validator) -> None:
        folder = validator.folder
        keys = folder / "keystore"
        keys.mkdir(parents=True, exist_ok=True)
        secret = validator.key.reveal()
        locked = Account.encrypt(secret, _PASSWORD, kdf="pbkdf2", iterations=1024)
        _write_private(keys / f"validator-{validator.key.address[2:].lower()}", json.dumps(locked))
        _write_private(folder / "nodekey", validator.node_key.reveal().hex())
        _write_private(folder / "password", _PASSWORD)
        (folder / "genesis.json").write_text(json.dumps(self.genesis()), encoding="ascii")
        others = [other.enode for other in self._validators if other is not validator]
        (folder / "config.toml").write_text(
            f"[Node.P2P]\nStaticNodes = {json.dumps(others)}\n", encoding="ascii"
        )
        done = subprocess.run(
            [str(binary), "--datadir", str(folder), "init", str(folder / "genesis.json")],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise Misconfigured("engine-start-failed", f"geth init: {done.stderr[-300:]}")

    def _spawn(self, validator: Validator) -> Child:
        folder = validator.folder
        address = validator.key.address
        apis = f"{_APIS},admin" if self._separable else _APIS
        return Child(
            [
                *(str(self._binary), "--config", str(folder / "config.toml")),
                *("--datadir", str(folder), "--networkid", str(self._chain_id)),
                *("--nodiscover", "--netrestrict", "127.0.0.1/32", "--nat", "none"),
                *("--port", str(validator.p2p_port), "--nodekey", str(folder / "nodekey")),
                *("--http", "--http.addr", LOOPBACK, "--http.port", str(validator.http_port)),
                *("--http.api", apis, "--http.vhosts", LOOPBACK, "--ipcdisable"),
                *("--authrpc.addr", LOOPBACK, "--authrpc.port", str(validator.auth_port)),
                # Every state is written: after kill -9 a node must not fall back to an old one.
                *("--syncmode", "full", "--gcmode", "archive", "--cache", "64"),
                *("--miner.etherbase", address, "--miner.gasprice", "0"),
                *("--miner.gaslimit", str(_GAS_LIMIT), "--txpool.pricelimit", "0"),
                *("--unlock", address, "--password", str(folder / "password")),
                *("--allow-insecure-unlock", "--verbosity", "3"),
            ],
            log=folder / "geth.log",
            pid_file=folder / "node.pid",
            env={"GOMAXPROCS": "2"},
        )

    def _await_peers(self) -> None:
        """Until everybody knows everybody. Validators that begin alone each make a chain of their
        own, and from four equal forks Clique may never find out (EIP-3436)."""
        deadline = time.monotonic() + _START_SECONDS
        for validator in self._validators:
            self._await_answer(validator, deadline)
            while self.peers(validator.index) < len(self._validators) - 1:
                if time.monotonic() > deadline:
                    raise Misconfigured(
                        "engine-start-failed", f"validator {validator.index} misses peers"
                    )
                time.sleep(0.1)

    def _await_company(self, validator: Validator) -> None:
        """A validator that comes back first hears from those that run, for a while at most: sealing
        on its own old head it would only add a fork."""
        others = [one for one in self._validators if one is not validator]
        deadline = time.monotonic() + _COMPANY_SECONDS
        while time.monotonic() < deadline:
            running = sum(self.is_running(one.index) for one in others)
            if self.peers(validator.index) >= running:
                return
            time.sleep(0.1)

    def _mine(self, validator: Validator) -> None:
        door = JsonRpc(validator.url)
        try:
            door.call("miner_start")
        finally:
            door.close()

    def _await_blocks(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        for validator in self._validators:
            height = 0
            while height == 0:
                height = self._await_answer(validator, deadline)
                if time.monotonic() > deadline:
                    raise Misconfigured(
                        "engine-start-failed", f"validator {validator.index} sees no block"
                    )
                if height == 0:
                    time.sleep(0.2)

    def _await_answer(self, validator: Validator, deadline: float | None = None) -> int:
        until = time.monotonic() + _START_SECONDS if deadline is None else deadline
        door = JsonRpc(validator.url, timeout=5.0)
        try:
            while True:
                try:
                    return read_quantity(door.call("eth_blockNumber"))
                except Unavailable as error:
                    if not self.is_running(validator.index) or time.monotonic() > until:
                        said = (validator.folder / "geth.log").read_bytes()[-400:].decode()
                        raise Misconfigured(
                            "engine-start-failed", f"validator {validator.index}: {said}"
                        ) from error
                    time.sleep(0.1)
        finally:
            door.close()


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="ascii")
