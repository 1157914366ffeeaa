"""A sealed file is made once, and what comes back is what went in."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.client.sealed_file import open_file, seal_file
from ledger.digest import sha256
from ledger.envelope.content import HEADER_BYTES
from ledger.envelope.data_key import DataKey
from ledger.envelope.manifest import MOST_BYTES, open_manifest, seal_manifest
from ledger.errors import InvalidInput, VerificationFailed

KEY = DataKey(bytes(range(32)))
DOCUMENT = b"%PDF-1.7 \xc4\x90\xe1\xbb\x81 ngh\xe1\xbb\x8b " * 80_000


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "to-trinh.pdf"
    path.write_bytes(DOCUMENT)
    return path


def test_file_comes_back(tmp_path: Path, source: Path) -> None:
    told: list[tuple[int, int]] = []
    sealed = seal_file(source, KEY, tmp_path / "sealed", lambda *now: told.append(now))
    assert (sealed.size, sealed.digest) == (len(DOCUMENT), sha256(DOCUMENT))
    assert sealed.blob == sha256(sealed.path.read_bytes())
    assert told[-1] == (len(DOCUMENT), len(DOCUMENT))
    assert told == sorted(told)
    open_file(sealed.path, KEY, tmp_path / "out", size=sealed.size, digest=sealed.digest)
    assert (tmp_path / "out").read_bytes() == DOCUMENT


def test_sealed_once_and_found_again(tmp_path: Path, source: Path) -> None:
    first = seal_file(source, KEY, tmp_path / "sealed")
    source.write_bytes(b"changed meanwhile")
    assert seal_file(source, KEY, tmp_path / "sealed") == first
    with pytest.raises(VerificationFailed):
        seal_file(source, DataKey.generate(), tmp_path / "sealed")
    first.discard()
    assert seal_file(source, KEY, tmp_path / "sealed").blob != first.blob


@pytest.mark.parametrize("left", ["sealed", "sealed.new", "sealed.json.new"])
def test_what_a_crash_left_is_made_anew(tmp_path: Path, source: Path, left: str) -> None:
    (tmp_path / left).write_bytes(b"half")
    sealed = seal_file(source, KEY, tmp_path / "sealed")
    open_file(sealed.path, KEY, tmp_path / "out", size=sealed.size, digest=sealed.digest)
    assert (tmp_path / "out").read_bytes() == DOCUMENT


def test_note_without_its_file_is_not_believed(tmp_path: Path, source: Path) -> None:
    sealed = seal_file(source, KEY, tmp_path / "sealed")
    sealed.path.write_bytes(sealed.path.read_bytes()[:-1])
    again = seal_file(source, KEY, tmp_path / "sealed")
    assert (again.digest, again.blob_size) == (sealed.digest, sealed.blob_size)
    assert again.blob != sealed.blob


def test_damaged_or_other_content_gets_no_name(tmp_path: Path, source: Path) -> None:
    sealed = seal_file(source, KEY, tmp_path / "sealed")
    good, out = sealed.path.read_bytes(), tmp_path / "out"
    for bad in (good[:-1], good[:HEADER_BYTES] + bytes(len(good) - HEADER_BYTES), good + b"x"):
        sealed.path.write_bytes(bad)
        with pytest.raises(VerificationFailed) as damaged:
            open_file(sealed.path, KEY, out, size=sealed.size, digest=sealed.digest)
        assert damaged.value.code == "envelope-damaged"
    sealed.path.write_bytes(good)
    for wrong in ({"size": sealed.size - 1}, {"digest": sha256(b"other")}):
        named = {"size": sealed.size, "digest": sealed.digest, **wrong}
        with pytest.raises(VerificationFailed) as other:
            open_file(sealed.path, KEY, out, **named)  # type: ignore[arg-type]
        assert other.value.code == "content-digest-mismatch"
    assert not out.exists()


@given(st.binary(max_size=3000))
def test_manifest_opens_for_its_message_only(manifest: bytes) -> None:
    message, other = b"\x01" * 32, b"\x02" * 32
    sealed = seal_manifest(KEY, message, manifest)
    assert open_manifest(KEY, message, sealed) == manifest
    with pytest.raises(VerificationFailed):
        open_manifest(KEY, other, sealed)


def test_manifest_is_bounded() -> None:
    with pytest.raises(InvalidInput):
        seal_manifest(KEY, bytes(32), bytes(MOST_BYTES + 1))
    sealed = seal_manifest(KEY, bytes(32), bytes(MOST_BYTES))
    assert len(open_manifest(KEY, bytes(32), sealed)) == MOST_BYTES
    with pytest.raises(InvalidInput):
        open_manifest(KEY, bytes(32), sealed + bytes(200))
