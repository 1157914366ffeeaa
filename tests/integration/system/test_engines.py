"""The same installation on every engine, and on four validators that die and part."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ledger.chain.clique import CliqueNetwork
from ledger.digest import Digest
from ledger.errors import LedgerError
from ledger.records.record import RecordId
from ledger.storage.anchors import AnchorState
from ledger.verify.report import Verdict
from tests.integration.chain.conftest import make_engine
from tests.support.epcis_events import bare_event
from tests.support.world import World

SETTLE_SECONDS = 120.0


@dataclass
class Witness:
    """A world, what was captured in it, and every head it ever told as anchored."""

    world: World
    records: list[RecordId] = field(default_factory=list)
    told: dict[int, Digest] = field(default_factory=dict)

    def capture(self) -> None:
        body = json.dumps(bare_event()).encode()
        answer = self.world.app.group_commit.capture_event(self.world.caller, body)
        self.records.append(answer.result(30).record_id)

    def work(self, seconds: float) -> None:
        """Rounds of the worker while captures go on, whatever the chain does."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.capture()
            try:
                self.world.step()
            except LedgerError:
                time.sleep(0.1)
            self.note()
            time.sleep(0.1)

    def note(self) -> None:
        with self.world.app.db.read() as tx:
            for row in tx.anchors.list(10):
                if row.state is AnchorState.CONFIRMED:
                    assert self.told.setdefault(row.size, row.root) == row.root

    def check(self) -> None:
        """Everything proven; what was ever told as anchored stands on chain."""
        self.world.settle(SETTLE_SECONDS)
        self.note()
        app = self.world.app
        for record in [*self.records[:2], *self.records[-3:]]:
            report = app.verifying.verify(app.proving.bundle(record).encode())
            assert report.verdict is Verdict.INTACT, report.to_json()
        for size, root in self.told.items():
            head = app.reader.find_head(app.log_id, size)
            assert head is not None, f"head {size} was told as anchored and is gone"
            assert head.root == root
        audit = app.auditing.audit()
        assert audit.is_clean, (audit.findings, audit.unchecked)
        assert audit.leaves == len(self.records)


@pytest.mark.parametrize(
    "engine",
    [
        pytest.param("anvil", marks=pytest.mark.chain),
        pytest.param("hardhat", marks=[pytest.mark.chain, pytest.mark.slow]),
    ],
)
def test_local_engine_keeps_records_provable_over_restarts(engine: str, tmp_path: Path) -> None:
    chain = make_engine(engine, tmp_path)
    chain.start()
    with contextlib.closing(World(chain.rpc_urls, engine=engine)) as world:
        witness = Witness(world)
        witness.work(0.5)
        witness.check()
        url = chain.rpc_urls[0]
        chain.stop()
        witness.capture()
        with pytest.raises(LedgerError):
            world.app.reader.identity()
        chain = make_engine(engine, tmp_path)
        chain.start()
        assert chain.rpc_urls == (url,)
        world.restart()
        witness.work(0.5)
        witness.check()
    chain.stop()


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CliqueNetwork]:
    running = CliqueNetwork(tmp_path_factory.mktemp("clique"), separable=True)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def on_network(network: CliqueNetwork) -> Iterator[Witness]:
    with contextlib.closing(World(network.rpc_urls, engine="clique")) as world:
        yield Witness(world)


@pytest.mark.network
@pytest.mark.slow
class TestFourValidators:
    """One after the other on the same network and the same installation."""

    def test_records_are_proven_and_survive_a_restart(self, on_network: Witness) -> None:
        on_network.work(2)
        on_network.check()
        on_network.world.restart()
        on_network.work(1)
        on_network.check()

    def test_one_validator_killed_under_load(
        self, network: CliqueNetwork, on_network: Witness
    ) -> None:
        on_network.work(1)
        network.kill(3)
        on_network.work(4)
        network.restart(3)
        on_network.check()

    def test_two_validators_killed_and_restarted(
        self, network: CliqueNetwork, on_network: Witness
    ) -> None:
        network.kill(0)
        network.kill(1)
        time.sleep(2)
        on_network.note()
        before = dict(on_network.told)
        on_network.work(5)
        # The chain stands still: whatever was told meanwhile would have been made up.
        assert len(on_network.told) <= len(before) + 1
        network.restart(0)
        network.restart(1)
        on_network.check()

    def test_node_we_use_killed(self, network: CliqueNetwork, on_network: Witness) -> None:
        used = on_network.world.app.client.endpoints.primary
        index = network.rpc_urls.index(used)
        network.kill(index)
        on_network.work(4)
        assert on_network.world.app.client.endpoints.primary != used
        network.restart(index)
        on_network.check()

    def test_partition_that_is_healed(self, network: CliqueNetwork, on_network: Witness) -> None:
        """The node we use is cut off from the others; what it sealed alone is reorganized away."""
        endpoints = on_network.world.app.client.endpoints
        index = network.rpc_urls.index(endpoints.primary)
        on_network.capture()
        network.separate(index)
        on_network.work(6)
        network.reunite(index)
        on_network.check()
