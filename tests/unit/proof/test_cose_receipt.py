"""COSE receipts, beyond their vectors; judged by a foreign library as well."""

from __future__ import annotations

import cbor2
import pytest
import scitt_cose
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import InvalidInput, LedgerError, NotFound, VerificationFailed
from ledger.proof.cose_receipt import (
    MAX_RECEIPT_BYTES,
    check_receipt,
    issue_receipt,
    parse_receipt,
)
from tests.support.vectors.proof_cases import COSE_CASES, ENTRY, Leaf
from tests.support.vectors.world import LOG_SIGNER

PEM = Ed25519PublicKey.from_public_bytes(LOG_SIGNER.key.public).public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)

OURS_ALONE = {
    "key-id-missing",
    "key-id-text",
    "key-id-other",
    "unprotected-label-more",
    "two-proofs",
    "path-empty-at-size-one",
}
"""Receipts of other forms than ours that a reader of the bare standard may take: which key it is,
what else is in the unprotected header, a second proof, a tree of one leaf."""


def foreign(data: bytes, entry: bytes = ENTRY) -> scitt_cose.ReceiptResult:
    return scitt_cose.verify_receipt(data, leaf_entry_hex=entry.hex(), log_public_key_pem=PEM)


@pytest.mark.parametrize(("index", "size"), [(0, 2), (1, 2), (6, 11), (10, 11), (255, 256)])
def test_receipt_foreign_library_agrees(index: int, size: int) -> None:
    leaf = Leaf(index, size)
    result = foreign(leaf.receipt())
    assert result.ok, result.errors
    assert (result.leaf_index, result.tree_size) == (index, size)
    assert result.root == leaf.root.hex()
    assert not foreign(leaf.receipt(), ENTRY[::-1]).ok


@pytest.mark.parametrize("case", COSE_CASES, ids=lambda case: case[0])
def test_receipt_foreign_library_takes_nothing_else(case: tuple[str, bool, str, bytes]) -> None:
    what, valid, _, data = case
    assert foreign(data).ok is (valid or what in OURS_ALONE)


def test_receipt_bytes_are_the_specified_ones() -> None:
    leaf = Leaf(1, 2)
    tagged = cbor2.loads(leaf.receipt())
    protected, unprotected, payload, signature = tagged.value
    assert tagged.tag == 18
    assert cbor2.loads(protected) == {1: -8, 4: LOG_SIGNER.key.key_id, 395: 1}
    assert payload is None
    proof = cbor2.loads(unprotected[396][-1][0])
    assert [proof[0], proof[1], list(proof[2])] == [2, 1, [bytes(leaf.path[0])]]
    signed = cbor2.dumps(["Signature1", protected, b"", bytes(leaf.root)])
    Ed25519PublicKey.from_public_bytes(LOG_SIGNER.key.public).verify(signature, signed)


def test_receipt_tree_of_one_is_not_issued() -> None:
    with pytest.raises(NotFound) as refused:
        Leaf(0, 1).receipt()
    assert refused.value.code == "receipt-not-expressible"


def test_receipt_for_a_path_that_proves_nothing_is_not_issued() -> None:
    with pytest.raises(VerificationFailed):
        issue_receipt(
            ENTRY,
            index=6,
            size=11,
            path=Leaf().path[1:],
            key=LOG_SIGNER.key,
            sign=LOG_SIGNER.sign_bytes,
        )


def test_receipt_too_large_refused() -> None:
    with pytest.raises(InvalidInput):
        parse_receipt(bytes(MAX_RECEIPT_BYTES + 1))


def test_receipt_every_bit_flipped_refused() -> None:
    good = Leaf(1, 3).receipt()
    for bit in range(8 * len(good)):
        data = bytearray(good)
        data[bit // 8] ^= 1 << bit % 8
        with pytest.raises(LedgerError):
            check_receipt(parse_receipt(bytes(data)), ENTRY, LOG_SIGNER.key)


@given(st.binary(max_size=200))
def test_receipt_any_bytes_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        parse_receipt(data)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.binary(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.integers(-3, 400), inner, max_size=3)
        ),
        max_leaves=12,
    )
)
def test_receipt_any_cbor_refused(value: object) -> None:
    with pytest.raises(InvalidInput):
        parse_receipt(cbor2.dumps(cbor2.CBORTag(18, value)))
