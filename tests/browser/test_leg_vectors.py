"""Every vector of a leg's bundle, judged by the modules the page of a file uses."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

from ledger import canonical
from ledger.exchange import erds
from ledger.exchange.evidence import Evidence
from ledger.exchange.reasons import REASONS
from ledger.exchange.rules import OPENINGS, RULES, LegAction, LegState
from ledger.exchange.vocabulary import EVENTS
from ledger.records.commitment import commitment_of
from tests.support.exchange_evidence import evidence

pytestmark = pytest.mark.browser

FOLDERS = sorted(Path("tests/vectors/leg").iterdir())

JUDGE = """async ([bundle, trust, now]) => {
  const { verifyLeg } = await import("/leg/verifier.js");
  const { parseTrust } = await import("/verifier/trust.js");
  const bytes = (base64) => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const report = await verifyLeg(bytes(bundle), parseTrust(bytes(trust)), null, new Date(now));
  return { verdict: report.verdict, checks: report.checks, notices: report.notices };
}"""


def judge(page: Page, bundle: bytes, folder: Path) -> dict[str, Any]:
    """What the modules make of a bundle by that vector's trust file and time, in the form of
    expected.json."""
    trust = (folder / "trust.json").read_bytes()
    now = (folder / "now.txt").read_text().strip()
    spelt = [base64.b64encode(one).decode() for one in (bundle, trust)]
    report = page.evaluate(JUDGE, [*spelt, now])
    checks = report["checks"]
    return {
        "verdict": report["verdict"],
        "checks": {str(check["number"]): check["outcome"] for check in checks},
        "codes": {str(check["number"]): check["code"] for check in checks if check["code"]},
        "notices": report["notices"],
    }


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_browser_judges_leg_vector_as_expected(folder: Path, modules_page: Page) -> None:
    expected = json.loads((folder / "expected.json").read_text())
    found = judge(modules_page, (folder / "leg.asice").read_bytes(), folder)
    assert found == {name: expected[name] for name in expected if name != "why"}


def test_browser_has_the_tables_of_the_library(modules_page: Page) -> None:
    found = modules_page.evaluate(
        """async () => ({
          ...(await import("/leg/rules.js")), ...(await import("/leg/vocabulary.js")),
          reasonJson: undefined,
        })"""
    )
    assert found["STATES"] == [state.name for state in LegState]
    assert found["ACTIONS"] == [action.name for action in LegAction]
    assert found["OPENINGS"] == {
        action.name: {"to": state.name, "purpose": int(purpose)}
        for action, (state, purpose) in OPENINGS.items()
    }
    for rule in found["RULES"].values():
        rule["states"].sort()
    assert found["RULES"] == {
        action.name: {
            "states": sorted(state.name for state in rule.states),
            "to": None if rule.to is None else rule.to.name,
            "party": rule.party.value,
            "purpose": int(rule.purpose),
            "needsReason": rule.needs_reason,
            "needsLink": rule.needs_link,
            "isAttempt": rule.is_attempt,
            "isFailure": rule.is_failure,
            "isObligation": rule.is_obligation,
        }
        for action, rule in RULES.items()
    }
    assert found["EVENTS"] == {
        action.name: {
            "uri": event.uri,
            "implied": list(event.implied),
            "statusCode": event.status_code,
        }
        for action, event in EVENTS.items()
    }
    assert found["REASONS"] == {
        str(number): {
            "action": reason.action.name,
            "name": reason.code,
            "code": reason.etsi or reason.code,
            "vi": reason.vi,
            "en": reason.en,
        }
        for number, reason in REASONS.items()
    }


READ_ALL = """async (texts) => {
  const { parse } = await import("/verifier/canonical.js");
  const { toHex } = await import("/verifier/bytes.js");
  const { commitEnvelope, readEvidence } = await import("/leg/evidence.js");
  return texts.map((text) => {
    const envelope = parse(new TextEncoder().encode(text));
    const { action, reason } = readEvidence(envelope);
    return [action, reason, toHex(commitEnvelope(envelope, new Uint8Array(32).fill(7)))];
  });
}"""


@given(st.lists(evidence(), min_size=10, max_size=25))
@settings(max_examples=20, deadline=None)
def test_browser_reads_and_commits_to_all_evidence(
    modules_page: Page, said: list[Evidence]
) -> None:
    envelopes = [erds.record(one).envelope() for one in said]
    found = modules_page.evaluate(READ_ALL, [canonical.encode(one).decode() for one in envelopes])
    assert found == [
        [one.action.name, one.reason, commitment_of(envelope, b"\x07" * 32).hex()]
        for one, envelope in zip(said, envelopes, strict=True)
    ]
