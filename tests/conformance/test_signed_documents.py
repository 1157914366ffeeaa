"""Every signed document of the conformance data: the verdict that its upstream test suite, or the
reference libraries, give it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ledger.cli.main import app
from ledger.signatures.inspecting import inspect, read_trust_folder
from ledger.signatures.profile import PROFILES
from ledger.signatures.verdict import RESULTS, Outcome, Verdict

PDF_TIME = datetime(2020, 11, 1, tzinfo=UTC)
"""When the test authority of the PDFs signs: its certificates are of 2020 to 2022."""


def options(folder: Path, name: str) -> dict[str, Any]:
    """Roots, time and data of a file, by the family it belongs to."""
    family = name.partition("/")[0]
    if family == "pades":
        return {"trust": read_trust_folder(folder / "pades" / "trust"), "at": PDF_TIME}
    if family == "asice-xroad":
        return {"trust": read_trust_folder(folder / "asice-xroad" / "trust")}
    if family == "rfc3161":
        return {"trust": read_trust_folder((folder / name).parent), "detached": b"hello"}
    return {}


@pytest.fixture(scope="session")
def documents(data_folder: Path) -> Path:
    return data_folder / "documents"


@pytest.fixture(scope="session")
def expected(documents: Path) -> dict[str, str]:
    listed = json.loads((documents / "expected.json").read_text())
    return {name: each["expected"] for name, each in listed.items()}


def test_every_document_is_judged_as_expected(documents: Path, expected: dict[str, str]) -> None:
    told = {
        name: inspect(documents / name, **options(documents, name)).verdict.value
        for name in expected
    }
    assert told == expected


def test_command_gives_report_and_exit_code(documents: Path, expected: dict[str, str]) -> None:
    for name in ("asice-xroad/valid-batch-ts.asice", "asic-dss/brokenReference.asice"):
        trust = documents / "asice-xroad" / "trust"
        asked = ["document", "inspect", str(documents / name), "--trust-roots", str(trust)]
        ran = CliRunner().invoke(app, [*asked, "--json"])
        report = json.loads(ran.stdout)
        assert report["verdict"] == expected[name]
        assert ran.exit_code == (0 if report["accepted"] else 1)
        assert all(report[result]["outcome"] in set(Outcome) for result in RESULTS)
        assert all({"signer", "time", "covers"} <= set(one) for one in report["signatures"])


def test_reply_without_data_is_only_granted(documents: Path) -> None:
    name = "rfc3161/sigstage/response-sha256.tsr"
    asked = options(documents, name) | {"detached": None}
    found = inspect(documents / name, **asked)
    assert found.verdict is Verdict.GRANTED
    assert PROFILES["default"].objections(found)


def test_reply_over_other_data_is_invalid(documents: Path) -> None:
    name = "rfc3161/sigstage/response-sha256.tsr"
    asked = options(documents, name) | {"detached": b"hallo"}
    assert inspect(documents / name, **asked).verdict is Verdict.INVALID


def test_reply_must_answer_the_request_given(documents: Path) -> None:
    folder = documents / "rfc3161" / "test_tsa"
    name = "rfc3161/test_tsa/response.tsr"
    asked = options(documents, name)
    own, other = (folder / f"{which}.der" for which in ("request", "other_request"))
    found = inspect(documents / name, request=own.read_bytes(), **asked)
    assert found.verdict is Verdict.VALID
    refused = inspect(documents / name, request=other.read_bytes(), **asked)
    assert refused.verdict is Verdict.INVALID


def test_without_roots_nothing_is_trusted(documents: Path, expected: dict[str, str]) -> None:
    trusted = {Verdict.VALID, Verdict.VALID_WITH_FORM_FILLING, Verdict.VALID_AT_GENTIME}
    for name in expected:
        asked = options(documents, name) | {"trust": None}
        found = inspect(documents / name, **asked)
        assert found.verdict not in trusted, name
        assert PROFILES["default"].objections(found), name
