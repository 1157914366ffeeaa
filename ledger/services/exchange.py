"""The services of documents between agencies, put together."""

from __future__ import annotations

from ledger.chain.client import ChainClient
from ledger.chain.exchange_contracts import DocumentExchange, Mandates
from ledger.chain.submitter import Submitter
from ledger.clock import Clock
from ledger.ports import Journal
from ledger.services.deployment import Deployment
from ledger.services.exchange_audit import ExchangeAudit
from ledger.services.exchange_authority import ExchangeAuthority
from ledger.services.exchange_lapsing import ExchangeLapsing
from ledger.services.exchange_notifying import ExchangeNotifying
from ledger.services.exchange_reading import ExchangeReading
from ledger.services.exchange_relaying import ExchangeRelaying
from ledger.services.exchange_stepping import ExchangeStepping
from ledger.services.exchange_submitting import ExchangeSubmitting
from ledger.services.mandating import Mandating
from ledger.services.rewrapping import Rewrapping
from ledger.services.signed_webhook import SignedWebhook
from ledger.storage.database import Database
from ledger.storage.leases import Lease


class Exchange:
    """What routes ask (`submitting`, `stepping`, `reading`, `notifying`, `mandating`, `rewrapping`)
    and what the worker does (`run_once`).

    `domain` is where the signatures of openings and steps count. `lanes` send for the worker, and
    what requests ask for.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        client: ChainClient,
        journal: Journal,
        deployment: Deployment,
        lanes: tuple[Submitter, Submitter],
        webhook: SignedWebhook,
    ) -> None:
        lane, relay = lanes
        self.domain = deployment.exchange_domain
        self.contract = DocumentExchange(deployment.document_exchange, client)
        self.mandates = Mandates(deployment.mandates, client)
        authority = ExchangeAuthority(db, clock, self.mandates, self.domain)
        self.submitting = ExchangeSubmitting(db, clock, authority)
        self.stepping = ExchangeStepping(db, clock, authority)
        self.reading = ExchangeReading(db, clock, self.mandates)
        self.notifying = ExchangeNotifying(db, clock, webhook)
        self.mandating = Mandating(self.mandates, relay)
        self.rewrapping = Rewrapping(db, clock)
        self.audit = ExchangeAudit(self.contract, client, self.domain)
        self._lapsing = ExchangeLapsing(db, clock)
        self._relaying = ExchangeRelaying(db, journal, client, self.contract, self.domain, lane)

    def run_once(self, lease: Lease) -> bool:
        """One pass of the worker: say which deadlines passed, relay, confirm. True when something
        changed. Raises Conflict `lease-lost` or `exchange-diverged`, Unavailable."""
        lapsed = self._lapsing.run_once(lease)
        return self._relaying.run_once(lease) or lapsed
