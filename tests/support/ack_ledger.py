"""What a client was promised: every acknowledgement of a running product, kept outside it.

Three producers' systems capture without pause over HTTP, keep what was acknowledged, repeat what
was not answered, and never believe more than they were told. `check` then holds the database to
it: nothing acknowledged lost, nothing doubled.
"""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from ledger.records.record import RecordId
from ledger.storage.database import Database
from tests.support.epcis_events import bare_event, document, event

_JSON = {"Content-Type": "application/json"}


@dataclass
class AckLedger:
    """Promises by eventID. Several threads write; read it while nobody captures."""

    sent: set[str] = field(default_factory=set)
    """Every eventID that ever left here."""
    records: dict[str, str] = field(default_factory=dict)
    """eventID to record id, as acknowledged."""
    jobs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Capture job to the eventIDs of its document, as accepted with 202."""
    broken: list[str] = field(default_factory=list)
    """Answers that contradict an earlier one, or that no fault explains."""
    acknowledged_at: float = 0.0

    def acknowledge(self, event_id: str, record_id: str) -> None:
        """An event was said to be durable."""
        earlier = self.records.setdefault(event_id, record_id)
        if earlier != record_id:
            self.broken.append(f"{event_id} was {earlier}, now {record_id}")
        self.acknowledged_at = time.monotonic()

    @property
    def promises(self) -> int:
        """Events acknowledged, singly or within an accepted document."""
        return len(set(self.records) | {one for job in self.jobs.values() for one in job})


class Load:
    """Clients that capture until told to stop. `address` gives the server's URL of the moment."""

    def __init__(
        self,
        ledger: AckLedger,
        address: Callable[[], str],
        key: str,
        *,
        seed: int,
        events: int = 25,
    ) -> None:
        self.ledger = ledger
        self._address = address
        self._headers = {"Authorization": f"Bearer {key}"}
        self._events = events
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(work, random.Random(seed + number)))
            for number, work in enumerate((self._single, self._single, self._document))
        ]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(
        self, work: Callable[[httpx.Client, random.Random], None], luck: random.Random
    ) -> None:
        while not self._stop.is_set():
            with httpx.Client(
                base_url=self._address(), headers=self._headers, timeout=10
            ) as client:
                try:
                    while not self._stop.is_set():
                        work(client, luck)
                except httpx.TransportError:
                    self._stop.wait(0.05)  # the server is gone; ask where it is now

    def _single(self, client: httpx.Client, luck: random.Random) -> None:
        """One event; now and then the same again, or again until it is answered."""
        body = bare_event(lot=f"L{luck.randrange(20)}")
        event_id = body["eventID"]
        self.ledger.sent.add(event_id)
        for _ in range(1 + (luck.random() < 0.2)):
            self._insist(client, body, event_id)
        self._stop.wait(luck.uniform(0.0, 0.05))

    def _insist(self, client: httpx.Client, body: dict[str, Any], event_id: str) -> None:
        try:
            answer = client.post("/epcis/events", json=body, headers=_JSON)
        except httpx.TransportError:
            # Perhaps stored, perhaps not: only the same event again can tell.
            while not self._stop.wait(0.1):
                try:
                    answer = httpx.post(
                        self._address() + "/epcis/events",
                        json=body,
                        headers={**_JSON, **self._headers},
                        timeout=10,
                    )
                except httpx.TransportError:
                    continue
                self._read(answer, event_id)
                break
            raise
        self._read(answer, event_id)

    def _read(self, answer: httpx.Response, event_id: str) -> None:
        if answer.status_code in (200, 201):
            self.ledger.acknowledge(event_id, record_of(answer))
        elif answer.status_code < 500:
            self.ledger.broken.append(f"{event_id}: {answer.status_code} {answer.text[:200]}")
        else:
            self._stop.wait(0.1)

    def _document(self, client: httpx.Client, luck: random.Random) -> None:
        """One document."""
        events = [event(lot=f"L{luck.randrange(20)}") for _ in range(self._events)]
        ids = tuple(one["eventID"] for one in events)
        self.ledger.sent.update(ids)
        answer = client.post("/epcis/capture", json=document(events), headers=_JSON)
        if answer.status_code == 202:
            self.ledger.jobs[answer.json()["captureID"]] = ids
            self.ledger.acknowledged_at = time.monotonic()
        elif answer.status_code < 500:
            self.ledger.broken.append(f"document: {answer.status_code} {answer.text[:200]}")
        self._stop.wait(luck.uniform(0.1, 0.4))


def record_of(answer: httpx.Response) -> str:
    """The record id that the answer to a capture names."""
    link = answer.headers["link"]
    return uuid.UUID(link.partition("urn:uuid:")[2][:36]).urn


@dataclass(frozen=True)
class Standing:
    """What the database holds of all that was sent."""

    lost: list[str]
    doubled: list[str]
    unanchored: int
    unfinished: int
    refused: list[str]
    records: dict[str, str]
    """eventID to record id, of everything stored."""
    stuck: list[str]
    """Chain transactions that neither succeeded nor wait for anything any more."""


def look(db: Database, ledger: AckLedger) -> Standing:
    """Compare promises and database, in one snapshot."""
    with db.read() as tx:
        ask = tx.connection.exec_driver_sql
        stored = [
            (event_id, RecordId(bytes(record_id)).text)
            for event_id, record_id in ask(
                "SELECT e.event_id, r.id FROM epcis_events e JOIN records r ON r.pk = e.record_pk"
            )
        ]
        jobs = {
            job: (done, good)
            for job, done, good in ask("SELECT id, finished_at, success FROM capture_jobs")
        }
        anchor = tx.anchors.latest_confirmed()
        size = 0 if anchor is None else anchor.size
        ((unanchored,),) = ask(
            "SELECT coalesce(sum(records), 0) FROM submissions "
            f"WHERE first_index IS NULL OR first_index + records > {size}"
        ).fetchall()
        ((everything,),) = ask("SELECT count(*) FROM records").fetchall()
        journal = ask(
            "SELECT sender, nonce, state, purpose, failure FROM transactions ORDER BY sender, nonce"
        ).fetchall()
    counts: dict[str, int] = {}
    for event_id, _ in stored:
        counts[event_id] = counts.get(event_id, 0) + 1
    records = dict(stored)
    lost = [
        f"{one} acknowledged as {record}, stored as {records.get(one)}"
        for one, record in ledger.records.items()
        if records.get(one) != record
    ]
    refused = []
    for job, ids in ledger.jobs.items():
        done, good = jobs.get(job, (None, None))
        if job not in jobs:
            lost.append(f"job {job}")
        elif done is not None and not good:
            refused.append(job)
        elif done is not None:
            lost += [f"{one} of job {job}" for one in ids if one not in records]
    doubled = [one for one, count in counts.items() if count > 1 and one in ledger.sent]
    if everything != len(stored):
        doubled.append(f"{everything} records, {len(stored)} events")
    stuck = []
    expected: dict[str, int] = {}
    for sender, nonce, state, purpose, failure in journal:
        if nonce != expected.setdefault(sender, 0):
            stuck.append(f"{sender}: nonce {nonce} after {expected[sender] - 1}")
        expected[sender] = nonce + 1
        if state != "confirmed":
            stuck.append(f"{purpose} nonce {nonce}: {state} {failure or ''}")
    return Standing(
        lost=lost,
        doubled=doubled,
        unanchored=int(unanchored),
        unfinished=sum(done is None for done, _ in jobs.values()),
        refused=refused,
        records=records,
        stuck=stuck,
    )
