"""The composition root: the one place where settings become services.

`App.start` brings an installation into being or finds it again: keystore, database, chain,
contracts, log, operator. Every step is idempotent and remembered in the database, so that a crash
in the middle of the very first start is finished by the second.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Self

from ledger.chain.client import ChainClient
from ledger.chain.confirmation import find_settled, rule_for
from ledger.chain.contracts import CheckpointLog, OrganizationRegistry, RecordStatus
from ledger.chain.deploy import deploy
from ledger.chain.lanes import open_lanes
from ledger.chain.leg_reader import ContractLegReader
from ledger.chain.local_engines import choose_engine
from ledger.chain.reader import ContractReader
from ledger.clock import SystemClock
from ledger.config import Settings
from ledger.errors import Misconfigured
from ledger.identity.keystore import Keystore
from ledger.identity.organization import OrgId
from ledger.identity.sealing import Seal
from ledger.merkle.checkpoint import log_id
from ledger.merkle.note import NoteSigner
from ledger.offline import content_limits_of, limits_of, open_database, open_founded
from ledger.proof.trust import TrustAnchors
from ledger.services.addressing import Addressing
from ledger.services.alerting import Alerting
from ledger.services.anchoring import Anchoring
from ledger.services.auditing import Auditing
from ledger.services.bulk_proving import BulkProving
from ledger.services.caller import Scope
from ledger.services.capturing import Capturing
from ledger.services.cataloguing import Cataloguing
from ledger.services.cold_chain_alerting import ColdChainAlerting
from ledger.services.completing import Completing
from ledger.services.content import Content
from ledger.services.declaring import Declaring
from ledger.services.enrolling import Enrolling
from ledger.services.exchange import Exchange
from ledger.services.exchange_statistics import ExchangeStatistics
from ledger.services.filing import Filing
from ledger.services.following import Following
from ledger.services.group_commit import GroupCommit
from ledger.services.identifying import Identifying
from ledger.services.installation import make_keystore, own_directory, write_file
from ledger.services.intake import Intake
from ledger.services.key_adding import KeyAdding
from ledger.services.leg_bundling import LegBundling
from ledger.services.linking import Linking
from ledger.services.log_reading import LogReading
from ledger.services.membership import Membership
from ledger.services.notifying import Notifying
from ledger.services.paging import Paging
from ledger.services.pinning import (
    find_identity,
    find_node,
    get_deployment,
    note_node,
    pin,
    pin_contracts,
    pin_identity,
    pin_operator,
)
from ledger.services.progress import Progress, run_silently
from ledger.services.proving import Proving
from ledger.services.publishing import Publishing
from ledger.services.querying import Querying
from ledger.services.recall_declaring import RecallDeclaring
from ledger.services.recall_extending import RecallExtending
from ledger.services.recall_signing import RecallSigning
from ledger.services.recall_warning import RecallWarning
from ledger.services.recalling import Recalling
from ledger.services.receiving import Receiving
from ledger.services.redelivering import Redelivering
from ledger.services.relaying import Relaying
from ledger.services.resolving import Resolving
from ledger.services.sequencing import Sequencing
from ledger.services.sharing import Sharing
from ledger.services.sheet_capturing import SheetCapturing
from ledger.services.signed_webhook import SignedWebhook
from ledger.services.single_events import SingleEvents
from ledger.services.stamping import Stamping
from ledger.services.submitting import Submitting
from ledger.services.subscribing import Subscribing
from ledger.services.surveying import Surveying
from ledger.services.time_authority import find_authority
from ledger.services.timestamp_audit import TimestampAudit
from ledger.services.tracing import Tracing
from ledger.services.trusting import Trusting
from ledger.services.verifying import Verifying
from ledger.services.watching import Watching
from ledger.services.webhook import Webhook
from ledger.storage.blob_place import open_blobs
from ledger.storage.database import Database
from ledger.storage.file_store import FileStore
from ledger.storage.journal import DatabaseJournal

WORKER_LEASE = "worker"
"""Name of the worker's lease in the database."""


class App:
    """Every service of one process, ready to use. Build it with `start` or `connect`."""

    def __init__(self, settings: Settings, db: Database, keystore: Keystore, urls: Sequence[str]):
        self.settings = settings
        self.db = db
        self.keystore = keystore
        self.clock = SystemClock()
        self.stopping = threading.Event()
        self.rpc_urls = tuple(urls)
        self.client = ChainClient(
            self.rpc_urls,
            identity=find_identity(db),
            on_first_contact=lambda found: pin_identity(db, found),
        )
        identity = self.client.identity()
        self.origin = pin(
            db,
            "log.origin",
            lambda: settings.origin or f"provenance.localhost/log/{secrets.token_hex(4)}",
        )
        self.operator = pin_operator(db)
        self.log_id = log_id(self.origin)
        self.log_signer = NoteSigner.from_seed(self.origin, keystore.derive_seed("log/ed25519"))
        self.journal = DatabaseJournal(db, self.clock)
        self.submitters = open_lanes(
            self.client, self.journal, keystore, identity.chain_id, rule_for(settings.engine)
        )
        self.admin, self.publisher, self.relay, self.exchange_lane = self.submitters
        self.membership = Membership(db, self.clock, keystore)
        self.key_adding = KeyAdding(db, self.clock)
        self.linking = Linking(db, self.clock)
        self.log_reading = LogReading(db)
        self.sequencing = Sequencing(db, self.clock, self.log_signer, self.origin)

    @classmethod
    @contextlib.contextmanager
    def start(cls, settings: Settings, progress: Progress = run_silently) -> Iterator[Self]:
        """Everything an all-in-one installation needs, made or found; ended with the block."""
        with contextlib.ExitStack() as stack:
            stack.enter_context(own_directory(settings.data_dir))
            keystore = progress(
                "keystore",
                lambda: make_keystore(
                    settings.keystore_path, settings.password_path, settings.keystore_password
                ),
            )
            db = progress("database", lambda: open_database(settings, stack))
            urls: Sequence[str] = settings.rpc_urls
            if not urls:
                engine = choose_engine(
                    settings.engine,
                    settings.data_dir,
                    block_period=settings.block_period,
                    last_url=find_node(db),
                )
                progress("local chain", engine.start)
                stack.callback(engine.stop)
                urls = engine.rpc_urls
                note_node(db, urls[0])
            app = cls(settings, db, keystore, urls)
            stack.callback(app.close)
            progress("contracts", app.found)
            yield app

    @classmethod
    @contextlib.contextmanager
    def connect(cls, settings: Settings) -> Iterator[Self]:
        """The services beside an installation that is already running or was founded before."""
        with open_founded(settings) as (keystore, db):
            node = find_node(db)
            urls = settings.rpc_urls or (() if node is None else (node,))
            if not urls:
                raise Misconfigured("not-initialised", "no chain was ever started here")
            with contextlib.closing(cls(settings, db, keystore, urls)) as app:
                app.open()
                yield app

    def found(self) -> None:
        """Bring log, operator and contracts into being, or find that they are; then `open`."""
        self.sequencing.found()
        known = self.membership.found_operator(self.operator)
        standing = deploy(
            self.admin,
            self.client,
            admin_address=self.admin.address,
            publisher_org=self.operator,
            publisher_key=self.publisher.address,
            log_id=self.log_id,
            profile_digest=known.profile.digest(),
        )
        pin_contracts(self.db, standing)
        self.open()

    def open(self) -> None:
        """Build the services that speak to contracts. Raises Misconfigured `not-initialised`."""
        settings, db, client = self.settings, self.db, self.client
        self.deployment = get_deployment(db)
        self.reader = ContractReader(
            client,
            organization_registry=self.deployment.registry,
            checkpoint_log=self.deployment.checkpoint_log,
            record_status=self.deployment.record_status,
        )
        registry = OrganizationRegistry(self.deployment.registry, client)
        intake = Intake(self.clock, self.keystore, self.deployment.registry_domain)
        limits = limits_of(settings)
        self.sheet_capturing = SheetCapturing(db, self.clock, settings.base_url)
        readings = self.sheet_capturing.readings
        self.capturing = Capturing(db, self.clock, intake, limits, readings=readings)
        self.group_commit = GroupCommit(
            SingleEvents(db, self.clock, intake, limits.events_per_day).store
        )
        self.exchange_statistics = ExchangeStatistics(db, intake)
        self.cataloguing = Cataloguing(db, intake, limits.events_per_day)
        self.filing = Filing(
            db, self.clock, FileStore(settings.files_path), settings.file_bytes_per_organization
        )
        self.content = Content.over(
            open_blobs(settings.blobs_path, settings.blobs_url),
            content_limits_of(settings),
            db,
            self.clock,
            self.reader,
            self.deployment,
            self.log_signer,
        )
        self.identifying = Identifying(
            db, self.clock, self.keystore.derive_seed("personal-id/hmac-sha-256")
        )
        self.completing = Completing(db, self.cataloguing, settings.base_url)
        self.receiving = Receiving(db, self.clock, self.group_commit)
        self.submitting = Submitting(db, self.clock, self.deployment.registry_domain, limits)
        self.enrolling = Enrolling(db, self.journal, registry, self.admin)
        heads = CheckpointLog(self.deployment.checkpoint_log, client)
        self.anchoring = Anchoring(db, self.journal, client, heads, self.publisher, self.log_id)
        self.proving = Proving(
            db,
            self.clock,
            self.reader,
            self.deployment,
            self.log_signer,
            origin=self.origin,
            deadline_seconds=settings.anchoring_deadline,
        )
        self.querying = Querying(db, settings.base_url)
        self.surveying = Surveying(db)
        self.following = Following(db, settings.base_url)
        webhook = SignedWebhook(
            Webhook(allow_loopback=settings.webhook_loopback),
            Seal(self.keystore.derive_seed("subscriptions/aes-256-gcm")),
        )
        self.subscribing = Subscribing(db, self.clock, self.following, webhook)
        self.notifying = Notifying(db, self.clock, self.following, webhook)
        self.paging = Paging(db, self.clock)
        self.redelivering = Redelivering(db, self.clock, self.subscribing)
        self.alerting = Alerting(db, self.clock, webhook)
        self.resolving = Resolving(db)
        self.addressing = Addressing(db, self.linking)
        self.tracing = Tracing(db, self.clock)
        self.sharing = Sharing(db, self.clock, self.proving)
        self.publishing = Publishing(
            db,
            self.clock,
            BulkProving(db, self.reader, self.proving, origin=self.origin),
            settings.opendata_path,
            base_url=settings.base_url,
            publisher=self.membership.get_organization(self.operator).profile.name,
            licence=settings.opendata_license,
        )
        self.declaring = Declaring(
            db,
            self.clock,
            self.keystore,
            self.proving,
            RecordStatus(self.deployment.record_status, client),
            self.deployment.status_domain,
            self.relay,
        )
        self._open_recalls()
        lanes = self.exchange_lane, self.relay
        self.exchange = Exchange(
            db, self.clock, client, self.journal, self.deployment, lanes, webhook
        )
        self.trusting = Trusting(
            db,
            self.clock,
            self.reader,
            self.deployment,
            self.log_signer.key,
            engine=settings.engine,
            nodes=self.rpc_urls,
        )
        settled = partial(find_settled, client, rule_for(settings.engine))
        authority = find_authority(settings.time_authority_url, settings.time_authority_roots)
        self.verifying = Verifying(
            self.trusting.anchors,
            self.reader,
            self.clock,
            ContractLegReader(client, self.deployment.document_exchange),
            () if authority is None else authority.roots,
        )
        self.leg_bundling = LegBundling(
            db,
            self.clock,
            client,
            self.exchange,
            settled=settled,
            find_key=self.proving.get_key,
            genesis=self.deployment.genesis,
            certificates=() if authority is None else authority.certificates,
        )
        self.stamping = Stamping(
            db,
            self.clock,
            settled,
            authority,
            chain=(self.deployment.chain_id, self.deployment.genesis),
            origin=self.origin,
            interval_seconds=settings.timestamp_interval,
        )
        self.watching = Watching(
            db,
            self.clock,
            self.reader,
            (self.deployment.chain_id, self.deployment.genesis),
            WORKER_LEASE,
            is_stamping=settings.time_authority_url is not None,
        )
        self.auditing = Auditing(
            db,
            self.reader,
            heads,
            self.log_signer.key,
            self.log_id,
            self.deployment.registry_domain,
            self.exchange.audit,
            TimestampAudit(self.deployment, self.origin, settings.time_authority_roots),
        )
        self.relaying = Relaying(
            client.endpoints,
            (
                self.deployment.registry,
                self.deployment.checkpoint_log,
                self.deployment.record_status,
                self.deployment.document_exchange,
            ),
        )

    def _open_recalls(self) -> None:
        """The services of recalls, and of alerts that come with them."""
        self.recalling = Recalling(self.db, self.clock, self.tracing, self.proving, self.declaring)
        self.recall_signing = RecallSigning(self.db, self.clock, self.recalling, self.declaring)
        self.cold_chain_alerting = ColdChainAlerting(self.db, self.clock)
        self.recall_warning = RecallWarning(self.db, self.clock)
        self.recall_extending = RecallExtending(
            self.db, self.clock, self.tracing, self.recalling, self.declaring
        )
        self.recall_declaring = RecallDeclaring(self.db, self.clock, self.journal, self.declaring)

    def trust(self) -> TrustAnchors:
        """What a verifier elsewhere needs, as we see it now."""
        return self.trusting.issue()

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
        self.membership.wait_until_active(self.operator if org is None else org, self.stopping)

    def close(self) -> None:
        """Store what is waiting, drop connections."""
        if hasattr(self, "group_commit"):
            self.group_commit.close()
        if hasattr(self, "stamping"):
            self.stamping.close()
        self.client.close()
