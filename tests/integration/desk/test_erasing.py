"""An agency erases documents of its own: two people, one step, a certificate; afterwards nothing in
its folder confirms what was said, and everything that happened still verifies."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ledger.cli.main import app
from ledger.client.erasures import ErasureClient, ToldErasure
from ledger.clock import SystemClock
from ledger.desk.checking import judge
from ledger.desk.erasures import Erasure, approved, find_certificate, find_erasure, put_erasure
from ledger.desk.events import events_of
from ledger.desk.finding import get_story
from ledger.desk.legs import LegRow, get_leg, standing_of
from ledger.desk.messages import get_message
from ledger.desk.people import Person, put_person
from ledger.desk.registers import office_date
from ledger.desk.role import DeskRole
from ledger.digest import Digest
from ledger.errors import Conflict, Forbidden, InvalidInput, LedgerError, VerificationFailed
from ledger.exchange.message import BLOBS
from ledger.exchange.rules import LegState
from ledger.proof.erasure_certificate import read_certificate
from ledger.proof.leg_bundle import parse_leg_bundle
from ledger.proof.trust import parse_trust
from ledger.services.caller import Scope
from ledger.verify.leg_verifier import verify_leg
from ledger.verify.report import Verdict
from tests.support.desk_actor import FIRST, SECOND
from tests.support.desk_portal import PortalVisit
from tests.support.desks import CLERK, Agency, close_all, found_agencies
from tests.support.running_app import RunningApp

pytestmark = [pytest.mark.chain, pytest.mark.slow]

OVER, ORDERED = 2001, 2003
"""Reasons to erase: retention over; by order of a competent authority."""
OTHER_CLERK = Person("vanthu2", "Hoàng Văn Thư", DeskRole.CLERK)
AUDITOR = Person("kiemtoan", "Vũ Kiểm Tra", DeskRole.AUDITOR)
PASSWORD = "một mật khẩu đủ dài"


@pytest.fixture(scope="module")
def third(server: RunningApp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Agency]]:
    """A sender with two recipients."""
    names = ("Sở Gửi Nhiều", "Xã Một", "Xã Hai")
    found = found_agencies(server, tmp_path_factory.mktemp("three"), *names)
    yield found
    close_all(found)


def send_refused(sender: Agency, recipient: Agency, path: Path) -> LegRow:
    """A document whose way has come to its end."""
    (leg,) = sender.send(recipient, files=[path], subject=f"Trích yếu của {path.stem}")
    refuse(recipient, leg.id)
    return sender.work_until_state(leg.id, LegState.REFUSED)


def refuse(recipient: Agency, leg: Digest) -> None:
    recipient.work_until_state(leg, LegState.ARRIVED)
    recipient.desk.clerking.refuse(leg, CLERK, 1002)


def a_file(tmp_path: Path, name: str) -> Path:
    path = tmp_path / f"{name}.txt"
    path.write_text(f"Nội dung riêng của {name}: 0912-345-678 của bà Mây", encoding="utf-8")
    return path


def needles_of(agency: Agency, leg: LegRow, content: bytes) -> dict[str, bytes]:
    """What confirms what was said, as the desk has it."""
    with agency.desk.store.read() as tx:
        message = get_message(tx, leg.message)
        wrapped = get_leg(tx, leg.id).wrapped_key
    assert message.salt is not None
    assert message.manifest is not None
    assert wrapped is not None
    (part,) = message.manifest.parts
    view = json.loads(message.view)
    (blob_salt,) = [one[0] for one in view if isinstance(one, list) and one[1] == f"{BLOBS}"]
    return {
        "content": content,
        "digest": bytes(part.digest),
        "blob": bytes(part.blob),
        "salt": message.salt,
        "salt of the blobs": bytes.fromhex(blob_salt),
        "wrapped key": bytes.fromhex(json.loads(wrapped)["wrapped"]),
        "subject": str(message.subject).encode(),
        "name": part.name.encode(),
    }


def found_in(folder: Path, needles: dict[str, bytes]) -> set[str]:
    """Which of them any file of the folder has, the log of the database included."""
    stored = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    stored += [str(path).encode() for path in folder.rglob("*")]
    return {
        name
        for name, needle in needles.items()
        if any(form in data for data in stored for form in (needle, needle.hex().encode()))
    }


def is_anchored(agency: Agency, leg: bytes) -> bool:
    with agency.desk.store.read() as tx:
        return all(event.spot is not None for event in get_story(tx, leg).events)


def erasure_of(agency: Agency, leg: LegRow) -> Erasure | None:
    with agency.desk.store.read() as tx:
        return find_erasure(tx, leg.message)


def certificate_of(agency: Agency, leg: bytes) -> str | None:
    with agency.desk.store.read() as tx:
        return find_certificate(tx, leg)


def refusal_of(action: Callable[[], object]) -> LedgerError:
    with pytest.raises(LedgerError) as caught:
        action()
    return caught.value


def check_proofs(server: RunningApp, agency: Agency, leg: LegRow, erasures: int) -> None:
    """Sequence, parties and times verify with what is left, here and by the bundle."""
    agency.work_until(lambda: is_anchored(agency, leg.id))
    desk = agency.desk
    with desk.store.read() as tx:
        events = events_of(tx, leg.key)
        judged = judge(
            events, leg.message, desk.domain, desk.registry, lambda other: standing_of(tx, other)
        )
        story = get_story(tx, leg.id)
    assert judged.doubts == ()
    assert judged.leg.state is LegState.REFUSED
    names = [event.action.name for event in events]
    assert names == ["SUBMIT", "ARRIVE", "REFUSE", *["ERASE"] * erasures]
    assert story.message.manifest is None
    path = desk.bundling.fetch(leg.id)
    bundle = parse_leg_bundle(path.read_bytes())
    assert dict(bundle.documents) == {}
    assert BLOBS not in dict(bundle.message.members())
    trust = parse_trust(server.app.trust().encode())
    report = verify_leg(path.read_bytes(), trust, None, SystemClock().now())
    assert report.verdict in (Verdict.INTACT, Verdict.INTACT_WITH_NOTICE), report.to_json()


def test_both_sides_erase_by_command_and_nothing_left_confirms_the_content(
    server: RunningApp, sender: Agency, recipient: Agency, tmp_path: Path
) -> None:
    path = a_file(tmp_path, "thư riêng")
    leg = send_refused(sender, recipient, path)
    recipient.work_until(lambda: is_anchored(recipient, leg.id))
    run = CliRunner().invoke
    for erasures, agency in enumerate((recipient, sender), 1):
        with agency.desk.store.write() as tx:
            for person in (FIRST, SECOND):
                put_person(tx, person, PASSWORD)
        needles = needles_of(agency, leg, path.read_bytes())
        agency.work_until(lambda agency=agency: agency.desk.bundling.has(leg.id))  # type: ignore[misc]
        assert found_in(agency.folder.path, needles) == set(needles)
        at = ["--desk", str(agency.folder.path), "--json"]
        erase = ["desk", "erase", leg.id.hex(), *at, "--person"]
        wrong = run(app, [*erase, FIRST.login, "--reason", "2001"], input="khong phai\n")
        assert "[desk-password-wrong]" in wrong.output
        first = run(app, [*erase, FIRST.login, "--reason", "retention-over"], input=PASSWORD)
        assert first.exit_code == 0, first.output
        assert json.loads(first.stdout)["decidedAt"] is None
        second = run(app, [*erase, SECOND.login], input=PASSWORD)
        assert second.exit_code == 0, second.output
        assert json.loads(second.stdout)["erasedAt"]
        assert [one["key"] for one in json.loads(second.stdout)["approvals"]] == ["clerk", "leader"]

        assert found_in(agency.folder.path, needles) == set()
        agency.desk.work()
        check_proofs(server, agency, leg, erasures)
        assert found_in(agency.folder.path, needles) == set()
        shown = run(app, ["desk", "show", leg.id.hex(), *at])
        assert json.loads(shown.stdout)["erasure"]["erasedAt"]
        assert json.loads(shown.stdout)["certified"] is True
        kept = tmp_path / f"{erasures}.note"
        written = run(app, ["desk", "certificate", leg.id.hex(), *at[:2], "-o", str(kept)])
        assert written.exit_code == 0, written.output
        certificate = read_certificate(kept.read_text(), agency.desk.trust.key)
        assert certificate.leg == leg.id
        assert certificate.org == agency.party.org
        assert certificate.content is (agency is sender)
        again = run(app, [*erase, SECOND.login], input=PASSWORD)
        assert json.loads(again.stdout) == json.loads(second.stdout)


def test_it_takes_two_people_who_approve_the_same_and_one_of_them_leads(
    sender: Agency, recipient: Agency, tmp_path: Path
) -> None:
    leg = send_refused(sender, recipient, a_file(tmp_path, "hai người"))
    erasing = sender.desk.erasing
    assert refusal_of(lambda: erasing.approve(leg.message, AUDITOR, OVER)).code == (
        "desk-role-missing"
    )
    unnamed = refusal_of(lambda: erasing.approve(leg.message, FIRST))
    assert (type(unnamed), unnamed.code) == (InvalidInput, "exchange-reason-unknown")
    erasing.approve(leg.message, FIRST, ORDERED)
    erasing.approve(leg.message, FIRST, OVER)
    one = erasure_of(sender, leg)
    assert one is not None
    assert (one.reason, one.decided_at) == (OVER, None)
    for person, reason, kind, code in (
        (FIRST, None, Conflict, "desk-erasure-same-person"),
        (FIRST, OVER, Conflict, "desk-erasure-same-person"),
        (OTHER_CLERK, None, Forbidden, "desk-role-missing"),
        (SECOND, ORDERED, Conflict, "erasure-not-approved"),
    ):
        refused = refusal_of(
            lambda person=person, reason=reason: erasing.approve(leg.message, person, reason)  # type: ignore[misc]
        )
        assert (type(refused), refused.code) == (kind, code)
    sender.desk.work()
    assert erasure_of(sender, leg) == one
    assert sender.leg(leg.id).leg.events == leg.leg.events, "nothing was signed"
    assert certificate_of(sender, leg.id) is None


def test_what_runs_is_held_or_has_to_be_kept_is_not_erased(
    server: RunningApp, sender: Agency, recipient: Agency, tmp_path: Path
) -> None:
    (leg,) = sender.send(recipient, files=[a_file(tmp_path, "đang chạy")])
    recipient.work_until_state(leg.id, LegState.ARRIVED)
    erasing = recipient.desk.erasing
    running = refusal_of(lambda: erasing.approve(leg.message, FIRST, OVER))
    assert running.code == "desk-document-running"
    recipient.desk.clerking.refuse(leg.id, CLERK, 1002)

    tomorrow = office_date(recipient.desk.clock.now()) + timedelta(days=1)
    kept = refusal_of(lambda: erasing.approve(leg.message, FIRST, OVER, tomorrow))
    assert (kept.code, kept.pointer) == ("retention-not-over", "/keptUntil")
    far = refusal_of(lambda: erasing.approve(leg.message, FIRST, OVER, date.max))
    assert (far.code, far.pointer) == ("desk-text-malformed", "/keptUntil")
    assert erasure_of(recipient, leg) is None

    _, secret = server.app.membership.mint_key(sender.party.org, [Scope.STATUS], label="hold")
    holder = ErasureClient(server.ledger_client(secret).connection)
    holder.hold(leg.id, "Đang khiếu nại")
    held = refusal_of(lambda: erasing.approve(leg.message, FIRST, OVER))
    assert held.code == "erasure-held"
    assert held.detail == f"held back by {sender.party.name}: Đang khiếu nại"
    page = f"/documents/{leg.id.hex()}"
    clerk = PortalVisit(recipient.desk)
    refused = clerk.send_form(f"{page}/ERASE", clerk.see(page), reason=str(OVER))
    assert f"{sender.party.name} yêu cầu giữ lại văn bản này: Đang khiếu nại" in refused.text

    # It was decided before anybody held it back: it waits, says why, and signs nothing.
    at = int(SystemClock().now().timestamp())
    decided = approved(approved(None, FIRST, ORDERED, None, at), SECOND, None, None, at)
    with recipient.desk.store.write() as tx:
        put_erasure(tx, leg.message, decided)
    recipient.desk.work()
    one = erasure_of(recipient, leg)
    assert one is not None
    assert one.erased_at is None
    assert "Đang khiếu nại" in (one.waits or "")
    seen = clerk.see(page)
    assert "Đã đủ hai phê duyệt xóa nội dung" in seen
    assert "Đang khiếu nại" in seen
    assert recipient.leg(leg.id).leg.events == 3
    holder.lift(leg.id)
    recipient.work_until(lambda: certificate_of(recipient, leg.id) is not None)
    one = erasure_of(recipient, leg)
    assert one is not None
    assert one.erased_at is not None
    assert one.waits is None


def test_a_senders_document_goes_for_all_its_recipients_or_for_none(
    third: list[Agency], tmp_path: Path
) -> None:
    sender, *recipients = third
    legs = sender.send(*recipients, files=[a_file(tmp_path, "hai nơi nhận")])
    by_org = {agency.party.org: agency for agency in recipients}
    one, other = ((leg, by_org[leg.key.recipient]) for leg in legs)
    refuse(one[1], one[0].id)
    other[1].work_until_state(other[0].id, LegState.ARRIVED)
    sender.work_until_state(one[0].id, LegState.REFUSED)
    running = refusal_of(lambda: sender.desk.erasing.approve(legs[0].message, FIRST, OVER))
    assert running.code == "desk-document-running"
    assert str(other[1].party.name) in running.detail
    refuse(other[1], other[0].id)
    sender.desk.erasing.approve(legs[0].message, SECOND, OVER)
    done = sender.desk.erasing.approve(legs[0].message, FIRST)
    assert done.erased_at is not None
    told = [
        read_certificate(certificate_of(sender, leg.id) or "", sender.desk.trust.key)
        for leg in legs
    ]
    assert sorted(one.content for one in told) == [False, True]
    # The recipients keep what they have, and can erase it by themselves.
    one[1].desk.work()
    one[1].desk.rewrapping.follow_own_key()
    with one[1].desk.store.read() as tx:
        assert get_message(tx, legs[0].message).manifest is not None
    one[1].desk.erasing.approve(legs[0].message, FIRST, OVER)
    assert one[1].desk.erasing.approve(legs[0].message, SECOND).erased_at is not None


class LyingErasures(ErasureClient):
    """A server that answers with this certificate, whatever is erased."""

    def __init__(self, real: ErasureClient, certificate: str) -> None:
        super().__init__(real._connection)
        self._certificate = certificate

    def erase(self, leg: Digest) -> ToldErasure:
        del leg
        return ToldErasure((), self._certificate)


def test_a_certificate_that_is_none_of_this_erasure_destroys_nothing(
    sender: Agency, recipient: Agency, tmp_path: Path
) -> None:
    other = send_refused(sender, recipient, a_file(tmp_path, "văn bản khác"))
    recipient.desk.erasing.approve(other.message, FIRST, OVER)
    recipient.desk.erasing.approve(other.message, SECOND)
    theirs = certificate_of(recipient, other.id)
    assert theirs is not None
    leg = send_refused(sender, recipient, a_file(tmp_path, "máy chủ nói dối"))
    erasing = recipient.desk.erasing
    erasing.approve(leg.message, FIRST, OVER)
    real = erasing._server
    for lie in (theirs, theirs.replace(other.id.hex(), leg.id.hex()), "đã xóa\n"):
        erasing._server = LyingErasures(real, lie)
        refused = refusal_of(lambda: erasing.approve(leg.message, SECOND))
        assert (type(refused), refused.code) == (VerificationFailed, "erasure-certificate-invalid")
        with recipient.desk.store.read() as tx:
            message = get_message(tx, leg.message)
        assert message.manifest is not None
        assert recipient.desk.content.has(message.manifest.parts[0].digest)
        one = erasure_of(recipient, leg)
        assert one is not None
        assert "[erasure-certificate-invalid]" in (one.waits or "")
    erasing._server = real
    recipient.desk.work()
    one = erasure_of(recipient, leg)
    assert one is not None
    assert one.erased_at is not None
