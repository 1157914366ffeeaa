"""A data key is opened by whom it was wrapped to, for the leg it was wrapped for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.digest import Digest
from ledger.envelope.data_key import DataKey
from ledger.envelope.encryption_key import DecryptionKey, EncryptionKey
from ledger.envelope.wrapping import NO_LEG, WrappedKey, rewrap, unwrap, wrap
from ledger.errors import InvalidInput, VerificationFailed
from tests.support import rfc9180
from tests.support.vectors.envelope_cases import DATA_KEY, LEG, MESSAGE, READER, wrapped

CASES = json.loads(
    (Path(__file__).parents[2] / "vectors" / "envelope" / "wrapped-key.json").read_text()
)
WORDS = st.binary(min_size=32, max_size=32)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_vector(case: dict[str, str]) -> None:
    value = {
        name: bytes.fromhex(text) for name, text in case.items() if name not in ("why", "code")
    }
    key = DecryptionKey(value["secretKey"])
    assert (key.public.public, key.public.id) == (value["publicKey"], value["keyId"])
    given = WrappedKey(Digest(value["keyId"]), value["wrapped"])
    if "code" not in case:
        assert unwrap(given, key, value["message"], value["leg"]).reveal() == value["dataKey"]
        return
    with pytest.raises(VerificationFailed) as refused:
        unwrap(given, key, value["message"], value["leg"])
    assert refused.value.code == case["code"]


@given(WORDS, WORDS, WORDS)
def test_wrap_is_read_as_rfc_9180_reads_it(secret: bytes, message: bytes, leg: bytes) -> None:
    key = DecryptionKey(secret)
    made = wrap(DATA_KEY, key.public, message, leg)
    info = b"provenance/wrap/v1\n" + message + leg + key.public.id
    assert rfc9180.open_base(made.wrapped, secret, info) == DATA_KEY.reveal()
    assert unwrap(WrappedKey.from_json(made.to_json()), key, message, leg) == DATA_KEY


def test_every_bit_of_a_wrap_counts() -> None:
    good = wrapped()
    for bit in range(len(good) * 8):
        changed = bytearray(good)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(VerificationFailed):
            unwrap(WrappedKey(READER.public.id, bytes(changed)), READER, MESSAGE, LEG)


def test_key_that_follows_opens_what_was_wrapped_to_the_first() -> None:
    following = DecryptionKey.generate()
    first = WrappedKey(READER.public.id, wrapped())
    second = rewrap(first, READER, following.public, MESSAGE, LEG)
    assert unwrap(second, following, MESSAGE, LEG) == DATA_KEY
    assert unwrap(first, READER, MESSAGE, LEG) == DATA_KEY
    for stranger, wrong in ((READER, second), (following, first)):
        with pytest.raises(VerificationFailed):
            unwrap(wrong, stranger, MESSAGE, LEG)
    with pytest.raises(VerificationFailed):
        rewrap(first, READER, following.public, MESSAGE, NO_LEG)


def test_wrap_that_claims_another_key_is_refused() -> None:
    made = wrap(DATA_KEY, READER.public, MESSAGE)
    other = DecryptionKey.generate()
    with pytest.raises(VerificationFailed):
        unwrap(WrappedKey(other.public.id, made.wrapped), other, MESSAGE)
    with pytest.raises(VerificationFailed):
        unwrap(WrappedKey(other.public.id, made.wrapped), READER, MESSAGE)


def test_two_wraps_of_one_key_are_not_alike() -> None:
    assert wrap(DATA_KEY, READER.public, MESSAGE) != wrap(DATA_KEY, READER.public, MESSAGE)


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        {"keyId": "00" * 32, "wrapped": "00" * 79},
        {"keyId": "00" * 32, "wrapped": "AA" * 80},
        {"keyId": "00" * 32, "wrapped": "zz" * 80},
        {"keyId": "00" * 32, "wrapped": " " + "00" * 80},
        {"keyId": "00" * 31, "wrapped": "00" * 80},
        {"keyId": 7, "wrapped": "00" * 80},
        {"keyId": "00" * 32, "wrapped": "00" * 80, "more": 1},
    ],
)
def test_other_spellings_of_a_wrap_are_refused(value: object) -> None:
    with pytest.raises(InvalidInput):
        WrappedKey.from_json(value)


def test_points_of_small_order_are_encrypted_to_by_nobody() -> None:
    for point in (bytes(32), b"\x01" + bytes(31)):
        with pytest.raises(InvalidInput) as refused:
            wrap(DATA_KEY, EncryptionKey(1, point), MESSAGE)
        assert refused.value.code == "encryption-key-malformed"


def test_key_shows_nothing_of_its_secret() -> None:
    key = DecryptionKey.generate()
    assert key.reveal().hex() not in repr(key)
    assert DecryptionKey(key.reveal()).public == key.public
    with pytest.raises(InvalidInput):
        DecryptionKey(b"short")
    assert DataKey.generate() != DataKey.generate()
