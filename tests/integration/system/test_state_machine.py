"""Captures, sequencing, anchoring, crashes and rewritten chains in any order, against a model.

The model is a dictionary of what was acknowledged and a list of what waits. After every step the
database must hold exactly that, and the log must still contain every log it ever was; whenever
things settle, every record must be proven on chain and the audit must find nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bench.result import at_most, informs
from ledger.chain.anvil import AnvilEngine
from ledger.chain.rpc import JsonRpc, NodeError
from ledger.digest import Digest
from ledger.errors import Conflict
from ledger.merkle.tiles import tree_root_at
from ledger.records.record import RecordId
from ledger.storage.epcis import event_key
from ledger.verify.report import Verdict
from tests.support.campaign import scale
from tests.support.campaign_result import write_result
from tests.support.databases import BOTH
from tests.support.epcis_events import CONTEXT, document, event
from tests.support.postgres import PostgresServer
from tests.support.world import World

pytestmark = [pytest.mark.chain, pytest.mark.slow]

EXAMPLES = scale(3, int(os.environ.get("CAMPAIGN_EXAMPLES", "60")))
STEPS = scale(20, 50)

# What a document may hold: a new event, one captured before, one captured before with another
# content, one that is not valid, and one that stands in the same document twice.
KINDS = st.sampled_from(["new", "new", "new", "repeat", "conflict", "invalid", "twice"])


@dataclass
class Job:
    id: str
    events: list[dict[str, Any]]
    behaviour: str


@dataclass
class Tally:
    """What all examples of a run did."""

    examples: int = 0
    steps: int = 0
    acknowledged: int = 0
    settled: int = 0
    rewritten: int = 0
    crashes: int = 0


@dataclass
class Model:
    """Acknowledged events with their content, and jobs that were accepted, oldest first."""

    contents: dict[str, str] = field(default_factory=dict)
    records: dict[str, str] = field(default_factory=dict)
    jobs: list[Job] = field(default_factory=list)
    heads: dict[int, Digest] = field(default_factory=dict)


class Machine(RuleBasedStateMachine):
    """Rules act on the world and on the model alike."""

    def __init__(self, engine: AnvilEngine, tally: Tally, new_database: Callable[[], Any]) -> None:
        super().__init__()
        self.stack = contextlib.ExitStack()
        self.engine = engine
        self.tally = tally
        self.tally.examples += 1
        self.world = World(engine.rpc_url, self.stack.enter_context(new_database()))
        self.stack.callback(self.world.close)
        self.model = Model()
        self.number = 0

    def an_event(self, kind: str, choice: int) -> dict[str, Any]:
        known = sorted(self.model.contents)
        if kind in ("repeat", "conflict") and known:
            old: dict[str, Any] = json.loads(self.model.contents[known[choice % len(known)]])
            return old if kind == "repeat" else {**old, "bizStep": "shipping"}
        self.number += 1
        made = event(lot=f"L{self.number % 7}")
        return {**made, "action": "EAT"} if kind == "invalid" else made

    @rule(kind=KINDS, choice=st.integers(0, 1 << 16))
    def capture_one(self, kind: str, choice: int) -> None:
        """The answer is the acknowledgement: durable from then on."""
        body = self.an_event(kind, choice)
        known = self.model.contents.get(body["eventID"])
        answer = self.world.app.group_commit.capture_event(
            self.world.caller, json.dumps({"@context": [CONTEXT], **body}).encode()
        )
        if body["action"] == "EAT":
            assert answer.exception(30) is not None
        elif known is not None and known != dumped(body):
            failure = answer.exception(30)
            assert isinstance(failure, Conflict)
            assert failure.code == "event-id-taken"
        else:
            stored = answer.result(30)
            assert stored.created == (known is None)
            self.acknowledge(body, stored.record_id.text)

    @rule(
        kinds=st.lists(KINDS, min_size=1, max_size=6),
        choice=st.integers(0, 1 << 16),
        behaviour=st.sampled_from(["rollback", "proceed"]),
    )
    def accept_document(self, kinds: list[str], choice: int, behaviour: str) -> None:
        events: list[dict[str, Any]] = []
        for at, kind in enumerate(kinds):
            if kind == "twice" and events:
                events.append(events[choice % len(events)])
            else:
                events.append(self.an_event(kind, choice + at))
        job = self.world.app.capturing.accept_document(
            self.world.caller, json.dumps(document(events)).encode(), "application/json", behaviour
        )
        self.model.jobs.append(Job(job.id, events, behaviour))

    @precondition(lambda self: self.model.jobs)
    @rule()
    def work_a_job(self) -> None:
        assert self.world.app.capturing.run_next("intake", 30)
        self.judge_job(self.model.jobs.pop(0))

    @precondition(lambda self: self.model.jobs)
    @rule()
    def die_with_a_job(self) -> None:
        """An intake process claims a job and dies: nothing of it may show."""
        with self.world.app.db.write() as tx:
            claimed = tx.jobs.claim("dying:1:1", self.world.app.clock.now(), 60)
        assert claimed is not None
        assert claimed.id == self.model.jobs[0].id
        assert self.world.app.capturing.release_dead("dying:", lambda _: True) == 1
        self.tally.crashes += 1

    @rule(rounds=st.integers(1, 4))
    def work(self, rounds: int) -> None:
        for _ in range(rounds):
            self.world.step()
            time.sleep(0.01)

    @rule()
    def crash_worker(self) -> None:
        self.world.crash_worker()
        self.tally.crashes += 1

    @rule()
    def restart(self) -> None:
        self.world.restart()
        self.tally.crashes += 1

    @rule(depth=st.integers(1, 12), method=st.sampled_from(["anvil_rollback", "anvil_reorg"]))
    def rewrite_chain(self, depth: int, method: str) -> None:
        door = JsonRpc(self.engine.rpc_url)
        depth = min(depth, int(door.call("eth_blockNumber"), 16) - 1)
        if depth > 0:
            # A node that keeps few states refuses to go back further; then nothing has changed.
            with contextlib.suppress(NodeError):
                door.call(method, depth, *([[]] if method == "anvil_reorg" else []))
                self.tally.rewritten += 1
        door.close()

    @rule()
    def settle(self) -> None:
        """Everything accepted is worked through, on chain, and verifies."""
        while self.model.jobs:
            self.work_a_job()
        self.world.settle()
        app = self.world.app
        for record in self.model.records.values():
            bundle = app.proving.bundle(RecordId.parse(record), self.world.caller)
            report = app.verifying.verify(bundle.encode())
            # A chain rolled back beyond the registration of the key was healed, and the key was
            # entered again: the bundle says so. Nothing else is to be noticed, and nothing before.
            healed = {"signer-registered-again"} if self.tally.rewritten else set()
            whole = (Verdict.INTACT, Verdict.INTACT_WITH_NOTICE)
            assert report.verdict in whole, str(report.to_json())
            assert set(report.notices) <= healed, str(report.to_json())
        audit = app.auditing.audit()
        assert audit.is_clean, (audit.findings, audit.unchecked)
        assert audit.records == audit.leaves == len(self.model.records)
        self.tally.settled += 1

    @invariant()
    def everything_acknowledged_is_there_once(self) -> None:
        self.tally.steps += 1
        with self.world.app.db.read() as tx:
            rows = tx.connection.exec_driver_sql(
                "SELECT e.event_id, r.id FROM epcis_events e JOIN records r ON r.pk = e.record_pk"
            ).fetchall()
        found = {event_id: RecordId(bytes(record)).text for event_id, record in rows}
        assert len(rows) == len(found)
        assert found == self.model.records

    @invariant()
    def log_still_contains_every_log_it_was(self) -> None:
        with self.world.app.db.read() as tx:
            state = tx.log.state()
            assert state is not None
            for size, root in self.model.heads.items():
                assert size <= state[0]
                assert tree_root_at(size, tx.log.load_tile) == root
        self.model.heads[state[0]] = state[1]

    @invariant()
    def unknown_events_are_unknown(self) -> None:
        with self.world.app.db.read() as tx:
            org = self.world.app.operator
            assert tx.epcis.known(org, [event_key(org, "urn:uuid:never-captured")]) == {}

    def teardown(self) -> None:
        try:
            self.settle()
            self.tally.acknowledged += len(self.model.records)
        finally:
            self.stack.close()

    def acknowledge(self, body: dict[str, Any], record: str) -> None:
        event_id = body["eventID"]
        self.model.contents.setdefault(event_id, dumped(body))
        assert self.model.records.setdefault(event_id, record) == record

    def judge_job(self, job: Job) -> None:
        """The job's end must be what the model makes of its document at this moment."""
        expected: dict[str, str] = {}
        faults = 0
        for body in job.events:
            known = self.model.contents.get(body["eventID"], expected.get(body["eventID"]))
            if body["action"] == "EAT" or (known is not None and known != dumped(body)):
                faults += 1
            else:
                expected[body["eventID"]] = dumped(body)
        view = self.world.app.capturing.get_job(self.world.caller, job.id)
        assert not view.running
        assert view.success == (faults == 0)
        assert len(view.errors) == faults or job.behaviour == "rollback"
        stored = dict(view.events)
        if faults and job.behaviour == "rollback":
            assert stored == {}
            return
        assert stored.keys() == expected.keys()
        for body in job.events:
            if body["eventID"] in stored and expected.get(body["eventID"]) == dumped(body):
                self.acknowledge(body, stored[body["eventID"]])


def dumped(body: dict[str, Any]) -> str:
    return json.dumps(body, sort_keys=True)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AnvilEngine]:
    running = AnvilEngine(tmp_path_factory.mktemp("chain"), block_period=0.02)
    running.start()
    yield running
    running.stop()


@pytest.mark.parametrize("kind", BOTH)
def test_any_history_keeps_every_promise(
    kind: str, engine: AnvilEngine, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    if kind == "sqlite":
        numbers = iter(range(1 << 30))

        def new_database() -> Any:
            return contextlib.nullcontext(f"sqlite:///{tmp_path}/{next(numbers)}.sqlite3")
    else:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        new_database = server.database
    tally = Tally()
    started = time.monotonic()
    run_state_machine_as_test(
        cast("type[RuleBasedStateMachine]", lambda: Machine(engine, tally, new_database)),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            print_blob=True,
        ),
    )
    write_result(
        f"state-machine-{kind}",
        [
            informs("examples", tally.examples, "examples"),
            informs("steps", tally.steps, "steps"),
            informs("events acknowledged", tally.acknowledged, "events"),
            informs("crashes and restarts", tally.crashes, "crashes"),
            informs("chain rollbacks and reorganizations", tally.rewritten, "rewrites"),
            informs("settled, proven and audited", tally.settled, "times"),
            at_most("differences from the model", 0, "differences", 0),
            informs("seconds", time.monotonic() - started, "s"),
        ],
        seed=0,
        database=kind,
    )
