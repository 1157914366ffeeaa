"""Desks that insist on the two signatures of Decree 30/2020, Article 5: in at the door, and out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ledger.desk.admitting import shortfalls_in
from ledger.desk.edoc import DeskEdocs
from ledger.desk.finding import get_story
from ledger.desk.folder import DeskFolder
from ledger.desk.legs import LegRow
from ledger.desk.signature_rule import SignatureRule
from ledger.errors import Conflict
from ledger.exchange.rules import LegAction, LegState
from tests.support.desk_portal import PortalVisit
from tests.support.desks import CLERK, Agency, a_draft
from tests.support.inspected import pki
from tests.support.signed_documents import pdf, sign_pdf

pytestmark = [pytest.mark.chain, pytest.mark.slow]

ORGANIZATION = "organization-signature-missing"


def insist(agency: Agency, rule: SignatureRule) -> None:
    """Let the desk go by that rule, trusting the test authority."""
    folder: DeskFolder = agency.folder
    folder.roots.mkdir(exist_ok=True)
    (folder.roots / "root.pem").write_bytes(pki().root.pem)
    folder.change(replace(folder.settings(), signatures=rule))
    agency.reopen()


@pytest.fixture
def by_person(tmp_path: Path) -> Path:
    path = tmp_path / "Chưa đóng dấu.pdf"
    path.write_bytes(sign_pdf(pdf("Mot chu ky"), pki().person, "NguoiKy"))
    return path


@pytest.fixture
def by_both(tmp_path: Path) -> Path:
    path = tmp_path / "Đủ chữ ký.pdf"
    signed = sign_pdf(pdf("Hai chu ky"), pki().person, "NguoiKy")
    path.write_bytes(sign_pdf(signed, pki().agency, "CoQuan"))
    return path


def arrived(sender: Agency, recipient: Agency, file: Path) -> LegRow:
    insist(sender, SignatureRule.SHOWN)
    (leg,) = sender.send(recipient, files=[file])
    return recipient.work_until_state(leg.id, LegState.ARRIVED)


def admissions(agency: Agency, leg: bytes) -> list[dict[str, object]]:
    """What was recorded, each with the evidence that commits to it."""
    with agency.desk.store.read() as tx:
        story = get_story(tx, leg)
    named = {
        bytes(one.evidence.report) for one in story.events if one.evidence and one.evidence.report
    }
    return [
        report["body"]
        for commitment, report in story.reports.items()
        if report["body"]["type"] == "admission" and commitment in named
    ]


def test_what_lacks_a_signature_is_not_received_and_can_be_refused(
    sender: Agency, recipient: Agency, by_person: Path, by_both: Path
) -> None:
    leg = arrived(sender, recipient, by_person)
    insist(recipient, SignatureRule.REQUIRED)
    for despite in (None, "đang cần gấp"):
        with pytest.raises(Conflict) as refused:
            recipient.desk.clerking.receive(leg.id, CLERK, despite=despite)
        assert [one.code for one in shortfalls_in(refused.value)] == [ORGANIZATION]
        assert sender.party.organ_id in refused.value.detail
    with pytest.raises(Conflict):
        DeskEdocs(recipient.desk, lambda: None).step(leg.id.hex(), LegAction.RECEIVE, None)
    row = recipient.leg(leg.id)
    assert (row.leg.state, row.arrival_number) == (LegState.HANDED_OVER, None)
    recipient.desk.clerking.refuse(leg.id, CLERK, 1003)
    sender.work_until_state(leg.id, LegState.REFUSED)

    complete = arrived(sender, recipient, by_both)
    assert recipient.desk.clerking.receive(complete.id, CLERK).leg.state is LegState.RECEIVED
    assert not admissions(recipient, complete.id)


def test_an_exception_to_an_advisory_rule_stays_in_the_evidence(
    sender: Agency, recipient: Agency, by_person: Path
) -> None:
    leg = arrived(sender, recipient, by_person)
    insist(recipient, SignatureRule.ADVISORY)
    with pytest.raises(Conflict):
        recipient.desk.clerking.receive(leg.id, CLERK)
    recipient.desk.clerking.receive(leg.id, CLERK, despite="Hỏa tốc, đóng dấu sau")
    (body,) = admissions(recipient, leg.id)
    assert body["despite"] == "Hỏa tốc, đóng dấu sau"
    assert body["leg"] == leg.id.hex()


def test_what_lacks_a_signature_is_not_sent(
    sender: Agency, recipient: Agency, by_person: Path, by_both: Path
) -> None:
    insist(sender, SignatureRule.REQUIRED)
    draft = a_draft(recipient, files=[by_person], number="701", despite="vội")
    with pytest.raises(Conflict) as refused:
        sender.desk.prepare(draft)
    assert refused.value.code == "desk-signatures-missing"
    with sender.desk.store.read() as tx:
        assert not tx.execute("SELECT 1 FROM messages WHERE code_number = '701'").fetchall()
    (complete,) = sender.send(recipient, files=[by_both], number="702")
    assert complete.leg.state is LegState.SUBMITTED

    insist(sender, SignatureRule.ADVISORY)
    with pytest.raises(Conflict):
        sender.desk.prepare(replace(draft, despite=None))
    (leg,) = sender.send(recipient, files=[by_person], number="703", despite="Ký bổ sung sau")
    (body,) = admissions(sender, leg.id)
    assert body["despite"] == "Ký bổ sung sau"
    recipient.work_until_state(leg.id, LegState.ARRIVED)


def test_a_clerk_is_shown_what_is_missing_and_offered_the_refusal(
    sender: Agency, recipient: Agency, by_person: Path
) -> None:
    leg = arrived(sender, recipient, by_person)
    insist(recipient, SignatureRule.ADVISORY)
    portal, path = PortalVisit(recipient.desk), f"/documents/{leg.id.hex()}"
    answer = portal.send_form(f"{path}/RECEIVE", portal.see(path))
    assert answer.status_code == 409
    assert "Văn bản chưa đủ chữ ký số theo quy định." in answer.text
    assert "<strong>Thiếu chữ ký của cơ quan</strong>: Chưa đóng dấu.pdf" in answer.text
    assert f"{sender.party.name} chưa ký đủ" in answer.text
    assert '<option value="1003" selected>' in answer.text
    done = portal.send_form(f"{path}/RECEIVE", answer.text, despite="Đã gọi xác minh")
    assert done.status_code == 303
    assert "Tiếp tục dù thiếu chữ ký số: Đã gọi xác minh" in portal.see(path)


def test_a_clerk_is_kept_from_sending_what_lacks_a_signature(
    sender: Agency, recipient: Agency, by_person: Path
) -> None:
    insist(sender, SignatureRule.ADVISORY)
    portal = PortalVisit(sender.desk)
    fields = {
        "to": recipient.party.organ_id,
        "subject": "V/v thiếu dấu",
        "notation": "UBND-VX",
        "type": "Công văn",
    }
    file = (by_person.name, by_person.read_bytes())
    answer = portal.write(file, **fields)
    assert answer.status_code == 400
    assert "<strong>Thiếu chữ ký của cơ quan</strong>: Chưa đóng dấu.pdf" in answer.text
    assert 'name="despite"' in answer.text
    assert portal.write(file, **fields, despite="Đóng dấu sau").status_code == 303
