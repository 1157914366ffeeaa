"""Documents as files: whole or not there, found by their digest, destroyed for good."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.desk.content import ContentFolder, digest_of_file, safe_name
from ledger.digest import Digest
from ledger.errors import NotFound, VerificationFailed


@pytest.fixture
def folder(tmp_path: Path) -> ContentFolder:
    return ContentFolder(tmp_path / "content")


def test_kept_under_the_digest_of_its_bytes(folder: ContentFolder) -> None:
    kept = folder.keep([b"a", b"bc"])
    assert kept.digest == hashlib.sha256(b"abc").digest()
    assert kept.size == 3
    assert folder.get(kept.digest).read_bytes() == b"abc"
    assert digest_of_file(folder.get(kept.digest)) == kept.digest


def test_other_content_than_expected_is_not_kept(folder: ContentFolder, tmp_path: Path) -> None:
    with pytest.raises(VerificationFailed) as caught:
        folder.keep([b"abc"], Digest(bytes(32)))
    assert caught.value.code == "desk-content-differs"
    assert list((tmp_path / "content").iterdir()) == []


def test_what_breaks_off_leaves_nothing(folder: ContentFolder, tmp_path: Path) -> None:
    def breaking() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        folder.keep(breaking())
    assert list((tmp_path / "content").iterdir()) == []


def test_removed_is_gone_and_removing_twice_is_nothing(folder: ContentFolder) -> None:
    kept = folder.keep([b"x" * 3_000_000])
    folder.remove(kept.digest)
    folder.remove(kept.digest)
    assert not folder.has(kept.digest)
    with pytest.raises(NotFound):
        folder.get(kept.digest)


def test_leftovers_of_a_crash_go_and_documents_stay(folder: ContentFolder, tmp_path: Path) -> None:
    kept = folder.keep([b"kept"])
    (tmp_path / "content" / ".0f0f").write_bytes(b"half")
    folder.clear_leftovers()
    assert [path.name for path in (tmp_path / "content").iterdir()] == [kept.digest.hex()]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Công văn 12.pdf", "Công văn 12.pdf"),
        ("../../etc/passwd", "etcpasswd"),
        ("..", "p1"),
        (".hidden", "hidden"),
        ("a\x00b\n.pdf", "ab.pdf"),
        ("C:\\windows\\x", "Cwindowsx"),
    ],
)
def test_a_stranger_names_no_path(name: str, safe: str) -> None:
    assert safe_name(name, "p1") == safe
