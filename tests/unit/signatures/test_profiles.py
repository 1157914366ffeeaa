"""Verdicts, profiles and problem codes: closed lists that agree with each other and the page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ledger.errors import InvalidInput
from ledger.signatures.messages import messages, say
from ledger.signatures.problem_codes import PROBLEMS
from ledger.signatures.profile import PROFILES, Profile, get_profile
from ledger.signatures.verdict import RESULTS, Outcome, Problem, Result, Verdict, worst

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "formats" / "inspection.md").read_text()
_RAISED = re.compile(
    r"(?:failed|unknown|Problem|_Broken|HashChainBroken|ArchiveRefused|XmlRefused|_malformed)\("
    r'[^")]*"([a-z0-9]+(?:-[a-z0-9]+)+)"'
)


def test_codes_are_sorted_and_advise() -> None:
    assert list(PROBLEMS) == sorted(PROBLEMS)
    assert all(advice.endswith(".") for advice in PROBLEMS.values())


def test_codes_named_anywhere_are_declared() -> None:
    named = {
        code
        for path in (ROOT / "ledger" / "signatures").glob("*.py")
        for code in _RAISED.findall(path.read_text())
    }
    assert named - set(PROBLEMS) == set()


def test_page_has_every_verdict_profile_and_code() -> None:
    for word in (*Verdict, *PROFILES, *PROBLEMS):
        assert f"`{word}`" in PAGE, word
    for code, advice in PROBLEMS.items():
        assert f"| `{code}` | {advice} |" in PAGE, code


def test_clerks_are_told_everything_in_both_languages() -> None:
    told = messages()
    assert list(told["verdict"]) == list(Verdict)
    assert list(told["result"]) == list(RESULTS)
    assert list(told["outcome"]) == list(Outcome)
    assert list(told["problem"]) == list(PROBLEMS)
    for group in told.values():
        assert all(set(words) == {"vi", "en"} and all(words.values()) for words in group.values())
    assert say("verdict", "NO_SIGNATURE") == "Không có chữ ký"
    assert say("outcome", "unknown", "en") == "could not be checked"


def test_no_profile_accepts_what_was_not_shown() -> None:
    never = {
        Verdict.INVALID,
        Verdict.NO_SIGNATURE,
        Verdict.GRANTED,
        Verdict.VALID_STRUCTURE,
        Verdict.INTACT_UNTRUSTED,
        Verdict.VALID_TEST_PKI,
        Verdict.VALID_WITH_UNSIGNED_ENTRIES,
        Verdict.VALID_WITH_FOREIGN_CERTS,
    }
    for profile in PROFILES.values():
        assert not profile.accepts & never, profile.name


def test_profile_that_accepts_the_invalid_is_a_bug() -> None:
    with pytest.raises(AssertionError):
        Profile("lax", frozenset({Verdict.INVALID}))


def test_unknown_profile_is_named() -> None:
    with pytest.raises(InvalidInput) as refused:
        get_profile("lax")
    assert refused.value.code == "inspection-profile-unknown"


def test_gravest_outcome_counts_and_every_problem_is_told() -> None:
    one = Result(Outcome.UNKNOWN, (Problem("a", "1"),))
    two = Result(Outcome.FAIL, (Problem("b", "2"),))
    told = worst([Result(Outcome.PASS), one, two, one])
    assert told == Result(Outcome.FAIL, (Problem("a", "1"), Problem("b", "2")))
    assert worst([]).outcome is Outcome.SKIPPED
