"""RLP as the library writes it, and read more strictly than anybody must."""

from __future__ import annotations

from typing import Any

import pytest
import rlp
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import InvalidInput
from ledger.proof.rlp_items import decode, encode

ITEMS: st.SearchStrategy[Any] = st.recursive(
    st.binary(max_size=80), lambda inner: st.lists(inner, max_size=20), max_leaves=30
)


@given(ITEMS)
def test_decode_and_encode_agree_with_the_library(item: Any) -> None:
    spelt = rlp.encode(item)
    assert encode(item) == spelt
    assert decode(spelt) == item


@given(st.binary(max_size=70))
def test_decode_any_bytes_have_one_meaning_or_none(data: bytes) -> None:
    try:
        item = decode(data)
    except InvalidInput as error:
        assert error.code == "rlp-malformed"  # noqa: PT017 - either way is right
        return
    assert encode(item) == data


@pytest.mark.parametrize(
    "data",
    [b"", b"\x81\x05", b"\xb8\x01\xff", b"\xb9\x00\x40" + bytes(64), b"\x83ab", b"\xc2\x81", b"ab"],
)
def test_decode_other_spellings_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        decode(data)


def test_decode_abyss_is_refused() -> None:
    item: Any = []
    for _ in range(40):
        item = [item]
    with pytest.raises(InvalidInput, match="deep"):
        decode(rlp.encode(item))
