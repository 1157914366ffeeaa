"""A node that lies, stalls, answers twice or loses the answer after sending: never a false
"anchored", never twice on chain, and everything is well again once the node is."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest

from bench.result import at_least, at_most, informs
from ledger.chain.anvil import AnvilEngine
from ledger.chain.client import ChainClient
from ledger.chain.contracts import CheckpointLog
from ledger.errors import Conflict, LedgerError
from ledger.records.record import RecordId
from ledger.storage.anchors import AnchorState
from ledger.verify.report import Verdict
from tests.support.campaign import IS_CAMPAIGN, scale
from tests.support.campaign_result import write_result
from tests.support.epcis_events import bare_event
from tests.support.rpc_proxy import Fault, RpcProxy, running_proxy
from tests.support.served import served
from tests.support.strangers import wait_until
from tests.support.world import World

pytestmark = [pytest.mark.chain, pytest.mark.slow]

ROUNDS = scale(1, 12)
DARK = {Fault.STALL, Fault.DRIP, Fault.HTML_502, Fault.REDIRECT, Fault.TRUNCATED, Fault.HUGE}
DARK |= {Fault.LOST_ANSWER, Fault.FOREIGN_ID, Fault.WRONG_CHAIN, Fault.OTHER_GENESIS}
"""Faults under which the chain cannot be asked at all, when they hit every request."""

TYPICAL = {Fault.LOST_ANSWER, Fault.TRUNCATED, Fault.WRONG_CHAIN, Fault.NULL_RECEIPT}
TYPICAL |= {Fault.WRONG_RECEIPT, Fault.STALE_BLOCK, Fault.ANSWERED_TWICE}
EVERYWHERE = [fault for fault in Fault if IS_CAMPAIGN or fault in TYPICAL]
"""Each is waited out: the short run has one of each sort, a campaign all."""

# Where to strike besides everywhere: the requests whose answers decide.
AIMED = {
    Fault.LOST_ANSWER: "eth_sendRawTransaction",
    Fault.SENT_TWICE: "eth_sendRawTransaction",
    Fault.STALL: "eth_sendRawTransaction",
    Fault.REFUSED: "eth_sendRawTransaction",
    Fault.TRUNCATED: "eth_getTransactionReceipt",
    Fault.NULL_RECEIPT: "eth_getTransactionReceipt",
    Fault.WRONG_RECEIPT: "eth_getTransactionReceipt",
    Fault.ANSWERED_TWICE: "eth_getTransactionReceipt",
    Fault.LYING_HASH: "eth_getBlockByNumber",
    Fault.STALE_BLOCK: "eth_getBlockByNumber",
}


@dataclass
class Bench:
    """A world behind a proxy, the true node beside it, and what was captured."""

    world: World
    proxy: RpcProxy
    truth: ChainClient
    web: httpx.Client
    records: list[RecordId] = field(default_factory=list)
    recoveries: list[float] = field(default_factory=list)

    def capture(self) -> RecordId:
        body = json.dumps(bare_event()).encode()
        stored = self.world.app.group_commit.capture_event(self.world.caller, body).result(30)
        self.records.append(stored.record_id)
        return stored.record_id

    def step(self) -> None:
        """A worker's round; the worker's own thread would log what it raises."""
        try:
            self.world.step()
        except LedgerError:
            time.sleep(0.05)

    def check_told_truly(self) -> None:
        """Every head told as anchored stands on the true chain, with its root."""
        heads = CheckpointLog(self.world.app.deployment.checkpoint_log, self.truth)
        with self.world.app.db.read() as tx:
            told = [row for row in tx.anchors.list(20) if row.state is AnchorState.CONFIRMED]
        for row in told:
            head = heads.find_head(self.world.app.log_id, row.size)
            assert head is not None, f"head {row.size} is told as anchored and is not on chain"
            assert head.root == row.root
            assert (head.block, head.time) == (row.block, row.block_time)

    def check_well(self) -> None:
        """All proven, each head once, readiness told."""
        started = time.monotonic()
        self.world.settle(40)
        self.recoveries.append(time.monotonic() - started)
        app = self.world.app
        for record in self.records[-3:]:
            report = app.verifying.verify(app.proving.bundle(record).encode())
            assert report.verdict is Verdict.INTACT, report.to_json()
        audit = app.auditing.audit()
        assert audit.is_clean, (audit.findings, audit.unchecked)
        assert audit.leaves == len(self.records)
        heads = CheckpointLog(app.deployment.checkpoint_log, self.truth)
        with app.db.read() as tx:
            assert heads.head_count(app.log_id) == len(tx.anchors.list())
        time.sleep(0.55)  # a look is kept for half a second
        self.world.step()  # the worker's lease is short here
        answer = self.web.get("/readyz")
        assert answer.status_code == 200, answer.text


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    engine = AnvilEngine(tmp_path_factory.mktemp("chain"), block_period=0.05)
    engine.start()
    truth = ChainClient([engine.rpc_url])
    with running_proxy(engine.rpc_url) as proxy:
        world = World(proxy.url)
        with served(world.app) as web:
            yield Bench(world, proxy, truth, web)
        world.close()
    truth.close()
    engine.stop()


@pytest.fixture(autouse=True)
def healed(bench: Bench) -> Iterator[None]:
    yield
    bench.proxy.behave()


@pytest.mark.parametrize("fault", EVERYWHERE, ids=lambda fault: fault.name.lower())
def test_fault_on_every_request_tells_nothing_false_and_heals(bench: Bench, fault: Fault) -> None:
    bench.capture()
    bench.world.settle()
    bench.proxy.inject(fault)
    bench.capture()
    until = time.monotonic() + 1.0
    while time.monotonic() < until:
        bench.step()
        bench.check_told_truly()
    if fault in DARK:
        answer = bench.web.get("/readyz")
        assert answer.status_code == 503
        assert (answer.json()["ready"], answer.json()["chain"]) == (False, False)
    bench.proxy.behave()
    bench.check_well()


@pytest.mark.parametrize("fault", AIMED, ids=lambda fault: fault.name.lower())
def test_fault_on_the_deciding_request_tells_nothing_false_and_heals(
    bench: Bench, fault: Fault
) -> None:
    bench.world.settle()
    bench.proxy.inject(fault, AIMED[fault], times=3)
    bench.capture()
    until = time.monotonic() + 0.7
    while time.monotonic() < until:
        bench.step()
        bench.check_told_truly()
    bench.proxy.behave()
    bench.check_well()


def test_receipt_withheld_until_the_account_was_accused_is_forgiven_once_it_shows(
    bench: Bench,
) -> None:
    world = bench.world
    world.settle()
    bench.proxy.inject(Fault.NULL_RECEIPT)
    bench.capture()

    def accused() -> bool:
        bench.step()
        try:
            world.app.publisher.check_not_quarantined()
        except Conflict as error:
            return error.code == "sender-quarantined"
        return False

    wait_until(accused, 20, "the account is accused")
    bench.check_told_truly()
    bench.proxy.behave()
    bench.check_well()
    world.app.publisher.check_not_quarantined()
    entries = world.app.journal.since(world.app.publisher.address, 0)
    assert [entry.failure for entry in entries if entry.failure] == []


def test_faults_at_random_end_in_exactly_what_was_captured(bench: Bench) -> None:
    luck = random.Random(4)
    injected = 0
    for _ in range(ROUNDS * 8):
        fault = luck.choice([one for one in Fault if one not in (Fault.DRIP, Fault.STALL)])
        bench.proxy.inject(fault, luck.choice([None, AIMED.get(fault)]), times=luck.randint(1, 4))
        injected += 1
        bench.capture()
        for _ in range(luck.randint(1, 6)):
            bench.step()
        bench.check_told_truly()
        if luck.random() < 0.3:
            bench.proxy.behave()
    bench.proxy.behave()
    bench.check_well()
    write_result(
        "faulty-node",
        [
            at_least("kinds of fault", len(Fault), "kinds", 15),
            informs("random faults in a row", injected, "faults"),
            informs("records captured meanwhile", len(bench.records), "records"),
            at_most("heads told as anchored that were not", 0, "heads", 0),
            at_most("longest until settled", max(bench.recoveries), "s", 40),
        ],
        seed=4,
        database="sqlite",
    )
