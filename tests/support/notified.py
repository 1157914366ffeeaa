"""Standing queries around one database: capture, log, matching and sending, step by step."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import replace

from ledger.clock import FixedClock
from ledger.epcis.translation import EpcFormat
from ledger.identity.organization import OrgId, Role
from ledger.identity.sealing import Seal
from ledger.merkle.note import NoteSigner
from ledger.services.caller import Caller, Scope
from ledger.services.following import Following
from ledger.services.notifying import Notifying
from ledger.services.redelivering import Redelivering
from ledger.services.sequencing import Sequencing
from ledger.services.subscribing import Subscribing
from ledger.services.webhook import Webhook
from ledger.storage.database import Database
from ledger.storage.subscriptions import SubscriptionRow
from tests.support.epcis import STANDARD, event
from tests.support.receiver import Receiver
from tests.support.stored import submission


class House:
    """The services around one database, as one process has them."""

    def __init__(self, db: Database, clock: FixedClock) -> None:
        self.db = db
        self.clock = clock
        self.seal = Seal(bytes(32))
        self.following = Following(db)
        self.webhook = Webhook(allow_loopback=True)
        self.subscribing = Subscribing(db, clock, self.following, self.webhook, self.seal)
        self.redelivering = Redelivering(db, clock, self.subscribing)
        self.notifying = Notifying(db, clock, self.following, self.webhook, self.seal)
        self.log = Sequencing(
            db, clock, NoteSigner.from_seed("x.example/log", bytes(32)), "x.example/log"
        )

    def capture(self, org: OrgId, *event_ids: str, action: str = "ADD") -> None:
        """Record events as one submission, not in the log yet."""
        at = self.clock.now()
        with self.db.write() as tx:
            row = replace(submission(org, len(event_ids)), created_at=at)
            pk = tx.submissions.add(row)
            tx.records.add_many(
                [
                    (secrets.token_bytes(16), pk, place, "epcis.event", at, body, bytes(32))
                    for place, body in enumerate(
                        json.dumps(
                            {"@context": STANDARD, **event(eventID=name, action=action)}
                        ).encode()
                        for name in event_ids
                    )
                ]
            )

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
        while self.notifying.send_once():
            time.sleep(0.01)


def caller(org: OrgId) -> Caller:
    return Caller(org, "key", Role.PRODUCER, frozenset({Scope.READ}))


def subscribe(house: House, org: OrgId, received: Receiver, **controls: object) -> SubscriptionRow:
    house.subscribing.add_query(caller(org), "all", {"eventType": ["ObjectEvent"]})
    wanted = {"dest": received.url, "stream": True, **controls}
    if "schedule" in controls:
        del wanted["stream"]
    return house.subscribing.subscribe(caller(org), "all", wanted, EpcFormat.DIGITAL_LINK).row
