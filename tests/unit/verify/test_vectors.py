"""Every bundle vector, by the verifier of this tree."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ledger.clock import parse_time
from ledger.proof.trust import parse_trust
from ledger.verify.verifier import verify
from tests.support.recorded_chain import load_chain

BUNDLES = sorted((Path(__file__).parents[2] / "vectors" / "bundle").iterdir())
SOUND = ("intact", "intact-with-notice", "pending")


@pytest.mark.parametrize("folder", BUNDLES, ids=lambda folder: folder.name)
def test_verify_vector_gives_expected_report(folder: Path) -> None:
    expected = json.loads((folder / "expected.json").read_bytes())
    report = verify(
        (folder / "bundle.json").read_bytes(),
        parse_trust((folder / "trust.json").read_bytes()),
        load_chain(folder),
        parse_time((folder / "now.txt").read_text().strip()),
    )
    assert report.verdict.value == expected["verdict"]
    assert {str(check.number): check.outcome.value for check in report.checks} == expected["checks"]
    codes = {str(check.number): check.code for check in report.checks if check.code}
    assert codes == expected["codes"]
    assert list(report.notices) == expected["notices"]


def test_vectors_folder_name_ends_in_verdict() -> None:
    for folder in BUNDLES:
        verdict = json.loads((folder / "expected.json").read_bytes())["verdict"]
        assert folder.name.endswith("_" + verdict.replace(", ", "-").replace(" ", "-"))


def test_vectors_two_thirds_negative() -> None:
    sound = [folder for folder in BUNDLES if folder.name.rpartition("_")[2] in SOUND]
    assert len(BUNDLES) >= 3 * len(sound)
