"""Destroying the copy of a document: files, manifest, its salt, the key it was wrapped with.

Decided in one transaction, done, and then marked as done in another: a crash in between is finished
at the next start. Events, their evidence and the salts of these stay, so it can be proven for ever
that there was a document, whose, when, and what became of it. The commitment to its content stays
too; without the manifest's salt it confirms no content.
"""

from __future__ import annotations

from pathlib import Path

from ledger.clock import Clock, unix_seconds
from ledger.desk.content import ContentFolder
from ledger.desk.legs import legs_of
from ledger.desk.messages import (
    begin_destruction,
    being_destroyed,
    digests_only_in,
    end_destruction,
    get_message,
)
from ledger.desk.store import Store


class Destroying:
    """Destroys copies of one desk."""

    def __init__(
        self,
        store: Store,
        content: ContentFolder,
        sealed: ContentFolder,
        bundles: Path,
        clock: Clock,
    ) -> None:
        self._store = store
        self._content = content
        self._sealed = sealed
        self._bundles = bundles
        self._clock = clock

    def destroy(self, message: bytes) -> int:
        """Destroy what is kept of the message; how many files that were. Files that another message
        here consists of too are left to that one."""
        with self._store.write() as tx:
            row = get_message(tx, message)
            if row.destroyed_at is None:
                begin_destruction(tx, message)
        return self._finish(message)

    def finish_all(self) -> None:
        """Complete what a crash interrupted."""
        with self._store.read() as tx:
            begun = [row.message for row in being_destroyed(tx)]
        for message in begun:
            self._finish(message)

    def _finish(self, message: bytes) -> int:
        with self._store.read() as tx:
            digests, blobs = digests_only_in(tx, message)
            legs = legs_of(tx, message)
        for digest in digests:
            self._content.remove(digest)
        for blob in blobs:
            self._sealed.remove(blob)
        for leg in legs:
            # It encloses documents and manifest; the next one is fetched without them.
            (self._bundles / f"{leg.id.hex()}.asice").unlink(missing_ok=True)
        with self._store.write() as tx:
            end_destruction(tx, message, unix_seconds(self._clock.now()))
        return len(digests)
