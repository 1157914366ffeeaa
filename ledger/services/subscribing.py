"""Named queries and subscriptions: what an organization wants to be told of, and where.

Both belong to the organization, not to the key that made them. What a subscriber is sent is what
the organization itself may see.
"""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ledger.clock import Clock
from ledger.epcis.query import Query
from ledger.epcis.subscription import Subscription
from ledger.epcis.translation import EpcFormat
from ledger.errors import Conflict, InvalidInput, NotFound, QuotaExceeded
from ledger.services.caller import Caller, Scope
from ledger.services.following import Following
from ledger.services.signed_webhook import SignedWebhook
from ledger.storage.database import Database
from ledger.storage.deliveries import Backlog
from ledger.storage.named_queries import NamedQueryRow
from ledger.storage.subscriptions import SubscriptionRow

MOST_QUERIES = 500
MOST_SUBSCRIPTIONS = 200
"""Of one organization."""

_ID = re.compile(r"[0-9a-f-]{36}")
_NAME = re.compile(r"[^\x00-\x20/?#%\x7f]{1,100}")


@dataclass(frozen=True, slots=True)
class SubscriptionView:
    """A subscription with what was not taken by its subscriber."""

    row: SubscriptionRow
    backlog: Backlog


class Subscribing:
    """Keeps named queries and subscriptions."""

    def __init__(
        self, db: Database, clock: Clock, following: Following, webhook: SignedWebhook
    ) -> None:
        self._db = db
        self._clock = clock
        self._following = following
        self._webhook = webhook

    def add_query(self, caller: Caller, name: Any, definition: Any) -> NamedQueryRow:
        """Keep a query under a name.

        Raises InvalidInput of `Query.from_json` or `query-name-malformed`, Conflict
        `query-name-taken`, QuotaExceeded.
        """
        caller.require(Scope.READ)
        if not isinstance(name, str) or _NAME.fullmatch(name) is None:
            raise InvalidInput(
                "query-name-malformed",
                "a name has 1 to 100 characters, no space and none of / ? # %",
                pointer="/name",
            )
        name = unicodedata.normalize("NFC", name)
        Query.from_json(definition)
        row = NamedQueryRow(caller.org, name, definition, self._clock.now())
        with self._db.write() as tx:
            if tx.named_queries.count(caller.org) >= MOST_QUERIES:
                raise QuotaExceeded("quota-queries", f"more than {MOST_QUERIES} named queries")
            if not tx.named_queries.add(row):
                raise Conflict("query-name-taken", f"there is a query named {name!r} already")
        return row

    def get_query(self, caller: Caller, name: str) -> NamedQueryRow:
        """The query of that name. Raises NotFound `query-unknown`."""
        caller.require(Scope.READ)
        with self._db.read() as tx:
            row = tx.named_queries.find(caller.org, _known_name(name))
        if row is None:
            raise _unknown_query(name)
        return row

    def list_queries(
        self, caller: Caller, limit: int, after: str | None
    ) -> tuple[Sequence[NamedQueryRow], str | None]:
        """The organization's queries by name, and where the next page begins."""
        caller.require(Scope.READ)
        _check_place(after)
        with self._db.read() as tx:
            return tx.named_queries.list(caller.org, limit, after)

    def delete_query(self, caller: Caller, name: str) -> None:
        """Forget a query and everybody who subscribed to it. Raises NotFound `query-unknown`."""
        caller.require(Scope.READ)
        with self._db.write() as tx:
            if not tx.named_queries.delete(caller.org, _known_name(name)):
                raise _unknown_query(name)

    def subscribe(
        self, caller: Caller, name: str, value: Any, epc_format: EpcFormat
    ) -> SubscriptionView:
        """Begin to notify. Raises NotFound `query-unknown`, InvalidInput
        `subscription-controls-malformed`, `webhook-address-refused`, QuotaExceeded."""
        query = self.get_query(caller, name)
        wanted = Subscription.read(value)
        self._webhook.check(wanted.dest)
        now = self._clock.now()
        subscription_id = str(uuid.uuid4())
        timing = wanted.timing
        row = SubscriptionRow(
            id=subscription_id,
            org=caller.org,
            query=query.name,
            dest=wanted.dest,
            token=None
            if wanted.token is None
            else self._webhook.seal(wanted.token, subscription_id),
            schedule=None if timing.schedule is None else timing.schedule.to_json(),
            report_if_empty=timing.report_if_empty,
            epc_format=epc_format.value,
            created_at=now,
            initial_at=timing.initial_record_time or now,
            position=self._following.beginning(timing.initial_record_time),
            due_at=None if timing.schedule is None else timing.schedule.next_after(now),
        )
        with self._db.write() as tx:
            if tx.subscriptions.count(caller.org) >= MOST_SUBSCRIPTIONS:
                raise QuotaExceeded(
                    "quota-subscriptions", f"more than {MOST_SUBSCRIPTIONS} subscriptions"
                )
            if tx.named_queries.find(caller.org, query.name) is None:
                raise _unknown_query(name)
            row = replace(row, granted=tx.sharing.last_news(caller.org))
            tx.subscriptions.add(row)
        return SubscriptionView(row, Backlog(0, 0, None))

    def get_subscription(self, caller: Caller, name: str, subscription: str) -> SubscriptionView:
        """One subscription. Raises NotFound `query-unknown`, `subscription-unknown`."""
        query = self.get_query(caller, name)
        if _ID.fullmatch(subscription) is None:
            raise _unknown_subscription(subscription)
        with self._db.read() as tx:
            row = tx.subscriptions.find(caller.org, query.name, subscription)
            if row is None:
                raise _unknown_subscription(subscription)
            return SubscriptionView(row, tx.deliveries.backlog(row.id))

    def list_subscriptions(
        self, caller: Caller, name: str, limit: int, after: str | None
    ) -> tuple[Sequence[SubscriptionView], str | None]:
        """The subscriptions to a query by id, and where the next page begins."""
        query = self.get_query(caller, name)
        _check_place(after)
        with self._db.read() as tx:
            rows, following = tx.subscriptions.list(caller.org, query.name, limit, after)
            return [SubscriptionView(row, tx.deliveries.backlog(row.id)) for row in rows], following

    def unsubscribe(self, caller: Caller, name: str, subscription: str) -> None:
        """Stop notifying. Raises NotFound `query-unknown`, `subscription-unknown`."""
        query = self.get_query(caller, name)
        if _ID.fullmatch(subscription) is None:
            raise _unknown_subscription(subscription)
        with self._db.write() as tx:
            if not tx.subscriptions.delete(caller.org, query.name, subscription):
                raise _unknown_subscription(subscription)


def _known_name(name: str) -> str:
    """The name as it is kept. Raises NotFound for one that no query can have: a database may not
    even be asked for some of them."""
    if _NAME.fullmatch(name) is None:
        raise _unknown_query(name)
    return unicodedata.normalize("NFC", name)


def _check_place(after: str | None) -> None:
    if after is not None and "\x00" in after:
        raise InvalidInput("page-token-malformed", "this is no token of ours")


def _unknown_query(name: str) -> NotFound:
    return NotFound("query-unknown", f"no query named {name!r:.120}")


def _unknown_subscription(subscription: str) -> NotFound:
    return NotFound("subscription-unknown", f"no subscription {subscription!r:.60}")
