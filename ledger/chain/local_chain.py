"""A single-node chain we supervise: it mines when there is something to mine and survives kill -9.

One thread owns the node: it starts it, rebuilds its past, decides when a block is made, restarts it
when it dies. The node itself keeps nothing that we trust after a crash:

    chain/snapshot      the node's own state dump, replaced atomically
    chain/blocks.log    every block since, announced before it is mined (block_log.py)
    chain/port          the port last used, so that URLs in trust files stay true
    chain/node.pid      the child, for whoever starts after a crash

What a start finds is therefore snapshot + log, mined again block by block with the same times,
which gives the same hashes. Where it does not (a file was damaged), the start goes on with what it
has and says so: the journal of transactions sends again what is missing.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import structlog

from ledger.chain.block_log import BlockLog, MinedBlock, replace_durably
from ledger.chain.blocks import Block, read_block
from ledger.chain.process import LOOPBACK, Child, end_orphan, find_free_port, is_port_free
from ledger.chain.quantities import read_list, read_object, write_data
from ledger.chain.rpc import Call, JsonRpc, NodeError
from ledger.chain.wire import read_transaction
from ledger.clock import Clock, SystemClock, unix_seconds
from ledger.digest import keccak256
from ledger.errors import LedgerError, Misconfigured, Unavailable

log = structlog.get_logger(__name__)

GENESIS_TIME = 1_735_689_600
"""2025-01-01T00:00:00Z. Fixed, so that a chain whose files are lost begins with the same genesis
and the journal can rebuild it under the same pinned identity."""

_START_SECONDS = 60.0
_MAX_LOG_BYTES = 4 * 1024 * 1024
_SHORTEST_TAIL = 256
"""Blocks in the log before a snapshot is worth its cost; more on longer chains."""


class LocalNode(Protocol):
    """What differs between the engines that can be driven so."""

    name: str
    has_dump: bool
    """Whether `dump` gives a state."""
    poll_seconds: float
    """Pause between two looks into the pool; what it costs differs much."""

    def command(self, port: int, folder: Path, snapshot: Path | None) -> Sequence[str]:
        """The command that starts the node, mining nothing by itself. Raises Misconfigured."""

    def environment(self, port: int) -> dict[str, str]:
        """Environment variables it needs besides ours."""

    def pending(self, rpc: JsonRpc) -> list[bytes]:
        """Raw transactions that could be mined now, in the order they will be."""

    def mine(self, rpc: JsonRpc, timestamp: int) -> None:
        """Make one block with that time."""

    def dump(self, rpc: JsonRpc) -> bytes:
        """A state dump `command` can start from."""


class LocalChain:
    """Supervisor of one `LocalNode`. An `Engine`."""

    def __init__(
        self,
        node: LocalNode,
        data_dir: Path,
        *,
        port: int = 0,
        block_period: float = 1.0,
        clock: Clock | None = None,
    ) -> None:
        self._node = node
        self._folder = data_dir / "chain"
        self._wanted_port = port
        self._port = 0
        self._period = block_period
        self._clock = clock or SystemClock()
        self._stop = threading.Event()
        self._ready = threading.Event()
        self._failure: LedgerError | None = None
        self._thread: threading.Thread | None = None
        self._child: Child | None = None
        self._rpc = JsonRpc(f"http://{LOOPBACK}:1")
        self._last_mined = 0.0

    @property
    def name(self) -> str:
        """See Engine."""
        return self._node.name

    @property
    def rpc_url(self) -> str:
        """Address of the node; the same after a restart of the chain."""
        assert self._port, "not started"
        return f"http://{LOOPBACK}:{self._port}"

    @property
    def rpc_urls(self) -> tuple[str, ...]:
        """See Engine."""
        return (self.rpc_url,)

    @property
    def pid(self) -> int | None:
        """Process id of the node."""
        return self._child.pid if self._child is not None else None

    def start(self) -> None:
        """See Engine."""
        assert self._thread is None, "started twice"
        self._folder.mkdir(parents=True, exist_ok=True)
        end_orphan(self._folder / "node.pid")
        self._port = self._choose_port()
        self._thread = threading.Thread(target=self._run, name=f"{self.name}-driver", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            self._thread.join()
            self._thread = None
            raise self._failure

    def stop(self) -> None:
        """See Engine. Leaves a snapshot behind, so that the next start has nothing to replay."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _choose_port(self) -> int:
        noted = self._folder / "port"
        if self._wanted_port:
            if not is_port_free(self._wanted_port):
                raise Misconfigured(
                    "engine-start-failed",
                    f"port {self._wanted_port} for the local chain is in use",
                    advice="End the program that listens there, or choose another port.",
                )
            port = self._wanted_port
        else:
            try:
                port = int(noted.read_text(encoding="ascii"))
            except (OSError, ValueError):
                port = 0
            if not 1024 <= port <= 65535 or not is_port_free(port):
                port = find_free_port()
        noted.write_text(str(port), encoding="ascii")
        return port

    def _run(self) -> None:
        blocks: BlockLog | None = None
        try:
            blocks = BlockLog(self._folder / "blocks.log")
            self._launch(blocks)
        except (LedgerError, OSError) as error:
            self._failure = (
                error
                if isinstance(error, LedgerError)
                else Misconfigured("engine-start-failed", f"{self._folder}: {error}")
            )
            self._end_child()
            if blocks is not None:
                blocks.close()
            return
        finally:
            self._ready.set()
        while not self._stop.wait(self._next_look()):
            try:
                self._turn(blocks)
            except (LedgerError, OSError) as error:
                log.error("local_chain_trouble", engine=self.name, reason=str(error))
                self._stop.wait(0.2)
            except Exception:
                # A driver that ended over a bug would be a chain that silently stands still.
                log.exception("local_chain_bug", engine=self.name)
                self._stop.wait(1.0)
        try:
            self._snapshot(blocks)
        except (LedgerError, OSError) as error:
            log.warning("local_chain_snapshot_missed", engine=self.name, reason=str(error))
        self._end_child()
        blocks.close()

    def _next_look(self) -> float:
        due = self._last_mined + self._period - time.monotonic()
        return max(self._node.poll_seconds, min(due, 0.5))

    def _turn(self, blocks: BlockLog) -> None:
        if self._child is None or not self._child.is_alive:
            log.error("local_chain_died", engine=self.name, pid=self.pid)
            self._launch(blocks)
        if time.monotonic() < self._last_mined + self._period:
            return
        raw = self._node.pending(self._rpc)
        if raw:
            self._mine(blocks, raw)
            self._shorten_output()
            longest = max(_SHORTEST_TAIL, self._head().number // 8)
            if len(blocks.blocks) > longest:
                self._snapshot(blocks)

    def _mine(self, blocks: BlockLog, raw: Sequence[bytes]) -> None:
        parent = self._head()
        # Header times must grow; they run ahead of the clock only when blocks are made faster.
        at = max(parent.time + 1, unix_seconds(self._clock.now()))
        blocks.announce(parent.number + 1, at, raw)
        self._node.mine(self._rpc, at)
        self._last_mined = time.monotonic()
        number = parent.number + 1
        made = read_object(self._rpc.call("eth_getBlockByNumber", hex(number), False))
        block = read_block(made)
        taken = read_list(made.get("transactions"))
        if taken == [keccak256(one).prefixed for one in raw]:
            blocks.settle(number, block.hash)
        else:
            known = {keccak256(one).prefixed: one for one in raw}
            missing = [one for one in taken if one not in known]
            known.update(zip(missing, self._read_raw(missing), strict=True))
            blocks.settle(number, block.hash, [known[one] for one in taken])

    def _read_raw(self, hashes: Sequence[str]) -> list[bytes]:
        answers = self._rpc.batch([Call("eth_getTransactionByHash", (one,)) for one in hashes])
        return [read_transaction(answer) for answer in answers] if hashes else []

    def _head(self) -> Block:
        return read_block(self._rpc.call("eth_getBlockByNumber", "latest", False))

    def _launch(self, blocks: BlockLog) -> None:
        """Start the node with its whole past.

        The past is rebuilt on a private port where the engine can dump it: somebody looking in
        between would see a chain without it, and what they sent would become part of it.
        """
        behind = bool(blocks.blocks) and self._node.has_dump
        self._spawn_newest(find_free_port() if behind else self._port)
        self._rebuild(blocks)
        if behind:
            self._snapshot(blocks)
            self._end_child()
            self._spawn_newest(self._port)
        log.info(
            "local_chain_started", engine=self.name, url=self.rpc_url, height=self._head().number
        )

    def _spawn_newest(self, port: int) -> None:
        snapshot = self._folder / "snapshot"
        try:
            self._spawn(port, snapshot if snapshot.exists() else None)
        except Misconfigured:
            if not snapshot.exists() or self._child is None or self._child.is_alive:
                raise
            # The node cannot read its own dump: keep it for whoever investigates, begin at genesis.
            log.error("local_chain_snapshot_unreadable", engine=self.name, path=str(snapshot))
            snapshot.replace(snapshot.with_suffix(".unreadable"))
            self._spawn(port, None)

    def _rebuild(self, blocks: BlockLog) -> None:
        height = self._head().number
        for block in blocks.blocks:
            if block.number == height + 1:
                self._repeat(blocks, block)
                height += 1
            elif block.number > height:
                log.error("local_chain_gap", engine=self.name, have=height, next=block.number)
                break

    def _repeat(self, blocks: BlockLog, block: MinedBlock) -> None:
        for raw in block.raw:
            try:
                self._rpc.call("eth_sendRawTransaction", write_data(raw))
            except NodeError as error:
                log.error("local_chain_replay_refused", block=block.number, reason=error.text)
        self._node.mine(self._rpc, block.time)
        made = self._head()
        if block.hash is None:
            blocks.settle(block.number, made.hash)
        elif made.hash != block.hash:
            log.error(
                "local_chain_replay_differs",
                block=block.number,
                was=block.hash.prefixed,
                now=made.hash.prefixed,
            )

    def _spawn(self, port: int, snapshot: Path | None) -> None:
        output = self._folder / "node.log"
        self._child = Child(
            self._node.command(port, self._folder, snapshot),
            log=output,
            pid_file=self._folder / "node.pid",
            env=self._node.environment(port),
        )
        self._rpc.close()
        self._rpc = JsonRpc(f"http://{LOOPBACK}:{port}", timeout=60.0)
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                self._rpc.call("eth_chainId", timeout=2.0)
            except Unavailable as error:
                if not self._child.is_alive:
                    said = output.read_bytes()[-300:].decode(errors="replace").strip()
                    raise Misconfigured(
                        "engine-start-failed", f"{self.name} ended at once: {said or 'silently'}"
                    ) from error
                if time.monotonic() > deadline or self._stop.wait(0.02):
                    raise Misconfigured(
                        "engine-start-failed", f"{self.name} does not answer: {error.detail}"
                    ) from error
            else:
                return

    def _shorten_output(self) -> None:
        """The node appends to its log for as long as it lives; emptied in place when too long."""
        output = self._folder / "node.log"
        if output.stat().st_size > _MAX_LOG_BYTES:
            os.truncate(output, 0)

    def _snapshot(self, blocks: BlockLog) -> None:
        """Replace the snapshot and shorten the log. A crash between the two repeats nothing: the
        start skips logged blocks the snapshot already holds."""
        if not blocks.blocks or self._child is None or not self._child.is_alive:
            return
        height = self._head().number
        if not self._node.has_dump:
            return
        dumped = self._node.dump(self._rpc)
        target = self._folder / "snapshot"
        fresh = target.with_suffix(".new")
        with fresh.open("wb") as file:
            file.write(dumped)
            file.flush()

            os.fsync(file.fileno())
        replace_durably(fresh, target)
        blocks.forget_through(height)

    def _end_child(self) -> None:
        if self._child is not None:
            self._child.terminate()
            self._child = None
        self._rpc.close()
