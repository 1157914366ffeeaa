"""The naive oracle itself, against published vectors: everything else is judged by it."""

from __future__ import annotations

import hashlib

import pytest

from tests.support import rfc9162

# The eight leaves and the roots of all their prefixes that certificate-transparency
# implementations test with.
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in [
        *("", "00", "10", "2021", "3031", "40414243", "5051525354555657"),
        "606162636465666768696a6b6c6d6e6f",
    ]
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("size", range(1, 9))
def test_tree_root_of_published_leaves_matches(size: int) -> None:
    assert rfc9162.tree_root(LEAVES[:size]).hex() == ROOTS[size - 1]


def test_tree_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert rfc9162.tree_root([]) == hashlib.sha256(b"").digest()


def test_proofs_of_the_standards_example_are_its_nodes() -> None:
    # RFC 9162 section 2.1.5: the tree of seven leaves, its paths and the proofs from 3, 4 and 6.
    leaves = LEAVES[:7]
    hashes = [rfc9162.leaf_hash(leaf) for leaf in leaves]
    a, b, c, d, e, f, j = hashes
    g, h, i = rfc9162.node_hash(a, b), rfc9162.node_hash(c, d), rfc9162.node_hash(e, f)
    k, m = rfc9162.node_hash(g, h), rfc9162.node_hash(i, j)
    assert rfc9162.inclusion_proof(0, leaves) == [b, h, m]
    assert rfc9162.inclusion_proof(3, leaves) == [c, g, m]
    assert rfc9162.inclusion_proof(4, leaves) == [f, j, k]
    assert rfc9162.inclusion_proof(6, leaves) == [i, k]
    assert rfc9162.consistency_proof(3, leaves) == [c, d, g, m]
    assert rfc9162.consistency_proof(4, leaves) == [m]
    assert rfc9162.consistency_proof(6, leaves) == [i, j, k]


def test_own_walks_accept_own_proofs_and_nothing_else() -> None:
    entries = [bytes([n]) for n in range(20)]
    for new in range(1, 21):
        root = rfc9162.tree_root(entries[:new])
        for old in range(1, new + 1):
            proof = rfc9162.consistency_proof(old, entries[:new])
            old_root = rfc9162.tree_root(entries[:old])
            assert rfc9162.is_consistent(old, old_root, new, root, proof)
            assert not rfc9162.is_consistent(old, old_root, new, root, [*proof, root])
            assert not rfc9162.is_consistent(old, root, new, old_root, proof) or old == new
        for index in range(new):
            path = rfc9162.inclusion_proof(index, entries[:new])
            leaf = rfc9162.leaf_hash(entries[index])
            assert rfc9162.is_included(index, new, leaf, path, root)
            assert not rfc9162.is_included(index, new, leaf, [*path, root], root)
            assert not rfc9162.is_included(new, new, leaf, path, root)


def test_proofs_that_cannot_exist_are_refused() -> None:
    with pytest.raises(ValueError, match="no leaf 1"):
        rfc9162.inclusion_proof(1, [b""])
    for old in (0, 2):
        with pytest.raises(ValueError, match=f"no proof from {old}"):
            rfc9162.consistency_proof(old, [b""])
