"""A whole product in one process that recalls goods and is killed, for real, at a named step.

    python -m tests.support.recall_actor DIR DATABASE-URL WEBHOOK STEP WHEN GOODS

It starts on DIR, waits until everything on its way is settled, tells what stands of every recall
it ever asked for, and then recalls GOODS (a barrel, jars filled from it, and boxes packed of these
only after the decision) until the step is reached. There it sends itself SIGKILL, just before
the step takes effect or just after. STEP "none" ends it in peace. The product itself knows
no failpoints: the database, the chain's client and the webhook are replaced by ones that die.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event as sql_event

import ledger.app
import ledger.offline
from ledger.app import App
from ledger.chain.client import ChainClient, Sent
from ledger.config import Settings
from ledger.digest import Digest
from ledger.epcis.recall import goods_subject
from ledger.errors import NotFound
from ledger.identity.organization import OrgId
from ledger.services.caller import Scope
from ledger.services.membership import NewOrganization
from ledger.services.recall_extending import RecallExtending
from ledger.services.webhook import Webhook
from ledger.storage.database import Database
from ledger.storage.organizations import OrganizationState
from ledger.storage.recalls import RecallState, TargetKind
from ledger.storage.transaction import Transaction
from ledger.worker import Worker
from tests.support.epcis_events import CONTEXT, GTIN

STEPS = {
    "decided": ("INSERT INTO recalls", ""),
    "declaration signed": ("INSERT INTO transactions", "recall/"),
    "declaration sent": ("UPDATE transactions", "'sent'"),
    "declaration confirmed": ("UPDATE transactions", "'confirmed'"),
    "target settled": ("UPDATE recall_targets", ""),
    "recall settled": ("UPDATE recalls", "'declared'"),
    "extended": ("INSERT INTO recall_extensions", ""),
    "extension settled": ("UPDATE recall_extensions", ""),
    "alert taken": ("UPDATE alerts", ""),
    "lifting": ("UPDATE recalls", "'lifting'"),
    "lifted": ("UPDATE recalls", "'lifted'"),
    "broadcast": ("", ""),
    "alert sent": ("", ""),
}
"""What each step writes, by which its transaction is recognised; the last two write nothing."""

_TOKEN = "bí-mật-của-người-nhận"


class Armed:
    """Which step is deadly now."""

    step: str | None = None
    when = "after"

    @classmethod
    def reach(cls, step: str, when: str) -> None:
        """Die here if this is the place. Nothing is flushed, closed or given back."""
        if (cls.step, cls.when) == (step, when):
            os.kill(os.getpid(), signal.SIGKILL)


class DyingDatabase(Database):
    """A database whose process dies at a commit."""

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        reached: set[str] = set()
        with super().write() as tx:

            def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
                for step, (begin, value) in STEPS.items():
                    if begin and statement.startswith(begin) and value in repr(parameters):
                        reached.add(step)

            sql_event.listen(tx.connection, "before_cursor_execute", note)
            yield tx
            for step in reached:
                Armed.reach(step, "before")
        for step in reached:
            Armed.reach(step, "after")


class DyingClient(ChainClient):
    """A client whose process dies when it hands in a transaction."""

    def send_raw(self, raw: bytes, transaction: Digest) -> Sent:
        Armed.reach("broadcast", "before")
        sent = super().send_raw(raw, transaction)
        Armed.reach("broadcast", "after")
        return sent


class DyingWebhook(Webhook):
    """A door to receivers whose process dies when it calls one."""

    def post(self, dest: str, body: bytes, headers: Mapping[str, str]) -> None:
        Armed.reach("alert sent", "before")
        super().post(dest, body, headers)
        Armed.reach("alert sent", "after")


class Actor:
    """The product, its producer and the holder of what it makes."""

    def __init__(self, app: App, folder: Path, webhook: str) -> None:
        self.app = app
        self._made = folder / "orgs.json"
        if not self._made.exists():
            self._found(webhook)
        told = json.loads(self._made.read_text())
        self.keeper = app.membership.authenticate(told["keeper"])
        self.holder = app.membership.authenticate(told["holder"])

    def _found(self, webhook: str) -> None:
        told = {}
        for name, scopes in (
            ("keeper", [Scope.CAPTURE, Scope.READ, Scope.STATUS]),
            ("holder", [Scope.CAPTURE, Scope.READ, Scope.ADMIN]),
        ):
            org = self.app.membership.found(OrgId.random(), NewOrganization(name=name)).org
            self._until(
                lambda org=org: (
                    self.app.membership.get_organization(org).state is OrganizationState.ACTIVE
                )
            )
            _, told[name] = self.app.membership.mint_key(org, scopes, label=name)
        holder = self.app.membership.authenticate(told["holder"])
        self.app.alerting.set_address(holder, webhook, _TOKEN)
        self._made.write_text(json.dumps(told))

    def settle(self) -> None:
        """Until no recall, transaction or alert is on its way, and no extension is to be found."""
        following = RecallExtending(
            self.app.db,
            self.app.clock,
            self.app.tracing,
            self.app.recalling,
            self.app.declaring,
        )
        while following.run_once():
            pass

        def is_settled() -> bool:
            with self.app.db.read() as tx:
                moving = tx.recalls.in_states((RecallState.DECLARING, RecallState.LIFTING), 1)
                extending = tx.recalls.extending(1)
                alert = tx.alerts.first(self.holder.org)
            behind = any(self.app.journal.unconfirmed(one.address) for one in self.app.submitters)
            return not (moving or extending or alert or behind)

        self._until(is_settled)

    def tell(self, goods: str) -> None:
        """What stands of the recall of these goods, here and on the chain."""
        names = [f"https://id.gs1.org/01/{GTIN}/10/{kind}{goods}" for kind in "BJX"]
        entries = [self.app.reader.statuses(goods_subject(name)) for name in names]
        with self.app.db.read() as tx:
            rows = tx.recalls.naming(names[0], 10)
            targets = [
                target
                for row in rows
                for target in tx.recalls.targets(row.pk)
                if target.kind is TargetKind.GOODS
            ]
            made_later = tx.epcis.find_event(self.holder.org, f"urn:recall:d:{goods}")
            inbox = [
                (row.id, row.kind)
                for row in tx.alerts.inbox(self.holder.org, 200)
                if names[0].encode() in row.body
            ]
        told = {
            "goods": goods,
            "made later": bool(made_later),
            "recalls": [row.state.value for row in rows],
            "targets": sorted(target.name.rpartition("/")[2][0] for target in targets),
            "chain": [[one.kind for one in found] for found in entries],
            "alerts": sorted(inbox, key=lambda one: one[1]),
        }
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()

    def recall(self, goods: str) -> None:
        """Make, recall, make more of it, wait for that, and end the recall."""
        barrel, jars, boxes = (f"https://id.gs1.org/01/{GTIN}/10/{kind}{goods}" for kind in "BJX")
        self._record(self.keeper, "a", goods, type="ObjectEvent", action="ADD", made=barrel)
        self._record(self.keeper, "b", goods, type="TransformationEvent", made=jars, of=barrel)
        self._record(self.holder, "c", goods, type="ObjectEvent", action="OBSERVE", made=jars)
        recall = self.app.recalling.recall(self.keeper, [barrel], "Nhiễm khuẩn", None).row.id
        self._until(lambda: self._state(recall) is RecallState.DECLARED)
        self._record(self.holder, "d", goods, type="TransformationEvent", made=boxes, of=jars)
        self._until(lambda: self._is_extended(recall))
        self.settle()
        self.app.recalling.lift(self.keeper, recall, "Đã kiểm nghiệm lại")
        self._until(lambda: self._state(recall) is RecallState.LIFTED)
        self.settle()

    def _record(self, caller: Any, part: str, goods: str, *, made: str, **members: Any) -> None:
        source = members.pop("of", None)
        amount = [{"epcClass": made, "quantity": 10, "uom": "KGM"}]
        body = {
            "@context": [CONTEXT],
            "eventID": f"urn:recall:{part}:{goods}",
            "eventTime": "2026-03-01T08:00:00.000+07:00",
            "eventTimeZoneOffset": "+07:00",
            **members,
            **({"quantityList": amount} if source is None else {"outputQuantityList": amount}),
        }
        if source is not None:
            body["inputQuantityList"] = [{"epcClass": source, "quantity": 10, "uom": "KGM"}]
        self.app.group_commit.capture_event(caller, json.dumps(body).encode()).result(20)

    def _state(self, recall: str) -> RecallState:
        return self.app.recalling.view(recall, self.keeper).row.state

    def _is_extended(self, recall: str) -> bool:
        view = self.app.recalling.view(recall, self.keeper)
        return bool(view.extensions) and all(one.declared_at for one in view.extensions)

    def _until(self, is_so: Any) -> None:
        deadline = time.monotonic() + 40
        while True:
            try:
                if is_so():
                    return
            except NotFound:
                pass
            assert time.monotonic() < deadline, f"in vain, with {Armed.step} ahead"
            time.sleep(0.05)


def main(folder: str, database: str, webhook: str, step: str, when: str, goods: str) -> None:
    setattr(ledger.offline, "Database", DyingDatabase)  # noqa: B010 - that is the point
    setattr(ledger.app, "ChainClient", DyingClient)  # noqa: B010
    setattr(ledger.app, "Webhook", DyingWebhook)  # noqa: B010
    settings = Settings(
        data_dir=Path(folder), database_url=database, block_period=0.1, webhook_loopback=True
    )
    with App.start(settings) as app:
        worker = Worker(app, lease_seconds=0.6)
        thread = threading.Thread(target=worker.run)
        thread.start()
        try:
            app.wait_until_active()
            actor = Actor(app, Path(folder), webhook)
            actor.settle()
            for earlier in (Path(folder) / "goods").read_text().split():
                actor.tell(earlier)
            if step != "none":
                Armed.step, Armed.when = step, when
                actor.recall(goods)
                raise AssertionError(f"{step} was never reached")
        finally:
            worker.stop()
            thread.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
