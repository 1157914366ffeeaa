"""The block log: what a local chain mined since its last snapshot, on disk before it happens.

One JSON line per step, each behind the CRC-32 of its text::

    crc {"mine": number, "time": t, "raw": ["0x…", …]}     fsynced before the block is mined
    crc {"block": number, "hash": "0x…", "raw": […]?}      what came of it

A crash before the first line is on disk loses nothing anybody saw. A crash after it is repaired by
mining the same transactions at the same time, which gives the same hash, unless a transaction
slipped in between the two; then the second line tells (`raw` again). If that line is lost as well,
the hash differs and the journal of transactions heals the rest.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from ledger.chain.quantities import write_data
from ledger.digest import Digest

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class MinedBlock:
    """A block as it must be mined again. `hash` is None when its mining was announced and the
    outcome never written."""

    number: int
    time: int
    raw: tuple[bytes, ...]
    hash: Digest | None


class BlockLog:
    """Append-only file of mined blocks. Used by one thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._blocks = _read(path)
        self._file = path.open("ab")
        self._rewrite(list(self._blocks.values()))

    @property
    def blocks(self) -> Sequence[MinedBlock]:
        """Blocks to mine again after the snapshot, in order."""
        return list(self._blocks.values())

    def announce(self, number: int, time: int, raw: Sequence[bytes]) -> None:
        """Write what is about to be mined; on disk when this returns."""
        self._keep(MinedBlock(number, time, tuple(raw), None))
        self._write({"mine": number, "time": time, "raw": [write_data(one) for one in raw]})
        self._file.flush()
        os.fsync(self._file.fileno())

    def settle(self, number: int, block_hash: Digest, raw: Sequence[bytes] | None = None) -> None:
        """Write what came of it; `raw` only if the block holds others than announced."""
        announced = self._blocks[number]
        kept = announced.raw if raw is None else tuple(raw)
        self._keep(MinedBlock(number, announced.time, kept, block_hash))
        line: dict[str, Any] = {"block": number, "hash": block_hash.prefixed}
        if raw is not None:
            line["raw"] = [write_data(one) for one in raw]
        self._write(line)
        # Not fsynced: were this line lost with the machine, the announcement repeats the block.
        self._file.flush()

    def forget_through(self, number: int) -> None:
        """Drop blocks a snapshot now holds. The snapshot must be on disk before."""
        self._rewrite([block for block in self._blocks.values() if block.number > number])

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _keep(self, block: MinedBlock) -> None:
        # A number seen again replaces it and all after it: the chain was rolled back in between.
        for number in [known for known in self._blocks if known >= block.number]:
            del self._blocks[number]
        self._blocks[block.number] = block

    def _write(self, line: dict[str, Any]) -> None:
        self._file.write(_frame(line))

    def _rewrite(self, blocks: Sequence[MinedBlock]) -> None:
        fresh = self._path.with_suffix(".new")
        with fresh.open("wb") as file:
            for block in blocks:
                raw = [write_data(one) for one in block.raw]
                file.write(_frame({"mine": block.number, "time": block.time, "raw": raw}))
                if block.hash is not None:
                    file.write(_frame({"block": block.number, "hash": block.hash.prefixed}))
            file.flush()
            os.fsync(file.fileno())
        replace_durably(fresh, self._path)
        self._blocks = {block.number: block for block in blocks}
        self._file.close()
        self._file = self._path.open("ab")


def replace_durably(fresh: Path, target: Path) -> None:
    """Put a file that is already on disk in another's place, on disk when this returns."""
    fresh.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _frame(line: dict[str, Any]) -> bytes:
    text = json.dumps(line, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _read(path: Path) -> dict[int, MinedBlock]:
    """All whole lines up to the first torn one: after a crash only the end can be torn."""
    blocks: dict[int, MinedBlock] = {}
    if not path.exists():
        return blocks
    for number, framed in enumerate(path.read_bytes().split(b"\n")):
        if not framed:
            continue
        crc, _, text = framed.partition(b" ")
        if crc != b"%08x" % zlib.crc32(text):
            log.error("block_log_torn", path=str(path), line=number + 1)
            break
        line = json.loads(text)
        raw = tuple(bytes.fromhex(one[2:]) for one in line.get("raw", ()))
        if "mine" in line:
            for later in [known for known in blocks if known >= line["mine"]]:
                del blocks[later]
            blocks[line["mine"]] = MinedBlock(line["mine"], line["time"], raw, None)
        elif line["block"] in blocks:
            known = blocks[line["block"]]
            blocks[known.number] = MinedBlock(
                known.number,
                known.time,
                raw if "raw" in line else known.raw,
                Digest(bytes.fromhex(line["hash"][2:])),
            )
    return blocks
