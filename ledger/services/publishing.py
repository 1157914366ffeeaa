"""Publishing: the public records of one day as files that anyone can check offline.

A day is made in a folder beside its place and moved there whole, so a crash leaves no half of one.
It speaks as of a fixed moment, an hour after the day's end: made again from the same records and
the same chain it has the same bytes. What was erased meanwhile is left out then, and a key that was
declared compromised meanwhile is shown as such.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from ledger import canonical
from ledger.clock import Clock, format_time
from ledger.errors import NotFound, Unavailable
from ledger.opendata.catalog import describe
from ledger.opendata.dataset import (
    CHECKPOINT,
    EVENTS,
    MANIFEST,
    MASTERDATA,
    MEDIA_TYPES,
    PROOFS,
    TABLE,
    Dataset,
    PublishedFile,
    begin_of,
    cut_off,
)
from ledger.opendata.event_table import RecordedEvent, heading, line
from ledger.proof.bundle import Bundle
from ledger.records.policy import Audience
from ledger.services.intake import KIND
from ledger.services.proving import Proving
from ledger.storage.database import Database
from ledger.storage.records import RecordRow

_PAGE = 500
_MISSED_DAYS = 7
"""A worker that was away makes up for so many days."""
_CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
_EPOCH_OF_ZIP = (1980, 1, 1, 0, 0, 0)


@dataclass
class _Day:
    """The files of one day while they are written."""

    events: BinaryIO
    table: BinaryIO
    masterdata: BinaryIO
    proofs: zipfile.ZipFile
    counts: dict[str, int] = field(default_factory=lambda: {"records": 0, "events": 0, "items": 0})
    size: int = 0


class Publishing:
    """Makes and finds datasets below one directory."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        proving: Proving,
        directory: Path,
        *,
        base_url: str,
        publisher: str,
        licence: str,
    ) -> None:
        self._db = db
        self._clock = clock
        self._proving = proving
        self._directory = directory
        self._base_url = base_url
        self._publisher = publisher
        self._licence = licence

    def publish(self, day: date, keep_on: Callable[[], bool] = lambda: True) -> Dataset:
        """The dataset of a day, made now unless it is there. `keep_on` is asked before each record;
        once it says no, Unavailable `shutting-down` and nothing is left.

        Raises Unavailable `opendata-not-ready` before the day is over and all of it anchored.
        """
        if self._clock.now() < cut_off(day):
            raise Unavailable("opendata-not-ready", f"{day} is published after {cut_off(day)}")
        place = self._directory / day.isoformat()
        if place.exists():
            return self.find(day)
        self._directory.mkdir(mode=0o755, parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(dir=self._directory, prefix=".new."))
        try:
            self._make(day, making, keep_on)
            making.chmod(0o755)
            if not place.exists():
                making.replace(place)
                _flush(self._directory)
        except OSError as error:
            raise Unavailable("file-unwritable", f"{making}: {error.strerror}") from error
        finally:
            shutil.rmtree(making, ignore_errors=True)
        return self.find(day)

    def find_due(self) -> date | None:
        """The oldest of the last days that has records and is not published yet."""
        now = self._clock.now()
        for back in range(_MISSED_DAYS, 0, -1):
            day = now.date() - timedelta(days=back)
            if cut_off(day) <= now and not (self._directory / day.isoformat()).exists():
                first, end = self._range(day)
                if first < end:
                    return day
        return None

    def find(self, day: date) -> Dataset:
        """A published dataset. Raises NotFound `opendata-unknown`."""
        path = self._directory / day.isoformat() / MANIFEST
        try:
            return Dataset.from_json(orjson.loads(path.read_bytes()))
        except FileNotFoundError as error:
            raise NotFound("opendata-unknown", f"{day} is not published") from error
        except (OSError, ValueError, KeyError) as error:
            raise Unavailable("storage-damaged", f"{path} cannot be read") from error

    def find_file(self, day: date, name: str) -> Path:
        """The path of one of its files. Raises NotFound `opendata-unknown`."""
        path = self._directory / day.isoformat() / name
        if name not in MEDIA_TYPES or not path.is_file():
            raise NotFound("opendata-unknown", f"{day} has no {name!r:.40}")
        return path

    def catalog(self) -> dict[str, Any]:
        """All days, described in DCAT."""
        names = sorted(path.name for path in self._directory.glob("[0-9]*-[0-9]*-[0-9]*"))
        return describe(
            [self.find(date.fromisoformat(name)) for name in names],
            base_url=self._base_url,
            publisher=self._publisher,
            licence=self._licence,
        )

    def _make(self, day: date, folder: Path, keep_on: Callable[[], bool]) -> None:
        with ExitStack() as stack:
            events, table, masterdata = (
                stack.enter_context((folder / name).open("wb"))
                for name in (EVENTS, TABLE, MASTERDATA)
            )
            archive = zipfile.ZipFile(folder / PROOFS, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
            making = _Day(events, table, masterdata, stack.enter_context(archive))
            making.events.write(_opening(day))
            making.table.write(heading().encode())
            making.masterdata.write(b"[")
            for row in self._records(day):
                if not keep_on():
                    raise Unavailable("shutting-down", "stopped before the day was whole")
                self._add(making, row, day)
            making.events.write(b"\n]}}\n")
            making.masterdata.write(b"\n]\n")
        (folder / CHECKPOINT).write_text(self._checkpoint(making.size), encoding="utf-8")
        dataset = Dataset(
            day=day,
            as_of=cut_off(day),
            records=making.counts["records"],
            events=making.counts["events"],
            tree_size=making.size,
            files=tuple(_measure(folder / name) for name in MEDIA_TYPES if name != MANIFEST),
        )
        (folder / MANIFEST).write_bytes(canonical.encode(dataset.to_json()) + b"\n")
        for name in MEDIA_TYPES:
            (folder / name).chmod(0o644)
            _flush(folder / name)
        _flush(folder)

    def _add(self, making: _Day, row: RecordRow, day: date) -> None:
        bundle = self._proving.bundle_as_of(row.record_id, Audience.PUBLIC, cut_off(day))
        if bundle.anchor is None or bundle.log is None:
            raise Unavailable("opendata-not-ready", f"{row.record_id.text} is not anchored yet")
        making.size = max(making.size, bundle.log.size)
        making.counts["records"] += 1
        name = row.record_id.text.rpartition(":")[2]
        entry = zipfile.ZipInfo(f"{name}.bundle.json", _EPOCH_OF_ZIP)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o644 << 16
        making.proofs.writestr(entry, bundle.encode())
        body: dict[str, Any] = bundle.view.value().get("body", {})
        if row.kind == KIND:
            making.events.write(b",\n" if making.counts["events"] else b"\n")
            making.events.write(canonical.encode(body))
            making.table.write(line(_row_of(row, bundle, body)).encode())
            making.counts["events"] += 1
        else:
            item = {
                "recordID": row.record_id.text,
                "kind": row.kind,
                "org": row.org.text,
                "capturedAt": format_time(row.captured_at),
                "item": body,
            }
            making.masterdata.write(b",\n" if making.counts["items"] else b"\n")
            making.masterdata.write(canonical.encode(item))
            making.counts["items"] += 1

    def _records(self, day: date) -> Iterator[RecordRow]:
        """The records accepted that day, in their order, erased ones left out."""
        first, end = self._range(day)
        after = first - 1
        while True:
            with self._db.read() as tx:
                page = tx.records.iterate(after, _PAGE)
            for row in page:
                if row.pk >= end:
                    return
                if row.body is not None:
                    yield row
                after = row.pk
            if not page:
                return

    def _range(self, day: date) -> tuple[int, int]:
        """Record pks of a day: first, and one past the last."""
        with self._db.read() as tx:
            return (
                tx.submissions.first_record_since(begin_of(day)),
                tx.submissions.first_record_since(begin_of(day + timedelta(days=1))),
            )

    def _checkpoint(self, size: int) -> str:
        with self._db.read() as tx:
            found = tx.log.checkpoint_at(size) if size else None
        return "" if found is None else found.note


def _opening(day: date) -> bytes:
    head = {
        "@context": [_CONTEXT],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": format_time(cut_off(day)),
    }
    return orjson.dumps(head)[:-1] + b',"epcisBody":{"eventList":['


def _row_of(row: RecordRow, bundle: Bundle, body: dict[str, Any]) -> list[str]:
    assert bundle.log is not None
    profile = bundle.signer.profile
    return RecordedEvent(
        record_id=row.record_id.text,
        org=row.org.text,
        organization=profile.name if profile is not None else "",
        captured_at=format_time(row.captured_at),
        leaf_index=bundle.log.index,
        commitment=bundle.view.commitment().hex(),
        event=body,
    ).row()


def _measure(path: Path) -> PublishedFile:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return PublishedFile(path.name, digest, path.stat().st_size)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
