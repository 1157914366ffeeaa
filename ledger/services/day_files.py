"""The files of one day of open data while they are written, each from front to back.

Proofs come in archives of ten thousand: the directory at the end of an archive is held in memory
until it is written, and people's tools open archives of a few megabytes, not of gigabytes.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

from ledger import canonical
from ledger.clock import format_time
from ledger.masterdata.kind import Kind
from ledger.opendata.dataset import (
    CHECKPOINT,
    EVENTS,
    MANIFEST,
    MASTERDATA,
    TABLE,
    Dataset,
    PublishedFile,
    cut_off,
    proofs_name,
)
from ledger.opendata.event_table import RecordedEvent, heading, line
from ledger.services.bulk_proving import ProvenRecord
from ledger.services.intake import KIND

BUNDLES_PER_ARCHIVE = 10_000

_CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
_EPOCH_OF_ZIP = (1980, 1, 1, 0, 0, 0)


class DayFiles:
    """Writes below one folder, which is the caller's to put in its place or to remove. Use it as a
    context manager around `add`; then `finish`."""

    def __init__(self, folder: Path, day: date) -> None:
        self._folder = folder
        self._day = day
        self._open = ExitStack()
        self._archive: zipfile.ZipFile | None = None
        self._archives: list[str] = []
        self._records = self._items = self._count = 0
        self.tree_size = 0
        """Of the greatest head that the records stand on."""

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._events, self._table, self._masterdata = (
                stack.enter_context((self._folder / name).open("wb"))
                for name in (EVENTS, TABLE, MASTERDATA)
            )
            self._events.write(_opening(self._day))
            self._table.write(heading().encode())
            self._masterdata.write(b"[")
            self._open = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        with self._open:
            if self._archive is not None:
                self._archive.close()
            if kind is None:
                self._events.write(b"\n]}}\n")
                self._masterdata.write(b"\n]\n")

    def add(self, proven: ProvenRecord) -> None:
        """One record: what the public sees of it, and its proof."""
        self._add_proof(proven)
        self.tree_size = max(self.tree_size, proven.tree_size)
        body: dict[str, Any] = proven.bundle.view.value().get("body", {})
        row = proven.row
        if row.kind == KIND:
            self._events.write(b",\n" if self._count else b"\n")
            self._events.write(canonical.encode(body))
            self._table.write(line(_cells(proven, body)).encode())
            self._count += 1
        elif Kind.of_record(row.kind) is not None:
            item = {
                "recordID": row.record_id.text,
                "kind": row.kind,
                "org": row.org.text,
                "capturedAt": format_time(row.captured_at),
                "item": body,
            }
            self._masterdata.write(b",\n" if self._items else b"\n")
            self._masterdata.write(canonical.encode(item))
            self._items += 1

    def finish(self, find_checkpoint: Callable[[int], str]) -> Dataset:
        """Checkpoint and manifest; everything is on the disk when this returns."""
        note = find_checkpoint(self.tree_size) if self.tree_size else ""
        (self._folder / CHECKPOINT).write_text(note, encoding="utf-8")
        names = (EVENTS, TABLE, MASTERDATA, *self._archives, CHECKPOINT)
        dataset = Dataset(
            day=self._day,
            as_of=cut_off(self._day),
            records=self._records,
            events=self._count,
            tree_size=self.tree_size,
            files=tuple(_measure(self._folder / name) for name in names),
        )
        (self._folder / MANIFEST).write_bytes(canonical.encode(dataset.to_json()) + b"\n")
        for name in (*names, MANIFEST):
            (self._folder / name).chmod(0o644)
            flush(self._folder / name)
        flush(self._folder)
        return dataset

    def _add_proof(self, proven: ProvenRecord) -> None:
        if self._records % BUNDLES_PER_ARCHIVE == 0:
            if self._archive is not None:
                self._archive.close()
            name = proofs_name(len(self._archives) + 1)
            self._archives.append(name)
            self._archive = zipfile.ZipFile(
                self._folder / name, "w", zipfile.ZIP_DEFLATED, compresslevel=6
            )
        assert self._archive is not None
        name = proven.row.record_id.text.rpartition(":")[2]
        entry = zipfile.ZipInfo(f"{name}.bundle.json", _EPOCH_OF_ZIP)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o644 << 16
        self._archive.writestr(entry, proven.bundle.encode())
        self._records += 1


def flush(path: Path) -> None:
    """Have a file's content, or a folder's names, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _opening(day: date) -> bytes:
    head = {
        "@context": [_CONTEXT],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": format_time(cut_off(day)),
    }
    return orjson.dumps(head)[:-1] + b',"epcisBody":{"eventList":['


def _cells(proven: ProvenRecord, body: dict[str, Any]) -> list[str]:
    row, profile = proven.row, proven.bundle.signer.profile
    return RecordedEvent(
        record_id=row.record_id.text,
        org=row.org.text,
        organization=profile.name if profile is not None else "",
        captured_at=format_time(row.captured_at),
        leaf_index=proven.leaf_index,
        commitment=proven.commitment.hex(),
        event=body,
    ).row()


def _measure(path: Path) -> PublishedFile:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return PublishedFile(path.name, digest, path.stat().st_size)
