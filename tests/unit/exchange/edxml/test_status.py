"""Status messages and evidence say the same: each is made from the other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import InvalidInput
from ledger.exchange import erds
from ledger.exchange.edxml.reading import read_edxml
from ledger.exchange.edxml.status import EdxmlStatus, write_status
from ledger.exchange.evidence import Arrival, Evidence, Staff
from ledger.exchange.rules import LegAction
from ledger.exchange.vocabulary import ACTION_OF_STATUS
from ledger.records.record import RecordId
from tests.support.exchange_evidence import evidence
from tests.unit.exchange.test_evidence import RECEIVED, REFUSED

CODED = st.sampled_from(sorted(ACTION_OF_STATUS.values())).flatmap(evidence)
SUBMITTED = replace(
    RECEIVED,
    id=RecordId(b"\x01" * 16),
    action=LegAction.SUBMIT,
    sequence=0,
    submission_time=None,
    arrival=None,
    event_time=RECEIVED.submission_time or RECEIVED.event_time,
)
BODY = write_status(EdxmlStatus.of(REFUSED)).decode()


@given(CODED)
def test_one_record_gives_both_forms_and_comes_back_from_both(said: Evidence) -> None:
    said = replace(said, sender=RECEIVED.sender, previous=SUBMITTED.id)
    before = replace(
        SUBMITTED,
        message=said.message,
        version=said.version,
        event_time=said.submission_time or said.event_time,
    )
    status = read_edxml(write_status(EdxmlStatus.of(said)))
    assert isinstance(status, EdxmlStatus)
    assert status == EdxmlStatus.of(said)
    assert (
        status.evidence(
            before,
            id=said.id,
            sequence=said.sequence,
            issuer=said.issuer,
            custody=said.custody,
            arrival=said.arrival,
            link=said.link,
            report=said.report,
            file=said.file,
            by_document=said.by_document,
        )
        == said
        == erds.read(erds.write(said))
    )


def test_a_reason_is_found_by_its_words_or_kept_in_words() -> None:
    status = EdxmlStatus.of(REFUSED)
    assert status.description == "Gửi sai nơi nhận"

    def reason(text: str | None) -> tuple[int, str | None]:
        found = replace(status, description=text).evidence(
            SUBMITTED, id=REFUSED.id, sequence=3, issuer=REFUSED.issuer
        )
        return found.reason, found.note

    assert reason("Gửi sai nơi nhận") == (1002, None)
    assert reason("Gửi sai nơi nhận: chuyển Sở Y tế") == (1002, "chuyển Sở Y tế")
    assert reason("Thiếu phụ lục") == (1099, "Thiếu phụ lục")
    assert reason(None) == (1099, "Từ chối tiếp nhận")


@pytest.mark.parametrize(
    ("code", "action"),
    [
        ("01", LegAction.ARRIVE), ("1", LegAction.ARRIVE), ("inbox", LegAction.ARRIVE),
        ("Acceptance", LegAction.RECEIVE), ("done", LegAction.FINISH),
        ("15", LegAction.ACCEPT_RECALL), ("14", LegAction.ACCEPT_RECALL),
    ],
)  # fmt: skip
def test_codes_are_read_as_axes_write_them(code: str, action: LegAction) -> None:
    body = BODY.replace(">02<", f">{code}<")
    found = read_edxml(body.encode())
    assert isinstance(found, EdxmlStatus)
    assert found.action is action


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        (">02<", ">07<", "StatusCode"),
        (">02<", ">fail<", "StatusCode"),
        (">02<", "><", "StatusCode"),
        ("2026/03/02 10:00:00", "2026/03/02 25:00:00", "Timestamp"),
        ("2026/03/02 10:00:00", "hôm qua", "Timestamp"),
        (">2026/03/02</edXML:Prom", ">x</edXML:Prom", "ResponseFor/PromulgationDate"),
        (">H56.TEST.02<", "><", "From/OrganId"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_where_it_is(old: str, new: str, name: str) -> None:
    assert old in BODY
    with pytest.raises(InvalidInput) as refused:
        read_edxml(BODY.replace(old, new).encode())
    assert refused.value.pointer == f"/edXML/edXMLEnvelope/edXMLHeader/Status/{name}"


def test_time_is_vietnam_s_unless_it_says_otherwise() -> None:
    for text in ("2026/03/02 10:00:00", "2026-03-02T03:00:00Z", "02/03/2026 10:00"):
        found = read_edxml(BODY.replace("2026/03/02 10:00:00", text).encode())
        assert isinstance(found, EdxmlStatus)
        assert found.at == datetime(2026, 3, 2, 3, 0, tzinfo=UTC)


def test_a_status_about_something_else_is_no_evidence_here() -> None:
    status = EdxmlStatus.of(REFUSED)
    other = replace(SUBMITTED, document_id=replace(SUBMITTED.document_id, code_number="9"))
    with pytest.raises(InvalidInput, match="another document"):
        status.evidence(other, id=REFUSED.id, sequence=3, issuer=REFUSED.issuer)
    elsewhere = replace(SUBMITTED, recipient=replace(SUBMITTED.recipient, organ_id="H56.9"))
    with pytest.raises(InvalidInput, match="the leg is"):
        status.evidence(elsewhere, id=REFUSED.id, sequence=3, issuer=REFUSED.issuer)


def test_a_receipt_needs_the_number_the_register_gave() -> None:
    status = EdxmlStatus.of(replace(RECEIVED, staff=Staff(staff="Văn Thư")))
    with pytest.raises(InvalidInput, match="arrival number"):
        status.evidence(SUBMITTED, id=RECEIVED.id, sequence=3, issuer=RECEIVED.issuer)
    found = status.evidence(
        SUBMITTED,
        id=RECEIVED.id,
        sequence=3,
        issuer=RECEIVED.issuer,
        arrival=Arrival(457, date(2026, 3, 2)),
    )
    assert found == replace(RECEIVED, staff=Staff(staff="Văn Thư"), previous=SUBMITTED.id)


def test_what_edxml_has_no_code_for_is_no_status() -> None:
    with pytest.raises(InvalidInput, match="edXML has no SUBMIT"):
        EdxmlStatus.of(SUBMITTED)
