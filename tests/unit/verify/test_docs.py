"""docs/formats/verdicts.md says what the verifier does."""

from __future__ import annotations

import json
import re
from pathlib import Path

from ledger.cli.verify import EXIT_CODES
from ledger.verify.report import CHECKS, NOTICES

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "formats" / "verdicts.md").read_text()


def table(heading: str) -> list[list[str]]:
    """Cells of the first table under a heading, without its head."""
    section = TEXT.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def test_docs_name_every_check() -> None:
    assert {int(row[0]): row[1].strip("`") for row in table("Checks")} == CHECKS


def test_docs_name_every_verdict_with_its_exit_code() -> None:
    documented = {row[0].strip("`"): int(row[2]) for row in table("Verdicts")}
    assert documented == {verdict.value: code for verdict, code in EXIT_CODES.items()}


def test_docs_name_every_notice() -> None:
    assert [row[0].strip("`") for row in table("Notices")] == list(NOTICES)


def test_docs_name_every_code_the_vectors_show() -> None:
    documented = {
        int(row[0]): re.findall(r"`([a-z-]+)(…?)`", " ".join(row[3:])) for row in table("Checks")
    }
    documented[5] += documented[8] + documented[9]
    documented[8] += documented[9]
    documented[10] += documented[9]
    documented[11] += documented[9]
    for file in (ROOT / "tests" / "vectors" / "bundle").glob("*/expected.json"):
        for number, code in json.loads(file.read_bytes())["codes"].items():
            assert any(
                code.startswith(known) if rest else code == known
                for known, rest in documented[int(number)]
            ), f"check {number} gives {code} in {file.parent.name}"
