"""One desk, put together: whoever works at it opens this and nothing else.

::

    with Desk.open(DeskFolder(path)) as desk:
        desk.work()                         # whatever waits: hand in, fetch, acknowledge
        desk.clerking.receive(leg, Clerk("Lê Thị B"))
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

import structlog

from ledger.client.encryption_keys import EncryptionKeys
from ledger.client.erasures import ErasureClient
from ledger.client.exchange import ExchangeClient
from ledger.client.ledger_client import LedgerClient
from ledger.client.retrying import Patience
from ledger.client.transferring import Transferring
from ledger.clock import Clock, SystemClock, unix_seconds
from ledger.desk.acting import Acting
from ledger.desk.admitting import Admitting, Inspect
from ledger.desk.bundling import Bundling
from ledger.desk.chain import DeskChain
from ledger.desk.clerking import Clerking
from ledger.desk.content import ContentFolder
from ledger.desk.deputizing import Deputizing
from ledger.desk.destroying import Destroying
from ledger.desk.draft import Draft
from ledger.desk.erasing import Erasing
from ledger.desk.fetching import Fetching
from ledger.desk.folder import DeskFolder
from ledger.desk.keys import DeskKeys
from ledger.desk.legs import LegRow, incoming_on_the_way
from ledger.desk.mandating import DeskMandating
from ledger.desk.messages import Stage, all_digests, in_stage
from ledger.desk.registry import FileRegistry, Registry
from ledger.desk.rewrapping import Rewrapping
from ledger.desk.sending import Sending, Sent
from ledger.desk.store import Store, find_fact, put_fact
from ledger.desk.syncing import Syncing
from ledger.desk.transfer import Progress, tell_nobody
from ledger.envelope.key_statement import KeyStatement
from ledger.errors import LedgerError
from ledger.identity.eip712 import Domain
from ledger.identity.organization import Purpose

_log = structlog.get_logger(__name__)

_KEYS = "encryption.keys"
_KEY_SECONDS = 365 * 86_400
_RENEW_SECONDS = 60 * 86_400
_NEVER = 2**62
_PATIENCE = Patience(seconds=5.0, first_wait=0.1, longest_wait=1.0)
"""Short: whatever waits is tried again in the next round, and people are told at once."""
_LEGS, _MOVING, _PREPARING = "legs", "moving", "preparing"
_BUNDLES, _ERASING = "bundles", "erasing"


@dataclass(frozen=True, slots=True)
class Worked:
    """What a round of work came to."""

    sent: int
    seen: int
    arrived: Sequence[LegRow]


class Desk:
    """The services of one folder. Safe to share among threads; what writes waits its turn."""

    def __init__(
        self,
        folder: DeskFolder,
        *,
        clock: Clock | None = None,
        inspect: Inspect | None = None,
        patience: Patience = _PATIENCE,
    ) -> None:
        self.folder = folder
        self.settings = settings = folder.settings()
        self.clock = clock = clock or SystemClock()
        self.trust = folder.trust()
        self.domain = Domain(self.trust.chain_id, settings.exchange)
        self.store = store = Store(folder.database)
        self.content = ContentFolder(folder.content)
        self.sealed = ContentFolder(folder.sealed)
        self._is_cleared = False
        self.keys = keys = folder.keys(self._encryption_keys())
        self._client = LedgerClient(settings.server, key=folder.read_api_key(), patience=patience)
        server = ExchangeClient(self._client.connection)
        transfer = Transferring(self._client.connection)
        self.chain = (
            DeskChain(settings.rpc, self.trust, settings.exchange) if settings.rpc else None
        )
        self.registry: Registry = self.chain or FileRegistry(self.trust)
        self._registry_domain = Domain(self.trust.chain_id, self.trust.organization_registry)
        self.encryption_keys = EncryptionKeys(
            self._client.connection, self.registry, self._registry_domain, clock
        )
        self.syncing = Syncing(
            store, server, settings, self.domain, self.registry, clock, self.chain
        )
        self.acting = Acting(
            store, server, settings, keys, self.domain, self.syncing, self._on_legs, clock
        )
        self.mandating = DeskMandating(
            store, server, settings, keys, self.trust.chain_id, clock, self.chain
        )
        self.deputizing = Deputizing(
            store, server, settings, keys, self.domain, self.registry, self._on_legs, clock,
            self.chain,
        )  # fmt: skip
        self.bundling = Bundling(store, server, self.content, folder.bundles, self._on_bundles)
        admitting = Admitting(settings.signatures, inspect)
        self._destroying = Destroying(
            store, self.content, self.sealed, folder.bundles, self._on_bundles, clock
        )
        self.clerking = Clerking(
            store, self.content, settings, self.acting, self._destroying, clock, admitting
        )
        self.erasing = Erasing(
            store, ErasureClient(self._client.connection), settings, keys, self.domain,
            self.trust.key, self.acting, self._destroying, self._on_erasures, clock,
        )  # fmt: skip
        self._fetching = Fetching(
            store, server, transfer, keys, self.content, self.sealed, self.syncing, self.acting,
            self._on_legs, clock,
        )  # fmt: skip
        self._sending = Sending(
            store, server, transfer, self.encryption_keys, settings, keys, self.domain,
            self.content, self.sealed, self.syncing, self._on_legs, clock, admitting,
        )  # fmt: skip

        self.rewrapping = Rewrapping(
            store, server, self.encryption_keys, keys, self.syncing, self._on_legs, clock
        )

    @classmethod
    @contextlib.contextmanager
    def open(
        cls,
        folder: DeskFolder,
        *,
        clock: Clock | None = None,
        inspect: Inspect | None = None,
    ) -> Iterator[Self]:
        """The desk for the length of a block. Raises Misconfigured where the folder is none."""
        desk = cls(folder, clock=clock, inspect=inspect)
        try:
            yield desk
        finally:
            desk.close()

    def close(self) -> None:
        """Close connections and files."""
        self._client.close()
        self.store.close()

    def work(self, progress: Progress = tell_nobody) -> Worked:
        """One round of everything that waits. Raises the first failure after all was tried: what
        could not be done stays for the next round."""
        failures: list[LedgerError] = []

        def attempt(action: Callable[[], object]) -> None:
            if any(failure.code == "server-unreachable" for failure in failures):
                return  # nobody answers: the rest would only wait for that again
            try:
                action()
            except LedgerError as error:
                _log.warning("work waits", code=error.code, detail=error.detail)
                failures.append(error)

        sent: list[object] = []
        arrived: list[LegRow] = []
        seen: list[int] = []
        with self.folder.alone(_PREPARING), self.folder.alone(_MOVING):
            self._destroying.finish_all()
            self._clear_leftovers()
        with self.folder.alone(_MOVING):
            attempt(lambda: sent.extend(self._sending.send_all(progress)))
            attempt(self.acting.finish_all)
            attempt(self.mandating.finish_all)
            attempt(self.deputizing.finish_all)
            attempt(self.erasing.finish_all)
            attempt(lambda: seen.append(self._fetching.follow()))
            attempt(self.clerking.supersede_replaced)
            attempt(self.rewrapping.follow_recipients)
            attempt(lambda: arrived.extend(self._fetching.take_in(progress)))
            attempt(self.bundling.fetch_some)
        if failures:
            raise failures[0]
        return Worked(len(sent), sum(seen), arrived)

    def prepare(self, draft: Draft) -> Sent:
        """Decide to send; from here it will be, also if we die. Raises as `Sending.prepare`."""
        with self.folder.alone(_PREPARING):
            return self._sending.prepare(draft)

    def send(self, sent: Sent, progress: Progress = tell_nobody) -> Sent:
        """Bring it to the server now. Raises Unavailable where it goes later."""
        with self.folder.alone(_MOVING):
            return replace(sent, message=self._sending.send(sent.message.message, progress))

    def publish_encryption_key(self) -> KeyStatement:
        """State the present key for a year, signed by the leader's key.

        It begins in a second in which no other of ours does: of two that begin in the same one,
        nobody could tell which is the later.
        """
        taken = {said.valid_from for said in self.encryption_keys.list(self.settings.org)}
        at = unix_seconds(self.clock.now())
        while at in taken:
            at += 1
        said = KeyStatement.sign(
            self.settings.org,
            self.keys.decryption.public,
            at,
            at + _KEY_SECONDS,
            self.keys.signer(Purpose.LEADER),
            self._registry_domain,
        )
        self.encryption_keys.publish(said)
        return said

    def keep_key_published(self) -> bool:
        """Publish where nothing of ours is published, or it soon ends. True where it was done."""
        now = unix_seconds(self.clock.now())
        own = self.keys.decryption.public.id
        for said in self.encryption_keys.list(self.settings.org):
            if said.key.id == own and said.is_valid_at(now + _RENEW_SECONDS):
                return False
        self.publish_encryption_key()
        return True

    def rotate_encryption_key(self) -> DeskKeys:
        """Make the next key and publish it; what was wrapped to older ones stays readable."""
        with self.store.write() as tx:
            count = int(find_fact(tx, _KEYS) or 1) + 1
            put_fact(tx, _KEYS, str(count))
        self.keys.use(count)
        self.publish_encryption_key()
        return self.keys

    def _on_legs(self) -> contextlib.AbstractContextManager[None]:
        return self.folder.alone(_LEGS)

    def _on_bundles(self) -> contextlib.AbstractContextManager[None]:
        return self.folder.alone(_BUNDLES)

    def _on_erasures(self) -> contextlib.AbstractContextManager[None]:
        return self.folder.alone(_ERASING)

    def _encryption_keys(self) -> int:
        with self.store.read() as tx:
            return int(find_fact(tx, _KEYS) or 1)

    def _clear_leftovers(self) -> None:
        """What a crash left half written; sealed files of nothing that waits; and, at the first
        time after a start, documents of no message: they were to be sent, and nobody decided it."""
        self.content.clear_leftovers()
        self.sealed.clear_leftovers()
        self.bundling.clear_leftovers()
        with self.store.read() as tx:
            if incoming_on_the_way(tx, _NEVER):
                return  # what is fetched belongs to no message before all of it is here
            if not in_stage(tx, Stage.SEALED):
                self.sealed.clear()
            known = None if self._is_cleared else all_digests(tx)
        if known is not None:
            for digest in self.content.list():
                if digest not in known:
                    self.content.remove(digest)
            self._is_cleared = True


def new_draft_id() -> str:
    """A name for what is being written, drawn when the form is opened."""
    return secrets.token_hex(16)
