"""Digital Links and check digits as the reference engine reads them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from ledger.cli.main import app
from ledger.errors import InvalidInput
from ledger.gs1.digital_link import find_digital_link
from ledger.gs1.keys import parse_key


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as table:
        return list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))


def refusal(action: Callable[[], object]) -> InvalidInput | None:
    try:
        action()
    except InvalidInput as fault:
        return fault
    return None


def ask(*arguments: str) -> dict[str, Any]:
    """What the command says, once its exit code agrees."""
    ran = CliRunner().invoke(app, ["gs1", *arguments, "--json"])
    told: dict[str, Any] = json.loads(ran.stdout)
    assert ran.exit_code == (0 if told["valid"] else 1), arguments
    return told


def test_links_read_as_reference_engine_reads_them(epcis_data: Path) -> None:
    vectors = rows(epcis_data / "digital-link/uri-vectors.tsv")
    assert len(vectors) > 20
    for row in vectors:
        uri = row["uri"]
        fault = refusal(lambda uri=uri: find_digital_link(uri))  # type: ignore[misc]
        if row["valid"] == "false":
            assert fault is not None, uri
            assert fault.detail
            continue
        assert fault is None, (uri, str(fault))
        link = find_digital_link(uri)
        assert (link.element_string if link else "") == (row["element_string"] or ""), uri
        assert (link.canonical_uri if link else "") == (row["canonical_uri"] or ""), uri
        if link is not None:
            again = find_digital_link(link.canonical_uri)
            assert again is not None
            assert again.canonical_uri == link.canonical_uri


def test_check_digits_as_expected(epcis_data: Path) -> None:
    vectors = rows(epcis_data / "check-digits/check-digits.tsv")
    assert len(vectors) > 50
    for row in vectors:
        kind, value = row["key"], row["value"] or ""
        fault = refusal(lambda kind=kind, value=value: parse_key(kind, value))  # type: ignore[misc]
        assert (fault is None) == (row["valid"] == "true"), row
        if fault is not None and fault.code == "gs1-check-digit-wrong":
            assert fault.context["expected"] == row["expected_check_digit"], row


def test_links_read_alike_by_the_command(epcis_data: Path) -> None:
    for row in rows(epcis_data / "digital-link/uri-vectors.tsv"):
        told = ask("parse", row["uri"])
        assert told["valid"] == (row["valid"] == "true"), row
        assert told["element_string"] == (row["element_string"] or ""), row
        assert told["canonical_uri"] == (row["canonical_uri"] or ""), row
        assert told["valid"] or told["message"], row


def test_check_digits_judged_alike_by_the_command(epcis_data: Path) -> None:
    for row in rows(epcis_data / "check-digits/check-digits.tsv"):
        told = ask("check", row["key"], row["value"] or "")
        assert told["valid"] == (row["valid"] == "true"), row
        assert told["expected_check_digit"] == (row["expected_check_digit"] or ""), row
        assert told["valid"] == (not told["message"]), row
