"""Entry bundles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import InvalidInput
from ledger.merkle.entries import MAX_ENTRY_BYTES, encode_entries, parse_entries


def test_encode_entries_writes_big_endian_lengths() -> None:
    assert encode_entries([b"abc", b"", b"x" * 256]) == b"\0\3abc\0\0\1\0" + b"x" * 256


@given(st.lists(st.binary(max_size=80), max_size=20))
def test_entries_round_trip(entries: list[bytes]) -> None:
    assert parse_entries(encode_entries(entries)) == entries


def test_entries_longest_entry_round_trips() -> None:
    longest = b"x" * MAX_ENTRY_BYTES
    assert parse_entries(encode_entries([longest])) == [longest]


@pytest.mark.parametrize("data", [b"\0", b"\0\1", b"\0\2a", b"\0\1a\0", b"\0\1a\0\1"])
def test_parse_entries_cut_short_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_entries(data)
    assert refused.value.code == "entries-malformed"
