"""Fetching: encrypted content goes to who handed it in and to the recipients of legs that name it.

Nobody else is told that it exists: not the operator, not an auditor.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ledger.digest import Digest
from ledger.errors import NotFound
from ledger.services.caller import Caller, Scope
from ledger.storage.blob_store import BlobStore
from ledger.storage.database import Database


@dataclass(frozen=True, slots=True)
class FoundBlob:
    """A blob the caller may fetch. `size` in bytes."""

    digest: Digest
    size: int
    _store: BlobStore

    def read(self, start: int, length: int) -> Iterator[bytes]:
        """That part of it in pieces. What is read is not hashed here: whoever fetched the whole
        compares it with its name, and each chunk of it with its tag. Raises Unavailable."""
        return self._store.read(self.digest, start, length)


class Fetching:
    """Gives blobs out."""

    def __init__(self, db: Database, store: BlobStore) -> None:
        self._db = db
        self._store = store

    def find(self, caller: Caller, digest: Digest) -> FoundBlob:
        """The blob. Raises NotFound `blob-unknown`, also where it is not the caller's to read."""
        caller.require(Scope.READ)
        with self._db.read() as tx:
            admitted = tx.blobs.may_read(caller.org, digest)
        size = self._store.size(digest) if admitted else None
        if size is None:
            raise NotFound("blob-unknown", f"no blob {digest.hex()} for this organization")
        return FoundBlob(digest, size, self._store)
