"""What the portal says at the fields of its forms, and how it writes sizes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from starlette.datastructures import FormData

from api.desk.draft_form import POINTERS, read_draft
from api.desk.faults import FormFaults, faults_of, marks_of
from api.desk.page import ROOM
from api.desk.spelling import spell_size
from api.web.words import load_words
from ledger.desk.drafts import Drafts
from ledger.errors import Conflict, InvalidInput
from ledger.exchange.evidence import FileCode

TODAY = date(2026, 11, 26)
RIGHT = {
    "draft": "0" * 32,
    "to": "H56.02",
    "subject": "V/v  gạo",
    "notation": "SNN-VP",
    "type": "Công văn",
    "file": "0",
}


def read(directory: Path, **changed: str) -> FormFaults | None:
    """What is wrong with the form, changed so."""
    drafts = Drafts(directory)
    drafts.add_file(RIGHT["draft"], "a.pdf", 0)
    try:
        read_draft(FormData({**RIGHT, **changed}), drafts, TODAY)
    except FormFaults as faults:
        return faults
    return None


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("subject", "  "),
        ("subject", "x" * 501),
        ("number", "1/2"),
        ("number", "123456789012"),
        ("notation", "A,B"),
        ("type", ""),
        ("date", "2026-02-30"),
        ("due", "2026-11-25"),
        ("due", "tomorrow"),
    ],
)
def test_a_wrong_field_is_named_and_no_other(tmp_path: Path, field: str, text: str) -> None:
    faults = read(tmp_path, **{field: text})
    assert faults is not None
    assert faults.fields == (field,)
    for language in ("vi", "en"):
        assert faults_of(faults, load_words(language, ROOM), POINTERS)[field]


def test_a_right_form_is_a_draft(tmp_path: Path) -> None:
    assert read(tmp_path, due="2026-11-26", number="12a", priority="9") is None


def test_errors_of_the_domain_are_told_at_their_field() -> None:
    words = load_words("vi", ROOM)
    with pytest.raises(InvalidInput) as refused:
        FileCode.read("x" * 200, "H56.02", 2026)
    assert list(faults_of(refused.value, words, POINTERS)) == ["file_code"]
    known = Conflict("desk-version-known", "it was sent")
    assert faults_of(known, words, POINTERS) == {"number": words.say("error.desk-version-known")}
    taken = Conflict("desk-number-taken", "the form of a draft has no arrival number")
    assert faults_of(taken, words, POINTERS) == {}


def test_the_first_wrong_field_is_where_the_reader_begins() -> None:
    faults = {"to": "…", "due": "…"}
    assert "autofocus" in marks_of(faults, "to")
    assert marks_of(faults, "due") == {"aria-invalid": "true", "aria-describedby": "due-fault"}
    assert marks_of(faults, "subject") == {}


def test_sizes_have_the_decimal_mark_of_the_language() -> None:
    vi, en = (load_words(language, ROOM) for language in ("vi", "en"))
    assert [spell_size(vi, size) for size in (0, 999, 46_884, 3_000_000, 2_147_483_648)] == [
        "0 B", "999 B", "46,9 KB", "3,0 MB", "2,1 GB",
    ]  # fmt: skip
    assert spell_size(en, 46_884) == "46.9 KB"
    assert spell_size(en, 460_884) == "461 KB"
