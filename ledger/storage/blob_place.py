"""Where the blobs of an installation are kept, as its settings name it."""

from __future__ import annotations

from pathlib import Path

from ledger.storage.blob_folder import BlobFolder
from ledger.storage.blob_store import BlobStore


def open_blobs(folder: Path, url: str | None) -> BlobStore:
    """The bucket at that address, or this folder without one.

    Raises Misconfigured `blobs-url-malformed`.
    """
    if url is None:
        return BlobFolder(folder)
    from ledger.storage.blob_bucket import BlobBucket  # its library is for those who need it

    return BlobBucket.at(url)
