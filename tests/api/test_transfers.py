"""Encrypted content over a running server: resumed wherever it was cut, for its parties only."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.client.exchange_drafting import CommittedMessage
from ledger.client.sealed_file import SealedFile, open_file, seal_file
from ledger.client.transferring import Transferring
from ledger.digest import Digest, sha256
from ledger.envelope.data_key import DataKey
from ledger.envelope.encryption_key import DecryptionKey
from ledger.envelope.manifest import ENCRYPTION, open_manifest, seal_manifest
from ledger.envelope.wrapping import WrappedKey, unwrap, wrap
from ledger.errors import NotFound, QuotaExceeded, TooLarge, VerificationFailed
from ledger.exchange.description import Description
from ledger.exchange.message import Manifest, Part
from ledger.exchange.rules import LegAction
from ledger.identity.eip712 import Domain
from ledger.services.uploading import ContentLimits
from ledger.storage.blob_store import CHUNK_BYTES
from tests.api.test_exchange import join
from tests.support.agency import a_document, step, submission
from tests.support.own_key import issue
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain

KEY = DataKey(bytes(range(32)))


@pytest.fixture
def sender(server: RunningApp) -> Transferring:
    return Transferring(server.ledger_client(server.producer_key).connection)


@pytest.fixture
def stranger(server: RunningApp) -> Transferring:
    return Transferring(server.ledger_client(server.rival_key).connection)


def sealed_file(folder: Path, size: int) -> SealedFile:
    source = folder / "cong-van.pdf"
    source.write_bytes(os.urandom(size))
    return seal_file(source, KEY, folder / "sealed")


def begin(server: RunningApp, blob: bytes) -> dict[str, Any]:
    body = {"sha256": sha256(blob).hex(), "size": len(blob)}
    answer = server.producer.post("/exchange/uploads", json=body)
    assert answer.status_code in (200, 201), answer.text
    found: dict[str, Any] = answer.json()
    return found


def kept(server: RunningApp, blob: bytes) -> str:
    begun = begin(server, blob)
    place = f"/exchange/uploads/{begun['id']}"
    assert server.producer.put(f"{place}/chunks/0", content=blob).status_code == 204
    assert server.producer.post(f"{place}/completion").json()["complete"]
    return f"/exchange/blobs/{sha256(blob).hex()}"


def test_document_goes_from_one_to_the_other_and_to_nobody_else(
    server: RunningApp, stranger: Transferring, tmp_path: Path
) -> None:
    """The whole of a content's way: sealed, handed in, sent, fetched, opened, and withdrawn."""
    one, other = join(server, "one"), join(server, "other")
    sending, receiving = (
        Transferring(server.ledger_client(issue(server, agency.org.text)).connection)
        for agency in (one, other)
    )
    sealed = sealed_file(tmp_path, 2 * CHUNK_BYTES + 12_345)
    told: list[int] = []
    sending.upload(sealed.path, sealed.blob, sealed.blob_size, lambda done, _: told.append(done))
    assert told == sorted(told)
    assert told[-1] == sealed.blob_size

    document = a_document(one, other, number=secrets.token_hex(4))
    part = Part("1", "cong-van.pdf", "application/pdf", sealed.size, sealed.digest, sealed.blob)
    manifest = Manifest(document, Description("V/v kiểm tra"), (part,), dict(ENCRYPTION))
    message = CommittedMessage.commit(manifest, one.org, _now())
    hidden = tmp_path / "manifest"
    hidden.write_bytes(seal_manifest(KEY, message.message, b"the record and its salt"))
    hidden_blob, hidden_size = sha256(hidden.read_bytes()), hidden.stat().st_size
    sending.upload(hidden, hidden_blob, hidden_size)
    domain = Domain(server.app.deployment.chain_id, server.app.exchange.contract.address)
    body, (leg,) = submission(domain, message, document, one, other)
    recipient_key = DecryptionKey.generate()
    wrapped = wrap(KEY, recipient_key.public, message.message, leg.leg)
    body["legs"][0]["wrappedKey"] = json.dumps(
        {**wrapped.to_json(), "manifest": hidden_blob.hex(), "manifestSize": hidden_size}
    )
    with pytest.raises(NotFound):
        receiving.download(sealed.blob, tmp_path / "early", sealed.blob_size)
    assert one.http.post("/exchange/messages", json=body).status_code == 201

    path = f"/exchange/legs/{leg.leg.hex()}"
    given = json.loads(other.http.get(path).json()["wrappedKey"])
    key = unwrap(
        WrappedKey.from_json({name: given[name] for name in ("keyId", "wrapped")}),
        recipient_key,
        message.message,
        leg.leg,
    )
    fetched = tmp_path / "fetched"
    receiving.download(Digest.from_hex(given["manifest"]), fetched, given["manifestSize"])
    assert open_manifest(key, message.message, fetched.read_bytes()) == b"the record and its salt"
    receiving.download(sealed.blob, fetched, sealed.blob_size)
    open_file(fetched, key, tmp_path / "out", size=sealed.size, digest=sealed.digest)
    assert (tmp_path / "out").read_bytes() == (tmp_path / "cong-van.pdf").read_bytes()

    for blob, size in ((sealed.blob, sealed.blob_size), (hidden_blob, hidden_size)):
        with pytest.raises(NotFound) as unknown:
            stranger.download(blob, fetched, size)
        assert unknown.value.code == "blob-unknown"
        assert server.operator.get(f"/exchange/blobs/{blob.hex()}").status_code == 404
    withdrawn = one.http.post(f"{path}/steps", json=step(leg, LegAction.WITHDRAW))
    assert withdrawn.status_code == 201, withdrawn.text
    with pytest.raises(NotFound):
        receiving.download(sealed.blob, tmp_path / "late", sealed.blob_size)
    sending.download(sealed.blob, tmp_path / "own", sealed.blob_size)


def test_nobody_shares_what_another_handed_in(server: RunningApp) -> None:
    """Who knows the name of another's blob gains nothing by naming it in a message of its own."""
    blob = secrets.token_bytes(50)
    path = kept(server, blob)
    one, other = join(server, "sharing"), join(server, "shared")
    document = a_document(one, other, number=secrets.token_hex(4))
    part = Part("1", "x.pdf", "application/pdf", 1, sha256(b"x"), sha256(blob))
    manifest = Manifest(document, Description("V/v"), (part,), dict(ENCRYPTION))
    message = CommittedMessage.commit(manifest, one.org, _now())
    domain = Domain(server.app.deployment.chain_id, server.app.exchange.contract.address)
    body, _ = submission(domain, message, document, one, other)
    assert one.http.post("/exchange/messages", json=body).status_code == 201
    for agency in (one, other):
        assert agency.http.get(path).status_code == 404
    assert server.producer.get(path).content == blob


def test_upload_goes_on_where_it_was(
    server: RunningApp, sender: Transferring, tmp_path: Path
) -> None:
    sealed = sealed_file(tmp_path, 3 * CHUNK_BYTES)
    blob = sealed.path.read_bytes()
    begun = begin(server, blob)
    assert (begun["chunkBytes"], begun["chunks"], begun["complete"]) == (CHUNK_BYTES, [], False)
    place = f"/exchange/uploads/{begun['id']}"
    chunk = blob[2 * CHUNK_BYTES : 3 * CHUNK_BYTES]
    for _ in range(2):
        assert server.producer.put(f"{place}/chunks/2", content=chunk).status_code == 204
    assert server.producer.get(place).json()["chunks"] == [2]
    assert begin(server, blob)["id"] == begun["id"]
    early = server.producer.post(f"{place}/completion")
    assert (early.status_code, early.json()["code"]) == (409, "upload-incomplete")
    told: list[int] = []
    sender.upload(sealed.path, sealed.blob, sealed.blob_size, lambda done, _: told.append(done))
    assert told[0] == CHUNK_BYTES
    assert server.producer.get(place).json()["complete"]
    again = server.producer.post(f"{place}/completion")
    assert (again.status_code, again.json()["chunks"]) == (200, [0, 1, 2, 3])
    path = f"/exchange/blobs/{sealed.blob.hex()}"
    assert hashlib.sha256(server.producer.get(path).content).digest() == sealed.blob


def test_download_goes_on_where_it_was_and_begins_anew_where_that_was_wrong(
    server: RunningApp, sender: Transferring, tmp_path: Path
) -> None:
    sealed = sealed_file(tmp_path, 2 * CHUNK_BYTES)
    sender.upload(sealed.path, sealed.blob, sealed.blob_size)
    blob = sealed.path.read_bytes()
    fetched, part = tmp_path / "fetched", tmp_path / "fetched.part"
    part.write_bytes(blob[: CHUNK_BYTES + 77])
    told: list[int] = []
    sender.download(sealed.blob, fetched, sealed.blob_size, lambda done, _: told.append(done))
    assert told[0] == CHUNK_BYTES + 77
    assert fetched.read_bytes() == blob
    assert not part.exists()
    fetched.unlink()
    # As a power cut may leave it. That is not the fault of who sent it, so nobody is told.
    part.write_bytes(bytes(CHUNK_BYTES))
    told.clear()
    sender.download(sealed.blob, fetched, sealed.blob_size, lambda done, _: told.append(done))
    assert (told[0], min(told)) == (CHUNK_BYTES, 0)
    assert fetched.read_bytes() == blob
    fetched.unlink()
    with pytest.raises(VerificationFailed) as wrong:
        sender.download(sealed.blob, fetched, sealed.blob_size - 1)
    assert wrong.value.code == "blob-digest-mismatch"
    assert not fetched.exists()
    assert not part.exists()


def test_content_that_is_not_what_was_announced_is_not_kept(server: RunningApp) -> None:
    blob = secrets.token_bytes(100)
    begun = begin(server, blob)
    place = f"/exchange/uploads/{begun['id']}"
    server.producer.put(f"{place}/chunks/0", content=bytes(100))
    refused = server.producer.post(f"{place}/completion")
    assert (refused.status_code, refused.json()["code"]) == (422, "blob-digest-mismatch")
    assert server.producer.get(place).json()["code"] == "upload-unknown"
    path = f"/exchange/blobs/{sha256(blob).hex()}"
    assert server.producer.get(path).status_code == 404
    assert server.producer.get(kept(server, blob)).content == blob


@pytest.mark.parametrize(
    ("asked", "status", "first", "last"),
    [
        (None, 200, 0, 99),
        ("bytes=0-0", 206, 0, 0),
        ("bytes=10-19", 206, 10, 19),
        ("bytes=90-", 206, 90, 99),
        ("bytes=90-1000", 206, 90, 99),
        ("bytes=-7", 206, 93, 99),
        ("bytes=-1000", 206, 0, 99),
        ("bytes=5-4", 200, 0, 99),
        ("bytes=0-1,3-4", 200, 0, 99),
        ("lines=1-2", 200, 0, 99),
        ("bytes=-", 200, 0, 99),
        ("bytes=100-", 416, 0, 0),
        ("bytes=-0", 416, 0, 0),
    ],
)
def test_ranges_of_a_blob(
    server: RunningApp, asked: str | None, status: int, first: int, last: int
) -> None:
    blob = bytes(range(100))
    path = kept(server, blob)
    answer = server.producer.get(path, headers={} if asked is None else {"Range": asked})
    assert answer.status_code == status
    if status == 416:
        assert answer.json()["code"] == "blob-range-unsatisfiable"
        assert answer.headers["content-range"] == "bytes */100"
        return
    assert answer.content == blob[first : last + 1]
    assert answer.headers["content-length"] == str(last + 1 - first)
    assert answer.headers["cache-control"] == "no-store"
    if status == 206:
        assert answer.headers["content-range"] == f"bytes {first}-{last}/100"
    etag = answer.headers["etag"]
    assert server.producer.get(path, headers={"If-None-Match": etag}).status_code == 304
    stale = {"Range": "bytes=1-2", "If-Range": '"other"'}
    assert server.producer.get(path, headers=stale).content == blob


def test_who_may_hand_in_and_fetch(server: RunningApp) -> None:
    blob = secrets.token_bytes(50)
    path = kept(server, blob)
    body = {"sha256": sha256(blob).hex(), "size": 50}
    assert server.visitor.post("/exchange/uploads", json=body).status_code == 401
    assert server.visitor.get(path).status_code == 401
    assert server.reader.post("/exchange/uploads", json=body).status_code == 403
    assert server.reader.get(path).content == blob
    place = f"/exchange/uploads/{begin(server, secrets.token_bytes(50))['id']}"
    assert server.rival.get(place).json()["code"] == "upload-unknown"
    assert server.rival.put(f"{place}/chunks/0", content=bytes(50)).status_code == 404
    assert server.rival.post(f"{place}/completion").status_code == 404
    own = server.rival.post("/exchange/uploads", json=body)
    assert (own.status_code, own.json()["chunks"]) == (201, [])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"sha256": "00" * 32, "size": 0}, 400),
        ({"sha256": "00" * 31, "size": 1}, 400),
        ({"sha256": "00" * 32, "size": "1"}, 400),
        ({"sha256": "00" * 32, "size": 2**50}, 413),
        ({"sha256": "00" * 32}, 400),
    ],
)
def test_uploads_that_cannot_be(server: RunningApp, body: dict[str, Any], status: int) -> None:
    assert server.producer.post("/exchange/uploads", json=body).status_code == status


def test_chunks_that_do_not_fit(server: RunningApp) -> None:
    blob = secrets.token_bytes(50)
    place = f"/exchange/uploads/{begin(server, blob)['id']}"
    for number, content in (("0", blob[:-1]), ("0", blob + b"x"), ("1", blob), ("-1", blob)):
        answer = server.producer.put(f"{place}/chunks/{number}", content=content)
        assert answer.status_code == 400, answer.text
    huge = server.producer.put(f"{place}/chunks/0", content=bytes(CHUNK_BYTES + 1))
    assert huge.json()["code"] == "body-too-large"
    other = {"sha256": sha256(blob).hex(), "size": 51}
    refused = server.producer.post("/exchange/uploads", json=other)
    assert (refused.status_code, refused.json()["code"]) == (409, "upload-size-differs")


def test_upload_nobody_goes_on_with_is_let_go_of(
    server: RunningApp, sender: Transferring, tmp_path: Path
) -> None:
    blob = secrets.token_bytes(50)
    begun = begin(server, blob)
    place = f"/exchange/uploads/{begun['id']}"
    server.producer.put(f"{place}/chunks/0", content=blob)
    late = server.app.clock.now() - timedelta(seconds=1)
    with server.app.db.write() as tx:
        tx.blobs.prolong_upload(begun["id"], late)
    begin(server, secrets.token_bytes(50))
    assert server.producer.get(place).status_code == 404
    assert server.app.content.uploading._store.chunks(begun["id"]) == frozenset()
    again = begin(server, blob)
    assert (again["id"] != begun["id"], again["chunks"]) == (True, [])


def test_organization_keeps_no_more_than_its_quota(
    server: RunningApp, sender: Transferring, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "blob"
    path.write_bytes(os.urandom(1000))
    uploading = server.app.content.uploading
    limits = ContentLimits(2000, 10, timedelta(days=1))
    monkeypatch.setattr(uploading, "_limits", limits)
    with pytest.raises(QuotaExceeded) as full:
        sender.upload(path, sha256(path.read_bytes()), 1000)
    assert full.value.code == "quota-blob-bytes"
    with pytest.raises(TooLarge) as large:
        sender.upload(path, sha256(path.read_bytes()), 2001)
    assert large.value.code == "blob-too-large"


@pytest.fixture
def model(server: RunningApp) -> Callable[[bytes, list[int]], None]:
    """Hands in a blob by an arbitrary schedule of chunks, and compares what the server says."""

    def run(blob: bytes, schedule: list[int]) -> None:
        count = -(-len(blob) // CHUNK_BYTES)
        begun = begin(server, blob)
        place, present = f"/exchange/uploads/{begun['id']}", set(begun["chunks"])
        for number in (index % count for index in schedule):
            chunk = blob[number * CHUNK_BYTES :][:CHUNK_BYTES]
            server.producer.put(f"{place}/chunks/{number}", content=chunk)
            present.add(number)
            assert server.producer.get(place).json()["chunks"] == sorted(present)
        done = server.producer.post(f"{place}/completion")
        assert done.status_code == (200 if len(present) == count else 409)
        fetched = server.producer.get(f"/exchange/blobs/{sha256(blob).hex()}")
        assert (fetched.content == blob) is (len(present) == count)

    return run


@given(st.lists(st.integers(0, 2), max_size=5), st.integers(1, 2))
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_order_of_chunks_ends_in_the_blob_or_says_what_is_missing(
    model: Callable[[bytes, list[int]], None], schedule: list[int], more: int
) -> None:
    model(os.urandom((more - 1) * CHUNK_BYTES + 100), schedule)


def _now() -> datetime:
    at = datetime.now(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
