"""Inclusion and consistency proofs against the oracle, and every way of breaking them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import pytest

from ledger.errors import InvalidInput, VerificationFailed
from ledger.merkle.hashes import EMPTY_ROOT, leaf_hash, tree_root
from ledger.merkle.proofs import (
    ListHashReader,
    check_consistency,
    check_inclusion,
    inclusion_root,
    prove_consistency,
    prove_inclusion,
)
from tests.support import rfc9162
from tests.support.campaign import scale
from tests.unit.merkle.test_hashes import LEAVES, ROOTS

ENTRIES = tuple(b"entry %d" % number for number in range(320))
HASHES = [leaf_hash(entry) for entry in ENTRIES]
READER = ListHashReader(HASHES)
ROOT = [tree_root(HASHES[:size]) for size in range(len(HASHES) + 1)]


@pytest.fixture(autouse=True)
def _remembering_oracle(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oracle hashes the same subtrees over and over: let it remember them."""
    monkeypatch.setattr(rfc9162, "tree_root", lru_cache(maxsize=None)(rfc9162.tree_root))


@pytest.mark.parametrize("size", range(1, 301))
def test_inclusion_every_leaf_equals_oracle_and_checks(size: int) -> None:
    for index in range(size):
        proof = prove_inclusion(index, size, READER)
        assert proof == rfc9162.inclusion_proof(index, ENTRIES[:size])
        check_inclusion(HASHES[index], index, size, proof, ROOT[size])
        assert rfc9162.is_included(index, size, HASHES[index], proof, ROOT[size])


@pytest.mark.parametrize("new", range(1, scale(101, 301)))
def test_consistency_every_pair_equals_oracle_and_checks(new: int) -> None:
    for old in range(1, new + 1):
        proof = prove_consistency(old, new, READER)
        assert proof == rfc9162.consistency_proof(old, ENTRIES[:new])
        check_consistency(old, ROOT[old], new, ROOT[new], proof)
        assert rfc9162.is_consistent(old, ROOT[old], new, ROOT[new], proof)


def test_inclusion_published_proof_is_ours() -> None:
    reader = ListHashReader([leaf_hash(leaf) for leaf in LEAVES])
    assert [node.hex() for node in prove_inclusion(0, 8, reader)] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]


def test_consistency_published_proof_is_ours() -> None:
    reader = ListHashReader([leaf_hash(leaf) for leaf in LEAVES])
    assert [node.hex() for node in prove_consistency(6, 8, reader)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        ROOTS[3],
    ]


def _flips(data: bytes) -> Iterator[bytes]:
    for bit in range(8 * len(data)):
        mutated = bytearray(data)
        mutated[bit // 8] ^= 1 << bit % 8
        yield bytes(mutated)


def _broken(proof: list[bytes]) -> Iterator[list[bytes]]:
    """Every single-bit flip, every missing, doubled and swapped node, nodes of other lengths."""
    for at, node in enumerate(proof):
        for flipped in _flips(node):
            yield [*proof[:at], flipped, *proof[at + 1 :]]
        yield proof[:at] + proof[at + 1 :]
        yield [*proof[:at], node, *proof[at:]]
        yield [*proof[:at], node[:-1], *proof[at + 1 :]]
        yield [*proof[:at], node + b"\0", *proof[at + 1 :]]
        if at:
            yield [*proof[: at - 1], node, proof[at - 1], *proof[at + 1 :]]
            yield [*proof[: at - 1], proof[at - 1] + node, *proof[at + 1 :]]
    yield [*proof, EMPTY_ROOT]
    yield [EMPTY_ROOT, *proof]


INCLUSIONS = [
    *((index, size) for size in range(1, 14) for index in range(size)),
    *((index, 300) for index in (0, 1, 127, 255, 256, 287, 288, 295, 296, 299)),
]


@pytest.mark.parametrize(("index", "size"), INCLUSIONS)
def test_check_inclusion_any_mutation_is_refused(index: int, size: int) -> None:
    proof = prove_inclusion(index, size, READER)
    for broken in _broken(proof):
        with pytest.raises(VerificationFailed) as refused:
            check_inclusion(HASHES[index], index, size, broken, ROOT[size])
        assert refused.value.code == "inclusion-proof-invalid"
    for flipped in _flips(HASHES[index]):
        with pytest.raises(VerificationFailed):
            check_inclusion(flipped, index, size, proof, ROOT[size])
    for flipped in _flips(ROOT[size]):
        with pytest.raises(VerificationFailed):
            check_inclusion(HASHES[index], index, size, proof, flipped)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 13, 32])
def test_check_inclusion_at_another_index_is_refused(size: int) -> None:
    for index in range(size):
        proof = prove_inclusion(index, size, READER)
        for other in {*range(-1, size + 2)} - {index}:
            with pytest.raises(VerificationFailed):
                check_inclusion(HASHES[index], other, size, proof, ROOT[size])


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5), (0, -1), (0, 2**63)])
def test_check_inclusion_impossible_position_is_refused(index: int, size: int) -> None:
    with pytest.raises(VerificationFailed):
        check_inclusion(HASHES[0], index, size, [], HASHES[0])


def test_check_inclusion_leaf_or_root_of_other_length_is_refused() -> None:
    with pytest.raises(VerificationFailed):
        check_inclusion(HASHES[0][:-1], 0, 1, [], HASHES[0][:-1])
    with pytest.raises(VerificationFailed):
        check_inclusion(HASHES[0], 0, 1, [], HASHES[0] + b"\0")


def test_inclusion_root_is_the_root_the_path_leads_to() -> None:
    assert inclusion_root(HASHES[5], 5, 11, prove_inclusion(5, 11, READER)) == ROOT[11]


PAIRS = [
    *((old, new) for new in range(2, 12) for old in range(1, new)),
    *((old, 300) for old in (1, 2, 128, 255, 256, 257, 288, 296, 299)),
]


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_check_consistency_any_mutation_is_refused(old: int, new: int) -> None:
    proof = prove_consistency(old, new, READER)
    for broken in _broken(proof):
        with pytest.raises(VerificationFailed) as refused:
            check_consistency(old, ROOT[old], new, ROOT[new], broken)
        assert refused.value.code == "consistency-proof-invalid"
    for flipped in _flips(ROOT[old]):
        with pytest.raises(VerificationFailed):
            check_consistency(old, flipped, new, ROOT[new], proof)
    for flipped in _flips(ROOT[new]):
        with pytest.raises(VerificationFailed):
            check_consistency(old, ROOT[old], new, flipped, proof)
    with pytest.raises(VerificationFailed):
        check_consistency(new, ROOT[new], old, ROOT[old], proof)


def test_check_consistency_swapped_history_is_refused() -> None:
    forged = [leaf_hash(b"forged"), *HASHES[1:8]]
    reader = ListHashReader(forged)
    with pytest.raises(VerificationFailed):
        check_consistency(5, ROOT[5], 8, tree_root(forged), prove_consistency(5, 8, reader))


@pytest.mark.parametrize("size", [0, 1, 2, 7, 8])
def test_check_consistency_equal_sizes_need_equal_roots_and_no_proof(size: int) -> None:
    check_consistency(size, ROOT[size], size, ROOT[size], [])
    assert prove_consistency(size, size, READER) == []
    with pytest.raises(VerificationFailed):
        check_consistency(size, ROOT[size], size, ROOT[9], [])
    with pytest.raises(VerificationFailed):
        check_consistency(size, ROOT[size], size, ROOT[size], [ROOT[size]])


def test_check_consistency_from_empty_log_needs_empty_root_and_no_proof() -> None:
    check_consistency(0, EMPTY_ROOT, 7, ROOT[7], [])
    assert prove_consistency(0, 7, READER) == []
    with pytest.raises(VerificationFailed):
        check_consistency(0, ROOT[7], 7, ROOT[7], [])
    with pytest.raises(VerificationFailed):
        check_consistency(0, EMPTY_ROOT, 7, ROOT[7], [ROOT[7]])


def test_check_consistency_claim_of_empty_past_does_not_hide_history() -> None:
    """The old size is the reader's own: a prover that says 0 for it proves nothing about 5."""
    with pytest.raises(VerificationFailed):
        check_consistency(5, ROOT[5], 8, ROOT[8], [])


@pytest.mark.parametrize(("old", "new"), [(-1, 5), (6, 5), (5, 2**63)])
def test_check_consistency_impossible_sizes_are_refused(old: int, new: int) -> None:
    with pytest.raises(VerificationFailed):
        check_consistency(old, ROOT[5], new, ROOT[5], [])


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5), (0, 2**63)])
def test_prove_inclusion_outside_the_tree_is_invalid(index: int, size: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        prove_inclusion(index, size, READER)
    assert refused.value.code == "proof-range"


@pytest.mark.parametrize(("old", "new"), [(-1, 5), (6, 5), (5, 2**63)])
def test_prove_consistency_outside_the_tree_is_invalid(old: int, new: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        prove_consistency(old, new, READER)
    assert refused.value.code == "proof-range"
