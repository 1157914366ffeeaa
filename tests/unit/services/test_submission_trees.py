"""Paths from remembered trees equal paths from whole ones."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from ledger.digest import Digest
from ledger.identity.organization import OrgId
from ledger.merkle.hashes import leaf_hash
from ledger.merkle.proofs import ListHashReader, prove_inclusion
from ledger.services.submission_trees import SubmissionTrees
from ledger.storage.submissions import SubmissionRow


def _row(pk: int, count: int) -> SubmissionRow:
    commitments = random.Random(pk).randbytes(32 * count)
    return SubmissionRow(
        org=OrgId(bytes(32)),
        root=Digest(bytes(32)),
        count=count,
        signed_at=0,
        nonce=bytes(32),
        custody="platform",
        signer="0x" + "0" * 40,
        signature=bytes(65),
        digest=Digest(bytes(32)),
        commitments=commitments,
        job_id=None,
        created_at=datetime(2026, 3, 1, tzinfo=UTC),
        pk=pk,
    )


@pytest.mark.parametrize("count", [1, 2, 255, 256, 257, 511, 512, 1000, 1537])
def test_path_of_any_record_equals_the_whole_trees(count: int) -> None:
    row = _row(count, count)
    hashes = [leaf_hash(row.commitments[at : at + 32]) for at in range(0, 32 * count, 32)]
    trees = SubmissionTrees()
    for position in {0, 1, count // 2, count - 2, count - 1} & set(range(count)):
        whole = prove_inclusion(position, count, ListHashReader(hashes))
        for _ in range(2):  # computed, then remembered
            assert list(trees.path(row, position)) == whole
