"""The client: hand in events, wait, fetch proofs, verify them.

Every call may be repeated, by it or by its caller: an event is known by its eventID, and one
without gets its event hash (CBV 2.0, 8.9) from the server, so what was stored although the answer
got lost is not stored again.

::

    with LedgerClient("https://ledger.example", key="pk_…") as ledger:
        stored = ledger.capture_event(event)
        bundle = ledger.wait_for_proof(stored.record_id)
        assert ledger.verify(bundle, trust).verdict.value == "intact"
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import quote

import orjson

from ledger.client.connection import JSON, Connection
from ledger.client.retrying import Patience
from ledger.clock import SystemClock, format_time
from ledger.digest import Digest
from ledger.epcis.context import STANDARD
from ledger.errors import Unavailable
from ledger.proof.trust import TrustAnchors
from ledger.verify.report import Report
from ledger.verify.verifier import verify

_LD_JSON = "application/ld+json"
_BUNDLE = "application/vnd.provenance.bundle+json"
_SOONEST, _LATEST = 0.05, 1.0


class StoredEvent(NamedTuple):
    """An event that is durable, and the record that proves it."""

    event_id: str
    record_id: str


class KeptFile(NamedTuple):
    """A file that is kept. `size` in bytes."""

    sha256: Digest
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Job:
    """A capture job. `errors` are as docs/api.md tells them: index, pointer, code, advice."""

    id: str
    is_running: bool
    is_success: bool
    events: Sequence[StoredEvent]
    errors: Sequence[Mapping[str, Any]]


class LedgerClient:
    """One server and the API key used with it. Safe to share among threads; close it, or use it
    as a context manager."""

    def __init__(
        self,
        url: str,
        *,
        key: str | None = None,
        patience: Patience | None = None,
        timeout: float = 30.0,
    ) -> None:
        """`timeout` (s) is for one attempt, `patience` for a call. Raises InvalidInput
        `server-url-malformed`."""
        self.connection = Connection(url, key=key, patience=patience, timeout=timeout)

    def __enter__(self) -> Self:
        """Use it for the length of a block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self.connection.close()

    def capture_event(self, event: Mapping[str, Any]) -> StoredEvent:
        """Store one EPCIS event, durably when this returns; once, however often it was sent.

        Raises InvalidInput with a pointer, Conflict `event-id-taken` where the eventID stands for
        other content, Unavailable when the patience ran out: then nobody knows, and calling again
        with the same event is safe.
        """
        body = {"@context": [STANDARD], **event}
        answer = self.connection.ask("POST", "/epcis/events", orjson.dumps(body), _LD_JSON)
        return _stored(answer.json())

    def capture_events(
        self,
        events: Iterable[Mapping[str, Any]],
        *,
        context: Sequence[Any] = (STANDARD,),
        proceed: bool = False,
    ) -> Job:
        """Hand in many events as one document: all or none, with `proceed` the valid ones. The
        job is not finished when this returns; see `wait_for_job`."""
        document = {
            "@context": list(context),
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": format_time(SystemClock().now()),
            "epcisBody": {"eventList": list(events)},
        }
        behaviour = {"GS1-Capture-Error-Behaviour": "proceed" if proceed else "rollback"}
        body = orjson.dumps(document)
        return _job(self.connection.ask("POST", "/epcis/capture", body, _LD_JSON, behaviour).json())

    def get_job(self, job_id: str) -> Job:
        """How far a capture is. Raises NotFound `capture-job-unknown`."""
        return _job(self.connection.ask("GET", f"/epcis/capture/{quote(job_id, safe='')}").json())

    def wait_for_job(self, job: Job | str, seconds: float = 300.0) -> Job:
        """The job once it has finished, or as it is when the time is up."""
        found = self.get_job(job) if isinstance(job, str) else job
        deadline, pause = time.monotonic() + seconds, _SOONEST
        while found.is_running and time.monotonic() < deadline:
            time.sleep(pause)
            pause = min(pause * 1.5, _LATEST)
            found = self.get_job(found.id)
        return found

    def keep_file(self, data: bytes) -> KeptFile:
        """Keep a photo or a PDF; the digest to name it by in master data and recalls. A photo is
        written anew without what the camera wrote beside it, so the digest is of those bytes."""
        told = self.connection.ask("POST", "/files", data, "application/octet-stream").json()
        return KeptFile(Digest.from_hex(told["sha256"]), str(told["mediaType"]), int(told["size"]))

    def personal_id_digest(self, number: str) -> str:
        """`personalIdDigest` for a party. The server keeps nothing of the number. Raises
        InvalidInput `personal-id-malformed`, QuotaExceeded `quota-personal-ids`."""
        body = orjson.dumps({"personalId": number})
        told = self.connection.ask("POST", "/personal-id-digests", body, JSON).json()
        return str(told["personalIdDigest"])

    def get_proof(self, record_id: str) -> bytes:
        """The record's proof bundle as it is now; perhaps not anchored yet."""
        path = f"/records/{quote(record_id, safe='')}/proof"
        return self.connection.ask("GET", path, accept=_BUNDLE).content

    def wait_for_proof(self, record_id: str, seconds: float = 120.0) -> bytes:
        """The bundle once the chain confirms it. Raises Unavailable `record-not-sequenced` when
        the time is up."""
        path = f"/records/{quote(record_id, safe='')}"
        deadline, pause = time.monotonic() + seconds, _SOONEST
        while self.connection.ask("GET", path).json()["state"] != "anchored":
            if time.monotonic() >= deadline:
                raise Unavailable("record-not-sequenced", f"not anchored after {seconds:g} s")
            time.sleep(pause)
            pause = min(pause * 1.5, _LATEST)
        return self.get_proof(record_id)

    @staticmethod
    def verify(bundle: bytes, trust: TrustAnchors) -> Report:
        """Check a bundle on this machine, without any network; the verdict rests on what the
        issuer of the trust file had seen on the chain."""
        return verify(bundle, trust, None, SystemClock().now())


def _stored(told: Mapping[str, Any]) -> StoredEvent:
    return StoredEvent(str(told["eventID"]), str(told["recordID"]))


def _job(told: Mapping[str, Any]) -> Job:
    return Job(
        id=str(told["captureID"]),
        is_running=bool(told["running"]),
        is_success=bool(told["success"]),
        events=[_stored(event) for event in told["events"]],
        errors=told["errors"],
    )
