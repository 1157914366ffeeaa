"""Two agencies, each with its own desk, keys and memory, exchange documents through a server that
neither believes."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from ledger.clock import SystemClock
from ledger.desk.checking import judge
from ledger.desk.edoc import DeskEdocs, make_secret
from ledger.desk.envelope import LegEnvelope
from ledger.desk.events import events_of
from ledger.desk.finding import get_story, standings_of_file
from ledger.desk.following_up import replacing
from ledger.desk.legs import LegRow, get_leg, legs_of, postpone, standing_of
from ledger.desk.messages import get_message
from ledger.desk.registers import office_date
from ledger.digest import sha256
from ledger.errors import Conflict, InvalidInput, VerificationFailed
from ledger.exchange.description import Description
from ledger.exchange.document import Document, DocumentId
from ledger.exchange.edxml.attachment import Attachment
from ledger.exchange.edxml.axis import EdocKind
from ledger.exchange.edxml.document import EdxmlDocument
from ledger.exchange.edxml.reading import read_edxml
from ledger.exchange.edxml.status import EdxmlStatus
from ledger.exchange.rules import LegAction, LegState
from ledger.proof.leg_bundle import parse_leg_bundle
from ledger.proof.trust import parse_trust
from ledger.verify.leg_verifier import verify_leg
from ledger.verify.report import Verdict
from tests.support.desks import CLERK, Agency, a_draft, found_agencies
from tests.support.running_app import RunningApp

pytestmark = [pytest.mark.chain, pytest.mark.slow]


def names_of(agency: Agency, leg: bytes) -> list[str]:
    with agency.desk.store.read() as tx:
        return [event.action.name for event in events_of(tx, get_leg(tx, leg).key)]


def is_anchored(agency: Agency, leg: bytes) -> bool:
    with agency.desk.store.read() as tx:
        return all(event.spot is not None for event in events_of(tx, get_leg(tx, leg).key))


def test_a_document_is_sent_received_and_settled(
    sender: Agency, recipient: Agency, letter: Path
) -> None:
    (leg,) = sender.send(recipient, files=[letter], subject="V/v gạo ST25")
    recipient.work_until_state(leg.id, LegState.ARRIVED)
    with recipient.desk.store.read() as tx:
        message = get_message(tx, leg.message)
    assert message.subject == "V/v gạo ST25"
    manifest = message.manifest
    assert manifest is not None
    (part,) = manifest.parts
    assert recipient.desk.content.get(part.digest).read_bytes() == letter.read_bytes()
    assert part.name == "Công văn 12.pdf"

    received = recipient.desk.clerking.receive(leg.id, CLERK)
    assert received.leg.state is LegState.RECEIVED
    assert received.arrival_number == 1
    recipient.desk.clerking.assign(leg.id, CLERK, "Phòng Trồng trọt")
    recipient.desk.clerking.finish(leg.id, CLERK)

    sender.work_until_state(leg.id, LegState.DONE)
    sender.work_until(lambda: is_anchored(sender, leg.id))
    recipient.work_until(lambda: is_anchored(recipient, leg.id))
    expected = ["SUBMIT", "ARRIVE", "HAND_OVER", "RECEIVE", "ASSIGN", "BEGIN", "FINISH"]
    assert names_of(sender, leg.id) == names_of(recipient, leg.id) == expected
    with recipient.desk.store.read() as tx:
        story = get_story(tx, leg.id)
    handed_over = story.events[2].evidence
    assert handed_over is not None
    assert handed_over.report is not None
    (found,) = story.reports[bytes(handed_over.report)]["body"]["parts"]
    assert found["verdict"] == "INTACT_UNTRUSTED"


def test_each_side_proves_it_when_the_other_and_the_server_are_gone(
    server: RunningApp, sender: Agency, recipient: Agency, letter: Path
) -> None:
    (leg,) = sender.send(recipient, files=[letter])
    recipient.work_until_state(leg.id, LegState.ARRIVED)
    recipient.desk.clerking.receive(leg.id, CLERK)
    sender.work_until(lambda: names_of(sender, leg.id)[-1:] == ["RECEIVE"])
    for agency in (sender, recipient):
        agency.work_until(lambda agency=agency: is_anchored(agency, leg.id))  # type: ignore[misc]
        desk = agency.desk
        with desk.store.read() as tx:
            row = get_leg(tx, leg.id)
            judged = judge(
                events_of(tx, row.key),
                row.message,
                desk.domain,
                desk.registry,
                lambda other, tx=tx: standing_of(tx, other),  # type: ignore[misc]
            )
        assert judged.leg.state is LegState.RECEIVED
        assert judged.anchored == 4
        assert desk.chain is not None
        assert desk.chain.get_leg(leg.id).head == judged.leg.head
        assert judged.doubts == ()
        path = desk.bundling.fetch(leg.id)
        # Nothing but the file and the trust file: neither server, chain, nor either desk.
        trust = parse_trust(server.app.trust().encode())
        report = verify_leg(path.read_bytes(), trust, None, SystemClock().now())
        assert report.verdict in (Verdict.INTACT, Verdict.INTACT_WITH_NOTICE), report.to_json()
        assert parse_leg_bundle(path.read_bytes()).documents[0][1] == letter.read_bytes()


def test_a_refusal_reaches_the_sender_with_its_reason(
    sender: Agency, recipient: Agency, letter: Path
) -> None:
    (leg,) = sender.send(recipient, files=[letter])
    recipient.work_until_state(leg.id, LegState.ARRIVED)
    recipient.desk.clerking.refuse(leg.id, CLERK, 1002, "Thuộc thẩm quyền cơ quan khác")
    sender.work_until_state(leg.id, LegState.REFUSED)
    with sender.desk.store.read() as tx:
        told = get_story(tx, leg.id).events[-1].evidence
    assert told is not None
    assert told.reason == 1002
    assert told.note == "Thuộc thẩm quyền cơ quan khác"
    assert told.staff is not None
    assert told.staff.staff == CLERK.name


def test_a_recall_destroys_the_copy_and_leaves_the_evidence(
    sender: Agency, recipient: Agency, tmp_path: Path
) -> None:
    secret = tmp_path / "nhầm.txt"
    secret.write_text("Nội dung gửi nhầm: 0912-345-678 của bà Mây", encoding="utf-8")
    (leg,) = sender.send(recipient, files=[secret], subject="Chủ đề gửi nhầm duy nhất")
    recipient.work_until_state(leg.id, LegState.ARRIVED)
    recipient.desk.clerking.receive(leg.id, CLERK)
    sender.desk.clerking.request_recall(leg.id, CLERK, 1404, "13/UBND-VX, 26/11/2026")
    recipient.work_until_state(leg.id, LegState.RECALL_REQUESTED)
    recipient.desk.clerking.accept_recall(leg.id, CLERK)
    sender.work_until_state(leg.id, LegState.RECALLED)
    recipient.work_until(lambda: is_anchored(recipient, leg.id))

    digest = sha256(secret.read_bytes())
    assert not recipient.desk.content.has(digest)
    assert leg.wrapped_key is not None
    wrapped = LegEnvelope.parse(leg.wrapped_key).wrapped.wrapped
    recipient.desk.store.close()
    recipient.reopen()
    stored = b"".join(
        path.read_bytes() for path in recipient.folder.path.rglob("*") if path.is_file()
    )
    for trace in (
        secret.read_bytes(),
        digest,
        digest.hex().encode(),
        wrapped.hex().encode(),
        "Chủ đề gửi nhầm duy nhất".encode(),
        "nhầm.txt".encode(),
    ):
        assert trace not in stored
    assert names_of(recipient, leg.id)[-2:] == ["REQUEST_RECALL", "ACCEPT_RECALL"]
    with sender.desk.store.read() as tx:
        (standing,) = standings_of_file(tx, digest)
    assert not standing.is_current


def test_content_of_two_messages_survives_the_recall_of_one(
    sender: Agency, recipient: Agency, tmp_path: Path
) -> None:
    """The recall is accepted while the second message is being fetched, and before it is known
    what that consists of."""
    shared, other = tmp_path / "chung.txt", tmp_path / "riêng.txt"
    shared.write_text("gửi hai lần", encoding="utf-8")
    other.write_text("chỉ gửi một lần", encoding="utf-8")
    (first,) = sender.send(recipient, files=[shared])
    recipient.work_until_state(first.id, LegState.ARRIVED)
    recipient.desk.clerking.receive(first.id, CLERK)
    sender.desk.clerking.request_recall(first.id, CLERK, 1404, "15/UBND-VX, 26/11/2026")
    recipient.work_until_state(first.id, LegState.RECALL_REQUESTED)
    (second,) = sender.send(recipient, files=[shared, other])

    def meanwhile(name: str, _done: int, _total: int) -> None:
        if name == other.name and recipient.leg(first.id).leg.state is LegState.RECALL_REQUESTED:
            recipient.desk.clerking.accept_recall(first.id, CLERK)

    recipient.desk.work(meanwhile)
    assert recipient.leg(first.id).leg.state is LegState.RECALLED
    assert names_of(recipient, second.id) == ["SUBMIT"]
    with recipient.desk.store.write() as tx:
        postpone(tx, second.id, 0)
    recipient.work_until_state(second.id, LegState.ARRIVED)
    assert names_of(recipient, second.id) == ["SUBMIT", "ARRIVE"]
    for path in (shared, other):
        kept = recipient.desk.content.get(sha256(path.read_bytes()))
        assert kept.read_bytes() == path.read_bytes()


def test_a_desk_that_was_away_reads_of_a_document_and_what_replaced_it(
    sender: Agency, recipient: Agency, tmp_path: Path
) -> None:
    """Each of the two legs is judged by the other, and neither was known there."""
    legs: list[LegRow] = []
    for number in range(3):
        path = tmp_path / f"{number}.txt"
        path.write_text(f"bản {number} của {tmp_path}", encoding="utf-8")
        draft = a_draft(recipient, files=[path])
        with sender.desk.store.read() as tx:
            if legs:
                named = get_message(tx, legs[-1].message).document_id.text
                draft = replacing(tx, draft, named, update=True)
        sent = sender.desk.send(sender.desk.prepare(draft))
        with sender.desk.store.read() as tx:
            legs += legs_of(tx, sent.message.message)
    first, second, third = (one.id for one in legs)
    sender.work_until_state(second, LegState.SUPERSEDED)
    assert sender.leg(first).leg.state is LegState.SUPERSEDED
    recipient.work_until_state(third, LegState.ARRIVED)
    for leg in (first, second):
        recipient.work_until_state(leg, LegState.SUPERSEDED)
        assert recipient.leg(leg).fault is None
        assert names_of(recipient, leg) == ["SUBMIT", "SUPERSEDE"]


def test_silence_expires_and_a_late_receipt_still_counts(
    server: RunningApp, sender: Agency, letter: Path, tmp_path: Path
) -> None:
    hasty, silent = found_agencies(
        server, tmp_path, "Sở Vội", "Xã Im Lặng", answer_within=3, arrive_within=3600
    )
    (leg,) = hasty.send(silent, files=[letter])
    # On a slow machine three seconds may be over before this desk reads of it.
    silent.work_until_state(leg.id, LegState.ARRIVED, LegState.EXPIRED)
    hasty.work_until_state(leg.id, LegState.EXPIRED)
    hasty.work_until(lambda: is_anchored(hasty, leg.id))
    with hasty.desk.store.read() as tx:
        lapse = next(one for one in get_story(tx, leg.id).events if one.action is LegAction.EXPIRE)
    assert lapse.signed is None
    assert lapse.spot is not None
    silent.desk.clerking.receive(leg.id, CLERK)
    hasty.work_until_state(leg.id, LegState.RECEIVED)


def test_a_replaced_document_says_so_to_whoever_holds_the_old_file(
    sender: Agency, recipient: Agency, letter: Path, tmp_path: Path
) -> None:
    old = tmp_path / "cũ.txt"
    old.write_text("bản cũ", encoding="utf-8")
    (leg,) = sender.send(recipient, files=[old])
    recipient.work_until_state(leg.id, LegState.ARRIVED)
    new = tmp_path / "mới.txt"
    new.write_text("bản mới", encoding="utf-8")
    with sender.desk.store.read() as tx:
        number = get_message(tx, leg.message).document_id.text
        draft = replacing(tx, a_draft(recipient, files=[new]), number, update=True)
    sent = sender.desk.send(sender.desk.prepare(draft))
    with sender.desk.store.read() as tx:
        (successor,) = legs_of(tx, sent.message.message)
        assert get_message(tx, sent.message.message).version == 2
    sender.work_until_state(leg.id, LegState.SUPERSEDED)
    # The recipient reads in one go of the arrival, of the successor and of the end of the first.
    sender.work_until(lambda: is_anchored(sender, leg.id))
    recipient.work_until_state(successor.id, LegState.ARRIVED)
    assert recipient.leg(leg.id).fault is None
    recipient.work_until_state(leg.id, LegState.SUPERSEDED)
    with recipient.desk.store.read() as tx:
        (standing,) = standings_of_file(tx, sha256(old.read_bytes()))
    assert not standing.is_current
    assert standing.successor is not None
    assert standing.successor.id == successor.id


def test_the_same_draft_is_sent_once(sender: Agency, recipient: Agency, letter: Path) -> None:
    draft = a_draft(recipient, files=[letter])
    first = sender.desk.send(sender.desk.prepare(draft))
    again = sender.desk.send(sender.desk.prepare(draft))
    assert first.message.message == again.message.message
    with sender.desk.store.read() as tx:
        assert len(legs_of(tx, first.message.message)) == 1
    number = first.message.document_id.code_number
    with pytest.raises(Conflict) as caught:
        sender.desk.prepare(a_draft(recipient, files=[letter], number=number))
    assert caught.value.code == "desk-version-known"


def test_a_server_that_tells_another_story_is_caught(
    server: RunningApp, sender: Agency, recipient: Agency, letter: Path
) -> None:
    (leg,) = sender.send(recipient, files=[letter])
    recipient.work_until_state(leg.id, LegState.ARRIVED)
    recipient.desk.clerking.refuse(leg.id, CLERK, 1002)
    sender.work_until_state(leg.id, LegState.REFUSED)
    sender.work_until(lambda: is_anchored(sender, leg.id))
    database = sqlite3.connect(server.app.settings.data_dir / "ledger.sqlite3", timeout=30)
    with database:
        (pk,) = database.execute(
            "SELECT pk FROM exchange_legs WHERE leg = ?", (bytes(leg.id),)
        ).fetchone()
        kept = database.execute(
            "SELECT pk, reason FROM exchange_events WHERE leg_pk = ? AND action = ?",
            (pk, int(LegAction.REFUSE)),
        ).fetchone()
        database.execute("UPDATE exchange_events SET reason = 1001 WHERE pk = ?", (kept[0],))
    try:
        with pytest.raises(VerificationFailed) as caught:
            sender.desk.syncing.sync(leg.id)
        assert caught.value.code == "desk-event-invalid"
        assert sender.leg(leg.id).fault is not None
        with sender.desk.store.read() as tx:
            told = get_story(tx, leg.id).events[-1].evidence
        assert told is not None
        assert told.reason == 1002
    finally:
        with database:
            database.execute("UPDATE exchange_events SET reason = ? WHERE pk = ?", kept[::-1])
        database.close()


def test_the_agencys_own_software_sends_and_receives_edxml(
    sender: Agency, recipient: Agency, letter: Path
) -> None:
    today = office_date(sender.desk.clock.now())
    number = DocumentId(sender.party.organ_id, today, "901", "STNMT-VP")
    said = EdxmlDocument(
        Document(
            number, sender.party.organ_id, (recipient.party.organ_id,), "Công văn", priority=1
        ),
        Description("V/v gửi bằng edXML"),
        (Attachment("p1", "Công văn.pdf", "application/pdf", letter.read_bytes()),),
    )
    ours, theirs = (DeskEdocs(one.desk, lambda: None) for one in (sender, recipient))
    doc_id = ours.submit(said)
    assert ours.submit(said) == doc_id
    sender.desk.work()
    with sender.desk.store.read() as tx:
        (leg,) = legs_of(tx, bytes.fromhex(doc_id))
    recipient.work_until_state(leg.id, LegState.ARRIVED)
    entries = theirs.received(EdocKind.EDOC, today, today)
    assert leg.id.hex() in [one.doc_id for one in entries]
    came = read_edxml(theirs.fetch(leg.id.hex()))
    assert isinstance(came, EdxmlDocument)
    assert came.document.document_id == number
    assert came.description.subject == "V/v gửi bằng edXML"
    assert came.attachments[0].content == letter.read_bytes()

    theirs.step(leg.id.hex(), LegAction.RECEIVE, None)
    sender.work_until_state(leg.id, LegState.RECEIVED)
    names = [one.doc_id for one in ours.received(EdocKind.STATUS, today, today)]
    told = [read_edxml(ours.fetch(one)) for one in names if one.startswith(leg.id.hex())]
    assert [one.action for one in told if isinstance(one, EdxmlStatus)] == [
        LegAction.ARRIVE,
        LegAction.RECEIVE,
    ]
    with pytest.raises(InvalidInput) as caught:
        theirs.step(leg.id.hex(), LegAction.REFUSE, "không thích")
    assert caught.value.code == "exchange-reason-unknown"

    secret = make_secret(sender.folder.path)
    assert ours.admits(sender.party.organ_id, secret)
    assert not ours.admits(sender.party.organ_id, secret + "x")
    assert not ours.admits(recipient.party.organ_id, secret)
    assert not theirs.admits(recipient.party.organ_id, "")
