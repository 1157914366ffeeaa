"""Desks that exchange documents while they die, and what must have happened to every leg.

Two agencies, and a third one that acts for either by mandate. What is expected is noted here as it
is done; `check_everything` compares it with what both desks and the server hold.
"""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from pathlib import Path

from ledger.desk.desk import new_draft_id
from ledger.desk.entrusted import entrusted_steps
from ledger.desk.events import events_of
from ledger.desk.legs import LegRow, get_leg, legs_of
from ledger.desk.messages import MessageRow, find_draft, get_message
from ledger.digest import Digest, sha256
from ledger.errors import NotFound
from ledger.exchange.rules import LegState
from tests.support.desk_actor import DIED, Lives, act
from tests.support.desk_records import check_folder, check_numbers, names_of
from tests.support.desks import Agency
from tests.support.running_app import RunningApp

NEEDS = {
    "hand_over": LegState.ARRIVED,
    "receive": LegState.HANDED_OVER,
    "refuse": LegState.ARRIVED,
    "assign": LegState.RECEIVED,
    "begin": LegState.ASSIGNED,
    "finish": LegState.IN_PROGRESS,
    "request_recall": LegState.RECEIVED,
    "accept_recall": LegState.RECALL_REQUESTED,
    "withdraw": LegState.SUBMITTED,
    "erase": LegState.REFUSED,
    "bundle": LegState.ARRIVED,
}
"""The state a leg must be in for it."""
_LEADS_TO = {
    LegState.HANDED_OVER: "hand_over",
    LegState.RECEIVED: "receive",
    LegState.ASSIGNED: "assign",
    LegState.IN_PROGRESS: "begin",
    LegState.RECALL_REQUESTED: "request_recall",
    LegState.REFUSED: "refuse",
}
_DESTROY = frozenset({"ACCEPT_RECALL", "ERASE"})
_SENDERS = ("request_recall", "withdraw")


class Exchange:
    """The desks, and every leg between the first two with what must have happened to it."""

    def __init__(
        self, server: RunningApp, agencies: list[Agency], lives: Lives, folder: Path
    ) -> None:
        self.server = server
        self.sender, self.recipient, *deputies = agencies
        self._deputies = deputies
        self.lives = lives
        self.folder = folder
        self.histories: dict[Digest, list[str]] = {}
        self._contents: dict[Digest, Digest] = {}
        self.deputed: dict[Digest, list[str]] = defaultdict(list)
        self._numbers = itertools.count()
        self._before = _legs_known(self.sender)
        self._deputed_before = sum(_count(one, "entrusted_legs") for one in deputies)
        self._mandates = {
            giver.party.org: (self._signed(giver), _count(giver, "mandate_documents"))
            for giver in (self.sender, self.recipient)
        }
        """Of each giver: how many were signed, endings included, and how many of these gave."""

    @property
    def deputy(self) -> Agency:
        """Who acts for the others."""
        (found,) = self._deputies
        return found

    def live(self, by: Agency, do: str, step: str, when: str, **told: object) -> None:
        """A life that must come to its end at that step."""
        code = self.lives.live(folder=str(by.folder.path), do=do, step=step, when=when, **told)
        assert code == DIED, f"{do} ended with {code} and never came to {step}, {when}"

    def start(self, agency: Agency) -> list[tuple[str, int]]:
        """Start it, and a round of work; the name of each file that moved, and its bytes."""
        moved: list[tuple[str, int]] = []
        agency.reopen()
        agency.work_until(lambda: True, lambda name, done, _: moved.append((name, done)))
        return moved

    def ready(self, state: LegState) -> LegRow:
        """A leg in that state, brought there if there is none."""
        if state is LegState.SUBMITTED:
            return self.send()
        for leg, told in self.histories.items():
            row = self.recipient.leg(leg)
            if row.leg.state is state and "ERASE" not in told:
                return row
        if state is LegState.ARRIVED:
            return self.arrive(self.send())
        do = _LEADS_TO[state]
        row = self.ready(NEEDS[do])
        act(self.party(do).desk, do, {"leg": row.id.hex()})
        self.histories[row.id].append(do.upper())
        return self.recipient.work_until_state(row.id, state)

    def send(self, **more: object) -> LegRow:
        """A document on its way, sent without any death."""
        told = self.draft(self.write(), **more)
        act(self.sender.desk, "send", told)
        return self.enter(told)

    def check_everything(self) -> None:
        """Nothing is lost, doubled or half written, at any of the desks and at the server."""
        for leg, told in self.histories.items():
            if told == ["SUBMIT"]:
                self.arrive(self.sender.leg(leg))
        for agency in (self.sender, self.recipient):
            agency.work_until(lambda: self._knows_all(agency))  # noqa: B023
            assert _legs_known(agency) - self._before == set(self.histories)
            check_folder(agency)
            check_numbers(agency)
            for leg, told in self.histories.items():
                is_here = agency is self.sender or ("ARRIVE" in told and _DESTROY.isdisjoint(told))
                assert agency.desk.content.has(self._contents[leg]) is is_here
        with self.server.app.db.read() as tx:
            stored = tx.exchange_legs.by_id(set(self.histories))
        assert {leg: row.standing.events for leg, row in stored.items()} == {
            leg: len(told) for leg, told in self.histories.items()
        }
        for agency in self._deputies:
            self._check_deputy(agency)

    def _check_deputy(self, deputy: Agency) -> None:
        assert _count(deputy, "hand_ins") == 0
        assert {leg: deputed_names(deputy, leg) for leg in self.deputed} == self.deputed
        assert _count(deputy, "entrusted_legs") == self._deputed_before + len(self.deputed)
        for giver in (self.sender, self.recipient):
            signed, gave = self._mandates[giver.party.org]
            with giver.desk.store.read() as tx:
                rows = tx.execute("SELECT document FROM mandate_documents").fetchall()
            found = giver.desk.mandating.find(giver.party.org, deputy.party.org)
            assert (found.count, len(rows)) == (signed, gave)
            if found.mandate is not None:
                assert found.mandate.document in {row["document"] for row in rows}

    def have_mandated(self, giver: Agency) -> None:
        if giver.desk.mandating.find(giver.party.org, self.deputy.party.org).mandate is None:
            act(giver.desk, "give mandate", {"taker": self.deputy.party.org.text})
            self.is_mandated(giver, gives=True)

    def is_mandated(self, giver: Agency, *, gives: bool) -> None:
        org, taker = giver.party.org, self.deputy.party.org
        signed, gave = self._mandates[org]
        self._mandates[org] = (signed + 1, gave + gives)
        find = giver.desk.mandating.find
        self.server.wait_until(lambda: find(org, taker).count == signed + 1)
        assert (find(org, taker).mandate is not None) is gives

    def _signed(self, giver: Agency) -> int:
        if not self._deputies:
            return 0
        return giver.desk.mandating.find(giver.party.org, self.deputy.party.org).count

    def party(self, do: str) -> Agency:
        return self.sender if do in _SENDERS else self.recipient

    def write(self, size: int = 0) -> Path:
        number = next(self._numbers)
        path = self.folder / f"{number}.txt"
        text = f"Văn bản thứ {number} của {self.folder}\n".encode()
        path.write_bytes(text + random.Random(len(text)).randbytes(size))
        return path

    def draft(self, path: Path, **more: object) -> dict[str, object]:
        told = {"file": str(path), "draft": new_draft_id(), "to": self.recipient.party.organ_id}
        return told | more

    def in_place_of(self, old: LegRow) -> dict[str, object]:
        """An update one time, another document the next."""
        with self.sender.desk.store.read() as tx:
            document = get_message(tx, old.message).document_id.text
        return {"replaces": document, "update": len(self.histories) % 2 == 0}

    def find(self, told: dict[str, object]) -> MessageRow | None:
        with self.sender.desk.store.read() as tx:
            return find_draft(tx, str(told["draft"]))

    def enter(self, told: dict[str, object]) -> LegRow:
        sent = self.find(told)
        assert sent is not None
        with self.sender.desk.store.read() as tx:
            (leg,) = legs_of(tx, sent.message)
        self.histories[leg.id] = ["SUBMIT"]
        self._contents[leg.id] = sha256(Path(str(told["file"])).read_bytes())
        return leg

    def arrive(self, leg: LegRow) -> LegRow:
        self.histories[leg.id].append("ARRIVE")
        return self.recipient.work_until_state(leg.id, LegState.ARRIVED)

    def _knows_all(self, agency: Agency) -> bool:
        try:
            return all(names_of(agency, leg) == told for leg, told in self.histories.items())
        except NotFound:
            return False

    def is_anchored(self, agency: Agency, leg: Digest) -> bool:
        agency.desk.syncing.sync(leg)
        with agency.desk.store.read() as tx:
            return all(event.spot is not None for event in events_of(tx, get_leg(tx, leg).key))


def _count(agency: Agency, table: str) -> int:
    with agency.desk.store.read() as tx:
        (found,) = tx.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(found)


def _legs_known(agency: Agency) -> set[Digest]:
    with agency.desk.store.read() as tx:
        return {Digest(row["leg"]) for row in tx.execute("SELECT leg FROM legs")}


def deputed_names(deputy: Agency, leg: Digest) -> list[str]:
    """What it did to the leg for another, as its desk knows it."""
    with deputy.desk.store.read() as tx:
        return [one.name for one in entrusted_steps(tx, leg)]
