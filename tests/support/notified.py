"""Standing queries around one database: capture, log, matching and sending, step by step."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from ledger.clock import FixedClock
from ledger.epcis.translation import EpcFormat
from ledger.identity.organization import OrgId, Role
from ledger.identity.sealing import Seal
from ledger.merkle.note import NoteSigner
from ledger.records.record import RecordId
from ledger.services.caller import Caller, Scope
from ledger.services.following import Following
from ledger.services.notifying import Notifying
from ledger.services.redelivering import Redelivering
from ledger.services.sequencing import Sequencing
from ledger.services.signed_webhook import SignedWebhook
from ledger.services.subscribing import Subscribing
from ledger.services.webhook import Webhook
from ledger.storage.database import Database
from ledger.storage.sharing import GrantRow
from ledger.storage.subscriptions import SubscriptionRow
from tests.support.epcis import STANDARD, event
from tests.support.receiver import Receiver
from tests.support.stored import submission


class House:
    """The services around one database, as one process has them."""

    def __init__(self, db: Database, clock: FixedClock) -> None:
        self.db = db
        self.clock = clock
        self.following = Following(db, "https://here.example")
        self.webhook = SignedWebhook(Webhook(allow_loopback=True), Seal(bytes(32)))
        self.subscribing = Subscribing(db, clock, self.following, self.webhook)
        self.redelivering = Redelivering(db, clock, self.subscribing)
        self.notifying = Notifying(db, clock, self.following, self.webhook)
        self.log = Sequencing(
            db, clock, NoteSigner.from_seed("x.example/log", bytes(32)), "x.example/log"
        )

    def capture(self, org: OrgId, *event_ids: str, **changes: Any) -> list[RecordId]:
        """Record events as one submission, not in the log yet."""
        at = self.clock.now()
        ids = [RecordId(secrets.token_bytes(16)) for _ in event_ids]
        with self.db.write() as tx:
            row = replace(submission(org, len(event_ids)), created_at=at)
            pk = tx.submissions.add(row)
            tx.records.add_many(
                [
                    (ids[place].bytes16, pk, place, "epcis.event", at, body, bytes(32))
                    for place, body in enumerate(
                        json.dumps(
                            {"@context": STANDARD, **event(eventID=name, **changes)}
                        ).encode()
                        for name in event_ids
                    )
                ]
            )
        return ids

    def grant(self, record_id: RecordId, org: OrgId) -> None:
        """Show a record to an organization as a partner."""
        with self.db.write() as tx:
            tx.sharing.grant(GrantRow(record_id, org, "key", self.clock.now()))

    def sequence(self) -> None:
        """Give everything recorded its place in the log."""
        with self.db.write() as tx:
            lease = tx.leases.acquire("worker", "test", self.clock.now(), 60)
        assert lease is not None
        while self.log.run_once(lease) is not None:
            pass

    def settle(self) -> None:
        """Match and send until nothing moves."""
        while self.notifying.match_once():
            pass
        while self.notifying.delivering.send_once():
            time.sleep(0.01)


def caller(org: OrgId) -> Caller:
    """A key of the organization that may read."""
    return Caller(org, "key", Role.PRODUCER, frozenset({Scope.READ}))


def subscribe(
    house: House,
    org: OrgId,
    received: Receiver,
    query: Mapping[str, Any] = MappingProxyType({"eventType": ["ObjectEvent"]}),
    **controls: object,
) -> SubscriptionRow:
    """Keep the query and subscribe to it, as a stream unless a schedule is given."""
    house.subscribing.add_query(caller(org), "all", dict(query))
    wanted = {"dest": received.url, "stream": True, **controls}
    if "schedule" in controls:
        del wanted["stream"]
    return house.subscribing.subscribe(caller(org), "all", wanted, EpcFormat.DIGITAL_LINK).row
