"""Agencies with desks of their own at a running server: own folders, own keys, own memory."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ledger.desk.clerking import Clerk
from ledger.desk.desk import Desk, new_draft_id
from ledger.desk.draft import Draft, File
from ledger.desk.folder import DeskFolder
from ledger.desk.inspecting import inspector
from ledger.desk.legs import LegRow, get_leg, legs_of
from ledger.desk.partners import put_partner
from ledger.desk.settings import DeskSettings
from ledger.exchange.evidence import ExchangeParty
from ledger.exchange.rules import LegState
from ledger.identity.organization import OrgId, Role
from ledger.services.membership import NewOrganization
from ledger.services.office import operator_caller
from tests.support.running_app import RunningApp

CLERK = Clerk("Lê Thị Văn Thư")
_SECONDS = 30.0


@dataclass
class Agency:
    """One agency: its folder, and the desk over it."""

    folder: DeskFolder
    party: ExchangeParty
    desk: Desk
    _stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def reopen(self) -> Desk:
        """As after a restart."""
        self._stack.close()
        self.desk = self._stack.enter_context(open_desk(self.folder))
        return self.desk

    def work_until(self, is_done: Callable[[], bool]) -> None:
        """Round after round, for half a minute."""
        deadline = time.monotonic() + _SECONDS
        while True:
            self.desk.work()
            if is_done():
                return
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(0.1)

    def leg(self, leg: bytes) -> LegRow:
        with self.desk.store.read() as tx:
            return get_leg(tx, leg)

    def work_until_state(self, leg: bytes, *states: LegState) -> LegRow:
        """Until our own memory has the leg in one of these states."""
        self.work_until(lambda: self._knows(leg) and self.leg(leg).leg.state in states)
        return self.leg(leg)

    def send(self, *to: Agency, files: list[Path], **more: Any) -> list[LegRow]:
        """Send a document to these, and the legs it became."""
        draft = a_draft(*to, files=files, **more)
        sent = self.desk.send(self.desk.prepare(draft))
        with self.desk.store.read() as tx:
            return list(legs_of(tx, sent.message.message))

    def _knows(self, leg: bytes) -> bool:
        with self.desk.store.read() as tx:
            found = tx.execute("SELECT 1 FROM legs WHERE leg = ?", (bytes(leg),)).fetchone()
        return found is not None


def a_draft(*to: Agency, files: list[Path], **more: Any) -> Draft:
    wanted = Draft(
        id=new_draft_id(),
        subject="V/v kiểm tra nguồn gốc gạo ST25",
        notation="UBND-VX",
        document_type="Công văn",
        recipients=tuple(one.party.organ_id for one in to),
        files=tuple(File(path, path.name) for path in files),
    )
    return replace(wanted, **more)


@contextlib.contextmanager
def open_desk(folder: DeskFolder) -> Iterator[Desk]:
    with Desk.open(folder, inspect=inspector(folder.roots)) as desk:
        yield desk


def found_agencies(server: RunningApp, directory: Path, *names: str, **terms: Any) -> list[Agency]:
    """Admit agencies, register their desks' keys on chain, and make them known to each other."""
    begun = []
    for at, name in enumerate(names):
        folder = DeskFolder(directory / f"desk-{at}")
        keys = folder.make_keys()
        row = server.app.membership.found(
            OrgId.random(), NewOrganization(name=name, roles=Role.AGENCY)
        )
        server.wait_until_active(row.org.text)
        for purpose, address in keys.addresses().items():
            server.app.key_adding.add(
                operator_caller(server.app.operator), row.org, address, [purpose]
            )
        begun.append((folder, row.org, ExchangeParty(row.org, f"H56.{at:02}.TEST", name)))
    for folder, org, _ in begun:
        chain = server.app.reader
        for address in folder.keys().addresses().values():
            server.wait_until(lambda: chain.find_key(org, address) is not None)  # noqa: B023
    agencies = []
    for folder, org, party in begun:
        _, secret = server.app.membership.mint_key(org, ["capture", "read", "admin"], label="desk")
        settings = DeskSettings(
            org=org,
            organ_id=party.organ_id,
            name=party.name or "",
            server=server.url,
            exchange=server.app.exchange.domain.verifying_contract,
            rpc=tuple(server.app.trust().rpc),
            **terms,
        )
        folder.create(settings, server.app.trust().encode(), secret)
        stack = contextlib.ExitStack()
        agency = Agency(folder, party, stack.enter_context(open_desk(folder)), stack)
        agencies.append(agency)
    for agency in agencies:
        for other in agencies:
            if other is not agency:
                with agency.desk.store.write() as tx:
                    put_partner(tx, other.party)
        agency.desk.keep_key_published()
    return agencies


def close_all(agencies: list[Agency]) -> None:
    for agency in agencies:
        agency._stack.close()
