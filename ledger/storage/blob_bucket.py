"""Blobs in a bucket of an S3-compatible server: `blobs/<sha-256>`, and `uploads/<id>/<n>` before.

The server joins the chunks itself (multipart copy), pinned to the ETags of those that were hashed
here: a chunk that was written over meanwhile makes it refuse. An object is there whole or not at
all, so a crash leaves either the chunks or the blob.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from io import BytesIO
from typing import Self
from urllib.parse import unquote, urlsplit

import urllib3
from minio import Minio
from minio.commonconfig import ComposeSource
from minio.error import MinioException, S3Error
from urllib3.exceptions import HTTPError

from ledger.digest import Digest
from ledger.errors import Conflict, Misconfigured, Unavailable, VerificationFailed
from ledger.storage.blob_store import PIECE_BYTES, chunks_of

_ABSENT = ("NoSuchKey", "NoSuchObject", "NotFound")
_CONNECT_SECONDS, _READ_SECONDS = 5.0, 60.0


class BlobBucket:
    """A `BlobStore` in one bucket, which has to be there and to be ours alone."""

    def __init__(self, server: Minio, bucket: str) -> None:
        self._server = server
        self._bucket = bucket

    @classmethod
    def at(cls, url: str) -> Self:
        """`https://KEY:SECRET@host:port/bucket`, http within one machine. Raises Misconfigured
        `blobs-url-malformed`, never repeating the secret."""
        parts = urlsplit(url)
        bucket = parts.path.strip("/")
        known = parts.scheme in ("http", "https") and parts.hostname and parts.username
        if not known or not bucket or "/" in bucket:
            raise Misconfigured(
                "blobs-url-malformed", "not https://KEY:SECRET@host/bucket (PROVENANCE_BLOBS_URL)"
            )
        pool = urllib3.PoolManager(
            maxsize=32,
            timeout=urllib3.Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS),
            retries=urllib3.Retry(total=2, backoff_factor=0.2, status_forcelist=[502, 503, 504]),
        )
        host = parts.hostname or ""
        server = Minio(
            host if parts.port is None else f"{host}:{parts.port}",
            access_key=unquote(parts.username or ""),
            secret_key=unquote(parts.password or ""),
            secure=parts.scheme == "https",
            region="us-east-1",
            http_client=pool,
        )
        return cls(server, bucket)

    def put_chunk(self, upload: str, number: int, data: bytes) -> None:
        """See BlobStore."""
        with _told():
            self._server.put_object(self._bucket, _chunk(upload, number), BytesIO(data), len(data))

    def chunks(self, upload: str) -> frozenset[int]:
        """See BlobStore."""
        return frozenset(int(name.rpartition("/")[2]) for name in self._names(upload))

    def complete(self, upload: str, digest: Digest, size: int) -> None:
        """See BlobStore."""
        if self.size(digest) is not None:
            self.discard(upload)
            return
        if self.chunks(upload) != frozenset(range(chunks_of(size))):
            raise Conflict("upload-incomplete", "not every chunk has been handed in")
        state, found, sources = hashlib.sha256(), 0, []
        for number in range(chunks_of(size)):
            name = _chunk(upload, number)
            etag, length = self._hash_into(state, name)
            found += length
            sources.append(ComposeSource(self._bucket, name, match_etag=etag))
        if found != size or state.digest() != digest:
            self.discard(upload)
            raise VerificationFailed(
                "blob-digest-mismatch", f"what was handed in is not {digest.hex()}"
            )
        with _told():
            self._server.compose_object(self._bucket, _blob(digest), sources)
        self.discard(upload)

    def discard(self, upload: str) -> None:
        """See BlobStore."""
        for name in self._names(upload):
            with _told():
                self._server.remove_object(self._bucket, name)

    def size(self, digest: Digest) -> int | None:
        """See BlobStore."""
        with _told():
            try:
                return self._server.stat_object(self._bucket, _blob(digest)).size
            except S3Error as error:
                if error.code in _ABSENT:
                    return None
                raise

    def read(self, digest: Digest, start: int, length: int) -> Iterator[bytes]:
        """See BlobStore."""
        if length == 0:
            return
        with _told():
            answer = self._server.get_object(
                self._bucket, _blob(digest), offset=start, length=length
            )
            try:
                for piece in answer.stream(PIECE_BYTES):
                    length -= len(piece)
                    yield piece
            finally:
                answer.close()
                answer.release_conn()
        if length:
            raise Unavailable("storage-damaged", f"{digest.hex()} is shorter than it was")

    def delete(self, digest: Digest) -> None:
        """See BlobStore."""
        with _told():
            self._server.remove_object(self._bucket, _blob(digest))

    def _names(self, upload: str) -> list[str]:
        with _told():
            listed = self._server.list_objects(self._bucket, f"uploads/{upload}/")
            return [str(found.object_name) for found in listed]

    def _hash_into(self, state: hashlib._Hash, name: str) -> tuple[str, int]:
        """ETag and size of an object that was read into the hash."""
        with _told():
            answer = self._server.get_object(self._bucket, name)
            length = 0
            try:
                for piece in answer.stream(PIECE_BYTES):
                    state.update(piece)
                    length += len(piece)
                return str(answer.headers["etag"]).strip('"'), length
            finally:
                answer.close()
                answer.release_conn()


def _blob(digest: Digest) -> str:
    return f"blobs/{digest.hex()}"


def _chunk(upload: str, number: int) -> str:
    assert upload.isalnum(), "names of uploads are ours"
    return f"uploads/{upload}/{number:08}"


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """What the bucket's server refuses, in our words."""
    try:
        yield
    except (MinioException, HTTPError, OSError, ValueError) as error:
        told = error.code if isinstance(error, S3Error) else type(error).__name__
        raise Unavailable(
            "blob-store-unavailable", f"the bucket does not answer: {told}"
        ) from error
