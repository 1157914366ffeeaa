"""Evidence says exactly what happened, in one JSON, and commits to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import canonical
from ledger.digest import Digest
from ledger.errors import InvalidInput
from ledger.exchange import erds
from ledger.exchange.evidence import Arrival, Evidence, FileCode
from ledger.exchange.reasons import REASONS, reason_of, reasons_of
from ledger.exchange.rules import OPENINGS, RULES, LegAction
from ledger.exchange.signed import ZERO, Opening, Step
from ledger.exchange.vocabulary import ACTION_OF_EVENT, ACTION_OF_STATUS, EVENTS
from ledger.identity.organization import OrgId
from ledger.records.record import RecordId
from tests.support.exchange_evidence import (
    DOCUMENT_ID,
    DOMAIN,
    KEY,
    RECIPIENT,
    SENDER,
    SUBMITTED_AT,
    evidence,
)

RECEIVED = Evidence(
    id=RecordId(b"\x07" * 16),
    action=LegAction.RECEIVE,
    domain=DOMAIN,
    leg=KEY.leg,
    sequence=3,
    sender=SENDER,
    recipient=RECIPIENT,
    issuer=RECIPIENT.org,
    custody="organization",
    event_time=datetime(2026, 3, 2, 3, 0, tzinfo=UTC),
    message=Digest(b"\x05" * 32),
    document_id=DOCUMENT_ID,
    submission_time=SUBMITTED_AT,
    arrival=Arrival(457, date(2026, 3, 2)),
)
REFUSED = replace(RECEIVED, action=LegAction.REFUSE, arrival=None, reason=1002)
SALT = bytes(range(32))
ROOT = Path(__file__).resolve().parents[3]


def test_every_action_is_an_event_and_every_event_one_action() -> None:
    assert set(EVENTS) == {*OPENINGS, *RULES}
    assert len(ACTION_OF_EVENT) == len(EVENTS) == 22
    assert set(ACTION_OF_STATUS) == {"01", "02", "03", "04", "05", "06", "13", "15", "16"}


def test_exactly_what_needs_a_reason_has_a_choice_of_them() -> None:
    reasoned = {reason.action for reason in REASONS.values()}
    needed = {action for action, rule in RULES.items() if rule.needs_reason}
    lapses = {LegAction.EXPIRE, LegAction.MARK_OVERDUE}
    assert reasoned == needed | lapses | {LegAction.REJECT_SUBMISSION}
    for reason in REASONS.values():
        assert reason.number // 100 == reason.action
        assert reason.vi != reason.en
        assert canonical.parse(canonical.encode(reason.vi)) == reason.vi
    for action in reasoned:
        assert len({reason.code for reason in reasons_of(action)}) == len(reasons_of(action))


def test_a_reason_of_another_action_is_none() -> None:
    with pytest.raises(InvalidInput, match="REFUSE has no reason 1401"):
        reason_of(LegAction.REFUSE, 1401)
    with pytest.raises(InvalidInput):
        reason_of(LegAction.RECEIVE, 1001)
    assert reason_of(LegAction.RECEIVE, 0) is None


@given(evidence())
def test_reads_back_what_it_writes(drawn: Evidence) -> None:
    body = canonical.parse(canonical.encode(erds.write(drawn)))
    assert erds.read(body) == drawn
    envelope = canonical.parse(canonical.encode(erds.record(drawn).envelope()))
    assert erds.read_record(envelope) == drawn


@given(evidence(), st.data())
def test_no_member_can_be_changed_added_or_left_out(drawn: Evidence, data: st.DataObject) -> None:
    body = erds.write(drawn)
    place = body
    while True:
        name = data.draw(st.sampled_from(sorted(place)))
        if not isinstance(place[name], dict) or not place[name] or data.draw(st.booleans()):
            break
        place = place[name]
    change = data.draw(st.sampled_from(["drop", "add", "null", "text"]))
    before = place[name]
    if change == "drop":
        del place[name]
    elif change == "add":
        place["Further"] = before
    else:
        place[name] = None if change == "null" else "x"
    try:
        other = erds.read(body)
    except InvalidInput:
        return
    # Some texts can be left out or be others: then it is another evidence, and says so.
    assert other != drawn
    assert erds.write(other) == body


def test_commitment_hides_and_binds() -> None:
    first = erds.commitment(RECEIVED, SALT)
    assert first == erds.commitment(replace(RECEIVED), SALT)
    assert first != erds.commitment(RECEIVED, bytes(32))
    assert first != erds.commitment(replace(RECEIVED, sequence=4), SALT)


def test_etsi_names_and_codes_are_the_standard_s() -> None:
    body = erds.write(REFUSED)
    assert body["ERDSEventId"] == "http://uri.etsi.org/19522/Event/ConsignmentRejection"
    assert body["EventReasons"][0]["code"] == "RC08"
    assert body["EventReasons"][0]["detail"] == "Gửi sai nơi nhận"
    assert body["Extensions"]["edXML"] == {"StatusCode": "02"}
    arrived = erds.write(replace(RECEIVED, action=LegAction.ARRIVE, arrival=None))
    assert arrived["ERDSEventId"].endswith("/Event/ContentConsignment")
    assert arrived["Extensions"]["impliedEvents"] == [
        "http://uri.etsi.org/19522/Event/ConsignmentNotification"
    ]


def test_export_adds_the_chain_and_changes_nothing_else() -> None:
    place = erds.ChainPlace(7, 1_772_420_400, Digest(b"\x09" * 32), 4)
    shown = erds.export(RECEIVED, place)
    for name in ("blockNumber", "blockTime", "transactionHash", "logIndex"):
        del shown["TransactionLogInformation"][name]
    assert shown == erds.write(RECEIVED) == erds.export(RECEIVED, None)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"arrival": None}, "/arrival"),
        ({"sequence": 0}, "/sequence"),
        ({"submission_time": None}, "/submissionTime"),
        ({"link": Digest(b"\x01" * 32)}, "/link"),
        ({"by_document": DOCUMENT_ID}, "/byDocument"),
        ({"note": " "}, "/note"),
        ({"note": "x" * 501}, "/note"),
        ({"version": 0}, "/version"),
        ({"event_time": datetime(2026, 3, 2)}, "/eventTime"),  # noqa: DTZ001
        ({"custody": "operator"}, "/custody"),
        ({"action": LegAction.NONE}, "/action"),
        ({"reason": 1001}, "/reason"),
        ({"recipient": SENDER}, "/recipient"),
    ],
)
def test_nonsense_is_refused_where_it_is(change: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        replace(RECEIVED, **change)
    assert refused.value.pointer == pointer


STEP = Step(
    key=KEY,
    org=RECIPIENT.org,
    actor=RECIPIENT.org,
    action=LegAction.REFUSE,
    evidence=erds.commitment(REFUSED, SALT),
    nonce=3,
    deadline=2_000_000_000,
    reason=1002,
)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"action": LegAction.FAIL_HANDOVER}, "/action"),
        ({"actor": OrgId(b"\x03" * 32)}, "/issuer"),
        ({"nonce": 4}, "/sequence"),
        ({"reason": 1001}, "/reason"),
        ({"link": b"\x01" * 32}, "/link"),
        ({"key": replace(KEY, salt=bytes(32))}, "/leg"),
    ],
)
def test_evidence_of_another_step_is_refused(change: dict[str, Any], pointer: str) -> None:
    REFUSED.check_describes(STEP)
    with pytest.raises(InvalidInput) as refused:
        REFUSED.check_describes(replace(STEP, **change))
    assert (refused.value.code, refused.value.pointer) == ("evidence-differs", pointer)


def test_evidence_of_an_opening_names_its_message() -> None:
    submitted = replace(
        RECEIVED, action=LegAction.SUBMIT, sequence=0, submission_time=None, arrival=None,
        issuer=SENDER.org,
    )  # fmt: skip
    opening = Opening(
        key=KEY,
        actor=SENDER.org,
        action=LegAction.SUBMIT,
        message=RECEIVED.message,
        evidence=erds.commitment(submitted, SALT),
        deadline=2_000_000_000,
    )
    submitted.check_describes(opening)
    with pytest.raises(InvalidInput, match="not what was signed"):
        submitted.check_describes(replace(opening, message=ZERO))
    with pytest.raises(InvalidInput, match="not what was signed"):
        submitted.check_describes(STEP)


def test_description_lists_every_event_and_reason() -> None:
    text = (ROOT / "docs" / "formats" / "evidence.md").read_text(encoding="utf-8")
    rows = [tuple(cell.strip() for cell in row.split("|")[1:-1]) for row in text.splitlines()]
    assert {row for row in rows if len(row) == 5 and row[0].isdigit()} == {
        (
            str(action.value),
            action.name,
            "ETSI" if event.is_etsi else "ours",
            ", ".join(uri.rsplit("/", 1)[1] for uri in (event.uri, *event.implied)),
            event.status_code or "",
        )
        for action, event in EVENTS.items()
    }
    assert {row for row in rows if len(row) == 6 and row[0].isdigit()} == {
        (
            str(reason.number),
            reason.action.name,
            f"`{reason.code}`",
            reason.etsi or "",
            reason.vi,
            reason.en,
        )
        for reason in REASONS.values()
    }


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("12/HS-TT", ("H56.01", 2026, "12/HS-TT")),
        ("H56.01.2025.04/HS", ("H56.01", 2025, "04/HS")),
        ("  H56.01.2025.a.b ", ("H56.01", 2025, "a.b")),
        ("H56.01.x", ("H56.01", 2026, "H56.01.x")),
    ],
)
def test_a_file_code_is_read_as_clerks_write_it(said: str, code: tuple[str, int, str]) -> None:
    read = FileCode.read(said, "H56.01", 2026)
    assert read == FileCode(*code)
    assert FileCode.read(read.text, "H56.01", 1999) == read


def test_a_file_code_that_is_none_is_refused() -> None:
    for said in ("", "x" * 21, "H56.01.2025."):
        with pytest.raises(InvalidInput):
            FileCode.read(said, "H56.01", 2026)
