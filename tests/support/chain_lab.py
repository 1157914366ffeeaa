"""Contracts on a running engine with accounts, a journal and a log that grows."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from ledger.chain.client import ChainClient
from ledger.chain.confirmation import rule_for
from ledger.chain.contracts import CheckpointLog
from ledger.chain.deploy import Deployment, deploy
from ledger.chain.reader import ContractReader
from ledger.chain.submitter import Submitter
from ledger.digest import Digest, sha256
from ledger.errors import Unavailable
from ledger.identity.organization import OrgId
from ledger.identity.private_key import PrivateKey
from ledger.identity.signer import KeySigner
from ledger.merkle.hashes import leaf_hash, tree_root
from ledger.merkle.proofs import ListHashReader, prove_consistency
from ledger.ports import JournalEntry, TransactionState
from tests.support.memory_journal import MemoryJournal


@dataclass
class Lab:
    """One installation's accounts on a chain; every lab has its own keys, contracts and log."""

    urls: Sequence[str]
    engine: str
    client: ChainClient
    journal: MemoryJournal
    admin_key: PrivateKey
    publisher_key: PrivateKey
    org: OrgId
    log_id: Digest
    chain_id: int
    admin: Submitter = field(init=False)
    publisher: Submitter = field(init=False)
    deployment: Deployment = field(init=False)
    leaves: list[bytes] = field(default_factory=list)
    anchored: dict[int, Digest] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.admin = self.submitter(self.admin_key)
        self.publisher = self.submitter(self.publisher_key)

    def submitter(self, key: PrivateKey, client: ChainClient | None = None) -> Submitter:
        """A submitter as a freshly started process would make it."""
        return Submitter(
            client or self.client,
            self.journal,
            KeySigner(key),
            self.chain_id,
            rule_for(self.engine),
            peers=[self.admin_key.address, self.publisher_key.address],
            resend_seconds=2.0,
        )

    def deploy(self, timeout: float = 90.0) -> Deployment:
        self.deployment = deploy(
            self.admin,
            self.client,
            admin_address=self.admin_key.address,
            publisher_org=self.org,
            publisher_key=self.publisher_key.address,
            log_id=self.log_id,
            profile_digest=sha256(b"profile"),
            timeout=timeout,
        )
        return self.deployment

    @property
    def heads(self) -> CheckpointLog:
        return CheckpointLog(self.deployment.checkpoint_log, self.client)

    @property
    def reader(self) -> ContractReader:
        return ContractReader(
            self.client,
            organization_registry=self.deployment.organization_registry,
            checkpoint_log=self.deployment.checkpoint_log,
            record_status=self.deployment.record_status,
        )

    def grow(self, count: int = 3) -> tuple[int, Digest, list[bytes]]:
        """Add leaves; size, root and the proof from the last anchored size."""
        old = max(self.anchored, default=0)
        self.leaves += [leaf_hash(secrets.token_bytes(64)) for _ in range(count)]
        size, root = len(self.leaves), tree_root(self.leaves)
        proof = prove_consistency(old, size, ListHashReader(self.leaves)) if old else []
        self.anchored[size] = root
        return size, root, proof

    def anchor(self, count: int = 3) -> JournalEntry:
        """Grow and submit the new head; not sent yet."""
        size, root, proof = self.grow(count)
        act = self.heads.append(self.log_id, size, root, proof)
        return self.publisher.submit(f"anchor/{size}", *act)

    def pass_all(self) -> list[JournalEntry]:
        """One pass of every account; a chain that cannot be seen is a pass without news."""
        changed: list[JournalEntry] = []
        for submitter in (self.admin, self.publisher):
            try:
                changed += submitter.advance()
            except Unavailable:
                time.sleep(0.05)
        return changed

    def settle(self, timeout: float = 60.0) -> None:
        """Pass until everything in the journal is settled, and the chain agrees."""
        wait_for(lambda: self.pass_all() is not None and self.is_settled, timeout, self.journal)

    @property
    def is_settled(self) -> bool:
        return all(
            entry.state in (TransactionState.CONFIRMED, TransactionState.FAILED)
            for entry in self.journal.entries
        )

    def check_anchored(self) -> None:
        """Every head that was ever confirmed stands on the chain now, nonces without gap."""
        for entry in self.journal.entries:
            if entry.purpose.startswith("anchor/") and entry.state is TransactionState.CONFIRMED:
                size = int(entry.purpose.removeprefix("anchor/"))
                head = self.reader.find_head(self.log_id, size)
                assert head is not None, f"head {size} is gone"
                assert head.root == self.anchored[size]
        for key in (self.admin_key, self.publisher_key):
            nonces = [entry.nonce for entry in self.journal.since(key.address, 0)]
            assert nonces == list(range(len(nonces)))
            hashes = {entry.hash for entry in self.journal.since(key.address, 0)}
            assert len(hashes) == len(nonces)


def wait_for(condition: Callable[[], bool], timeout: float, subject: object = "") -> None:
    """Poll until it holds; fail with the subject otherwise."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            states = subject.states() if isinstance(subject, MemoryJournal) else subject
            raise AssertionError(f"did not come true within {timeout:g} s: {states}")
        time.sleep(0.02)


@contextmanager
def new_lab(urls: Sequence[str], engine: str, *, timeout: float = 5.0) -> Iterator[Lab]:
    """A lab without contracts yet."""
    client = ChainClient(urls, timeout=timeout)
    try:
        yield Lab(
            urls=urls,
            engine=engine,
            client=client,
            journal=MemoryJournal(),
            admin_key=PrivateKey.generate(),
            publisher_key=PrivateKey.generate(),
            org=OrgId.random(),
            log_id=sha256(secrets.token_bytes(16)),
            chain_id=client.identity().chain_id,
        )
    finally:
        client.close()
