"""Checks 2 to 4: the record against its submission, the submission against its signature."""

from __future__ import annotations

from ledger.digest import Digest
from ledger.errors import VerificationFailed
from ledger.identity.eip712 import Domain
from ledger.merkle.hashes import leaf_hash
from ledger.merkle.proofs import check_inclusion
from ledger.proof.bundle import Bundle
from ledger.proof.trust import TrustAnchors
from ledger.records.policy import ENVELOPE
from ledger.records.submission import check_signature
from ledger.verify.finding import Finding


def check_members(bundle: Bundle) -> Finding:
    """Check 2: the disclosed members are those of one record envelope, version 1, of this id and
    of the organization that submitted it.

    That they are the members that were committed is seen in check 3, where the commitment
    recomputed from them must lead to the signed root.
    """
    shown = dict(bundle.view.members())
    for pointer in ENVELOPE:
        if pointer not in shown:
            raise VerificationFailed("record-member-missing", f"{pointer} is not disclosed")
    for pointer in shown:
        if pointer not in ENVELOPE and pointer != "/body" and not pointer.startswith("/body/"):
            raise VerificationFailed("record-member-false", f"no record has {pointer!r:.80}")
    for pointer, expected in (
        ("/v", 1),
        ("/id", bundle.record_id.text),
        ("/org", bundle.submission.org.text),
    ):
        if shown[pointer] != expected or type(shown[pointer]) is not type(expected):
            raise VerificationFailed("record-member-false", f"{pointer} is not {expected!r}")
    hidden = bundle.view.n - len(shown)
    return Finding.passed(f"{len(shown)} members disclosed, {hidden} withheld")


def check_submission_path(bundle: Bundle, commitment: Digest) -> Finding:
    """Check 3: the commitment stands in the signed batch (RFC 9162 2.1.3.2)."""
    submission, index = bundle.submission, bundle.submission_index
    check_inclusion(
        leaf_hash(commitment), index, submission.count, bundle.submission_path, submission.root
    )
    return Finding.passed(f"record {index + 1} of {submission.count} in its submission")


def check_submission_signature(bundle: Bundle, trust: TrustAnchors) -> Finding:
    """Check 4: the named key signed the batch, for this chain and this registry (EIP-712).

    Whose key it is, is check 5.
    """
    domain = Domain(trust.chain_id, trust.organization_registry)
    check_signature(bundle.submission, domain)
    return Finding.passed(f"signed by {bundle.submission.signer}")
