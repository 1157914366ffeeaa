"""Problem details: status and type of every class of error, nothing leaked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from api.problems import EPCIS_EXCEPTIONS, STATUSES, from_bug, from_error, status_of
from ledger import errors
from ledger.epcis.problems import exception_type
from ledger.error_codes import CODES
from ledger.errors import InvalidInput, LedgerError, QuotaExceeded, TooLarge, Unavailable


def _classes(kind: type[LedgerError]) -> list[type[LedgerError]]:
    return [kind, *(below for child in kind.__subclasses__() for below in _classes(child))]


def _body(response: Any) -> dict[str, Any]:
    body = json.loads(bytes(response.body))
    assert isinstance(body, dict)
    return body


def test_every_class_of_error_has_a_status() -> None:
    declared = [kind for kind in _classes(LedgerError) if kind.__module__ == errors.__name__]
    assert set(declared) - {LedgerError} == set(STATUSES)
    for kind in _classes(LedgerError)[1:]:
        assert any(parent in STATUSES for parent in kind.__mro__), kind


@pytest.mark.parametrize("kind", list(STATUSES))
def test_problem_of_each_class_is_whole(kind: type[LedgerError]) -> None:
    error = kind("json-malformed", "what went wrong", pointer="/a/0")
    ours = from_error("/records/x", error, "request-1")
    theirs = from_error("/epcis/events", error, "request-1")
    body = _body(ours)
    assert ours.status_code == theirs.status_code == status_of(error) == body["status"]
    assert ours.headers["content-type"] == "application/problem+json"
    assert body["type"] == "/problems/json-malformed"
    assert body["advice"] == CODES["json-malformed"]
    assert body["requestId"] == "request-1"
    exception = EPCIS_EXCEPTIONS.get(ours.status_code)
    assert _body(theirs)["type"] == (
        f"epcisException:{exception}" if exception else "/problems/json-malformed"
    )


def test_problem_of_subclass_takes_the_nearest_status() -> None:
    class Huge(TooLarge):
        pass

    assert status_of(Huge("json-malformed", "x")) == 413


def test_problem_of_input_carries_pointer_and_detail() -> None:
    body = _body(from_error("/x", InvalidInput("json-malformed", "bad", pointer="/a"), None))
    assert body["pointer"] == "/a"
    assert body["detail"] == "bad"
    assert "requestId" not in body


def test_problem_on_our_side_hides_the_detail() -> None:
    secret = "psycopg.OperationalError: host=10.0.0.7 password=hunter2"
    error = Unavailable("internal-error", secret, pointer="/db", advice=secret)
    response = from_error("/x", error, "r")
    assert b"hunter2" not in bytes(response.body)
    assert response.headers["retry-after"] == "2"
    assert b"hunter2" not in bytes(from_bug("/x", RuntimeError(secret), "r").body)


@pytest.mark.parametrize(
    ("wait", "header"), [(0.01, "1"), (1.0, "1"), (1.2, "2"), (86_399, "86399")]
)
def test_problem_of_quota_rounds_retry_after_up(wait: float, header: str) -> None:
    error = QuotaExceeded("quota-requests", "slow down", retry_after=wait)
    assert from_error("/x", error, None).headers["retry-after"] == header


NAMED_BY_EPCIS = [kind for kind in STATUSES if STATUSES[kind] not in (412, 422)]
"""No EPCIS resource asks for a precondition or judges a proof."""


@pytest.mark.parametrize("kind", NAMED_BY_EPCIS)
def test_problem_and_capture_job_name_the_same_exception(kind: type[LedgerError]) -> None:
    error = kind("json-malformed", "x")
    assert _body(from_error("/epcis/capture", error, None))["type"] == exception_type(error)
