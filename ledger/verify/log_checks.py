"""Checks 6 and 7: the submission's entry against the log, the log's head against its key."""

from __future__ import annotations

from ledger.digest import Digest
from ledger.errors import VerificationFailed
from ledger.merkle.checkpoint import Checkpoint, check_checkpoint
from ledger.merkle.hashes import leaf_hash
from ledger.merkle.proofs import check_inclusion
from ledger.proof.bundle import LogEvidence
from ledger.proof.trust import TrustAnchors
from ledger.records.submission import Submission, entry
from ledger.verify.finding import Finding


def open_checkpoint(log: LogEvidence, trust: TrustAnchors) -> Checkpoint:
    """Check 7: the trusted log's key signed this head, and it is the head the path claims.

    Raises VerificationFailed or InvalidInput.
    """
    checkpoint = check_checkpoint(log.checkpoint, trust.key, trust.origin)
    if checkpoint.size != log.size:
        raise VerificationFailed(
            "checkpoint-size-differs",
            f"the path is for size {log.size}, the checkpoint for {checkpoint.size}",
        )
    return checkpoint


def check_log_inclusion(
    log: LogEvidence, commitment: Digest, submission: Submission, checkpoint: Checkpoint
) -> Finding:
    """Check 6: the entry stands in the log under the signed root (RFC 9162 2.1.3.2)."""
    leaf = leaf_hash(entry(commitment, submission.digest()))
    check_inclusion(leaf, log.index, log.size, log.path, checkpoint.root)
    return Finding.passed(f"leaf {log.index} of {log.size}")
