"""What holds on every engine."""

from __future__ import annotations

import secrets

import pytest

from ledger.chain.abi import ContractReverted
from ledger.chain.answers import SendOutcome
from ledger.chain.contracts import AccessManager, OrganizationRegistry, RecordStatus
from ledger.chain.deploy import deploy
from ledger.chain.endpoints import ChainIdentity
from ledger.chain.engine import Engine
from ledger.chain.history import open_web3, read_heads
from ledger.chain.reader import ContractReader
from ledger.chain.wire import contract_address, decode_transaction
from ledger.digest import Digest, sha256
from ledger.errors import Conflict, Misconfigured, Unavailable
from ledger.identity.eip712 import Domain, status_digest
from ledger.identity.organization import OrgId, Purpose, Role
from ledger.identity.private_key import PrivateKey
from ledger.identity.transaction import TransactionFields, transaction_hash
from ledger.merkle.proofs import ListHashReader, prove_consistency
from ledger.ports import TransactionState
from tests.support.chain_lab import Lab, new_lab, wait_for


def test_deploy_repeated_takes_no_step_twice(lab: Lab) -> None:
    first = len(lab.journal.entries)
    again = lab.deploy()
    assert len(lab.journal.entries) == first
    assert again == lab.deployment
    assert again.checkpoint_log == contract_address(lab.admin.address, 2)


def test_deploy_for_another_admin_hands_governance_over(engine: Engine) -> None:
    governor = PrivateKey.generate()
    with new_lab(engine.rpc_urls, engine.name) as lab:
        deployment = deploy(
            lab.admin,
            lab.client,
            admin_address=governor.address,
            publisher_org=lab.org,
            publisher_key=lab.publisher_key.address,
            log_id=lab.log_id,
            profile_digest=sha256(b"profile"),
        )
        manager = AccessManager(deployment.access_manager, lab.client)
        assert manager.is_admin(governor.address)
        assert not manager.is_admin(lab.admin.address)


def test_anchor_confirmed_is_read_back(lab: Lab) -> None:
    for _ in range(3):
        lab.anchor()
        lab.settle()
    lab.check_anchored()
    size = max(lab.anchored)
    latest = lab.heads.find_latest(lab.log_id)
    assert latest is not None
    assert (latest.size, latest.root) == (size, lab.anchored[size])
    assert lab.heads.head_count(lab.log_id) == 3
    assert lab.heads.head_at(lab.log_id, 2) == latest
    assert lab.reader.find_head(lab.log_id, size + 1) is None
    entry = lab.journal.find_purpose(f"anchor/{size}")
    assert entry is not None
    assert entry.block == latest.block
    assert lab.reader.block_hash(latest.block) == entry.block_hash
    assert lab.reader.block_hash(10**9) is None


def test_heads_read_by_web3_are_those_of_our_client(lab: Lab) -> None:
    for _ in range(2):
        lab.anchor()
        lab.settle()
    web3 = open_web3(lab.client.endpoints.primary, lab.client.identity())
    found = list(read_heads(web3, lab.deployment.checkpoint_log, lab.log_id))
    anchors = [e for e in lab.journal.entries if e.purpose.startswith("anchor/")]
    assert [(h.ordinal, h.size, h.root) for h in found] == [
        (ordinal, size, root) for ordinal, (size, root) in enumerate(sorted(lab.anchored.items()))
    ]
    assert [(h.block, h.block_hash, h.transaction) for h in found] == [
        (e.block, e.block_hash, e.hash) for e in anchors
    ]
    assert [h.old_size for h in found] == [0, found[0].size]
    stranger = ChainIdentity(lab.chain_id, sha256(b"another genesis"))
    with pytest.raises(Misconfigured):
        open_web3(lab.client.endpoints.primary, stranger)
    with pytest.raises(Unavailable):
        open_web3("http://127.0.0.1:9")


def test_submit_same_purpose_gives_same_entry(lab: Lab) -> None:
    entry = lab.anchor()
    size = len(lab.leaves)
    act = lab.heads.append(lab.log_id, size, lab.anchored[size], [])
    assert lab.publisher.submit(f"anchor/{size}", *act).id == entry.id
    lab.settle()
    assert lab.publisher.submit(f"anchor/{size}", *act).id == entry.id
    repeated = lab.publisher.submit(f"anchor/{size}", *act, again=True)
    assert repeated.id != entry.id
    lab.settle()
    assert lab.journal.states()[-1] == TransactionState.CONFIRMED
    assert lab.heads.head_count(lab.log_id) == 1


def test_submit_that_would_revert_takes_no_nonce(lab: Lab) -> None:
    lab.anchor()
    lab.settle()
    size = len(lab.leaves)
    act = lab.heads.append(lab.log_id, size, Digest(b"\x09" * 32), [])
    with pytest.raises(ContractReverted) as refused:
        lab.publisher.submit("anchor/forged", *act)
    assert refused.value.name == "CheckpointRootConflict"
    assert refused.value.arguments[1] == size
    stranger = lab.submitter(PrivateKey.generate())
    with pytest.raises(ContractReverted, match="CheckpointPublisherUnauthorized"):
        stranger.submit("anchor/foreign", *act)
    assert lab.journal.find_purpose("anchor/forged") is None
    assert lab.journal.find_purpose("anchor/foreign") is None


def test_reverted_transaction_fails_with_the_contract_s_reason(lab: Lab) -> None:
    act = lab.heads.append(lab.log_id, 5, Digest(b"\x09" * 32), [b"\x01" * 32])
    first = lab.publisher.submit("anchor/bad", *act, simulate=False)
    lab.settle()
    failed = lab.journal.find_purpose("anchor/bad")
    assert failed is not None
    assert failed.state is TransactionState.FAILED
    assert "CheckpointProofLength" in (failed.failure or "")
    second = lab.publisher.submit("anchor/bad", *act, simulate=False)
    assert second.nonce == first.nonce + 1
    lab.settle()


def test_independent_call_is_simulated_while_others_are_unmined(lab: Lab) -> None:
    org = OrgId.random()
    registry = OrganizationRegistry(lab.deployment.organization_registry, lab.client)
    lab.admin.submit("first", *registry.register_organization(org, sha256(b"p"), Role.PRODUCER))
    wrong = registry.set_status(OrgId.random(), 2)
    with pytest.raises(ContractReverted, match="OrganizationUnknown"):
        lab.admin.submit("wrong", *wrong, independent=True)
    assert lab.journal.find_purpose("wrong") is None
    # Not known to be independent: the state it meets may be made by the one before it.
    assert lab.admin.submit("dependent", *wrong).nonce == 1 + lab.journal.entries[-2].nonce
    lab.settle()


def test_many_in_flight_are_mined_in_nonce_order(lab: Lab) -> None:
    registry = OrganizationRegistry(lab.deployment.organization_registry, lab.client)
    orgs = [OrgId.random() for _ in range(40)]
    for number, org in enumerate(orgs):
        act = registry.register_organization(org, sha256(org), Role.PRODUCER)
        lab.admin.submit(f"org/{number}", *act, simulate=False)
    lab.settle()
    blocks = [e.block for e in lab.journal.entries if e.purpose.startswith("org/")]
    assert None not in blocks
    assert blocks == sorted(blocks, key=lambda block: block or 0)
    assert all(lab.reader.find_organization(org) is not None for org in orgs)


def test_registry_keys_and_status_are_read_back(lab: Lab) -> None:
    registry = OrganizationRegistry(lab.deployment.organization_registry, lab.client)
    statuses = RecordStatus(lab.deployment.record_status, lab.client)
    org, key = OrgId.random(), PrivateKey.generate()
    authority = Role.PRODUCER | Role.AUTHORITY
    lab.admin.submit("o", *registry.register_organization(org, sha256(b"p"), authority))
    lab.admin.submit(
        "k",
        *registry.add_key(
            org, key.address, custodial=True, purposes=Purpose.SUBMIT | Purpose.STATUS
        ),
        simulate=False,
    )
    lab.settle()
    entry = lab.reader.find_key(org, key.address)
    assert entry is not None
    assert entry.custodial
    assert entry.purposes == Purpose.SUBMIT | Purpose.STATUS
    assert entry.registered_at > 0
    assert registry.is_authorized(org, key.address, Purpose.STATUS)
    assert not registry.is_authorized(org, key.address, Purpose.PUBLISH)
    assert lab.reader.find_key(org, lab.admin.address) is None
    assert lab.reader.find_organization(OrgId.random()) is None

    subject, reason, nonce = sha256(b"record"), sha256(b"notice"), secrets.token_bytes(32)
    deadline = lab.client.head().time + 3600
    domain = Domain(lab.chain_id, statuses.address)
    signature = key.sign_digest(status_digest(domain, org, subject, 2, reason, nonce, deadline))
    act = statuses.declare(
        org,
        subject,
        kind=2,
        reason=reason,
        nonce=nonce,
        deadline=deadline,
        signature=signature,
        signer=key.address,
    )
    lab.publisher.submit("declare", *act)
    lab.settle()
    [declared] = lab.reader.statuses(subject)
    assert (declared.org, declared.kind, declared.reason) == (org, 2, reason)
    assert declared.authority
    assert statuses.is_nonce_used(org, nonce)
    assert list(lab.reader.statuses(reason)) == []

    lab.admin.submit("s", *registry.set_status(org, 2))
    lab.admin.submit("e", *registry.mark_compromised(org, key.address, 1000), simulate=False)
    lab.settle()
    suspended = lab.reader.find_organization(org)
    assert suspended is not None
    assert suspended.status == 2
    marked = lab.reader.find_key(org, key.address)
    assert marked is not None
    assert marked.compromised_at == 1000


def test_reader_of_addresses_without_contract_is_unavailable(lab: Lab) -> None:
    nowhere = PrivateKey.generate().address
    reader = ContractReader(
        lab.client,
        organization_registry=nowhere,
        checkpoint_log=nowhere,
        record_status=nowhere,
    )
    for ask in (
        lambda: reader.find_head(lab.log_id, 1),
        lambda: reader.find_organization(lab.org),
        lambda: reader.find_key(lab.org, nowhere),
        lambda: reader.statuses(lab.log_id),
    ):
        with pytest.raises(Unavailable):
            ask()


def test_send_again_is_understood_as_known(lab: Lab) -> None:
    lab.anchor()
    lab.settle()
    entry = lab.journal.entries[-1]
    sent = lab.client.send_raw(entry.raw, entry.hash)
    assert sent.outcome is SendOutcome.LOOK_UP
    assert decode_transaction(entry.raw).sender == entry.sender


def test_nonce_taken_by_a_stranger_quarantines_the_account(lab: Lab) -> None:
    lab.anchor()
    lab.settle()
    nonce = lab.client.transaction_count(lab.publisher.address)
    entry = lab.anchor()
    assert entry.nonce == nonce
    raw = TransactionFields(lab.chain_id, nonce, lab.admin.address, b"", 21000, gas_price=0).sign(
        lab.publisher_key.sign_digest
    )
    lab.client.send_raw(raw, transaction_hash(raw))
    wait_for(lambda: lab.client.transaction_count(lab.publisher.address) > nonce, 30)
    lab.settle()
    failed = lab.journal.entries[-1]
    assert failed.state is TransactionState.FAILED
    assert (failed.failure or "").startswith("nonce-taken")
    for submitter in (lab.publisher, lab.submitter(lab.publisher_key)):
        with pytest.raises(Conflict) as refused:
            submitter.submit("anything", lab.admin.address, b"", 21000)
        assert refused.value.code == "sender-quarantined"
    assert lab.publisher.release() == 1
    size = max(lab.anchored)
    old = sorted(lab.anchored)[-2]
    proof = prove_consistency(old, size, ListHashReader(lab.leaves))
    act = lab.heads.append(lab.log_id, size, lab.anchored[size], proof)
    assert lab.publisher.submit(f"anchor/{size}", *act).nonce == nonce + 1
    lab.settle()
    assert lab.reader.find_head(lab.log_id, size) is not None
