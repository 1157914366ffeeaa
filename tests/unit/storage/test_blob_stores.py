"""Both blob stores keep the same promises: whole under its name, or not there."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from minio import Minio
from moto.server import ThreadedMotoServer

from ledger.digest import Digest, sha256
from ledger.errors import Conflict, Misconfigured, Unavailable, VerificationFailed
from ledger.storage.blob_bucket import BlobBucket
from ledger.storage.blob_folder import BlobFolder
from ledger.storage.blob_store import CHUNK_BYTES, BlobStore, chunk_size, chunks_of


@pytest.fixture(scope="module")
def bucket() -> Iterator[BlobBucket]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    minio = Minio(f"{host}:{port}", "key", "secret", secure=False, region="us-east-1")
    minio.make_bucket("documents")
    yield BlobBucket.at(f"http://key:secret@{host}:{port}/documents")
    server.stop()


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    if request.param == "folder":
        return BlobFolder(tmp_path / "blobs")
    found: BlobBucket = request.getfixturevalue("bucket")
    return found


def hand_in(store: BlobStore, blob: bytes, numbers: list[int] | None = None) -> str:
    upload = secrets.token_hex(16)
    for number in numbers if numbers is not None else range(chunks_of(len(blob))):
        store.put_chunk(upload, number, blob[number * CHUNK_BYTES :][:CHUNK_BYTES])
    return upload


def whole(store: BlobStore, digest: Digest, size: int) -> bytes:
    return b"".join(store.read(digest, 0, size))


def test_blob_of_several_chunks_in_any_order(store: BlobStore) -> None:
    blob = os.urandom(2 * CHUNK_BYTES + 5)
    digest = sha256(blob)
    upload = hand_in(store, blob, [2, 0])
    assert store.chunks(upload) == {0, 2}
    with pytest.raises(Conflict) as early:
        store.complete(upload, digest, len(blob))
    assert early.value.code == "upload-incomplete"
    assert store.size(digest) is None
    store.put_chunk(upload, 1, bytes(CHUNK_BYTES))
    store.put_chunk(upload, 1, blob[CHUNK_BYTES : 2 * CHUNK_BYTES])
    store.complete(upload, digest, len(blob))
    assert store.size(digest) == len(blob)
    assert whole(store, digest, len(blob)) == blob
    at = 2 * CHUNK_BYTES - 3
    assert b"".join(store.read(digest, at, 6)) == blob[at : at + 6]
    assert store.chunks(upload) == frozenset()
    store.complete(upload, digest, len(blob))
    store.delete(digest)
    store.delete(digest)
    assert store.size(digest) is None


def test_blob_that_is_not_what_was_announced_leaves_nothing(store: BlobStore) -> None:
    blob = secrets.token_bytes(100)
    other = sha256(b"other")
    for digest, size in ((other, 100), (sha256(blob), 99), (sha256(blob), 101)):
        upload = hand_in(store, blob)
        with pytest.raises(VerificationFailed) as refused:
            store.complete(upload, digest, size)
        assert refused.value.code == "blob-digest-mismatch"
        assert store.chunks(upload) == frozenset()
        assert store.size(digest) is None


def test_upload_that_is_let_go_of(store: BlobStore) -> None:
    upload = hand_in(store, secrets.token_bytes(100))
    store.discard(upload)
    store.discard(upload)
    assert store.chunks(upload) == frozenset()


def test_same_blob_of_two_uploads_is_kept_once(store: BlobStore) -> None:
    blob = secrets.token_bytes(1000)
    for upload in (hand_in(store, blob), hand_in(store, blob)):
        store.complete(upload, sha256(blob), len(blob))
    assert whole(store, sha256(blob), 1000) == blob


def test_blob_that_is_gone_is_could_not_read_and_never_empty(store: BlobStore) -> None:
    with pytest.raises(Unavailable):
        whole(store, sha256(b"never"), 10)


def test_chunks_written_while_it_is_completed_never_change_the_blob(tmp_path: Path) -> None:
    """Its uploader may race with itself; what is kept is what was hashed."""
    store = BlobFolder(tmp_path)
    stop = threading.Event()
    for _ in range(5):
        blob = os.urandom(CHUNK_BYTES)
        upload = hand_in(store, blob)
        stop.clear()

        def meddle(upload: str = upload) -> None:
            while not stop.is_set():
                with contextlib.suppress(Unavailable):  # the folder went away under it
                    store.put_chunk(upload, 0, bytes(CHUNK_BYTES))

        meddler = threading.Thread(target=meddle)
        meddler.start()
        try:
            store.complete(upload, sha256(blob), len(blob))
        except (VerificationFailed, Unavailable, Conflict):
            assert store.size(sha256(blob)) is None
        else:
            assert sha256(whole(store, sha256(blob), len(blob))) == sha256(blob)
        finally:
            stop.set()
            meddler.join()


_WRITER = """
import sys, os
from pathlib import Path
from ledger.storage.blob_folder import BlobFolder
from ledger.storage.blob_store import CHUNK_BYTES
store = BlobFolder(Path(sys.argv[1]))
for number in range(100):
    store.put_chunk("killed", number, bytes([number + 1]) * CHUNK_BYTES)
    print(number, flush=True)
"""


def test_chunk_that_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    acknowledged = [int(writer.stdout.readline()) for _ in range(3)]
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    store = BlobFolder(tmp_path)
    found = store.chunks("killed")
    assert found >= set(acknowledged)
    data = (tmp_path / "uploads" / "killed" / "data").read_bytes()
    for number in found:
        assert data[number * CHUNK_BYTES :][:CHUNK_BYTES] == bytes([number + 1]) * CHUNK_BYTES
    size = len(acknowledged) * CHUNK_BYTES
    digest = sha256(data[:size])
    extra = found - set(acknowledged)
    for number in extra:
        (tmp_path / "uploads" / "killed" / str(number)).unlink()
    os.truncate(tmp_path / "uploads" / "killed" / "data", size)
    store.complete("killed", digest, size)
    assert store.size(digest) == size


def test_full_disk_is_said_and_leaves_no_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = BlobFolder(tmp_path)

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", full)
        with pytest.raises(Unavailable) as refused:
            store.put_chunk("a", 0, b"x")
    assert refused.value.code == "file-unwritable"
    assert store.chunks("a") == frozenset()


def test_bucket_that_does_not_answer_is_could_not_find_out() -> None:
    away = BlobBucket.at("http://key:secret@127.0.0.1:9/documents")
    with pytest.raises(Unavailable) as refused:
        away.size(sha256(b"x"))
    assert refused.value.code == "blob-store-unavailable"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "s3://key:secret@host/bucket",
        "https://host/bucket",
        "https://key:hidden@host",
        "https://key:hidden@host/a/b",
    ],
)
def test_other_addresses_are_refused_without_repeating_the_secret(url: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        BlobBucket.at(url)
    assert "hidden" not in str(refused.value)


def test_sizes_of_chunks() -> None:
    size = 2 * CHUNK_BYTES + 1
    assert [chunk_size(size, number) for number in range(chunks_of(size))] == [
        CHUNK_BYTES,
        CHUNK_BYTES,
        1,
    ]
    assert chunks_of(CHUNK_BYTES) == 1
