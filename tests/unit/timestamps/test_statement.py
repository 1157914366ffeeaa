"""A statement has one spelling, and says which block and which head it is about."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import canonical
from ledger.canonical import MAX_SAFE_INTEGER
from ledger.digest import Digest
from ledger.errors import InvalidInput
from ledger.merkle.checkpoint import Checkpoint
from ledger.timestamps.statement import Statement, parse_statement

DIGESTS = st.binary(min_size=32, max_size=32).map(Digest)
NUMBERS = st.integers(0, MAX_SAFE_INTEGER)
STATEMENTS = st.builds(
    Statement,
    NUMBERS,
    DIGESTS,
    NUMBERS,
    DIGESTS,
    st.builds(Checkpoint, st.sampled_from(["a", "thanhhoa.example/log"]), NUMBERS, DIGESTS),
)
STATEMENT = Statement(
    31337, Digest(b"\x11" * 32), 7, Digest(b"\x22" * 32), Checkpoint("o", 5, Digest(b"\x33" * 32))
)


@given(STATEMENTS)
def test_parse_what_was_encoded_gives_it_back(statement: Statement) -> None:
    assert parse_statement(statement.encode()) == statement


@pytest.mark.parametrize("bit", range(0, 8 * len(STATEMENT.encode()), 37))
def test_parse_flipped_bit_is_refused_or_says_something_else(bit: int) -> None:
    data = bytearray(STATEMENT.encode())
    data[bit // 8] ^= 1 << bit % 8
    with suppress(InvalidInput):
        assert parse_statement(bytes(data)) != STATEMENT


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"type": "provenance.bundle"},
        {"extra": 1},
        {"chain": []},
        {"log": {"origin": "o", "size": 5}},
        {"log": {"origin": "o", "size": True, "root": "33" * 32}},
        {"log": {"origin": "o", "size": 5, "root": "0x" + "33" * 32}},
    ],
)
def test_parse_other_form_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(InvalidInput, match=r".") as caught:
        parse_statement(canonical.encode(STATEMENT.to_json() | change))
    assert caught.value.code == "timestamp-statement-malformed"


def test_parse_other_spelling_is_refused() -> None:
    with pytest.raises(InvalidInput, match="spelling"):
        parse_statement(STATEMENT.encode() + b"\n")


def test_parse_too_large_is_not_looked_at() -> None:
    with pytest.raises(InvalidInput, match="5000 bytes"):
        parse_statement(b"[" * 5000)
