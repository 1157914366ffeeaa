"""The vectors of tlog-proofs, COSE receipts and Merkle proofs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import LedgerError, VerificationFailed
from ledger.merkle.note import NoteKey
from ledger.merkle.proofs import check_consistency, check_inclusion
from ledger.proof.cose_receipt import check_receipt, parse_receipt
from ledger.proof.tlog_proof import check_tlog_proof, parse_tlog_proof
from scripts.gen_vectors import stale_files

VECTORS = Path(__file__).parents[2] / "vectors"


def read(folder: Path) -> tuple[dict[str, Any], bytes, NoteKey]:
    expected = json.loads((folder / "expected.json").read_bytes())
    entry = bytes.fromhex((folder / "entry.hex").read_text())
    return expected, entry, NoteKey.parse((folder / "key.txt").read_text().strip())


@pytest.mark.parametrize("folder", sorted((VECTORS / "tlog-proof").iterdir()), ids=lambda f: f.name)
def test_tlog_proof_vector(folder: Path) -> None:
    expected, entry, key = read(folder)
    data = (folder / "proof.tlog-proof").read_bytes()
    if expected["verdict"] == "valid":
        proof = parse_tlog_proof(data)
        checkpoint = check_tlog_proof(proof, entry, key)
        assert (checkpoint.size, checkpoint.root.hex()) == (expected["size"], expected["root"])
        assert proof.encode().encode() == data
    else:
        with pytest.raises(LedgerError) as refused:
            check_tlog_proof(parse_tlog_proof(data), entry, key)
        assert refused.value.code == expected["code"]


@pytest.mark.parametrize(
    "folder", sorted((VECTORS / "cose-receipt").iterdir()), ids=lambda f: f.name
)
def test_cose_receipt_vector(folder: Path) -> None:
    expected, entry, key = read(folder)
    data = (folder / "receipt.cbor").read_bytes()
    if expected["verdict"] == "valid":
        receipt = parse_receipt(data)
        root = check_receipt(receipt, entry, key)
        assert (receipt.size, root.hex()) == (expected["size"], expected["root"])
        assert receipt.encode() == data
    else:
        with pytest.raises(LedgerError) as refused:
            check_receipt(parse_receipt(data), entry, key)
        assert refused.value.code == expected["code"]


def test_merkle_inclusion_vectors() -> None:
    for case in json.loads((VECTORS / "merkle" / "inclusion.json").read_bytes()):
        arguments = (
            bytes.fromhex(case["leafHash"]),
            case["index"],
            case["size"],
            [bytes.fromhex(node) for node in case["path"]],
            bytes.fromhex(case["root"]),
        )
        if case["valid"]:
            check_inclusion(*arguments)
        else:
            with pytest.raises(VerificationFailed):
                check_inclusion(*arguments)


def test_merkle_consistency_vectors() -> None:
    for case in json.loads((VECTORS / "merkle" / "consistency.json").read_bytes()):
        arguments = (
            case["oldSize"],
            bytes.fromhex(case["oldRoot"]),
            case["newSize"],
            bytes.fromhex(case["newRoot"]),
            [bytes.fromhex(node) for node in case["proof"]],
        )
        if case["valid"]:
            check_consistency(*arguments)
        else:
            with pytest.raises(VerificationFailed):
                check_consistency(*arguments)


def test_committed_vectors_are_what_this_tree_makes() -> None:
    assert stale_files() == []
