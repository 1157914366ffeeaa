"""Destroying the copy of a document: files, manifest, its salt, the key it was wrapped with.

Decided in one transaction, done, and then marked as done in another: a crash in between is finished
at the next start. Events, their evidence and the salts of these stay, so it can be proven for ever
that there was a document, whose, when, and what became of it. The commitment to its content stays
too; without the manifest's salt it confirms no content.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ledger.clock import Clock, from_unix, unix_seconds
from ledger.desk.acting import Alone
from ledger.desk.content import ContentFolder
from ledger.desk.legs import legs_of
from ledger.desk.messages import (
    begin_destruction,
    being_destroyed,
    clear_message,
    digests_only_in,
    end_destruction,
    get_message,
)
from ledger.desk.store import Store, find_fact, put_fact

_FILES = "destroyed.files."


@dataclass(frozen=True, slots=True)
class Destroyed:
    """What was destroyed of a message: how many files, and when that was done."""

    files: int
    at: datetime


class Destroying:
    """Destroys copies of one desk."""

    def __init__(
        self,
        store: Store,
        content: ContentFolder,
        sealed: ContentFolder,
        bundles: Path,
        alone: Alone,
        clock: Clock,
    ) -> None:
        self._store = store
        self._content = content
        self._sealed = sealed
        self._bundles = bundles
        self._alone = alone
        self._clock = clock

    def destroy(self, message: bytes) -> Destroyed:
        """Destroy what is kept of the message, if it is not yet. Files that another message here
        consists of too are left to that one."""
        with self._store.write() as tx:
            row = get_message(tx, message)
            is_left = row.destroyed_at is None or row.destroying
            if is_left:
                begin_destruction(tx, message)
        if is_left:
            self._finish(message)
        with self._store.read() as tx:
            done = get_message(tx, message).destroyed_at
            files = find_fact(tx, _FILES + message.hex())
        assert done is not None, "destroyed above, or before"
        return Destroyed(int(files or 0), from_unix(done))

    def finish_all(self) -> None:
        """Complete what a crash interrupted."""
        with self._store.read() as tx:
            begun = [row.message for row in being_destroyed(tx)]
        for message in begun:
            self._finish(message)

    def _finish(self, message: bytes) -> None:
        # No message may come to consist of the same content between the look and the deed.
        with self._store.write() as tx:
            digests, blobs = digests_only_in(tx, message)
            legs = legs_of(tx, message)
            for digest in digests:
                self._content.remove(digest)
        for blob in blobs:
            self._sealed.remove(blob)
        with self._alone():
            for leg in legs:
                # They enclose documents and manifest, also one that a crash left half written; the
                # next one is fetched without them.
                for path in self._bundles.glob(f"*{leg.id.hex()}.asice*"):
                    path.unlink(missing_ok=True)
            with self._store.write() as tx:
                if get_message(tx, message).destroyed_at is None:
                    # How many there were cannot be counted afterwards, and is attested to.
                    put_fact(tx, _FILES + message.hex(), str(len(digests)))
                clear_message(tx, message, unix_seconds(self._clock.now()))
            self._store.cut_log()
            with self._store.write() as tx:
                end_destruction(tx, message)
