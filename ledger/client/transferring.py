"""Blobs to and from the server, a chunk at a time: whatever dies, the next call goes on from there.

The server knows an upload by its blob, and a download is known by what is on the disk; neither end
has to remember anything else.
"""

from __future__ import annotations

import os
from pathlib import Path

import orjson

from ledger.client.connection import JSON, Connection
from ledger.client.spool import Progress, hash_file, partial_of, say_nothing, settle, told
from ledger.digest import Digest
from ledger.errors import NotFound, Unavailable, VerificationFailed

_OCTETS = "application/octet-stream"
_PIECE_BYTES = 8 * 1024 * 1024
_LARGEST_CHUNK = 64 * 1024 * 1024


class Transferring:
    """Sends and fetches blobs of any size with the memory of one chunk."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def upload(
        self, path: Path, digest: Digest, size: int, progress: Progress = say_nothing
    ) -> None:
        """Hand in the blob in that file; kept by the server when this returns.

        Safe to call again at any time, in any process: only missing chunks are sent. Raises
        VerificationFailed `blob-digest-mismatch` where the file is not that blob, TooLarge
        `blob-too-large`, QuotaExceeded, Unavailable when the patience ran out.
        """
        try:
            self._upload(path, digest, size, progress)
        except NotFound as error:
            if error.code != "upload-unknown":
                raise
            # It had expired, and was let go of between two chunks: once more from its beginning.
            self._upload(path, digest, size, progress)

    def download(
        self, digest: Digest, path: Path, size: int, progress: Progress = say_nothing
    ) -> None:
        """Fetch a blob of that many bytes to `path`, which is there only if it is that blob.

        What an earlier call got lies in `path.part` and is not fetched again. Raises NotFound
        `blob-unknown`, VerificationFailed `blob-digest-mismatch` (then nothing is kept and the next
        call begins anew), Unavailable.
        """
        part = partial_of(path, ".part")
        goes_on = part.exists()
        try:
            self._download(digest, part, path, size, progress)
        except VerificationFailed:
            if not goes_on:
                raise
            # What lay here was never flushed: a power cut may have left other bytes, and that is
            # not to be said of whoever sent them.
            self._download(digest, part, path, size, progress)

    def _download(
        self, digest: Digest, part: Path, path: Path, size: int, progress: Progress
    ) -> None:
        with told(path):
            handle = os.open(part, os.O_CREAT | os.O_RDWR, 0o600)
            with os.fdopen(handle, "r+b") as file:
                done = min(file.seek(0, os.SEEK_END), size)
                file.seek(done)
                while done < size:
                    progress(done, size)
                    piece = self._fetch(digest, done, min(size, done + _PIECE_BYTES))
                    file.write(piece)
                    done += len(piece)
                progress(done, size)
                file.truncate(size)
                file.seek(0)
                if hash_file(file) != digest:
                    part.unlink()
                    raise VerificationFailed(
                        "blob-digest-mismatch", f"what was fetched is not {digest.hex()}"
                    )
                settle(file, part, path)

    def _upload(self, path: Path, digest: Digest, size: int, progress: Progress) -> None:
        body = orjson.dumps({"sha256": digest.hex(), "size": size})
        begun = self._connection.ask("POST", "/exchange/uploads", body, JSON).json()
        if begun["complete"]:
            progress(size, size)
            return
        place, step = f"/exchange/uploads/{begun['id']}", int(begun["chunkBytes"])
        if not 0 < step <= _LARGEST_CHUNK:
            raise Unavailable("server-answer-malformed", f"chunks of {step} bytes")
        present = set(begun["chunks"])
        done = sum(min(step, size - number * step) for number in present)
        with told(path), path.open("rb") as file:
            for number in range(-(-size // step)):
                progress(done, size)
                if number in present:
                    continue
                file.seek(number * step)
                chunk = file.read(step)
                self._connection.ask("PUT", f"{place}/chunks/{number}", chunk, _OCTETS)
                done += len(chunk)
        self._connection.ask("POST", f"{place}/completion")
        progress(size, size)

    def _fetch(self, digest: Digest, start: int, end: int) -> bytes:
        answer = self._connection.ask(
            "GET",
            f"/exchange/blobs/{digest.hex()}",
            headers={"Range": f"bytes={start}-{end - 1}"},
            accept=_OCTETS,
        )
        if answer.status_code != 206 or len(answer.content) != end - start:
            raise Unavailable("server-answer-malformed", "not the bytes that were asked for")
        return answer.content
