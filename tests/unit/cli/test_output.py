"""How commands end: one line, one code."""

from __future__ import annotations

import io
import sys
from typing import NoReturn

import pytest
import typer
import zxingcpp
from PIL import Image

from ledger import errors
from ledger.cli.output import exit_code, fail_in_one_line, print_qr, show_table
from ledger.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    LedgerError,
    Misconfigured,
    NotFound,
    QuotaExceeded,
    Unauthenticated,
    Unavailable,
    VerificationFailed,
)


@pytest.mark.parametrize(
    ("kind", "code", "expected"),
    [
        (InvalidInput, "json-malformed", 2),
        (errors.TooLarge, "body-too-large", 2),
        (Misconfigured, "port-in-use", 2),
        (VerificationFailed, "note-signature-invalid", 1),
        (Unavailable, "chain-unavailable", 3),
        (Unavailable, "record-not-sequenced", 4),
        (Unavailable, "organization-registering", 4),
        (NotFound, "record-unknown", 5),
        (Forbidden, "scope-missing", 6),
        (Unauthenticated, "api-key-refused", 6),
        (Conflict, "event-id-taken", 6),
        (QuotaExceeded, "quota-requests", 6),
    ],
)
def test_exit_code_by_class_of_error(kind: type[LedgerError], code: str, expected: int) -> None:
    assert exit_code(kind(code, "why")) == expected


def ended(error: BaseException, capsys: pytest.CaptureFixture[str], **kwargs: bool) -> int:
    @fail_in_one_line
    def command(as_json: bool = False) -> NoReturn:
        raise error

    with pytest.raises(typer.Exit) as caught:
        command(**kwargs)
    return caught.value.exit_code


def test_command_error_with_line_breaks_told_in_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    error = Unavailable("storage-unavailable", "first\nsecond")
    assert ended(error, capsys) == 3
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert "first second [storage-unavailable] Check that" in told.err


def test_command_error_as_json_on_standard_output_too(capsys: pytest.CaptureFixture[str]) -> None:
    error = InvalidInput("json-malformed", "no", pointer="/a")
    assert ended(error, capsys, as_json=True) == 2
    told = capsys.readouterr()
    assert told.out.startswith('{"error": "json-malformed"')
    assert '"pointer": "/a"' in told.out


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (OSError(28, "No space left on device", "/x"), 2, "/x: No space left on device"),
        (KeyboardInterrupt(), 130, ""),
        (ZeroDivisionError("division by zero"), 70, "ZeroDivisionError: division by zero"),
        (RuntimeError("a\nb"), 70, "RuntimeError: a b"),
    ],
)
def test_command_whatever_goes_wrong_is_one_line(
    error: BaseException, code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(error, capsys) == code
    told = capsys.readouterr().err
    assert "Traceback" not in told
    assert told.count("\n") == (1 if words else 0)
    assert words in told


def test_command_bug_with_traceback_wanted_raises(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PROVENANCE_TRACEBACK", "1")

    @fail_in_one_line
    def command() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        command()


def test_show_table_keeps_ids_whole(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(("id", "name"), [("0x" + "ab" * 32, "Mật ong"), ("0x1", "x")])
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "0x" + "ab" * 32 + "  Mật ong"
    assert lines[2].index("x", 3) == lines[1].index("M")


def test_print_qr_is_read_by_a_scanner(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "http://127.0.0.1:8080/01/09520610100019/10/MO-2603"
    monkeypatch.setattr(sys, "stderr", shown := io.StringIO())
    print_qr(text)
    rows = [
        line.removeprefix("\033[30;107m").removesuffix("\033[0m")
        for line in shown.getvalue().splitlines()
    ]
    dark = {"█": (0, 0), "▀": (0, 255), "▄": (255, 0), " ": (255, 255)}
    image = Image.new("L", (len(rows[0]), 2 * len(rows)))
    for y, row in enumerate(rows):
        assert len(row) == len(rows[0])
        for x, glyph in enumerate(row):
            image.putpixel((x, 2 * y), dark[glyph][0])
            image.putpixel((x, 2 * y + 1), dark[glyph][1])
    scaled = image.resize((image.width * 6, image.height * 6), Image.Resampling.NEAREST)
    assert [found.text for found in zxingcpp.read_barcodes(scaled)] == [text]
