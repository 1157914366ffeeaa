"""RFC 9162 proofs, good and bent, as two JSON files for verifiers in any language.

The trees are over the one-byte entries 00, 01, 02, …; roots and paths come from the transcription
of the RFC in tests/support/rfc9162.py, not from the code under test.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from tests.support import rfc9162
from tests.support.vectors.case import pretty

_SIZES = (1, 2, 3, 5, 7, 8, 11)


def merkle_files() -> Iterator[tuple[str, bytes]]:
    """Name under tests/vectors and content."""
    yield "merkle/inclusion.json", pretty([_spell(case) for case in _inclusion()])
    yield "merkle/consistency.json", pretty([_spell(case) for case in _consistency()])


def _inclusion() -> Iterator[dict[str, Any]]:
    for size in _SIZES:
        entries = _entries(size)
        for index in range(size):
            good = {
                "why": f"leaf {index} of {size}",
                "valid": True,
                "leafHash": rfc9162.leaf_hash(entries[index]),
                "index": index,
                "size": size,
                "path": rfc9162.inclusion_proof(index, entries),
                "root": rfc9162.tree_root(entries),
            }
            yield good
            if index in (0, size // 2, size - 1):
                yield from _bent_inclusions(good)


def _bent_inclusions(good: dict[str, Any]) -> Iterator[dict[str, Any]]:
    path: list[bytes] = good["path"]
    for why, change in (
        ("another leaf", {"leafHash": hashlib.sha256(b"other").digest()}),
        ("another root", {"root": hashlib.sha256(b"other").digest()}),
        ("an index beyond the tree", {"index": good["size"]}),
        ("an index far beyond the tree", {"index": good["index"] + 2**32}),
        ("the empty tree", {"size": 0}),
        ("a node too many", {"path": [*path, path[-1] if path else good["leafHash"]]}),
        ("the root as a last node", {"path": [*path, good["root"]]}),
    ):
        yield good | change | {"valid": False, "why": f"{good['why']}: {why}"}
    if path:
        for why, bent in (
            ("a node missing", path[:-1]),
            ("the first node missing", path[1:]),
            ("one bit of a node", [_turn(path[0]), *path[1:]]),
            ("a node of 31 bytes", [path[0][1:], *path[1:]]),
        ):
            yield good | {"path": bent, "valid": False, "why": f"{good['why']}: {why}"}
    if len(path) > 1:
        why = f"{good['why']}: upside down"
        yield good | {"path": path[::-1], "valid": False, "why": why}


def _consistency() -> Iterator[dict[str, Any]]:
    for new in _SIZES:
        for old in range(1, new):
            entries = _entries(new)
            good = {
                "why": f"from {old} to {new}",
                "valid": True,
                "oldSize": old,
                "oldRoot": rfc9162.tree_root(entries[:old]),
                "newSize": new,
                "newRoot": rfc9162.tree_root(entries),
                "proof": rfc9162.consistency_proof(old, entries),
            }
            yield good
            yield from _bent_consistencies(good)


def _bent_consistencies(good: dict[str, Any]) -> Iterator[dict[str, Any]]:
    proof: list[bytes] = good["proof"]
    other = hashlib.sha256(b"other").digest()
    for why, change in (
        ("another old root", {"oldRoot": other}),
        ("another new root", {"newRoot": other}),
        ("roots exchanged", {"oldRoot": good["newRoot"], "newRoot": good["oldRoot"]}),
        ("a smaller tree after a larger", {"oldSize": good["newSize"], "newSize": good["oldSize"]}),
        ("old size 0 claimed", {"oldSize": 0}),
        ("no proof", {"proof": []}),
        ("a node missing", {"proof": proof[:-1]}),
        ("a node too many", {"proof": [*proof, proof[-1]]}),
        ("one bit of a node", {"proof": [*proof[:-1], _turn(proof[-1])]}),
        ("a node of 33 bytes", {"proof": [proof[0] + b"\x00", *proof[1:]]}),
    ):
        yield good | change | {"valid": False, "why": f"{good['why']}: {why}"}


def _entries(size: int) -> list[bytes]:
    return [bytes([number]) for number in range(size)]


def _turn(node: bytes) -> bytes:
    return node[:-1] + bytes([node[-1] ^ 1])


def _spell(case: dict[str, Any]) -> dict[str, Any]:
    def spell(value: Any) -> Any:
        if isinstance(value, list):
            return [spell(item) for item in value]
        return value.hex() if isinstance(value, bytes) else value

    return {name: spell(value) for name, value in case.items()}
