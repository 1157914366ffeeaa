"""Agencies with desks of their own at a running server: own folders, own keys, own memory."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
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
from ledger.desk.transfer import Progress, tell_nobody
from ledger.errors import Unavailable
from ledger.exchange.evidence import ExchangeParty
from ledger.exchange.rules import LegState
from ledger.identity.organization import OrgId, Role
from ledger.proof.trust import parse_trust
from ledger.services.key_adding import KeyAdding
from ledger.services.membership import Membership, NewOrganization
from ledger.services.office import operator_caller
from ledger.storage.organizations import OrganizationState
from tests.support.running_app import RunningApp

CLERK = Clerk("Lê Thị Văn Thư")
_SECONDS = 300.0
"""Far beyond the minute after which a desk tries again by itself, on a slow machine too: only a
test that fails waits so long."""


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

    def work_until(self, is_done: Callable[[], bool], progress: Progress = tell_nobody) -> None:
        """Round after round, for minutes if need be. As the desk's own rounds do, it goes on while
        the server is away or overloaded."""
        deadline = time.monotonic() + _SECONDS
        while True:
            try:
                self.desk.work(progress)
            except Unavailable:
                if time.monotonic() > deadline:
                    raise
            else:
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


@dataclass(frozen=True)
class Office:
    """Where agencies are admitted: the operator's services, the server's address and the trust file
    that desks begin with."""

    membership: Membership
    key_adding: KeyAdding
    operator: OrgId
    url: str
    trust: bytes

    @classmethod
    def of(cls, server: RunningApp) -> Office:
        """Of a server in this process."""
        app = server.app
        return cls(app.membership, app.key_adding, app.operator, server.url, app.trust().encode())


def found_agencies(
    server: RunningApp | Office,
    directory: Path,
    *names: str,
    codes: Sequence[str] = (),
    **terms: Any,
) -> list[Agency]:
    """Admit agencies, register their desks' keys on chain, and make them known to each other."""
    office = server if isinstance(server, Office) else Office.of(server)
    begun = []
    for at, name in enumerate(names):
        folder = DeskFolder(directory / f"desk-{at}")
        keys = folder.make_keys()
        row = office.membership.found(OrgId.random(), NewOrganization(name=name, roles=Role.AGENCY))
        _wait_until(lambda: _is_active(office, row.org))  # noqa: B023
        for purpose, address in keys.addresses().items():
            office.key_adding.add(operator_caller(office.operator), row.org, address, [purpose])
        code = codes[at] if codes else f"H56.{at:02}.TEST"
        begun.append((folder, ExchangeParty(row.org, code, name)))
    return introduce([_open_agency(office, *one, **terms) for one in begun])


def introduce(agencies: list[Agency]) -> list[Agency]:
    """Each enters the others and publishes the key that is used to encrypt to it."""
    for agency in agencies:
        for other in agencies:
            if other is not agency:
                with agency.desk.store.write() as tx:
                    put_partner(tx, other.party)
        agency.desk.keep_key_published()
    return agencies


def _open_agency(office: Office, folder: DeskFolder, party: ExchangeParty, **terms: Any) -> Agency:
    trust = parse_trust(office.trust)
    assert trust.document_exchange is not None
    _, secret = office.membership.mint_key(party.org, ["capture", "read", "admin"], label="desk")
    settings = DeskSettings(
        org=party.org,
        organ_id=party.organ_id,
        name=party.name or "",
        server=office.url,
        exchange=trust.document_exchange,
        rpc=trust.rpc,
        **terms,
    )
    folder.create(settings, office.trust, secret)
    stack = contextlib.ExitStack()
    desk = stack.enter_context(open_desk(folder))
    for address in folder.keys().addresses().values():
        _wait_until(lambda: desk.registry.find_key(party.org, address) is not None)  # noqa: B023
    return Agency(folder, party, desk, stack)


def _is_active(office: Office, org: OrgId) -> bool:
    return office.membership.get_organization(org).state is OrganizationState.ACTIVE


def _wait_until(is_done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _SECONDS
    while not is_done():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def close_all(agencies: list[Agency]) -> None:
    for agency in agencies:
        agency._stack.close()
