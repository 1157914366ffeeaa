"""Content comes back as it was, or is refused: never part of it, never anything else."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from ledger.envelope.content import (
    CHUNK_LOG2,
    HEADER_BYTES,
    PART,
    ContentCipher,
    Header,
    Layout,
    open_content,
    seal_content,
)
from ledger.envelope.data_key import DataKey
from ledger.errors import InvalidInput, LedgerError, VerificationFailed
from tests.support.vectors.envelope_cases import DATA_KEY, sealed

CASES = json.loads(
    (Path(__file__).parents[2] / "vectors" / "envelope" / "content.json").read_text()
)


class Dribbling(BytesIO):
    """Gives a few bytes at a time, as a pipe may."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 0, 7) if size != -1 else size)


def opened(blob: bytes, key: DataKey = DATA_KEY, purpose: bytes = PART) -> bytes:
    return b"".join(open_content(key, purpose, BytesIO(blob)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_vector(case: dict[str, str]) -> None:
    key = DataKey(bytes.fromhex(case["dataKey"]))
    given = bytes.fromhex(case["blob"]), key, bytes.fromhex(case["purpose"])
    if "code" not in case:
        assert opened(*given).hex() == case["plaintext"]
        return
    with pytest.raises(LedgerError) as refused:
        opened(*given)
    assert refused.value.code == case["code"]


@given(st.binary(max_size=700), st.integers(6, 9), st.binary(max_size=40))
def test_content_comes_back_and_is_laid_out_as_said(
    content: bytes, chunk_log2: int, purpose: bytes
) -> None:
    key = DataKey.generate()
    pieces = list(seal_content(key, purpose, Dribbling(content), chunk_log2=chunk_log2))
    blob = b"".join(pieces)
    layout = Layout(len(content), 1 << chunk_log2)
    assert (len(blob), len(pieces) - 1) == (layout.blob_size, layout.chunks)
    assert Layout.of_blob(len(blob), 1 << chunk_log2) == layout
    assert b"".join(open_content(key, purpose, Dribbling(blob))) == content
    assert blob[HEADER_BYTES:] != b"".join(seal_content(key, purpose, BytesIO(content)))
    cipher = ContentCipher(key, Header.parse(blob[:HEADER_BYTES]), purpose)
    for index in reversed(range(layout.chunks)):
        start, end = layout.span(index)
        assert blob[start:end] == pieces[index + 1]
        at = index << chunk_log2
        plaintext = cipher.open(index, blob[start:end], last=index == layout.chunks - 1)
        assert plaintext == content[at : at + (1 << chunk_log2)]


def test_blob_is_what_the_format_says() -> None:
    content = bytes(range(150))
    blob = sealed(content)
    key = HKDF(SHA256(), 32, blob[16:48], blob[:16] + b"part").derive(bytes(range(32)))
    cipher = AESGCM(key)
    chunks = [
        cipher.encrypt(index.to_bytes(11, "big") + last, content[index * 64 :][:64], b"")
        for index, last in enumerate((b"\0", b"\0", b"\1"))
    ]
    assert blob == b"provenance/env\x01\x06" + blob[16:48] + b"".join(chunks)


def test_every_bit_of_a_blob_counts() -> None:
    blob = sealed(bytes(range(150)))
    for bit in range(len(blob) * 8):
        changed = bytearray(blob)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises((InvalidInput, VerificationFailed)):
            opened(bytes(changed))


def test_every_cut_of_a_blob_is_noticed() -> None:
    blob = sealed(bytes(range(150)))
    for end in range(len(blob)):
        with pytest.raises((InvalidInput, VerificationFailed)):
            opened(blob[:end])


@given(st.permutations(range(5)), st.integers(0, 4))
def test_chunks_hold_in_their_order_only(order: list[int], kept: int) -> None:
    blob = sealed(bytes(300))
    step, body = 80, blob[HEADER_BYTES:]
    chunks = [body[at : at + step] for at in range(0, len(body), step)]
    chosen = order[: kept + 1]
    bent = blob[:HEADER_BYTES] + b"".join(chunks[index] for index in chosen)
    if bent == blob:
        assert opened(bent) == bytes(300)
        return
    with pytest.raises((InvalidInput, VerificationFailed)):
        opened(bent)


def test_another_key_opens_nothing() -> None:
    with pytest.raises(VerificationFailed) as refused:
        opened(sealed(b"secret"), DataKey.generate())
    assert refused.value.code == "envelope-damaged"


@pytest.mark.parametrize("size", [0, 1, 48, 63, 48 + 64 + 16 + 1, 48 + 64 + 16 + 16])
def test_sizes_no_content_has_are_refused(size: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        Layout.of_blob(size, 64)
    assert refused.value.code == "envelope-malformed"


def test_two_gigabytes_have_their_layout() -> None:
    layout = Layout(2 * 1024**3)
    assert layout.chunks == 2048
    assert layout.span(2047)[1] == layout.blob_size == 48 + 2 * 1024**3 + 2048 * 16
    assert layout.chunk_bytes == 1 << CHUNK_LOG2


@pytest.mark.parametrize(
    ("index", "size", "last"), [(0, 63, False), (0, 65, True), (1, 0, True), (-1, 1, True)]
)
def test_chunk_that_does_not_fit_its_place_is_no_chunk(index: int, size: int, last: bool) -> None:
    cipher = ContentCipher(DATA_KEY, Header(bytes(32), 6), PART)
    with pytest.raises(InvalidInput):
        cipher.seal(index, bytes(size), last=last)


def test_data_key_shows_nothing_of_itself() -> None:
    key = DataKey(b"\x41" * 32)
    assert "41" not in repr(key)
    assert "A" * 4 not in f"{key!r}{key!s}"
    assert key == DataKey(key.reveal())
    assert key != DataKey.generate()
    with pytest.raises(InvalidInput) as refused:
        DataKey(b"\x41" * 31)
    assert "A" not in refused.value.detail
