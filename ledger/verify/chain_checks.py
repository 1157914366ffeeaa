"""Checks 8 to 10: the head, the chain it is on, and what was declared about the record there."""

from __future__ import annotations

from ledger.digest import Digest
from ledger.errors import Unavailable, VerificationFailed
from ledger.identity.organization import OrgId
from ledger.merkle.checkpoint import Checkpoint, log_id
from ledger.ports import ChainReader, HeadOnChain, StatusOnChain
from ledger.proof.bundle import AnchorEvidence
from ledger.proof.trust import TrustAnchors
from ledger.verify.finding import Evidence, Finding

_WITHDRAWN, _RECALLED, _SUPERSEDED, _RECALL_LIFTED = _KINDS = 1, 2, 3, 4


def find_anchor(checkpoint: Checkpoint, trust: TrustAnchors, evidence: Evidence) -> HeadOnChain:
    """Check 8, first half: the head is on the chain with exactly this root.

    Raises VerificationFailed `anchor-missing` or `anchor-root-differs`; Unavailable.
    """
    head = evidence.find_head(log_id(trust.origin), checkpoint.size)
    if head is None:
        raise VerificationFailed(
            "anchor-missing", f"no head of size {checkpoint.size} is on the chain"
        )
    if head.root != checkpoint.root:
        raise VerificationFailed(
            "anchor-root-differs", f"the chain has another root at size {checkpoint.size}"
        )
    return head


def compare_block(anchor: AnchorEvidence | None, head: HeadOnChain, evidence: Evidence) -> Finding:
    """Check 8, second half: where the head stands now, against where the bundle saw it.

    A chain that was rolled back and healed has the same head in another block: a notice, because
    contract and root, not the block, are what the proof rests on.
    """
    where = f"size {head.size} anchored in block {head.block}"
    if anchor is None:
        return Finding.passed(f"{where} since the bundle was made")
    unmoved = (anchor.block, anchor.block_time) == (head.block, head.time) and evidence.block_hash(
        head.block
    ) == anchor.block_hash
    return Finding.passed(where) if unmoved else Finding.passed(where, "anchor-moved")


def check_claims(anchor: AnchorEvidence | None, trust: TrustAnchors) -> None:
    """Check 9, first half: the bundle names the chain and the contracts we trust."""
    if anchor is None:
        return
    if (anchor.chain_id, anchor.genesis) != (trust.chain_id, trust.genesis):
        raise VerificationFailed("anchor-other-chain", "the bundle names another chain")
    if (anchor.registry, anchor.checkpoint_log, anchor.record_status) != (
        trust.organization_registry,
        trust.checkpoint_log,
        trust.record_status,
    ):
        raise VerificationFailed("anchor-other-contract", "the bundle names other contracts")


def check_identity(chain: ChainReader, trust: TrustAnchors) -> Finding:
    """Check 9, second half: the nodes we ask are on the chain we trust.

    Nodes of another chain can say nothing about the record, neither good nor bad: Unavailable.
    """
    chain_id, genesis = chain.identity()
    if (chain_id, genesis) != (trust.chain_id, trust.genesis):
        raise Unavailable(
            "chain-other-genesis",
            f"the nodes are on chain {chain_id} with genesis {genesis.prefixed}",
        )
    return Finding.passed(f"chain {chain_id}, genesis {genesis.prefixed}")


def check_status(chain: ChainReader, commitment: Digest, org: OrgId) -> Finding:
    """Check 10: neither withdrawn nor recalled, by the record's own organization or an authority.

    Anybody registered may declare about anything, under its own name: others do not count. A
    recall is lifted by whoever recalled; a withdrawal is for ever.
    Raises VerificationFailed `record-recalled` or `record-withdrawn`; Unavailable.
    """
    entries = [entry for entry in chain.statuses(commitment) if is_counted(entry, org)]
    recalled: dict[OrgId, StatusOnChain] = {}
    notices: list[str] = []
    for entry in entries:
        if entry.kind == _RECALLED:
            recalled[entry.org] = entry
        elif entry.kind == _RECALL_LIFTED:
            if recalled.pop(entry.org, None) is not None:
                notices.append("recall-lifted")
        elif entry.kind == _SUPERSEDED:
            notices.append("superseded")
    for entry in recalled.values():
        raise VerificationFailed("record-recalled", f"recalled by {_speaker(entry, org)}")
    for entry in entries:
        if entry.kind == _WITHDRAWN:
            raise VerificationFailed("record-withdrawn", f"withdrawn by {_speaker(entry, org)}")
        if entry.kind not in _KINDS:
            raise Unavailable(
                "status-kind-unknown", f"a declaration of kind {entry.kind} is not understood"
            )
    return Finding.passed("neither withdrawn nor recalled", *dict.fromkeys(notices))


def is_counted(entry: StatusOnChain, org: OrgId) -> bool:
    """Whether the declaration is by the record's own organization or by an authority."""
    return entry.org == org or entry.authority


def _speaker(entry: StatusOnChain, org: OrgId) -> str:
    who = "its own organization" if entry.org == org else "the authority"
    return f"{who} {entry.org.text}, reason {entry.reason.hex()}"
