"""The error tree: every error known, declared and of some use."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import ledger.errors as errors_module
from ledger.error_codes import CODES, SUBJECTS
from ledger.errors import (
    Conflict,
    InvalidInput,
    LedgerError,
    NotAcceptable,
    TooLarge,
    Unavailable,
    UnsupportedMedia,
    VerificationFailed,
)

ROOT = Path(__file__).resolve().parents[2]

CLASSES = [
    item
    for item in vars(errors_module).values()
    if isinstance(item, type) and issubclass(item, LedgerError)
]

_RAISED = re.compile(
    r"(?:" + "|".join(item.__name__ for item in CLASSES) + r")\(\s*\"([a-z0-9-]+)\""
)


def test_tree_is_the_one_drawn() -> None:
    drawn = set(re.findall(r"[├└]── (\w+)", errors_module.__doc__ or ""))
    assert {item.__name__ for item in CLASSES} == drawn | {"LedgerError"}
    for item in (TooLarge, UnsupportedMedia, NotAcceptable):
        assert issubclass(item, InvalidInput)


def test_could_not_check_is_neither_invalid_nor_failed() -> None:
    assert not issubclass(Unavailable, InvalidInput | VerificationFailed)
    assert not issubclass(VerificationFailed, Unavailable | InvalidInput)
    families = {item.family for item in (InvalidInput, VerificationFailed, Unavailable, Conflict)}
    assert len(families) == 4


def test_codes_are_sorted_and_advise() -> None:
    assert list(CODES) == sorted(CODES)
    for code, advice in CODES.items():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)
        assert advice.endswith("."), code
        assert "  " not in advice, code


def test_codes_stand_once_in_the_table_of_their_subject() -> None:
    assert sum(map(len, SUBJECTS)) == len(CODES)
    for subject in SUBJECTS:
        assert list(subject) == sorted(subject)


def test_codes_raised_anywhere_are_declared() -> None:
    raised: dict[str, Path] = {}
    for folder in ("ledger", "api"):
        for path in (ROOT / folder).rglob("*.py"):
            for code in _RAISED.findall(path.read_text()):
                raised[code] = path
    assert raised.keys() <= CODES.keys(), {
        code: str(path) for code, path in raised.items() if code not in CODES
    }
    assert "json-duplicate-key" in raised


def test_error_carries_code_detail_pointer_and_advice() -> None:
    error = InvalidInput("json-malformed", "broken", pointer="/a", line=3)
    assert (error.code, error.detail, error.pointer) == ("json-malformed", "broken", "/a")
    assert error.advice == CODES["json-malformed"]
    assert error.context == {"line": 3}
    assert str(error) == "broken (at /a)"
    assert str(InvalidInput("json-malformed", "broken", pointer="")) == "broken (at /)"
    assert str(InvalidInput("json-malformed", "broken")) == "broken"
    assert InvalidInput("json-malformed", "broken", advice="Mend it.").advice == "Mend it."


def test_error_with_undeclared_code_is_a_bug() -> None:
    with pytest.raises(AssertionError):
        InvalidInput("no-such-code", "detail")
