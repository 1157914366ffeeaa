"""A desk acts for another agency by its mandate: what it may see, do and keep, and what the giver's
and the sender's desks make of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ledger.cli.main import app
from ledger.clock import unix_seconds
from ledger.desk.deputizing import Deputed
from ledger.desk.entrusted import entrusted_steps, find_entrusted
from ledger.digest import sha256
from ledger.errors import InvalidInput, LedgerError
from ledger.exchange.evidence import Staff
from ledger.exchange.rules import LegAction, LegState
from ledger.proof.leg_bundle import parse_leg_bundle
from tests.support.desks import CLERK, Agency, close_all, found_agencies
from tests.support.running_app import RunningApp

pytestmark = [pytest.mark.chain, pytest.mark.slow]

DAY = 86_400
ORDER = sha256(b"Van ban uy quyen so 5/UQ-UBND")


@pytest.fixture(scope="module")
def agencies(
    server: RunningApp, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Agency]]:
    folder = tmp_path_factory.mktemp("desks")
    found = found_agencies(server, folder, "Sở Gửi", "Ủy ban Giao", "Văn phòng Nhận Ủy quyền")
    yield found
    close_all(found)


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "công văn.txt"
    path.write_text("Nội dung công văn", encoding="utf-8")
    return path


def give(server: RunningApp, giver: Agency, taker: Agency, *actions: LegAction) -> None:
    """Have a mandate stand, or none where there are no actions."""
    desk, org = giver.desk, taker.party.org
    count = desk.mandating.find(desk.settings.org, org).count
    if actions:
        desk.mandating.give(org, actions, unix_seconds(desk.clock.now()) + DAY, ORDER)
    else:
        desk.mandating.end(org)
    server.wait_until(lambda: desk.mandating.find(desk.settings.org, org).count == count + 1)


def refusal(action: Callable[[], Any]) -> str:
    with pytest.raises(LedgerError) as caught:
        action()
    return caught.value.code


def test_another_agency_receives_and_settles_by_mandate(
    server: RunningApp, agencies: list[Agency], letter: Path
) -> None:
    sender, giver, taker = agencies
    deputy, party = taker.desk.deputizing, giver.party.org
    (leg,) = sender.send(giver, files=[letter])
    giver.work_until_state(leg.id, LegState.ARRIVED)
    assert refusal(lambda: deputy.look(party, leg.id)) == "leg-unknown"
    assert refusal(lambda: deputy.find_legs(party, sent=False)) == "foreign-organization"

    give(server, giver, taker, LegAction.HAND_OVER, LegAction.RECEIVE)
    standing = taker.desk.mandating.find(party, taker.party.org)
    assert standing.by_chain
    assert standing.mandate is not None
    assert standing.mandate.actions == (LegAction.HAND_OVER, LegAction.RECEIVE)
    with giver.desk.store.read() as tx:
        (kept,) = tx.execute("SELECT document, record FROM mandate_documents").fetchall()
    assert kept["document"] == standing.mandate.document
    assert ORDER.hex() in kept["record"]
    # What was sent is no part of a mandate to receive.
    assert [one["leg"] for one in deputy.find_legs(party, sent=False)] == [leg.id.hex()]
    assert refusal(lambda: deputy.find_legs(party, sent=True)) == "foreign-organization"

    staff = Staff("Phòng Một cửa", "Trần Văn Thừa Lệnh")
    deputy.act(party, leg.id, Deputed(LegAction.HAND_OVER, staff=staff))
    assert refusal(lambda: deputy.act(party, leg.id, Deputed(LegAction.RECEIVE))) == (
        "desk-text-malformed"
    )
    done = deputy.act(party, leg.id, Deputed(LegAction.RECEIVE, staff=staff, arrival_number=41))
    assert (done.state, done.doubt) == (LegState.RECEIVED, None)
    assert refusal(lambda: deputy.act(party, leg.id, Deputed(LegAction.ASSIGN))) == (
        "leg-mandate-missing"
    )
    with taker.desk.store.read() as tx:
        assert entrusted_steps(tx, leg.id) == [LegAction.HAND_OVER, LegAction.RECEIVE]
        assert tx.execute("SELECT 1 FROM legs").fetchone() is None

    # Both parties see who did it, and find the mandate on the chain.
    for agency in (sender, giver):
        agency.work_until_state(leg.id, LegState.RECEIVED)
        agency.work_until(lambda agency=agency: is_anchored(agency, leg.id))  # type: ignore[misc]
        row = agency.leg(leg.id)
        assert (row.fault, row.doubt) == (None, None)
    wrapped = taker.desk.deputizing._server.get_leg(leg.id)["wrappedKey"]
    assert wrapped is None

    give(server, giver, taker)
    # What was signed is the taker's to keep an eye on, with its proof; nothing else is.
    assert deputy.look(party, leg.id).state is LegState.RECEIVED
    bundle = parse_leg_bundle(taker.desk.deputizing._server.get_bundle(leg.id))
    assert bundle.events[-1].action is LegAction.RECEIVE
    (other,) = sender.send(giver, files=[letter])
    assert refusal(lambda: deputy.look(party, other.id)) == "leg-unknown"
    giver.work_until_state(other.id, LegState.ARRIVED)
    # The mandate stood when it was used: that it ended since changes nothing.
    assert giver.desk.acting.refresh(leg.id).doubt is None


def is_anchored(agency: Agency, leg: bytes) -> bool:
    with agency.desk.store.read() as tx:
        rows = tx.execute("SELECT block FROM events WHERE leg = ?", (bytes(leg),)).fetchall()
    return all(row["block"] is not None for row in rows)


def test_what_needs_the_giver_itself_is_not_done_for_it(
    server: RunningApp, agencies: list[Agency], letter: Path
) -> None:
    sender, giver, taker = agencies
    (leg,) = sender.send(giver, files=[letter])
    deputy, party = taker.desk.deputizing, giver.party.org
    for action in (LegAction.ARRIVE, LegAction.ACCEPT_RECALL, LegAction.ERASE):
        code = refusal(lambda: deputy.act(party, leg.id, Deputed(action)))  # noqa: B023
        assert code == "desk-mandate-unfit"
    own = giver.desk.deputizing
    assert refusal(lambda: own.look(sender.party.org, leg.id)) == "desk-mandate-unfit"
    assert refusal(lambda: giver.desk.mandating.give(party, [LegAction.RECEIVE], 2**40, ORDER)) == (
        "mandate-malformed"
    )
    past = unix_seconds(giver.desk.clock.now()) - 1
    for actions, until in (([LegAction.RECEIVE], past), ([], 2**40), ([LegAction.EXPIRE], 2**40)):
        with pytest.raises(InvalidInput):
            giver.desk.mandating.give(taker.party.org, actions, until, ORDER)


def test_a_step_that_was_signed_before_a_crash_is_handed_in_after_it(
    server: RunningApp, agencies: list[Agency], letter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender, giver, taker = agencies
    party = giver.party.org
    (leg,) = sender.send(giver, files=[letter])
    giver.work_until_state(leg.id, LegState.ARRIVED)
    give(server, giver, taker, LegAction.REFUSE)

    def die(leg: bytes) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(taker.desk.deputizing, "_hand_in", die)
    with pytest.raises(KeyboardInterrupt):
        taker.desk.deputizing.act(party, leg.id, Deputed(LegAction.REFUSE, reason=1002))
    taker.reopen().work()
    with taker.desk.store.read() as tx:
        found = find_entrusted(tx, leg.id)
    assert found is not None
    assert found.state is LegState.REFUSED
    sender.work_until_state(leg.id, LegState.REFUSED)
    assert refusal(
        lambda: taker.desk.deputizing.act(party, leg.id, Deputed(LegAction.REFUSE, reason=1002))
    ) == ("leg-action-illegal")


def test_mandates_are_given_and_ended_by_command(
    server: RunningApp, agencies: list[Agency], tmp_path: Path
) -> None:
    _, giver, taker = agencies
    paper = tmp_path / "ủy quyền.pdf"
    paper.write_bytes(b"Van ban uy quyen")

    def run(agency: Agency, *words: str) -> Any:
        done = CliRunner().invoke(
            app, ["desk", "mandate", *words, "--desk", str(agency.folder.path), "--json"]
        )
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    def standing() -> list[dict[str, Any]]:
        told = run(taker, "list")
        return [one for one in told if one["giver"] == giver.party.org.text]

    told = run(
        giver, "give", taker.party.organ_id, "--for", "finish", "--for", "BEGIN",
        "--until", "2099-12-31", "--document", str(paper),
    )  # fmt: skip
    assert told["actions"] == ["BEGIN", "FINISH"]
    assert told["validUntil"] == "2099-12-31T17:00:00.000Z"
    server.wait_until(lambda: any(one["mandate"] == without_sides(told) for one in standing()))
    assert all(one["source"] == "chain" for one in standing())
    run(giver, "end", taker.party.org.text)
    server.wait_until(lambda: not standing())
    both = run(giver, "show", taker.party.organ_id)
    assert [one["giver"] for one in both] == [giver.party.org.text, taker.party.org.text]
    assert run(taker, "legs")[0]["giver"] in [one.party.org.text for one in agencies]


def without_sides(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name not in ("giver", "taker")}


def test_a_recall_by_mandate_names_the_document_that_orders_it(
    server: RunningApp, agencies: list[Agency], letter: Path
) -> None:
    sender, recipient, taker = agencies
    (leg,) = sender.send(recipient, files=[letter])
    recipient.work_until_state(leg.id, LegState.ARRIVED)
    give(server, sender, taker, LegAction.REQUEST_RECALL)
    party, wanted = sender.party.org, Deputed(LegAction.REQUEST_RECALL, reason=1404)
    assert refusal(lambda: taker.desk.deputizing.act(party, leg.id, wanted)) == (
        "desk-text-malformed"
    )
    wanted = Deputed(LegAction.REQUEST_RECALL, reason=1404, order="13/UBND-VX, 26/11/2026")
    assert taker.desk.deputizing.act(party, leg.id, wanted).state is LegState.RECALL_REQUESTED
    recipient.work_until_state(leg.id, LegState.RECALL_REQUESTED)
    recipient.desk.clerking.accept_recall(leg.id, CLERK)
    sender.work_until_state(leg.id, LegState.RECALLED)
