"""C2SP tlog-proof, beyond its vectors."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.digest import Digest
from ledger.errors import InvalidInput, LedgerError
from ledger.proof.tlog_proof import MAX_PROOF_BYTES, TlogProof, check_tlog_proof, parse_tlog_proof
from tests.support.vectors.proof_cases import ENTRY, Leaf
from tests.support.vectors.world import LOG_SIGNER


def test_tlog_proof_text_is_the_specified_one() -> None:
    leaf = Leaf(1, 3)
    lines = leaf.tlog_proof(extra=b"salt").encode().split("\n")
    assert lines[:3] == ["c2sp.org/tlog-proof@v1", "extra c2FsdA==", "index 1"]
    assert lines[3:5] == [base64.b64encode(node).decode() for node in leaf.path]
    assert lines[5] == ""
    assert lines[6:9] == [LOG_SIGNER.key.name, "3", base64.b64encode(leaf.root).decode()]
    assert lines[9] == ""
    assert lines[10].startswith("— ledger.example/vectors ")
    assert lines[11:] == [""]


def test_tlog_proof_too_large_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_tlog_proof(b"\n" * (MAX_PROOF_BYTES + 1))
    assert refused.value.code == "tlog-proof-malformed"


def test_tlog_proof_path_too_long_refused() -> None:
    proof = TlogProof(0, (Digest(bytes(32)),) * 64, "note")
    with pytest.raises(InvalidInput, match="63"):
        parse_tlog_proof(proof.encode().encode())


@given(
    st.integers(0, 2**63 - 1),
    st.lists(st.binary(min_size=32, max_size=32).map(Digest), max_size=63),
    st.none() | st.binary(max_size=100),
)
def test_tlog_proof_round_trip(index: int, path: list[Digest], extra: bytes | None) -> None:
    proof = TlogProof(index, tuple(path), "a\n\nb\n", extra)
    assert parse_tlog_proof(proof.encode().encode()) == proof


def test_tlog_proof_every_bit_flipped_refused() -> None:
    good = Leaf(1, 3).tlog_proof().encode().encode()
    for bit in range(8 * len(good)):
        data = bytearray(good)
        data[bit // 8] ^= 1 << bit % 8
        with pytest.raises(LedgerError):
            check_tlog_proof(parse_tlog_proof(bytes(data)), ENTRY, LOG_SIGNER.key)
