"""The verdict that follows from eleven checks: the whole truth table, against its rules."""

from __future__ import annotations

import itertools

import pytest

from ledger.clock import parse_time
from ledger.error_codes import CODES
from ledger.verify.finding import Finding
from ledger.verify.report import (
    CHECKS,
    NOTICES,
    Check,
    Outcome,
    Report,
    Verdict,
    derive_verdict,
)

FAIL, PASS, SKIPPED, UNKNOWN = Outcome.FAIL, Outcome.PASS, Outcome.SKIPPED, Outcome.UNKNOWN


def checks(codes: dict[int, str] | None = None, **outcomes: Outcome) -> tuple[Check, ...]:
    codes = codes or {}
    return tuple(
        Check(number, outcomes.get(f"c{number}", PASS), "", codes.get(number)) for number in CHECKS
    )


def test_verdict_values_are_the_documented_ones() -> None:
    assert [verdict.value for verdict in Verdict] == [
        "intact",
        "intact, with notice",
        "pending",
        "does not match",
        "withdrawn",
        "recalled",
        "could not check",
        "unknown",
    ]


@pytest.mark.parametrize("number", [n for n in CHECKS if n != 10])
def test_verdict_any_failed_check_outranks_everything(number: int) -> None:
    for other in Outcome:
        outcomes = {f"c{n}": other for n in CHECKS} | {f"c{number}": FAIL}
        codes = {10: "record-recalled", 9: "ledger-foreign"}
        found = derive_verdict(checks(codes, **outcomes), ["superseded"])
        assert found is Verdict.DOES_NOT_MATCH


@pytest.mark.parametrize(
    ("code", "verdict"),
    [("record-recalled", Verdict.RECALLED), ("record-withdrawn", Verdict.WITHDRAWN)],
)
def test_verdict_known_bad_status_outranks_unknown(code: str, verdict: Verdict) -> None:
    for rest in (PASS, UNKNOWN, SKIPPED):
        outcomes = {f"c{n}": rest for n in CHECKS} | {"c10": FAIL}
        assert derive_verdict(checks({10: code}, **outcomes), []) is verdict


@pytest.mark.parametrize("number", list(CHECKS))
def test_verdict_unknown_outranks_good_news(number: int) -> None:
    for anchor, notices in itertools.product((PASS, SKIPPED), ([], ["superseded"])):
        outcomes = {"c8": anchor, f"c{number}": UNKNOWN}
        assert derive_verdict(checks(None, **outcomes), notices) is Verdict.COULD_NOT_CHECK


def test_verdict_good_news() -> None:
    assert derive_verdict(checks(), []) is Verdict.INTACT
    assert derive_verdict(checks(), ["superseded"]) is Verdict.INTACT_WITH_NOTICE
    assert derive_verdict(checks(c8=SKIPPED), ["anchoring-overdue"]) is Verdict.PENDING
    foreign = checks({9: "ledger-foreign"}, c9=UNKNOWN, c8=SKIPPED)
    assert derive_verdict(foreign, []) is Verdict.UNKNOWN


def test_verdict_needs_every_check() -> None:
    with pytest.raises(AssertionError):
        derive_verdict(checks()[:-1], [])


def test_finding_undeclared_notice_is_a_bug() -> None:
    with pytest.raises(AssertionError):
        Finding.passed("", "made-up")


def test_notices_and_error_codes_do_not_share_names() -> None:
    assert not NOTICES.keys() & CODES.keys()


def test_report_json_is_the_documented_one() -> None:
    at = parse_time("2026-03-01T10:00:00.000Z")
    report = Report(Verdict.INTACT_WITH_NOTICE, checks(), ("superseded",), {"record": {}}, at)
    value = report.to_json()
    assert value["v"] == 1
    assert value["type"] == "provenance.report"
    assert value["verdict"] == "intact, with notice"
    assert [check["number"] for check in value["checks"]] == list(range(1, 12))
    assert [check["name"] for check in value["checks"]] == list(CHECKS.values())
    assert value["notices"] == [{"code": "superseded", "detail": NOTICES["superseded"]}]
    assert value["facts"] == {"record": {}}
    assert value["checkedAt"] == "2026-03-01T10:00:00.000Z"
