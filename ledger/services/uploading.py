"""Uploading: encrypted content comes in by chunks, is verified, and is kept under its SHA-256.

Every chunk is durable before it is answered, and an upload is known by its blob: whoever lost its
connection, its memory or its process asks for the same upload again and is told what is there.
Uploads nobody went on with are let go of when somebody begins another.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import timedelta

from ledger.clock import Clock
from ledger.digest import Digest
from ledger.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    QuotaExceeded,
    TooLarge,
    VerificationFailed,
)
from ledger.services.caller import Caller, Scope
from ledger.storage.blob_store import CHUNK_BYTES, BlobStore, chunk_size, chunks_of
from ledger.storage.blobs import Upload
from ledger.storage.database import Database
from ledger.storage.transaction import Transaction

__all__ = ["CHUNK_BYTES", "ContentLimits", "Progress", "Uploading"]

_MOST_OPEN = 100
"""Unfinished uploads of one organization."""
_SWEPT_AT_ONCE = 20
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class ContentLimits:
    """Bytes of one blob and of all blobs of an organization; how long an upload waits for its next
    chunk."""

    blob_bytes: int
    organization_bytes: int
    patience: timedelta


@dataclass(frozen=True, slots=True)
class Progress:
    """An upload and its chunks that are there. `created` where this call began it."""

    upload: Upload
    chunks: frozenset[int]
    created: bool = False


class Uploading:
    """Takes blobs in."""

    def __init__(self, db: Database, clock: Clock, store: BlobStore, limits: ContentLimits) -> None:
        self._db = db
        self._clock = clock
        self._store = store
        self._limits = limits

    def begin(self, caller: Caller, digest: Digest, size: int) -> Progress:
        """The upload of that blob: a new one, or the one the organization has begun or completed.

        Raises TooLarge `blob-too-large`, InvalidInput `upload-malformed`, Conflict
        `upload-size-differs`, QuotaExceeded `quota-blob-bytes` or `quota-uploads`.
        """
        caller.require(Scope.CAPTURE)
        if size < 1:
            raise InvalidInput("upload-malformed", "a blob has bytes", pointer="/size")
        if size > self._limits.blob_bytes:
            most = self._limits.blob_bytes
            raise TooLarge("blob-too-large", f"at most {most} bytes are taken", pointer="/size")
        self.sweep()
        now = self._clock.now()
        wanted = Upload(
            id=uuid.uuid4().hex,
            org=caller.org,
            digest=digest,
            size=size,
            is_complete=False,
            expires_at=now + self._limits.patience,
        )
        with self._db.write() as tx:
            tx.organizations.check_active(caller.org)
            found = tx.blobs.find_upload_of(caller.org, digest)
            if found is None:
                self._check_room(tx, caller, size)
                wanted = self._known(tx, wanted)
                tx.blobs.add_upload(wanted)
        upload = wanted if found is None else found
        if upload.size != size:
            raise Conflict(
                "upload-size-differs", f"begun as {upload.size} bytes, not {size}", pointer="/size"
            )
        return self._progress(upload, created=found is None)

    def find(self, caller: Caller, upload_id: str) -> Progress:
        """How far an upload is. Raises NotFound `upload-unknown`."""
        caller.require(Scope.CAPTURE)
        return self._progress(self._find(caller, upload_id))

    def put_chunk(self, caller: Caller, upload_id: str, number: int, data: bytes) -> None:
        """Keep one chunk; durable when this returns, and the same again is harmless.

        Raises NotFound `upload-unknown`, InvalidInput `upload-malformed`, Unavailable.
        """
        caller.require(Scope.CAPTURE)
        upload = self._find(caller, upload_id)
        if not 0 <= number < chunks_of(upload.size):
            raise InvalidInput("upload-malformed", f"there is no chunk {number} in this upload")
        expected = chunk_size(upload.size, number)
        if len(data) != expected:
            raise InvalidInput(
                "upload-malformed", f"chunk {number} has {expected} bytes, not {len(data)}"
            )
        if upload.is_complete:
            return
        self._store.put_chunk(upload.id, number, data)
        expiry = self._clock.now() + self._limits.patience
        if expiry - upload.expires_at > self._limits.patience / 10:
            with self._db.write() as tx:
                tx.blobs.prolong_upload(upload.id, expiry)

    def complete(self, caller: Caller, upload_id: str) -> Progress:
        """Keep the blob under its name; durable when this returns, and may be repeated.

        Raises NotFound `upload-unknown`, Conflict `upload-incomplete`, VerificationFailed
        `blob-digest-mismatch`: then the upload is over.
        """
        caller.require(Scope.CAPTURE)
        upload = self._find(caller, upload_id)
        if not upload.is_complete:
            try:
                self._store.complete(upload.id, upload.digest, upload.size)
            except VerificationFailed:
                with self._db.write() as tx:
                    tx.blobs.remove_upload(upload.id)
                raise
            # A crash here leaves a blob without its row: completing again finds it, and writes it.
            with self._db.write() as tx:
                tx.blobs.complete_upload(upload, self._clock.now())
        return self._progress(self._find(caller, upload_id))

    def sweep(self) -> int:
        """Let go of some uploads nobody went on with; how many. Blobs stay."""
        with self._db.read() as tx:
            expired = tx.blobs.expired_uploads(self._clock.now(), _SWEPT_AT_ONCE)
        for upload in expired:
            self._store.discard(upload.id)
        if expired:
            with self._db.write() as tx:
                for upload in expired:
                    tx.blobs.remove_upload(upload.id)
        return len(expired)

    def _find(self, caller: Caller, upload_id: str) -> Upload:
        with self._db.read() as tx:
            upload = tx.blobs.find_upload(upload_id)
        if upload is None or upload.org != caller.org:
            raise NotFound("upload-unknown", f"no upload {upload_id!r:.60} of this organization")
        return upload

    def _progress(self, upload: Upload, *, created: bool = False) -> Progress:
        if upload.is_complete:
            return Progress(upload, frozenset(range(chunks_of(upload.size))), created)
        return Progress(upload, self._store.chunks(upload.id), created)

    def _check_room(self, tx: Transaction, caller: Caller, size: int) -> None:
        count, coming = tx.blobs.open_uploads(caller.org)
        if count >= _MOST_OPEN:
            raise QuotaExceeded(
                "quota-uploads", f"{count} uploads of yours are unfinished", retry_after=_DAY
            )
        if tx.blobs.total(caller.org) + coming + size > self._limits.organization_bytes:
            raise QuotaExceeded(
                "quota-blob-bytes",
                f"an organization keeps at most {self._limits.organization_bytes} bytes of content",
                retry_after=_DAY,
            )

    @staticmethod
    def _known(tx: Transaction, wanted: Upload) -> Upload:
        """Complete from the start where the organization keeps the blob since an earlier upload."""
        if tx.blobs.missing(wanted.org, [wanted.digest]):
            return wanted
        return replace(wanted, is_complete=True)
