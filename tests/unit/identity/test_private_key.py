"""Private keys: valid, deterministic, silent."""

from __future__ import annotations

import traceback

import pytest

from ledger.errors import InvalidInput
from ledger.identity.eip712 import CURVE_ORDER, recover
from ledger.identity.private_key import PrivateKey

SECRET = bytes.fromhex("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")


def test_address_of_known_key_is_known() -> None:
    key = PrivateKey(SECRET)
    assert key.address == "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
    assert key.reveal() == SECRET


def test_sign_digest_is_deterministic_low_s() -> None:
    key = PrivateKey(SECRET)
    for number in range(50):
        digest = number.to_bytes(32, "big")
        signature = key.sign_digest(digest)
        assert signature == key.sign_digest(digest)
        assert int.from_bytes(signature[32:64], "big") <= CURVE_ORDER // 2
        assert signature[64] in (27, 28)
        assert recover(digest, signature) == key.address


def test_generate_gives_different_keys() -> None:
    assert PrivateKey.generate().reveal() != PrivateKey.generate().reveal()


@pytest.mark.parametrize(
    "text", [SECRET.hex(), "0x" + SECRET.hex(), f" 0x{SECRET.hex().upper()}\n"]
)
def test_from_hex_reads_usual_spellings(text: str) -> None:
    assert PrivateKey.from_hex(text).reveal() == SECRET


@pytest.mark.parametrize(
    "secret",
    [
        b"",
        bytes(32),
        bytes(31) + b"x" * 2,
        CURVE_ORDER.to_bytes(32, "big"),
        b"\xff" * 32,
        SECRET[1:],
    ],
)
def test_key_outside_the_curve_is_refused_without_repeating_it(secret: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        PrivateKey(secret)
    assert refused.value.code == "private-key-malformed"
    if secret:
        assert secret.hex() not in str(refused.value)


def test_from_hex_of_other_text_is_refused_without_repeating_it() -> None:
    almost = SECRET.hex()[:-1] + "g"
    with pytest.raises(InvalidInput) as refused:
        PrivateKey.from_hex(almost)
    shown = "".join(traceback.format_exception(refused.value, chain=True))
    assert almost not in shown
    assert SECRET.hex()[:-1] not in shown


def test_repr_shows_address_only() -> None:
    assert SECRET.hex() not in repr(PrivateKey(SECRET))
    assert PrivateKey(SECRET).address in repr(PrivateKey(SECRET))
