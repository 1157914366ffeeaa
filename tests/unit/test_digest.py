"""Digests and the two hash functions."""

from __future__ import annotations

import hashlib

import pytest
from eth_utils.crypto import keccak

from ledger.digest import Digest, keccak256, sha256
from ledger.errors import InvalidInput

ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_sha256_of_fips_180_example() -> None:
    assert sha256(b"abc").hex() == ABC
    assert sha256(b"a", b"", b"bc") == sha256(b"abc")
    assert sha256() == hashlib.sha256().digest()
    assert isinstance(sha256(b""), Digest)


def test_keccak256_is_the_evm_hash_not_sha3() -> None:
    empty = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    assert keccak256(b"").hex() == empty
    assert keccak256(b"x" * 1000) == keccak(b"x" * 1000)
    assert keccak256(b"") != hashlib.sha3_256(b"").digest()


def test_digest_round_trips_through_hex() -> None:
    digest = Digest.from_hex(ABC)
    assert digest.hex() == ABC
    assert digest.prefixed == "0x" + ABC
    assert digest == bytes.fromhex(ABC)


@pytest.mark.parametrize(
    "text", ["", ABC[:-1], ABC + "0", ABC.upper(), "0x" + ABC[2:], ABC[:-1] + "g", ABC + "\n", None]
)
def test_digest_other_spelling_is_refused(text: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        Digest.from_hex(text)  # type: ignore[arg-type]
    assert refused.value.code == "digest-malformed"


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_digest_other_length_is_refused(length: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        Digest(bytes(length))
    assert refused.value.code == "digest-malformed"
