"""What evidence names besides its event: the document that calls another back or replaces it, and
the file (hồ sơ) a document is kept in, which the monthly outputs list."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from ledger.cli import document
from ledger.clock import VIETNAM, SystemClock
from ledger.desk.finding import get_story, standings_of_file
from ledger.desk.following_up import replacing
from ledger.desk.messages import get_message
from ledger.desk.registers import office_date
from ledger.digest import sha256
from ledger.errors import InvalidInput
from ledger.exchange.document import DocumentId
from ledger.exchange.history import Month
from ledger.exchange.rules import LegState
from ledger.proof.trust import parse_trust
from ledger.verify.leg_verifier import verify_leg
from ledger.verify.report import Verdict
from tests.support.desk_portal import PortalVisit
from tests.support.desks import CLERK, Agency, a_draft
from tests.support.running_app import RunningApp

pytestmark = [pytest.mark.chain, pytest.mark.slow]


def is_anchored(agency: Agency, leg: bytes) -> bool:
    with agency.desk.store.read() as tx:
        return all(event.spot is not None for event in get_story(tx, leg).events)


def a_file(tmp_path: Path, name: str) -> Path:
    path = tmp_path / name
    path.write_text(f"nội dung {name}", encoding="utf-8")
    return path


def test_a_recalled_file_says_which_document_recalled_it(
    server: RunningApp, sender: Agency, recipient: Agency, tmp_path: Path
) -> None:
    old = a_file(tmp_path, "sai.txt")
    (leg,) = sender.send(recipient, files=[old], number="810")
    recipient.work_until_state(leg.id, LegState.ARRIVED)
    with pytest.raises(InvalidInput) as unnamed:
        sender.desk.clerking.request_recall(leg.id, CLERK, 1401, "theo lệnh miệng")
    assert unnamed.value.pointer == "/order"
    (order,) = sender.send(recipient, files=[a_file(tmp_path, "thu hồi.txt")], number="811")
    recipient.work_until_state(order.id, LegState.ARRIVED)
    sender.desk.clerking.request_recall(leg.id, CLERK, 1401, "811/UBND-VX")
    recipient.work_until_state(leg.id, LegState.RECALL_REQUESTED)

    for agency in (sender, recipient):
        with agency.desk.store.read() as tx:
            (standing,) = standings_of_file(tx, sha256(old.read_bytes()))
            named = get_message(tx, order.message).document_id
            link = get_story(tx, leg.id).events[-1].evidence
        assert not standing.is_current
        assert standing.recalling is not None
        assert standing.recalling.document_id == named
        assert standing.recalling.leg is not None
        assert standing.recalling.leg.id == order.id
        assert link is not None
        assert link.link == order.message
    told = CliRunner().invoke(
        document.app, ["inspect", str(old), "--desk", str(recipient.folder.path)]
    )
    assert told.exit_code == 1
    assert f"recalled by {named.text} [document-outdated]" in told.output
    page = PortalVisit(recipient.desk).see(f"/documents/{leg.id.hex()}")
    assert f'href="/documents/{order.id.hex()}">Thu hồi theo văn bản 811/UBND-VX ngày' in page

    recipient.work_until(lambda: is_anchored(recipient, leg.id))
    path = recipient.desk.bundling.fetch(leg.id)
    trust = parse_trust(server.app.trust().encode())
    report = verify_leg(path.read_bytes(), trust, None, SystemClock().now())
    assert report.facts["recalledBy"] == named.text
    assert "recall-requested" in report.notices
    recipient.desk.clerking.accept_recall(leg.id, CLERK)
    recipient.work_until(lambda: is_anchored(recipient, leg.id))
    path = recipient.desk.bundling.fetch(leg.id)
    report = verify_leg(path.read_bytes(), trust, None, SystemClock().now())
    assert report.verdict is Verdict.RECALLED
    assert report.facts["recalledBy"] == named.text


def test_a_recall_by_a_document_that_went_another_way_names_it_too(
    sender: Agency, recipient: Agency, tmp_path: Path
) -> None:
    (leg,) = sender.send(recipient, files=[a_file(tmp_path, "nhầm.txt")], number="820")
    recipient.work_until_state(leg.id, LegState.ARRIVED)
    sender.desk.clerking.request_recall(leg.id, CLERK, 1404, "77/QĐ-SNN, 26/11/2026")
    recipient.work_until_state(leg.id, LegState.RECALL_REQUESTED)
    with recipient.desk.store.read() as tx:
        recalling = get_story(tx, leg.id).recalling
    assert recalling is not None
    assert recalling.document_id == DocumentId.parse(
        f"{sender.party.organ_id},2026/11/26,77/QĐ-SNN"
    )
    assert recalling.leg is None


def test_a_replaced_documents_bundle_names_what_replaced_it(
    server: RunningApp, sender: Agency, recipient: Agency, tmp_path: Path
) -> None:
    (leg,) = sender.send(recipient, files=[a_file(tmp_path, "cũ.txt")], number="830")
    recipient.work_until_state(leg.id, LegState.ARRIVED)
    draft = a_draft(recipient, files=[a_file(tmp_path, "mới.txt")], number="831")
    with sender.desk.store.read() as tx:
        draft = replacing(tx, draft, "830/UBND-VX", update=False)
    sent = sender.desk.send(sender.desk.prepare(draft))
    sender.work_until_state(leg.id, LegState.SUPERSEDED)
    sender.work_until(lambda: is_anchored(sender, leg.id))
    path = sender.desk.bundling.fetch(leg.id)
    trust = parse_trust(server.app.trust().encode())
    report = verify_leg(path.read_bytes(), trust, None, SystemClock().now())
    assert report.facts["replacedBy"] == sent.message.document_id.text
    assert "superseded" in report.notices


def test_the_monthly_outputs_have_the_files_that_clerks_named(
    server: RunningApp, sender: Agency, recipient: Agency, tmp_path: Path
) -> None:
    (leg,) = sender.send(
        recipient, files=[a_file(tmp_path, "hồ sơ.txt")], number="840", file_code="12/HS-TT"
    )
    recipient.work_until_state(leg.id, LegState.ARRIVED)
    portal, path = PortalVisit(recipient.desk), f"/documents/{leg.id.hex()}"
    form = portal.send_form(f"{path}/RECEIVE", portal.see(path), file_code="03/HS-XA")
    assert form.status_code == 303
    recipient.desk.clerking.assign(leg.id, CLERK, "Công chức địa chính")
    kept = f"{recipient.party.organ_id}.2025.04/HS-XA"
    recipient.desk.clerking.finish(leg.id, CLERK, file_code=kept)
    assert kept in portal.see(path)
    sender.work_until_state(leg.id, LegState.DONE)
    sender.work_until(lambda: is_anchored(sender, leg.id))

    today = office_date(sender.desk.clock.now())
    ours = f"{sender.party.organ_id}.{today.year}.12/HS-TT"
    with sender.desk.store.read() as tx:
        assert get_story(tx, leg.id).file_code == ours
    month = Month.parse(SystemClock().now().astimezone(VIETNAM).strftime("%Y-%m"))
    for agency, outputs, code in (
        (sender, ("outgoingRegister", "outgoingFiles"), ours),
        (recipient, ("incomingRegister", "incomingFiles"), kept),
    ):
        found = server.app.exchange_statistics.compute_any(agency.party.org, month)
        for name in outputs:
            table = found.outputs[name]
            at = {column: place for place, column in enumerate(table.columns)}
            (row,) = [one for one in table.rows if one[at["CodeNumber"]] == "840"]
            assert row[at["FileCode"]] == code
