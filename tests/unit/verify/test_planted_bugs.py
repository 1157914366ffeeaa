"""The vectors themselves are tested: each bug planted here is found by at least one of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ledger.clock import parse_time
from ledger.digest import Digest
from ledger.identity import eip712
from ledger.merkle.checkpoint import Checkpoint, parse_checkpoint
from ledger.merkle.note import open_note
from ledger.ports import StatusOnChain
from ledger.proof import bundle
from ledger.proof.trust import parse_trust
from ledger.verify import (
    authority,
    chain_checks,
    log_checks,
    quorum,
    record_checks,
    snapshot,
    verifier,
)
from ledger.verify.finding import Finding
from ledger.verify.report import Check, Outcome, Verdict, derive_verdict
from tests.support.recorded_chain import load_chain

BUNDLES = sorted((Path(__file__).parents[2] / "vectors" / "bundle").iterdir())


def passing(*_: object) -> Finding:
    return Finding.passed("not looked at")


class Anything(Digest):
    """Equal to whatever it is compared with."""

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = Digest.__hash__


def unsigned_checkpoint(note: str, *_: object) -> Checkpoint:
    return parse_checkpoint(note.rpartition("\n\n")[0] + "\n")


def origin_ignored(note: str, key: Any, origin: str) -> Checkpoint:
    return parse_checkpoint(open_note(note, [key]).text)


def unknown_as(outcome: Outcome) -> Callable[[Sequence[Check], Sequence[str]], Verdict]:
    def derive(checks: Sequence[Check], notices: Sequence[str]) -> Verdict:
        known = [
            replace(check, outcome=outcome) if check.outcome is Outcome.UNKNOWN else check
            for check in checks
        ]
        return derive_verdict(known, notices)

    return derive


def skipped_as_pass(checks: Sequence[Check], notices: Sequence[str]) -> Verdict:
    return derive_verdict(
        [
            replace(check, outcome=Outcome.PASS) if check.outcome is Outcome.SKIPPED else check
            for check in checks
        ],
        notices,
    )


def first_answer_wins(self: quorum.QuorumReader, _: str, ask: Callable[[Any], Any]) -> Any:
    return ask(self._nodes[0])


def silence_is_fatal(self: quorum.QuorumReader, _: str, ask: Callable[[Any], Any]) -> Any:
    answers = [ask(node) for node in self._nodes]
    return answers[0]


def only_own(entry: StatusOnChain, org: object) -> bool:
    return entry.org == org


def everybody(entry: StatusOnChain, org: object) -> bool:
    return True


BUGS: dict[str, tuple[object, str, object]] = {
    "members not compared with the label": (record_checks, "check_members", passing),
    "submission path not checked": (record_checks, "check_submission_path", passing),
    "signature not checked": (record_checks, "check_submission_signature", passing),
    "upper-half signatures taken": (eip712, "CURVE_ORDER", 1 << 257),
    "signer's authority not checked": (verifier, "check_authority", passing),
    "key's window not checked": (authority, "_check_window", lambda *_: []),
    "organization's standing not checked": (authority, "_check_standing", lambda *_: []),
    "copy of the key entry believed": (authority, "_check_copy", lambda *_: []),
    "ends may move either way": (authority, "_only_shortened", lambda *_: True),
    "copy must be the newest": (authority, "_only_shortened", lambda then, now: then == now),
    "log path not checked": (log_checks, "check_log_inclusion", passing),
    "checkpoint's signature not checked": (log_checks, "check_checkpoint", unsigned_checkpoint),
    "checkpoint's origin not checked": (log_checks, "check_checkpoint", origin_ignored),
    "claims about the chain not compared": (chain_checks, "check_claims", lambda *_: None),
    "nodes' identity not compared": (chain_checks, "check_identity", passing),
    "blocks not compared": (chain_checks, "compare_block", passing),
    "status not asked": (chain_checks, "check_status", passing),
    "strangers' declarations count": (chain_checks, "is_counted", everybody),
    "authorities' declarations do not count": (chain_checks, "is_counted", only_own),
    "first node believed": (quorum.QuorumReader, "_ask", first_answer_wins),
    "one silent node taken for all": (quorum.QuorumReader, "_ask", silence_is_fatal),
    "checksum not compared": (bundle, "checksum", lambda _: Anything(bytes(32))),
    "unknown taken for a pass": (verifier, "derive_verdict", unknown_as(Outcome.PASS)),
    "unknown taken for a failure": (verifier, "derive_verdict", unknown_as(Outcome.FAIL)),
    "skipped taken for a pass": (verifier, "derive_verdict", skipped_as_pass),
    "old evidence not told": (snapshot, "STALE_SECONDS", 1 << 60),
    "overdue not told": (verifier, "PENDING_SECONDS", 1 << 60),
    "dates after anchoring not told": (authority, "CLOCK_TOLERANCE", 1 << 60),
}


def found_by() -> list[str]:
    """Vectors that do not give what they should."""
    found = []
    for folder in BUNDLES:
        expected = json.loads((folder / "expected.json").read_bytes())
        report = verifier.verify(
            (folder / "bundle.json").read_bytes(),
            parse_trust((folder / "trust.json").read_bytes()),
            load_chain(folder),
            parse_time((folder / "now.txt").read_text().strip()),
        )
        given = (
            report.verdict.value,
            {str(check.number): check.outcome.value for check in report.checks},
            list(report.notices),
        )
        if given != (expected["verdict"], expected["checks"], expected["notices"]):
            found.append(folder.name)
    return found


def test_vectors_find_nothing_where_no_bug_is_planted() -> None:
    assert found_by() == []


@pytest.mark.parametrize("bug", BUGS)
def test_vectors_find_planted_bug(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, name, planted = BUGS[bug]
    assert hasattr(where, name)
    monkeypatch.setattr(where, name, planted)
    assert found_by()
