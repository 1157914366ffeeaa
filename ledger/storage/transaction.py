"""One transaction: every store over the same connection, each made when it is first asked for.

Whether it only reads or is to last is decided where it is opened (`ledger.storage.database`); what
is done through its stores happens as a whole or not at all.
"""

from __future__ import annotations

from functools import cached_property

from sqlalchemy import Connection

from ledger.storage.alerts import AlertStore
from ledger.storage.anchors import AnchorStore
from ledger.storage.api_keys import ApiKeyStore
from ledger.storage.blobs import BlobIndex
from ledger.storage.breaches import BreachStore
from ledger.storage.capture_warnings import CaptureWarningStore
from ledger.storage.deliveries import DeliveryStore
from ledger.storage.devices import DeviceStore
from ledger.storage.encryption_keys import EncryptionKeyStore
from ledger.storage.epcis import EpcisStore
from ledger.storage.erasures import ErasureStore
from ledger.storage.event_search import EventSearch
from ledger.storage.exchange_events import ExchangeEventStore
from ledger.storage.exchange_legs import ExchangeLegStore
from ledger.storage.exchange_messages import ExchangeMessageStore
from ledger.storage.exchange_months import ExchangeMonths
from ledger.storage.exchange_webhooks import ExchangeWebhookStore
from ledger.storage.exchange_wraps import ExchangeWrapStore
from ledger.storage.facts import FactStore
from ledger.storage.jobs import JobStore
from ledger.storage.kept_files import KeptFileStore
from ledger.storage.leases import LeaseStore
from ledger.storage.links import LinkStore
from ledger.storage.log import LogStore
from ledger.storage.log_events import LogEvents
from ledger.storage.masterdata import MasterDataStore
from ledger.storage.named_queries import NamedQueryStore
from ledger.storage.organizations import OrganizationStore
from ledger.storage.page_tokens import PageTokenStore
from ledger.storage.places import PlaceStore
from ledger.storage.prefixes import PrefixStore
from ledger.storage.proven_blocks import ProvenBlockStore
from ledger.storage.recall_signatures import RecallSignatureStore
from ledger.storage.recalls import RecallStore
from ledger.storage.records import RecordStore
from ledger.storage.sharing import SharingStore
from ledger.storage.sheets import SheetStore
from ledger.storage.steps import StepStore
from ledger.storage.submissions import SubmissionStore
from ledger.storage.subscriptions import SubscriptionStore
from ledger.storage.terms import TermStore
from ledger.storage.timestamps import TimestampStore
from ledger.storage.usage import UsageStore
from ledger.storage.waiting_keys import WaitingKeyStore


class Transaction:
    """One open transaction and the stores that work in it."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @cached_property
    def alerts(self) -> AlertStore:
        """What organizations have to know at once."""
        return AlertStore(self.connection)

    @cached_property
    def organizations(self) -> OrganizationStore:
        """Organizations and their signing keys."""
        return OrganizationStore(self.connection)

    @cached_property
    def waiting_keys(self) -> WaitingKeyStore:
        """Signing keys that the chain does not hold yet."""
        return WaitingKeyStore(self.connection)

    @cached_property
    def api_keys(self) -> ApiKeyStore:
        """API keys."""
        return ApiKeyStore(self.connection)

    @cached_property
    def usage(self) -> UsageStore:
        """Quota counters."""
        return UsageStore(self.connection)

    @cached_property
    def jobs(self) -> JobStore:
        """Capture jobs."""
        return JobStore(self.connection)

    @cached_property
    def warnings(self) -> CaptureWarningStore:
        """What finished capture jobs warn of."""
        return CaptureWarningStore(self.connection)

    @cached_property
    def breaches(self) -> BreachStore:
        """Episodes of broken cold chains."""
        return BreachStore(self.connection)

    @cached_property
    def devices(self) -> DeviceStore:
        """Sensor devices and cold-chain rules."""
        return DeviceStore(self.connection)

    @cached_property
    def submissions(self) -> SubmissionStore:
        """Signed submissions."""
        return SubmissionStore(self.connection)

    @cached_property
    def records(self) -> RecordStore:
        """Record bodies and salts."""
        return RecordStore(self.connection)

    @cached_property
    def epcis(self) -> EpcisStore:
        """The search index over events."""
        return EpcisStore(self.connection)

    @cached_property
    def masterdata(self) -> MasterDataStore:
        """Parties, places and products with their versions."""
        return MasterDataStore(self.connection)

    @cached_property
    def places(self) -> PlaceStore:
        """Places within places."""
        return PlaceStore(self.connection)

    @cached_property
    def sharing(self) -> SharingStore:
        """Grants and links of single records."""
        return SharingStore(self.connection)

    @cached_property
    def files(self) -> KeptFileStore:
        """Who keeps which files."""
        return KeptFileStore(self.connection)

    @cached_property
    def blobs(self) -> BlobIndex:
        """Encrypted content, who may fetch it, and uploads."""
        return BlobIndex(self.connection)

    @cached_property
    def erasures(self) -> ErasureStore:
        """Approvals, holds and certificates of erasure."""
        return ErasureStore(self.connection)

    @cached_property
    def encryption_keys(self) -> EncryptionKeyStore:
        """Published encryption keys."""
        return EncryptionKeyStore(self.connection)

    @cached_property
    def recall_signatures(self) -> RecallSignatureStore:
        """What organizations that hold their own keys have signed for recalls."""
        return RecallSignatureStore(self.connection)

    @cached_property
    def recalls(self) -> RecallStore:
        """Recalls, what is declared for them and who was told."""
        return RecallStore(self.connection)

    @cached_property
    def steps(self) -> StepStore:
        """Events by the things they name and the parts these play."""
        return StepStore(self.connection)

    @cached_property
    def terms(self) -> TermStore:
        """The vocabulary that events use."""
        return TermStore(self.connection)

    @cached_property
    def timestamps(self) -> TimestampStore:
        """Tokens of a time-stamping authority."""
        return TimestampStore(self.connection)

    @cached_property
    def event_search(self) -> EventSearch:
        """Walks through that index."""
        return EventSearch(self.connection)

    @cached_property
    def log_events(self) -> LogEvents:
        """Events in the order of the log."""
        return LogEvents(self.connection)

    @cached_property
    def page_tokens(self) -> PageTokenStore:
        """Page tokens that were revoked."""
        return PageTokenStore(self.connection)

    @cached_property
    def named_queries(self) -> NamedQueryStore:
        """Named queries."""
        return NamedQueryStore(self.connection)

    @cached_property
    def subscriptions(self) -> SubscriptionStore:
        """Subscriptions to named queries."""
        return SubscriptionStore(self.connection)

    @cached_property
    def deliveries(self) -> DeliveryStore:
        """Notifications on their way."""
        return DeliveryStore(self.connection)

    @cached_property
    def exchange_messages(self) -> ExchangeMessageStore:
        """Messages between agencies."""
        return ExchangeMessageStore(self.connection)

    @cached_property
    def exchange_legs(self) -> ExchangeLegStore:
        """Their legs."""
        return ExchangeLegStore(self.connection)

    @cached_property
    def exchange_wraps(self) -> ExchangeWrapStore:
        """Their data keys, wrapped anew."""
        return ExchangeWrapStore(self.connection)

    @cached_property
    def exchange_webhooks(self) -> ExchangeWebhookStore:
        """Where organizations are told of their legs."""
        return ExchangeWebhookStore(self.connection)

    @cached_property
    def exchange_events(self) -> ExchangeEventStore:
        """What happened to the legs."""
        return ExchangeEventStore(self.connection)

    @cached_property
    def exchange_months(self) -> ExchangeMonths:
        """Legs by the months that concern them, and signed statistics."""
        return ExchangeMonths(self.connection)

    @cached_property
    def log(self) -> LogStore:
        """Tiles and checkpoints."""
        return LogStore(self.connection)

    @cached_property
    def anchors(self) -> AnchorStore:
        """Heads on their way to the chain."""
        return AnchorStore(self.connection)

    @cached_property
    def sheets(self) -> SheetStore:
        """Spreadsheets that were handed in."""
        return SheetStore(self.connection)

    @cached_property
    def leases(self) -> LeaseStore:
        """Leases."""
        return LeaseStore(self.connection)

    @cached_property
    def links(self) -> LinkStore:
        """Links of the resolver."""
        return LinkStore(self.connection)

    @cached_property
    def prefixes(self) -> PrefixStore:
        """Owners of GS1 company prefixes."""
        return PrefixStore(self.connection)

    @cached_property
    def proven_blocks(self) -> ProvenBlockStore:
        """Blocks that proofs rest on."""
        return ProvenBlockStore(self.connection)

    @cached_property
    def facts(self) -> FactStore:
        """Pinned facts of this installation."""
        return FactStore(self.connection)
