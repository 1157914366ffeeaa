"""Roots come from a file or a folder somebody chose; none is an error, never "anything goes"."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from ledger.errors import Misconfigured
from ledger.timestamps.roots import load_roots
from tests.support.time_authority import Pki


@pytest.fixture(scope="module")
def pki() -> Pki:
    return Pki.make()


def test_load_file_and_folder_give_the_certificates_once(pki: Pki, tmp_path: Path) -> None:
    file = pki.write_root(tmp_path / "root.pem")
    assert load_roots(file) == (pki.root,)
    (tmp_path / "again.DER").write_bytes(pki.root.public_bytes(Encoding.DER))
    (tmp_path / "other.crt").write_bytes(pki.stamper.public_bytes(Encoding.PEM))
    (tmp_path / "README").write_text("not a certificate")
    assert set(load_roots(tmp_path)) == {pki.root, pki.stamper}


def test_load_nothing_or_garbage_is_misconfigured(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.pem"):
        with pytest.raises(Misconfigured):
            load_roots(path)
    (tmp_path / "garbage.pem").write_bytes(b"garbage")
    with pytest.raises(Misconfigured):
        load_roots(tmp_path)
