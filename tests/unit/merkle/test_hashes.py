"""Tree hashes against published values and against the definition."""

from __future__ import annotations

import pytest

from ledger.merkle.hashes import EMPTY_ROOT, leaf_hash, node_hash, parents, tree_root
from tests.support import rfc9162

LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
"""The leaves of the Certificate Transparency reference implementations."""

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
"""Their published roots for sizes 1 to 8."""


def test_tree_root_without_leaves_is_hash_of_nothing() -> None:
    assert tree_root([]) == EMPTY_ROOT
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("size", range(1, 9))
def test_tree_root_published_leaves_gives_published_root(size: int) -> None:
    assert tree_root([leaf_hash(leaf) for leaf in LEAVES[:size]]).hex() == ROOTS[size - 1]


@pytest.mark.parametrize("size", [*range(1, 70), 127, 128, 129, 255, 256, 257, 300])
def test_tree_root_any_size_equals_definition(size: int) -> None:
    entries = [number.to_bytes(2, "big") for number in range(size)]
    assert tree_root([leaf_hash(entry) for entry in entries]) == rfc9162.tree_root(entries)


def test_leaf_hash_of_two_hashes_is_no_node() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)


def test_parents_odd_last_hash_has_none() -> None:
    hashes = [leaf_hash(bytes([number])) for number in range(5)]
    assert parents(b"".join(hashes)) == node_hash(*hashes[:2]) + node_hash(*hashes[2:4])
    assert parents(hashes[0]) == b""
