"""kill -9 of the local chain, of its supervisor, of both; damaged and lost files."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ledger.chain.anvil import AnvilEngine
from ledger.chain.client import ChainClient
from ledger.chain.engine import Engine
from ledger.chain.local_chain import LocalChain
from ledger.errors import Misconfigured, Unavailable
from tests.integration.chain.conftest import make_engine
from tests.support.campaign import scale
from tests.support.chain_lab import Lab, new_lab, wait_for

pytestmark = pytest.mark.chain

ENGINES = pytest.mark.parametrize("name", ["anvil", "hardhat"])


def local(name: str, folder: Path) -> LocalChain:
    engine = make_engine(name, folder)
    assert isinstance(engine, LocalChain)
    engine.start()
    return engine


def kill_node(engine: LocalChain) -> int:
    pid = engine.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    return pid


@ENGINES
def test_node_killed_at_random_moments_loses_no_anchored_head(name: str, tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    chance = random.Random(seed)
    engine = local(name, tmp_path)
    try:
        with new_lab(engine.rpc_urls, name, timeout=1.0) as lab:
            lab.deploy()
            for _ in range(scale(6, 100)):
                lab.anchor()
                until = time.monotonic() + chance.uniform(0, 0.3)
                while time.monotonic() < until:
                    lab.pass_all()
                killed = kill_node(engine)
                _await_new_node(engine, killed, lab, seed)
                lab.settle()
                lab.check_anchored()
    finally:
        engine.stop()


def _await_new_node(engine: LocalChain, killed: int, lab: Lab, seed: int) -> None:
    wait_for(lambda: engine.pid not in (None, killed) and _answers(lab), 30, f"seed {seed}")


def _await_end(pid: int) -> None:
    wait_for(lambda: not Path(f"/proc/{pid}").exists(), 10, "the node lives on")


def _answers(lab: Lab) -> bool:
    try:
        lab.client.head()
    except Unavailable:
        return False
    return True


@ENGINES
def test_stop_and_start_keeps_every_block_at_the_same_address(name: str, tmp_path: Path) -> None:
    engine = local(name, tmp_path)
    with new_lab(engine.rpc_urls, name) as lab:
        lab.deploy()
        for _ in range(3):
            lab.anchor()
            lab.settle()
        hashes = [lab.client.find_block(n) for n in range(lab.client.head().number + 1)]
        engine.stop()
        again = local(name, tmp_path)
        try:
            assert again.rpc_urls == engine.rpc_urls
            after = [lab.client.find_block(n) for n in range(lab.client.head().number + 1)]
            assert after == hashes
            assert lab.pass_all() == []
            lab.check_anchored()
        finally:
            again.stop()


@ENGINES
def test_lost_chain_is_rebuilt_from_the_journal(name: str, tmp_path: Path) -> None:
    engine = local(name, tmp_path)
    with new_lab(engine.rpc_urls, name) as lab:
        lab.deploy()
        for _ in range(3):
            lab.anchor()
            lab.settle()
        engine.stop()
        port = (tmp_path / "chain/port").read_text()
        shutil.rmtree(tmp_path / "chain")
        (tmp_path / "chain").mkdir()
        (tmp_path / "chain/port").write_text(port)
        again = local(name, tmp_path)
        try:
            assert lab.client.head().number == 0
            lab.settle()
            wait_for(lambda: lab.pass_all() == [] and lab.is_settled, 30, lab.journal)
            lab.check_anchored()
            assert lab.heads.head_count(lab.log_id) == 3
        finally:
            again.stop()


@pytest.mark.parametrize("damage", ["snapshot", "blocks.log"])
def test_damaged_file_is_healed_from_the_journal(tmp_path: Path, damage: str) -> None:
    engine = local("anvil", tmp_path)
    with new_lab(engine.rpc_urls, "anvil") as lab:
        lab.deploy()
        lab.anchor()
        lab.settle()
        engine.stop()
        engine = local("anvil", tmp_path)
        lab.anchor()
        lab.settle()
        kept = (tmp_path / "chain/blocks.log").read_bytes()
        engine.stop()
        if damage == "snapshot":
            (tmp_path / "chain/snapshot").write_bytes(b'{"block": tru')
        else:
            (tmp_path / "chain/blocks.log").write_bytes(kept[: len(kept) // 2])
        again = local("anvil", tmp_path)
        try:
            lab.settle()
            wait_for(lambda: lab.pass_all() == [] and lab.is_settled, 30, lab.journal)
            lab.check_anchored()
        finally:
            again.stop()


_SUPERVISOR = """
import sys, time
from pathlib import Path
from ledger.chain.anvil import AnvilEngine
engine = AnvilEngine(Path(sys.argv[1]), block_period=0.1)
engine.start()
print(engine.rpc_url, engine.pid, flush=True)
time.sleep(600)
"""


def test_supervisor_killed_takes_the_node_along_and_the_next_rebuilds_the_chain(
    tmp_path: Path,
) -> None:
    lab: Lab | None = None
    for _ in range(scale(3, 40)):
        process = subprocess.Popen(
            [sys.executable, "-c", _SUPERVISOR, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        line = ""
        while not line.startswith("http"):
            line = process.stdout.readline()
            assert line, "the supervisor died"
        url, pid = line.split()
        if lab is None:
            manager = new_lab([url], "anvil", timeout=1.0)
            lab = manager.__enter__()
            lab.deploy()
        assert list(lab.urls) == [url]
        lab.anchor()
        lab.settle()
        lab.anchor()
        lab.pass_all()
        process.kill()
        process.wait()
        process.stdout.close()
        _await_end(int(pid))
    engine = local("anvil", tmp_path)
    try:
        assert lab is not None
        lab.settle()
        lab.check_anchored()
        lab.client.close()
    finally:
        engine.stop()


def test_port_in_use_is_one_clear_error(tmp_path: Path) -> None:
    engine = local("anvil", tmp_path / "one")
    try:
        port = int(engine.rpc_url.rpartition(":")[2])
        second: Engine = AnvilEngine(tmp_path / "two", port=port)
        with pytest.raises(Misconfigured, match=f"port {port}"):
            second.start()
        second.stop()
    finally:
        engine.stop()


def test_missing_binary_is_one_clear_error(tmp_path: Path) -> None:
    engine = AnvilEngine(tmp_path, binary=tmp_path / "nothing")
    with pytest.raises(Misconfigured) as refused:
        engine.start()
    assert refused.value.code == "engine-start-failed"


def test_blocks_are_made_only_when_there_is_something_to_mine(tmp_path: Path) -> None:
    engine = local("anvil", tmp_path)
    try:
        client = ChainClient(engine.rpc_urls)
        time.sleep(0.5)
        assert client.head().number == 0
        with new_lab(engine.rpc_urls, "anvil") as lab:
            lab.deploy()
            height = client.head().number
            time.sleep(0.5)
            assert client.head().number == height
        client.close()
    finally:
        engine.stop()
