"""The composition root: the one place where settings become services.

`App.start` brings an installation into being or finds it again: keystore, database, chain,
contracts, log, operator. Every step is idempotent and remembered in the database, so that a crash
in the middle of the very first start is finished by the second.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol, Self, TypeVar

from ledger.chain.anvil import AnvilEngine
from ledger.chain.client import ChainClient
from ledger.chain.confirmation import rule_for
from ledger.chain.contracts import CheckpointLog, OrganizationRegistry, RecordStatus
from ledger.chain.deploy import deploy
from ledger.chain.endpoints import ChainIdentity
from ledger.chain.engine import Engine
from ledger.chain.process import is_port_free
from ledger.chain.reader import ContractReader
from ledger.chain.submitter import Submitter
from ledger.clock import SystemClock
from ledger.config import Settings
from ledger.digest import Digest
from ledger.errors import Misconfigured, Unavailable
from ledger.identity.eip712 import Domain
from ledger.identity.keystore import Keystore
from ledger.identity.organization import OrgId, Role
from ledger.identity.signer import KeySigner
from ledger.merkle.checkpoint import log_id
from ledger.merkle.note import NoteSigner
from ledger.ports import HeadOnChain
from ledger.proof.trust import TrustAnchors, TrustedHead
from ledger.services.anchoring import Anchoring
from ledger.services.auditing import Auditing
from ledger.services.caller import Scope
from ledger.services.capturing import Capturing, Limits
from ledger.services.declaring import Declaring
from ledger.services.enrolling import Enrolling
from ledger.services.group_commit import GroupCommit
from ledger.services.intake import Intake
from ledger.services.log_reading import LogReading
from ledger.services.membership import Membership, NewOrganization
from ledger.services.proving import Deployment, Proving
from ledger.services.relaying import Relaying
from ledger.services.resolving import Resolving
from ledger.services.sequencing import Sequencing
from ledger.services.submitting import Submitting
from ledger.services.verifying import Verifying
from ledger.services.watching import Watching
from ledger.storage.anchors import AnchorRow
from ledger.storage.database import Database
from ledger.storage.journal import DatabaseJournal
from ledger.storage.organizations import OrganizationState

T = TypeVar("T")
WORKER_LEASE = "worker"
"""Name of the worker's lease in the database."""

OPERATOR_NAME = "Đơn vị vận hành Sổ nguồn gốc"
OPERATOR_NAME_EN = "Operator of the Provenance Ledger"
_ENROLMENT_SECONDS = 60.0
_TRUSTED_HEADS = 100


class Progress(Protocol):
    """Shows a step while it runs and returns what it returns."""

    def __call__(self, title: str, action: Callable[[], T]) -> T:
        """Run the action under this title."""


def run_silently(title: str, action: Callable[[], T]) -> T:  # noqa: ARG001
    """A Progress that shows nothing."""
    return action()


class App:
    """Every service of one process, ready to use. Build it with `start` or `connect`."""

    def __init__(self, settings: Settings, db: Database, keystore: Keystore, urls: Sequence[str]):
        self.settings = settings
        self.db = db
        self.keystore = keystore
        self.clock = SystemClock()
        self.rpc_urls = tuple(urls)
        self.client = ChainClient(
            self.rpc_urls, identity=_pinned(db), on_first_contact=lambda found: _pin(db, found)
        )
        identity = self.client.identity()
        self.origin = _remember(db, "log.origin", lambda: _new_origin(settings))
        self.operator = OrgId.parse(_remember(db, "operator.org", lambda: OrgId.random().text))
        self.log_id = log_id(self.origin)
        self.log_signer = NoteSigner.from_seed(self.origin, keystore.derive_seed("log/ed25519"))
        self.journal = DatabaseJournal(db, self.clock)
        rule = rule_for(settings.engine)
        self.admin, self.publisher, self.relay = (
            Submitter(
                self.client,
                self.journal,
                KeySigner(keystore.derive(f"chain/{name}")),
                identity.chain_id,
                rule,
            )
            for name in ("admin", "publisher", "relay")
        )
        self.submitters = (self.admin, self.publisher, self.relay)
        self.membership = Membership(db, self.clock, keystore)
        self.log_reading = LogReading(db)
        self.sequencing = Sequencing(db, self.clock, self.log_signer, self.origin)

    @classmethod
    @contextlib.contextmanager
    def start(cls, settings: Settings, progress: Progress = run_silently) -> Iterator[Self]:
        """Everything an all-in-one installation needs, made or found; ended with the block."""
        with contextlib.ExitStack() as stack:
            _own_directory(settings, stack)
            keystore = progress("keystore", lambda: open_keystore(settings))
            db = progress("database", lambda: open_database(settings, stack))
            urls: Sequence[str] = settings.rpc_urls
            if not urls:
                engine = _local_engine(settings, db)
                progress("local chain", engine.start)
                stack.callback(engine.stop)
                urls = engine.rpc_urls
                with db.write() as tx:
                    tx.facts.put("chain.rpc", urls[0])
            app = cls(settings, db, keystore, urls)
            stack.callback(app.close)
            progress("contracts", app.found)
            yield app

    @classmethod
    @contextlib.contextmanager
    def connect(cls, settings: Settings) -> Iterator[Self]:
        """The services beside an installation that is already running or was founded before."""
        with contextlib.ExitStack() as stack:
            if not settings.keystore_path.exists():
                raise Misconfigured("not-initialised", f"{settings.data_dir} holds no installation")
            keystore = open_keystore(settings)
            db = open_database(settings, stack)
            urls: Sequence[str] = settings.rpc_urls
            if not urls:
                with db.read() as tx:
                    known = tx.facts.get("chain.rpc")
                if known is None:
                    raise Misconfigured("not-initialised", "no chain was ever started here")
                urls = (known,)
            app = cls(settings, db, keystore, urls)
            stack.callback(app.close)
            app.open()
            yield app

    def found(self) -> None:
        """Bring log, operator and contracts into being, or find that they are; then `open`."""
        self.sequencing.found()
        with self.db.read() as tx:
            known = tx.organizations.find(self.operator)
        if known is None:
            known = self.membership.found(
                self.operator,
                NewOrganization(
                    name=OPERATOR_NAME,
                    name_en=OPERATOR_NAME_EN,
                    kind="operator",
                    roles=Role.OPERATOR,
                ),
            )
        standing = deploy(
            self.admin,
            self.client,
            admin_address=self.admin.address,
            publisher_org=self.operator,
            publisher_key=self.publisher.address,
            log_id=self.log_id,
            profile_digest=known.profile.digest(),
        )
        _remember(self.db, "contract.registry", standing.organization_registry.lower)
        _remember(self.db, "contract.checkpoint_log", standing.checkpoint_log.lower)
        _remember(self.db, "contract.record_status", standing.record_status.lower)
        self.open()

    def open(self) -> None:
        """Build the services that speak to contracts. Raises Misconfigured `not-initialised`."""
        settings, db, client = self.settings, self.db, self.client
        self.deployment = read_deployment(db)
        self.reader = ContractReader(
            client,
            organization_registry=self.deployment.registry,
            checkpoint_log=self.deployment.checkpoint_log,
            record_status=self.deployment.record_status,
        )
        registry = OrganizationRegistry(self.deployment.registry, client)
        intake = Intake(self.clock, self.keystore, registry_domain(self.deployment))
        limits = limits_of(settings)
        self.capturing = Capturing(db, self.clock, intake, limits)
        self.group_commit = GroupCommit(db, self.clock, intake, limits.events_per_day)
        self.submitting = Submitting(db, self.clock, registry_domain(self.deployment), limits)
        self.enrolling = Enrolling(db, self.journal, registry, self.admin)
        heads = CheckpointLog(self.deployment.checkpoint_log, client)
        self.anchoring = Anchoring(
            db,
            self.journal,
            client,
            heads,
            self.publisher,
            self.log_id,
        )
        self.proving = Proving(
            db,
            self.clock,
            self.reader,
            self.deployment,
            self.log_signer,
            origin=self.origin,
            deadline_seconds=settings.anchoring_deadline,
        )
        self.resolving = Resolving(db)
        self.declaring = Declaring(
            db,
            self.clock,
            self.keystore,
            self.proving,
            RecordStatus(self.deployment.record_status, client),
            Domain(self.deployment.chain_id, self.deployment.record_status),
            self.relay,
        )
        self.verifying = Verifying(self.trust, self.reader, self.clock)
        self.watching = Watching(db, self.clock, self.reader, WORKER_LEASE)
        self.auditing = Auditing(
            db,
            self.reader,
            heads,
            self.log_signer.key,
            self.log_id,
            registry_domain(self.deployment),
        )
        self.relaying = Relaying(
            client.endpoints,
            (
                self.deployment.registry,
                self.deployment.checkpoint_log,
                self.deployment.record_status,
            ),
        )

    def trust(self) -> TrustAnchors:
        """What a verifier elsewhere needs, as we see it now."""
        with self.db.read() as tx:
            confirmed = [row for row in tx.anchors.list(_TRUSTED_HEADS) if row.block is not None]
        return TrustAnchors(
            chain_id=self.deployment.chain_id,
            genesis=self.deployment.genesis,
            engine=self.settings.engine,
            rpc=self.rpc_urls,
            organization_registry=self.deployment.registry,
            checkpoint_log=self.deployment.checkpoint_log,
            record_status=self.deployment.record_status,
            origin=self.origin,
            key=self.log_signer.key,
            issued_at=self.clock.now(),
            heads=tuple(map(_trusted_head, reversed(confirmed))),
        )

    def write_trust(self) -> Path:
        """The trust file, replaced in one step."""
        return write_file(self.settings.trust_path, self.trust().encode(), 0o644)

    def write_admin_key(self) -> Path:
        """The operator's first API key, minted once; a lost file is replaced by a new key."""
        path = self.settings.admin_key_path
        if not path.exists():
            _, secret = self.membership.mint_key(
                self.operator, [scope.value for scope in Scope], label="first administrator"
            )
            write_file(path, secret.encode() + b"\n", 0o600)
        return path

    def wait_until_active(self, org: OrgId | None = None) -> None:
        """Until the worker has enrolled the organization (the operator by default)."""
        wanted = self.operator if org is None else org
        deadline = time.monotonic() + _ENROLMENT_SECONDS
        while self.membership.get_organization(wanted).state is OrganizationState.REGISTERING:
            if time.monotonic() > deadline:
                raise Unavailable(
                    "organization-registering", "the chain did not confirm the organization"
                )
            time.sleep(0.05)

    def close(self) -> None:
        """Store what is waiting, drop connections."""
        if hasattr(self, "group_commit"):
            self.group_commit.close()
        self.client.close()


@contextlib.contextmanager
def open_intake(settings: Settings) -> Iterator[Capturing]:
    """What a process that only works through captures needs: no chain, no web."""
    with contextlib.ExitStack() as stack:
        keystore = open_keystore(settings)
        db = open_database(settings, stack)
        clock = SystemClock()
        intake = Intake(clock, keystore, registry_domain(read_deployment(db)))
        yield Capturing(db, clock, intake, limits_of(settings))


def limits_of(settings: Settings) -> Limits:
    """The capture limits in force."""
    return Limits(settings.capture_bytes, settings.capture_events, settings.events_per_day)


def registry_domain(deployment: Deployment) -> Domain:
    """The EIP-712 domain of submissions."""
    return Domain(deployment.chain_id, deployment.registry)


def read_deployment(db: Database) -> Deployment:
    """Where the contracts stand. Raises Misconfigured `not-initialised`."""
    identity = _pinned(db)
    with db.read() as tx:
        found = [
            tx.facts.get(f"contract.{name}")
            for name in ("registry", "checkpoint_log", "record_status")
        ]
    registry, checkpoint_log, record_status = found
    if identity is None or registry is None or checkpoint_log is None or record_status is None:
        raise Misconfigured("not-initialised", "the contracts were never deployed from here")
    return Deployment(identity.chain_id, identity.genesis, registry, checkpoint_log, record_status)


def open_keystore(settings: Settings) -> Keystore:
    """The seed, created at the first start. The embedded password lies beside it, mode 0600:
    it keeps a copied keystore.json closed, not an intruder on this machine out."""
    password = settings.keystore_password
    if password is None:
        if settings.password_path.exists():
            password = settings.password_path.read_text().strip()
        elif settings.keystore_path.exists():
            raise Misconfigured(
                "keystore-password-missing", "the keystore is there and its password is not"
            )
        else:
            settings.data_dir.mkdir(parents=True, exist_ok=True)
            password = secrets.token_urlsafe(32)
            write_file(settings.password_path, password.encode() + b"\n", 0o600)
    if settings.keystore_path.exists():
        return Keystore.open(settings.keystore_path, password)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return Keystore.create(settings.keystore_path, password)


def open_database(settings: Settings, stack: contextlib.ExitStack) -> Database:
    """The database at the newest schema."""
    db = Database.open(settings.database)
    stack.callback(db.close)
    db.migrate()
    return db


def write_file(path: Path, data: bytes, mode: int) -> Path:
    """Write a small file so that a crash leaves the old one or the new one, never half."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError as error:
        raise Misconfigured("file-unwritable", f"{path}: {error.strerror}") from error
    return path


def _own_directory(settings: Settings, stack: contextlib.ExitStack) -> None:
    """One all-in-one installation per directory."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        lock = stack.enter_context((settings.data_dir / "lock").open("w"))
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise Misconfigured(
            "already-running", f"another process runs the installation in {settings.data_dir}"
        ) from error
    except OSError as error:
        raise Misconfigured("file-unwritable", f"{settings.data_dir}: {error.strerror}") from error


def _local_engine(settings: Settings, db: Database) -> Engine:
    """The engine we supervise, at the port it had before if that is free."""
    with db.read() as tx:
        known = tx.facts.get("chain.rpc")
    port = int(known.rpartition(":")[2]) if known is not None else 0
    if port and not is_port_free(port):
        port = 0
    if settings.engine == "anvil":
        return AnvilEngine(settings.data_dir, port=port, block_period=settings.block_period)
    if settings.engine == "hardhat":
        raise NotImplementedError
    raise Misconfigured(
        "rpc-urls-missing", f"the engine {settings.engine} runs elsewhere: name its nodes"
    )


def _pinned(db: Database) -> ChainIdentity | None:
    with db.read() as tx:
        chain_id, genesis = tx.facts.get("chain.id"), tx.facts.get("chain.genesis")
    if chain_id is None or genesis is None:
        return None
    return ChainIdentity(int(chain_id), Digest.from_hex(genesis))


def _pin(db: Database, found: ChainIdentity) -> None:
    with db.write() as tx:
        tx.facts.put_once("chain.id", str(found.chain_id))
        tx.facts.put_once("chain.genesis", found.genesis.hex())


def _remember(db: Database, name: str, make: Callable[[], str]) -> str:
    """The pinned value, made and pinned at the first asking."""
    with db.write() as tx:
        known = tx.facts.get(name)
        if known is None:
            known = make()
            tx.facts.put_once(name, known)
    return known


def _new_origin(settings: Settings) -> str:
    return settings.origin or f"provenance.localhost/log/{secrets.token_hex(4)}"


def _trusted_head(row: AnchorRow) -> TrustedHead:
    assert row.block is not None
    assert row.block_hash is not None
    assert row.block_time is not None
    head = HeadOnChain(size=row.size, root=row.root, time=row.block_time, block=row.block)
    return TrustedHead(head, row.block_hash)
