"""Death of a desk just before and just after each durable step takes effect, one after the other on
the same two desks: after each start nothing is lost, doubled or half written."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.result import at_least, at_most
from ledger.desk.desk import new_draft_id
from ledger.desk.events import events_of
from ledger.desk.finding import get_story
from ledger.desk.legs import LegRow, get_leg, legs_of
from ledger.desk.messages import all_digests, find_draft
from ledger.digest import Digest, sha256
from ledger.errors import Conflict
from ledger.exchange.rules import LegAction, LegState
from ledger.proof.leg_bundle import parse_leg_bundle
from tests.support.campaign import IS_CAMPAIGN
from tests.support.campaign_result import write_result
from tests.support.desk_actor import CLERK, DIED, FIRST, Lives, act
from tests.support.desks import Agency
from tests.support.running_app import RunningApp

pytestmark = [pytest.mark.chain, pytest.mark.slow]

Point = tuple[str, str, str]
"""What is done, the step at which the desk dies, before or after it takes effect."""

_HANDING_IN = ("request journalled", "handed in", "leg kept", "request answered")
STEPS = {
    "send": (
        "content kept", "message stored", "upload begun", "chunk uploaded", "upload completed",
        *_HANDING_IN,
    ),
    "work": (
        "leg kept", "feed passed", "chunk fetched", "content kept", "content entered",
        "request journalled", "handed in", "request answered",
    ),
    "hand_over": _HANDING_IN,
    "receive": _HANDING_IN,
    "refuse": _HANDING_IN,
    "assign": _HANDING_IN,
    "begin": _HANDING_IN,
    "finish": _HANDING_IN,
    "request_recall": _HANDING_IN,
    "accept_recall": (
        "destruction decided", "content destroyed", "destruction done", *_HANDING_IN
    ),
    "erase": (
        "erasure decided", *_HANDING_IN, "approval handed in", "erased at the server",
        "certificate kept", "destruction decided", "content destroyed", "destruction done",
        "erasure done",
    ),
    "bundle": ("bundle written", "bundle noted"),
}  # fmt: skip
"""The durable steps of everything a desk does, in their order."""
POINTS: list[Point] = [
    (do, step, when)
    for do, steps in STEPS.items()
    for step in steps
    for when in ("before", "after")
]
DECIDES = {"send": "message stored", "erase": "erasure decided"}
"""From which step on it will come about whatever happens; else: from the journal on."""
NEEDS = {
    "hand_over": LegState.ARRIVED,
    "receive": LegState.HANDED_OVER,
    "refuse": LegState.ARRIVED,
    "assign": LegState.RECEIVED,
    "begin": LegState.ASSIGNED,
    "finish": LegState.IN_PROGRESS,
    "request_recall": LegState.RECEIVED,
    "accept_recall": LegState.RECALL_REQUESTED,
    "erase": LegState.REFUSED,
    "bundle": LegState.ARRIVED,
}
"""The state a leg must be in for it."""
LEADS_TO = {
    LegState.HANDED_OVER: "hand_over",
    LegState.RECEIVED: "receive",
    LegState.ASSIGNED: "assign",
    LegState.IN_PROGRESS: "begin",
    LegState.RECALL_REQUESTED: "request_recall",
    LegState.REFUSED: "refuse",
}
_DESTROY = frozenset({"ACCEPT_RECALL", "ERASE"})
SOME = 10
"""How many deaths when it is no campaign: at least one of each group below."""
GROUPS = (
    ("send",), ("work",), ("receive",), ("hand_over", "refuse", "assign", "begin", "finish"),
    ("request_recall",), ("accept_recall",), ("erase",), ("bundle",),
)  # fmt: skip


class Exchange:
    """Two desks, and every leg between them with what must have happened to it."""

    def __init__(
        self, server: RunningApp, agencies: list[Agency], lives: Lives, folder: Path
    ) -> None:
        self.server = server
        self.sender, self.recipient = agencies
        self.lives = lives
        self.folder = folder
        self.histories: dict[Digest, list[str]] = {}
        self.contents: dict[Digest, bytes] = {}

    def die(self, do: str, step: str, when: str) -> None:
        """One death, a start, and everything as it must be."""
        if do == "send":
            self._die_sending(step, when)
        elif do == "work":
            self._die_taking_in(step, when)
        else:
            self._die_acting(self.ready(NEEDS[do]), do, step, when)
        self._check_everything()

    def _die_sending(self, step: str, when: str) -> None:
        path, draft = self._write(), new_draft_id()
        told = {"file": str(path), "draft": draft, "to": self.recipient.party.organ_id}
        self.live(self.sender, "send", step, when, **told)
        self._start(self.sender)
        with self.sender.desk.store.read() as tx:
            known = find_draft(tx, draft)
        assert (known is not None) == is_decided("send", step, when)
        # Who pressed the button sees a message, or none and presses again: one either way.
        act(self.sender.desk, "send", told)
        self._enter(draft, path)

    def _die_taking_in(self, step: str, when: str) -> None:
        leg = self._send()
        self.live(self.recipient, "work", step, when)
        self._start(self.recipient)
        self._arrive(leg)

    def _die_acting(self, leg: LegRow, do: str, step: str, when: str) -> None:
        by = self.sender if do == "request_recall" else self.recipient
        if do == "bundle":
            by.work_until(lambda: self._is_anchored(by, leg.id))
        if do == "erase":
            by.desk.erasing.approve(leg.message, FIRST, 2001)
        self.live(by, do, step, when, leg=leg.id.hex())
        self._start(by)
        if do == "bundle":
            by.work_until(lambda: self._bundled(by, leg.id) == len(self.histories[leg.id]))
            return
        before = self.histories[leg.id]
        came_about = names_of(by, leg.id) != before
        assert came_about == is_decided(do, step, when), names_of(by, leg.id)
        if not came_about:
            act(by.desk, do, {"leg": leg.id.hex()})
        before.append(do.upper())

    def live(self, by: Agency, do: str, step: str, when: str, **told: str) -> None:
        code = self.lives.live(folder=str(by.folder.path), do=do, step=step, when=when, **told)
        assert code == DIED, f"{do} ended with {code} and never came to {step}, {when}"

    def _start(self, agency: Agency) -> None:
        agency.reopen().work()

    def ready(self, state: LegState) -> LegRow:
        """A leg in that state, brought there if there is none."""
        for leg, told in self.histories.items():
            row = self.recipient.leg(leg)
            if row.leg.state is state and "ERASE" not in told:
                return row
        if state is LegState.ARRIVED:
            return self._arrive(self._send())
        do = LEADS_TO[state]
        row = self.ready(NEEDS[do])
        by = self.sender if do == "request_recall" else self.recipient
        act(by.desk, do, {"leg": row.id.hex()})
        self.histories[row.id].append(do.upper())
        return self.recipient.work_until_state(row.id, state)

    def _send(self) -> LegRow:
        path, draft = self._write(), new_draft_id()
        told = {"file": str(path), "draft": draft, "to": self.recipient.party.organ_id}
        act(self.sender.desk, "send", told)
        return self._enter(draft, path)

    def _write(self) -> Path:
        path = self.folder / f"{len(self.histories)}.txt"
        path.write_text(f"Văn bản thứ {len(self.histories)} của {self.folder}", encoding="utf-8")
        return path

    def _enter(self, draft: str, path: Path) -> LegRow:
        with self.sender.desk.store.read() as tx:
            sent = find_draft(tx, draft)
            assert sent is not None
            (leg,) = legs_of(tx, sent.message)
        self.histories[leg.id] = ["SUBMIT"]
        self.contents[leg.id] = path.read_bytes()
        return leg

    def _arrive(self, leg: LegRow) -> LegRow:
        self.histories[leg.id].append("ARRIVE")
        return self.recipient.work_until_state(leg.id, LegState.ARRIVED)

    def _check_everything(self) -> None:
        on_the_way = [one for one, told in self.histories.items() if told == ["SUBMIT"]]
        for leg in on_the_way:
            self._arrive(self.sender.leg(leg))
        for agency in (self.sender, self.recipient):
            agency.desk.work()
            check_folder(agency)
            check_numbers(agency)
            with agency.desk.store.read() as tx:
                known = {Digest(row["leg"]) for row in tx.execute("SELECT leg FROM legs")}
            assert known == set(self.histories)
            for leg, told in self.histories.items():
                agency.work_until(lambda: names_of(agency, leg) == told)  # noqa: B023
                destroyed = agency is self.recipient and not _DESTROY.isdisjoint(told)
                kept = agency.desk.content.has(sha256(self.contents[leg]))
                assert kept is not destroyed
        with self.server.app.db.read() as tx:
            stored = tx.exchange_legs.by_id(set(self.histories))
        assert {leg: row.standing.events for leg, row in stored.items()} == {
            leg: len(told) for leg, told in self.histories.items()
        }

    def _is_anchored(self, agency: Agency, leg: Digest) -> bool:
        agency.desk.syncing.sync(leg)
        with agency.desk.store.read() as tx:
            return all(event.spot is not None for event in events_of(tx, get_leg(tx, leg).key))

    def _bundled(self, agency: Agency, leg: Digest) -> int:
        with agency.desk.store.read() as tx:
            (bundled,) = tx.execute("SELECT bundled FROM legs WHERE leg = ?", (leg,)).fetchone()
        return int(bundled)


def is_decided(do: str, step: str, when: str) -> bool:
    """Whether what was begun must have come about after the start."""
    steps = STEPS[do]
    decides = steps.index(DECIDES.get(do, "request journalled"))
    return (steps.index(step), when == "after") >= (decides, True)


def names_of(agency: Agency, leg: Digest) -> list[str]:
    """What happened to the leg, as the desk knows it."""
    with agency.desk.store.read() as tx:
        return [event.action.name for event in events_of(tx, get_leg(tx, leg).key)]


def check_folder(agency: Agency) -> None:
    """Nothing waits or is half written, every document is here and whole, and no other."""
    desk = agency.desk
    with desk.store.read() as tx:
        (waiting,) = tx.execute("SELECT count(*) FROM hand_ins").fetchone()
        digests = all_digests(tx)
    assert waiting == 0
    assert {path.name for path in agency.folder.content.iterdir()} == {
        digest.hex() for digest in digests
    }
    for digest in digests:
        assert sha256(desk.content.get(digest).read_bytes()) == digest
    assert not list(agency.folder.sealed.iterdir())
    for path in agency.folder.bundles.iterdir():
        assert path.suffix == ".asice", path
        parse_leg_bundle(path.read_bytes())


def check_numbers(agency: Agency) -> None:
    """Registers run from 1 without a gap, and what evidence says is what the register has."""
    with agency.desk.store.read() as tx:
        arrivals = tx.execute("SELECT leg, arrival_number FROM legs WHERE arrival_number NOT NULL")
        given = {Digest(row["leg"]): row["arrival_number"] for row in arrivals}
        outgoing = tx.execute("SELECT code_number FROM messages WHERE outgoing").fetchall()
        last = dict(tx.execute("SELECT name, last FROM registers").fetchall())
        for leg, number in given.items():
            events = events_of(tx, get_leg(tx, leg).key)
            (evidence,) = (one.evidence for one in events if one.action is LegAction.RECEIVE)
            assert evidence is not None
            assert evidence.arrival is not None
            assert evidence.arrival.number == number
    assert sorted(given.values()) == list(range(1, last.get("arrivals", 0) + 1))
    numbers = sorted(int(row["code_number"]) for row in outgoing)
    assert numbers == list(range(1, last.get("outgoing", 0) + 1))


@pytest.fixture
def lives() -> Iterator[Lives]:
    forking = Lives()
    yield forking
    forking.close()


def points_now(luck: random.Random) -> list[Point]:
    """All of them in a campaign, else some of each group."""
    points = luck.sample(POINTS, len(POINTS))
    if IS_CAMPAIGN:
        return points
    firsts = [next(one for one in points if one[0] in group) for group in GROUPS]
    return firsts + [one for one in points if one not in firsts][: SOME - len(firsts)]


def test_death_at_every_durable_step_loses_nothing(
    server: RunningApp, agencies: list[Agency], lives: Lives, tmp_path: Path
) -> None:
    exchange = Exchange(server, agencies, lives, tmp_path)
    deaths: Counter[str] = Counter()
    for point in points_now(random.Random(6)):
        exchange.die(*point)
        deaths[point[0]] += 1
    report = server.app.auditing.audit()
    assert report.is_clean, (report.findings, report.unchecked)
    write_result(
        "desk-failpoints",
        [
            at_least("deaths at named steps", deaths.total(), "deaths", len(POINTS)),
            at_most("messages or steps lost, doubled or half written", 0, "steps", 0),
            at_most("numbers of a register skipped or given twice", 0, "numbers", 0),
        ],
        seed=6,
        database="sqlite",
    )


def test_what_was_destroyed_cannot_be_kept_after_all(
    server: RunningApp, agencies: list[Agency], lives: Lives, tmp_path: Path
) -> None:
    """Death between destroying and attesting: refusing the recall would say that the copy is kept,
    and how much was destroyed is still known."""
    exchange = Exchange(server, agencies, lives, tmp_path)
    recipient = exchange.recipient
    leg = exchange.ready(LegState.RECALL_REQUESTED).id
    exchange.live(recipient, "accept_recall", "destruction done", "after", leg=leg.hex())
    clerking = recipient.reopen().clerking
    with pytest.raises(Conflict) as caught:
        clerking.refuse_recall(leg, CLERK, 1501)
    assert caught.value.code == "desk-copy-destroyed"
    clerking.accept_recall(leg, CLERK)
    with recipient.desk.store.read() as tx:
        story = get_story(tx, leg)
    attested = story.events[-1].evidence
    assert attested is not None
    assert attested.report is not None
    assert story.reports[bytes(attested.report)]["body"]["files"] == 1
