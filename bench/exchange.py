"""Complete exchanges between agencies: submit, arrive, hand over, accept; all signed, all on chain.

Four agencies send each other documents at a steady rate for a minute. Each message is submitted by
a request of its own; recipients take their steps as gateways do, those of a few moments together,
and each step only after the one before was answered for. What the parties sign they sign before the
minute begins, on their own machines as it were: measured is the ledger, not its users. An exchange
counts when the chain has confirmed its last event. The worker is a process of its own
(`PROVENANCE_WORKER=false`, `provenance worker`) and there is no intake of captures, as on any
machine that does much of this.

After the load a refusal is timed from the moment its recipient hands it in until the sender's feed
shows it, and a recall from the sender to the recipient.
"""

from __future__ import annotations

import http.client
import json
import queue
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from sqlalchemy import text

from bench.product import Product
from bench.result import Result, at_least, at_most, informs
from ledger.config import Settings
from ledger.exchange.rules import LegAction
from ledger.identity.address import parse_address
from ledger.identity.eip712 import Domain
from ledger.identity.organization import OrgId
from ledger.storage.database import Database
from tests.support.agency import Agency, Exchanged, a_document, a_message, step, submission

SECONDS = 60.0
AGENCIES = 4
SUBMITTERS = 24
STEPS = (LegAction.ARRIVE, LegAction.HAND_OVER, LegAction.RECEIVE)
_TOGETHER_SECONDS = 0.4
_MOST_TOGETHER = 150


@dataclass(slots=True)
class Planned:
    """One exchange with the bodies of its four requests."""

    sender: int
    recipient: int
    submit: bytes
    steps: list[bytes]


@dataclass
class Load:
    """What happens in the minute."""

    url: str
    keys: Sequence[str]
    started: float = 0.0
    replies: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    ended: list[Planned] = field(default_factory=list)
    """Exchanges whose last step was taken."""
    due: list[queue.SimpleQueue[tuple[Planned, int] | None]] = field(
        default_factory=lambda: [queue.SimpleQueue() for _ in range(AGENCIES)]
    )

    def submit(self, planned: Iterator[tuple[float, Planned]], lock: threading.Lock) -> None:
        """Submit what is planned, each in its time."""
        connection = _Connection(self.url)
        while True:
            with lock:
                found = next(planned, None)
            if found is None:
                return
            at, one = found
            time.sleep(max(0.0, self.started + at - time.monotonic()))
            asked = time.monotonic()
            status, body = connection.post("/exchange/messages", one.submit, self.keys[one.sender])
            self.replies.append(time.monotonic() - asked)
            if status != 201:
                self.faults.append(f"submit: {status} {body[:200]!r}")
            else:
                self.due[one.recipient].put((one, 0))

    def step(self, recipient: int) -> None:
        """Take the steps of one recipient, those that are due together."""
        connection = _Connection(self.url)
        ended = False
        while not ended:
            time.sleep(_TOGETHER_SECONDS)
            group: list[tuple[Planned, int]] = []
            while len(group) < _MOST_TOGETHER and not self.due[recipient].empty():
                found = self.due[recipient].get()
                if found is None:
                    ended = True
                    break
                group.append(found)
            if group:
                self._take(connection, recipient, group)

    def _take(
        self, connection: _Connection, recipient: int, group: list[tuple[Planned, int]]
    ) -> None:
        body = b'{"steps":[' + b",".join(one.steps[at] for one, at in group) + b"]}"
        status, answer = connection.post("/exchange/steps", body, self.keys[recipient])
        if status != 200:
            self.faults.append(f"steps: {status} {answer[:200]!r}")
            return
        for (one, at), outcome in zip(group, json.loads(answer)["outcomes"], strict=True):
            if outcome.get("receipt") is None:
                self.faults.append(f"step: {outcome}")
            elif at + 1 < len(one.steps):
                self.due[recipient].put((one, at + 1))
            else:
                self.ended.append(one)


def exchange(database: str, url: str | None, seed: int, rate: float) -> Result:
    """Exchanges at `rate` per second for a minute."""
    result = Result(f"exchange_{database}", seed, database, "anvil")
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        Product.start(Path(folder), url, worker_apart=True) as product,
    ):
        agencies, keys, domain = _admit(product)
        planned = _plan(agencies, domain, int(rate * SECONDS))
        db = Database.open(url or Settings(data_dir=Path(folder)).database)
        load = Load(product.url, keys)
        finished, lag = _run(load, planned, rate, db)
        assert not load.faults, load.faults[:3]
        replies = sorted(load.replies)
        answers = [_answer_times(product, agencies, keys, domain, n) for n in range(5)]
        memory = product.memory()
        db.close()
    result.figures = [
        at_least("complete exchanges, every event anchored, for 60 s", finished, "per s", 110),
        informs("exchanges offered", rate, "per s"),
        at_most("submit reply, p95", replies[int(0.95 * (len(replies) - 1))], "s", 1),
        informs("submit reply, median", statistics.median(replies), "s"),
        informs("last step taken until all is anchored", lag, "s"),
        at_most("refusal in the sender's feed", max(one[0] for one in answers), "s", 5),
        at_most("recall in the recipient's feed", max(one[1] for one in answers), "s", 5),
        informs("a refusal anchored", statistics.median(one[2] for one in answers), "s"),
        informs("memory after the load (PSS, beside the chain)", memory, "MB"),
    ]
    return result


def _run(load: Load, planned: Sequence[Planned], rate: float, db: Database) -> tuple[float, float]:
    """Exchanges finished per second of the minute, and how long the last of all took."""
    times = iter([(number / rate, one) for number, one in enumerate(planned)])
    lock = threading.Lock()
    submitters = [
        threading.Thread(target=load.submit, args=(times, lock)) for _ in range(SUBMITTERS)
    ]
    recipients = [threading.Thread(target=load.step, args=(one,)) for one in range(AGENCIES)]
    # Begun when the first exchanges are through, so that the minute holds whole ones only.
    load.started = time.monotonic()
    for thread in (*submitters, *recipients):
        thread.start()
    time.sleep(SECONDS / 6)
    first, begun = _finished(db), time.monotonic()
    for thread in submitters:
        thread.join()
    last, ended = _finished(db), time.monotonic()
    while not load.faults and len(load.ended) < len(planned):
        time.sleep(0.05)
    for due in load.due:
        due.put(None)
    for thread in recipients:
        thread.join()
    stepped = time.monotonic()
    while not load.faults and _finished(db) < len(planned):
        assert time.monotonic() < stepped + 120, f"{_finished(db)} of {len(planned)} anchored"
        time.sleep(0.2)
    return (last - first) / (ended - begun), time.monotonic() - stepped


def _finished(db: Database) -> int:
    with db.read() as tx:
        done = tx.connection.execute(text("SELECT count(*) FROM exchange_legs WHERE anchored = 4"))
        return int(done.scalar_one())


def _admit(product: Product) -> tuple[list[Agency], list[str], Domain]:
    agencies: list[Agency] = []
    keys: list[str] = []
    for number in range(AGENCIES):
        wanted = {"name": f"Sở {number}", "kind": "agency", "roles": ["agency"]}
        org = product.send("POST", "/organizations", wanted)["org"]
        while product.get(f"/organizations/{org}")["state"] != "active":
            time.sleep(0.1)
        scopes = {"label": "bench", "scopes": ["capture", "read"]}
        keys.append(product.send("POST", f"/organizations/{org}/keys", scopes)["secret"])
        agency = Agency(OrgId.parse(org), f"H56.{number}", httpx.Client())
        path = f"/organizations/{org}/signing-keys"
        for purpose, key in agency.keys.items():
            body = {"address": key.address, "purposes": [str(purpose.name).lower()]}
            status, _, answer = product.request("POST", path, json.dumps(body).encode())
            assert status == 202, answer
        while not all(one["registered"] for one in product.get(path)):
            time.sleep(0.1)
        agencies.append(agency)
    place = product.get("/exchange")
    return agencies, keys, Domain(place["chainId"], parse_address(place["documentExchange"]))


def _plan(agencies: Sequence[Agency], domain: Domain, many: int) -> list[Planned]:
    planned = []
    for number in range(many):
        sender, recipient = number % AGENCIES, (number + 1 + number % (AGENCIES - 1)) % AGENCIES
        if recipient == sender:
            recipient = (sender + 1) % AGENCIES
        body, one = _message(agencies[sender], agencies[recipient], domain, f"{number}")
        steps = []
        for action in STEPS:
            steps.append(_encode({**step(one, action), "leg": one.leg.hex()}))
            one.events += 1
        planned.append(Planned(sender, recipient, _encode(body), steps))
    return planned


def _message(
    sender: Agency, recipient: Agency, domain: Domain, number: str
) -> tuple[dict[str, Any], Exchanged]:
    document = a_document(sender, recipient, number=number, on=date(2026, 3, 2))
    body, (one,) = submission(domain, a_message(sender, document), document, sender, recipient)
    return body, one


def _answer_times(
    product: Product, agencies: Sequence[Agency], keys: Sequence[str], domain: Domain, n: int
) -> tuple[float, float, float]:
    """Seconds until a refusal is in the sender's feed, a recall in the recipient's, and until the
    refusal is anchored."""
    connection = _Connection(product.url)
    body, one = _message(agencies[0], agencies[1], domain, f"r{n}")
    assert connection.post("/exchange/messages", _encode(body), keys[0])[0] == 201
    refused = _take_steps(connection, one, keys, (LegAction.ARRIVE, LegAction.REFUSE))
    seen = _await(connection, keys[0], one, "REFUSE", "waiting")
    anchored = _await(connection, keys[0], one, "REFUSE", "anchored")
    body, other = _message(agencies[0], agencies[1], domain, f"s{n}")
    assert connection.post("/exchange/messages", _encode(body), keys[0])[0] == 201
    recalled = _take_steps(connection, other, keys, (LegAction.ARRIVE, LegAction.REQUEST_RECALL))
    told = _await(connection, keys[1], other, "REQUEST_RECALL", "waiting")
    return seen - refused, told - recalled, anchored - refused


def _take_steps(
    connection: _Connection, one: Exchanged, keys: Sequence[str], actions: Sequence[LegAction]
) -> float:
    asked = 0.0
    for action in actions:
        key = keys[0] if action is LegAction.REQUEST_RECALL else keys[1]
        asked = time.monotonic()
        status, answer = connection.post(
            f"/exchange/legs/{one.leg.hex()}/steps", _encode(step(one, action)), key
        )
        assert status == 201, answer
        one.events += 1
    return asked


def _await(connection: _Connection, key: str, one: Exchanged, action: str, kind: str) -> float:
    """When a party that asks its feed twice a second sees it."""
    status, answer = connection.get("/exchange/feed?after=0&limit=1", key)
    assert status == 200, answer
    after = max(0, json.loads(answer)["last"] - 400)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        _, answer = connection.get(f"/exchange/feed?after={after}&limit=500", key)
        for item in json.loads(answer)["items"]:
            if (item["leg"]["leg"], item["event"]["action"], item["kind"]) == (
                one.leg.hex(),
                action,
                kind,
            ):
                return time.monotonic()
        time.sleep(0.5)
    raise AssertionError(f"{action} never {kind}")


class _Connection:
    """One keep-alive connection."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)

    def post(self, path: str, body: bytes, key: str) -> tuple[int, bytes]:
        return self._ask("POST", path, body, key)

    def get(self, path: str, key: str) -> tuple[int, bytes]:
        return self._ask("GET", path, None, key)

    def _ask(self, method: str, path: str, body: bytes | None, key: str) -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        for attempt in range(3):
            try:
                self._connection.request(method, path, body, headers)
                answer = self._connection.getresponse()
                return answer.status, answer.read()
            except (http.client.HTTPException, ConnectionError):
                # The server hangs up on a connection that was idle; every request may be repeated.
                self._connection.close()
                if attempt == 2:
                    raise
        raise AssertionError


def _encode(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
