"""Audit, third part: does the chain hold what the database says, and nothing unknown to it?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ledger.chain.contracts import CheckpointLog
from ledger.clock import unix_seconds
from ledger.digest import Digest
from ledger.ports import ChainReader, HeadOnChain
from ledger.services.finding import Finding
from ledger.storage.anchors import AnchorState
from ledger.storage.organizations import OrganizationState
from ledger.storage.transaction import Transaction

if TYPE_CHECKING:
    from ledger.services.auditing import AuditReport


def audit_chain(
    tx: Transaction,
    reader: ChainReader,
    contract: CheckpointLog,
    log_id: Digest,
    report: AuditReport,
    roots: dict[int, Digest],
) -> Iterator[Finding]:
    """Heads, organizations and keys. Raises Unavailable where the chain cannot be asked."""
    on_chain: dict[int, HeadOnChain] = {}
    for ordinal in range(contract.head_count(log_id)):
        head = contract.head_at(log_id, ordinal)
        on_chain[head.size] = head
        report.anchors += 1
        true = roots.get(head.size)
        if true is None:
            yield Finding(
                "head-unknown",
                f"head {head.size}",
                f"the chain holds a head of {head.size} leaves that the database does not know",
            )
        elif true != head.root:
            yield Finding(
                "head-root", f"head {head.size}", "the records do not make the root on chain"
            )
    unjournalled = set(tx.anchors.unjournalled())
    for row in tx.anchors.list():
        name, known = f"head {row.size}", on_chain.get(row.size)
        if known is None:
            if row.state is AnchorState.CONFIRMED:
                yield Finding(
                    "anchor-vanished", name, "told as anchored; the chain does not hold it"
                )
            continue
        if known.root != row.root:
            yield Finding("anchor-changed", name, "stored with another root")
        if row.state is AnchorState.CONFIRMED:
            if (row.block, row.block_time) != (known.block, known.time) or row.block_hash != (
                reader.block_hash(known.block)
            ):
                yield Finding("anchor-changed", name, "stored with another block than the chain's")
            if row.size in unjournalled:
                yield Finding("anchor-changed", name, "stored with a transaction never signed")
    yield from _audit_organizations(tx, reader)


def _audit_organizations(tx: Transaction, reader: ChainReader) -> Iterator[Finding]:
    for row in tx.organizations.list():
        if row.state is OrganizationState.REGISTERING:
            continue
        found = reader.find_organization(row.org)
        if found is None:
            yield Finding("organization-vanished", row.org.text, "the chain does not hold it")
            continue
        if found.profile != row.profile.digest():
            yield Finding("profile-changed", row.org.text, "the profile is not the one on chain")
        if found.roles != int(row.roles):
            yield Finding(
                "roles-changed", row.org.text, f"{row.roles} here, {found.roles} on chain"
            )
        for key in tx.organizations.keys(row.org):
            entry = reader.find_key(row.org, key.address)
            if entry is None:
                yield Finding("key-vanished", key.address, "the chain does not hold the key")
            elif (entry.custodial, entry.purposes, entry.valid_from) != (
                key.custodial,
                int(key.purposes),
                unix_seconds(key.valid_from),
            ):
                yield Finding("key-changed", key.address, "not as the chain holds it")
