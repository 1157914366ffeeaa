"""Publishing: the public records of one day as files that anyone can check offline.

A day is made in a folder beside its place and moved there whole, so a crash leaves no half of one.
It speaks as of a fixed moment, an hour after the day's end: made again from the same records and
the same chain it has the same bytes. What was erased meanwhile is left out then, and a key that was
declared compromised meanwhile is shown as such.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import orjson

from ledger.clock import Clock
from ledger.errors import NotFound, Unavailable
from ledger.opendata.catalog import describe
from ledger.opendata.dataset import MANIFEST, Dataset, begin_of, cut_off
from ledger.services.bulk_proving import BulkProving
from ledger.services.day_files import DayFiles, flush
from ledger.storage.database import Database

_MISSED_DAYS = 7
"""A worker that was away makes up for so many days."""


class Publishing:
    """Makes and finds datasets below one directory."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        proving: BulkProving,
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
        self._known: dict[Path, tuple[tuple[int, int], Dataset]] = {}

    def publish(self, day: date, keep_on: Callable[[], bool] = lambda: True) -> Dataset:
        """The dataset of a day, made now unless it is there. `keep_on` is asked before each page of
        records; once it says no, Unavailable `shutting-down` and nothing is left.

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
                flush(self._directory)
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
            # A manifest never changes; a day made again has another one. Its inode alone does not
            # tell, a file system gives the number of a file that was removed to the next.
            status = path.stat()
            stamp = (status.st_ino, status.st_mtime_ns)
            known = self._known.get(path)
            if known is not None and known[0] == stamp:
                return known[1]
            dataset = Dataset.from_json(orjson.loads(path.read_bytes()))
        except FileNotFoundError as error:
            raise NotFound("opendata-unknown", f"{day} is not published") from error
        except (OSError, ValueError, KeyError) as error:
            raise Unavailable("storage-damaged", f"{path} cannot be read") from error
        self._known[path] = (stamp, dataset)
        return dataset

    def days(self) -> list[Dataset]:
        """Every published day, newest first."""
        names = (path.name for path in self._directory.glob("[0-9]*-[0-9]*-[0-9]*"))
        return [self.find(date.fromisoformat(name)) for name in sorted(names, reverse=True)]

    def find_file(self, day: date, name: str) -> Path:
        """The path of one of its files. Raises NotFound `opendata-unknown`."""
        if name not in (MANIFEST, *(file.name for file in self.find(day).files)):
            raise NotFound("opendata-unknown", f"{day} has no {name!r:.40}")
        return self._directory / day.isoformat() / name

    def catalog(self) -> dict[str, Any]:
        """All days, described in DCAT."""
        return describe(
            self.days(),
            base_url=self._base_url,
            publisher=self._publisher,
            licence=self._licence,
        )

    def _make(self, day: date, folder: Path, keep_on: Callable[[], bool]) -> None:
        first, end = self._range(day)
        with DayFiles(folder, day) as files:
            for page in self._proving.prove(first, end, cut_off(day)):
                if not keep_on():
                    raise Unavailable("shutting-down", "stopped before the day was whole")
                for proven in page:
                    files.add(proven)
        files.finish(self._checkpoint)

    def _range(self, day: date) -> tuple[int, int]:
        """Record pks of a day: first, and one past the last."""
        with self._db.read() as tx:
            return (
                tx.submissions.first_record_since(begin_of(day)),
                tx.submissions.first_record_since(begin_of(day + timedelta(days=1))),
            )

    def _checkpoint(self, size: int) -> str:
        with self._db.read() as tx:
            found = tx.log.checkpoint_at(size)
        assert found is not None, "what is anchored has a checkpoint"
        return found.note
