"""Filing: photos and certificates, kept under the SHA-256 of what is in them.

Whoever knows the digest may read the file: it stands in public master data, and is anchored there.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from ledger.clock import Clock
from ledger.digest import Digest
from ledger.errors import NotFound, QuotaExceeded, TooLarge, UnsupportedMedia
from ledger.masterdata.media_type import MEDIA_TYPES, PDF, sniff
from ledger.masterdata.photo import clean_photo
from ledger.services.caller import Caller, Scope
from ledger.storage.database import Database
from ledger.storage.file_store import FileStore

MOST_BYTES = 10 * 1024 * 1024
"""Largest file taken."""
_DECODING = 2
"""Pictures decoded at once; each may need a few hundred megabytes for a moment."""
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that is kept. `size` in bytes; `created` is False where it was kept before."""

    sha256: Digest
    media_type: str
    size: int
    created: bool


class Filing:
    """Keeps and gives back files."""

    def __init__(
        self, db: Database, clock: Clock, store: FileStore, bytes_per_organization: int
    ) -> None:
        self._db = db
        self._clock = clock
        self._store = store
        self._quota = bytes_per_organization
        self._decoding = threading.BoundedSemaphore(_DECODING)

    def keep(self, caller: Caller, data: bytes, *, keep_location: bool = False) -> KeptFile:
        """Keep a photo, cleaned, or a PDF as it is; durable when this returns.

        The media type is told by the bytes. Raises TooLarge `file-too-large`, UnsupportedMedia
        `media-type-unsupported`, InvalidInput `photo-malformed`, QuotaExceeded `quota-file-bytes`.
        """
        caller.require(Scope.CAPTURE)
        if len(data) > MOST_BYTES:
            raise TooLarge("file-too-large", f"{len(data)} bytes; at most {MOST_BYTES} are taken")
        media_type = sniff(data)
        if media_type is None:
            raise UnsupportedMedia(
                "media-type-unsupported",
                "neither JPEG, PNG, WebP nor PDF",
                advice=f"Send one of: {', '.join(MEDIA_TYPES)}.",
            )
        if media_type != PDF:
            with self._decoding:
                data = clean_photo(data, media_type, keep_location=keep_location)
        with self._db.read() as tx:
            tx.organizations.check_active(caller.org)
            if tx.files.total(caller.org) + len(data) > self._quota:
                raise QuotaExceeded(
                    "quota-file-bytes",
                    f"an organization keeps at most {self._quota} bytes of files",
                    retry_after=_DAY,
                )
        digest = self._store.put(data)
        with self._db.write() as tx:
            created = not tx.files.has(caller.org, digest)
            tx.files.add(caller.org, digest, media_type, len(data), self._clock.now())
        return KeptFile(digest, media_type, len(data), created)

    def read(self, digest: Digest) -> tuple[bytes, str]:
        """The bytes and their media type. Raises NotFound `file-unknown`, Unavailable."""
        data = self._store.find(digest)
        media_type = None if data is None else sniff(data)
        if data is None or media_type is None:
            raise NotFound("file-unknown", f"no file {digest.hex()}")
        return data, media_type
