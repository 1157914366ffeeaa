"""Chains rewritten below what was confirmed, while the one who would notice is down."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from ledger.chain.anvil import AnvilEngine
from ledger.chain.rpc import Call, JsonRpc
from ledger.identity.organization import OrgId
from ledger.records.record import RecordId
from ledger.services.membership import NewOrganization
from ledger.verify.report import Verdict
from tests.support.epcis_events import bare_event
from tests.support.world import World

pytestmark = pytest.mark.chain


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AnvilEngine]:
    running = AnvilEngine(tmp_path_factory.mktemp("chain"), block_period=0.05)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def world(engine: AnvilEngine) -> Iterator[World]:
    made = World(engine.rpc_url)
    yield made
    made.close()


def capture(world: World) -> RecordId:
    body = json.dumps(bare_event()).encode()
    return world.app.group_commit.capture_event(world.caller, body).result(30).record_id


def rewrite(world: World, method: str, *params: object) -> None:
    door = JsonRpc(world.settings.rpc_urls[0])
    door.call(method, *params)
    door.close()


def lose_everything(world: World) -> None:
    """Back to the first block, and nothing of what was undone waits in the pool."""
    door = JsonRpc(world.settings.rpc_urls[0])
    height = int(door.call("eth_blockNumber"), 16)
    door.batch([Call("anvil_rollback", (height,)), Call("anvil_dropAllTransactions", ())])
    door.close()


def check_whole(world: World, records: list[RecordId]) -> None:
    """Everything proven without any notice, and the audit clean."""
    for record in records:
        report = world.app.verifying.verify(world.app.proving.bundle(record).encode())
        assert report.verdict is Verdict.INTACT, report.to_json()
        assert report.notices == ()
    audit = world.app.auditing.audit()
    assert audit.is_clean, (audit.findings, audit.unchecked)


def test_chain_rolled_back_to_genesis_is_rebuilt_in_its_old_order(world: World) -> None:
    records = []
    for _ in range(4):
        records.append(capture(world))
        world.settle()
    lose_everything(world)
    world.settle()
    check_whole(world, records)
    failed = [
        (entry.purpose, entry.failure)
        for one in world.app.submitters
        for entry in world.app.journal.since(one.address, 0)
        if entry.failure
    ]
    assert failed == []


def test_head_found_in_another_block_by_a_successor_is_told_with_that_block(world: World) -> None:
    """The worker dies between sending the lost head again and telling of it; its successor finds
    it confirmed already, in another block than the one noted."""
    records = [capture(world)]
    world.settle()
    records.append(capture(world))
    world.settle()
    rewrite(world, "anvil_rollback", 1)
    rewrite(world, "evm_mine")  # else the same block would be made again
    for _ in range(200):
        world.app.publisher.advance()
        if not world.app.journal.unconfirmed(world.app.publisher.address):
            break
    world.crash_worker()
    world.settle()
    check_whole(world, records)


def test_more_organizations_than_one_pool_takes_are_rebuilt_before_what_they_declared(
    world: World,
) -> None:
    record = capture(world)
    world.settle()
    orgs = [
        world.app.membership.found(OrgId.random(), NewOrganization(name=f"Hộ {n}"))
        for n in range(35)
    ]
    keeper = orgs[-1]
    world.work_until_active(*(one.org for one in orgs))
    _, secret = world.app.membership.mint_key(keeper.org, ["capture", "status"], label="keeper")
    caller = world.app.membership.authenticate(secret)
    body = json.dumps(bare_event()).encode()
    withdrawn = world.app.group_commit.capture_event(caller, body).result(30).record_id
    world.settle()
    world.app.declaring.withdraw(caller, withdrawn, "tem dán sai lô")
    world.settle()
    lose_everything(world)
    world.settle(60)
    check_whole(world, [record])
    report = world.app.verifying.verify(world.app.proving.bundle(withdrawn).encode())
    assert report.verdict is Verdict.WITHDRAWN, report.to_json()
