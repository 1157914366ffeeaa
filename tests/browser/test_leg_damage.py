"""Damaged and made-up bundles of legs: the browser finds what the library finds."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from ledger import canonical
from ledger.clock import parse_time
from ledger.proof.container import pack, unpack
from ledger.proof.trust import parse_trust
from ledger.verify.leg_verifier import verify_leg
from tests.browser.planting import planted
from tests.browser.test_leg_vectors import FOLDERS, judge

pytestmark = pytest.mark.browser

JUDGE_ALL = """async ([bundles, trust, now]) => {
  const { verifyLeg } = await import("/leg/verifier.js");
  const { parseTrust } = await import("/verifier/trust.js");
  const bytes = (base64) => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const anchors = parseTrust(bytes(trust));
  const found = [];
  for (const bundle of bundles) {
    const report = await verifyLeg(bytes(bundle), anchors, null, new Date(now));
    found.push([report.verdict, report.checks.map((check) => [check.outcome, check.code])]);
  }
  return found;
}"""
VALUES: tuple[Any, ...] = (None, 0, 2**40, True, "", " x", [], {}, ["x"], {"x": 1})
EVERY = 11
"""Of all places and values in a bundle, one in so many is tried."""


def judge_all(page: Page, bundles: list[bytes], folder: Path) -> list[Any]:
    spelt = [base64.b64encode(one).decode() for one in bundles]
    trust = base64.b64encode((folder / "trust.json").read_bytes()).decode()
    found = page.evaluate(JUDGE_ALL, [spelt, trust, (folder / "now.txt").read_text().strip()])
    assert isinstance(found, list)
    return found


def judge_in_python(bundle: bytes, folder: Path) -> Any:
    trust = parse_trust((folder / "trust.json").read_bytes())
    report = verify_leg(bundle, trust, None, parse_time((folder / "now.txt").read_text().strip()))
    return [report.verdict.value, [[check.outcome.value, check.code] for check in report.checks]]


def bent(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The bundle with one value of its JSON changed, packed as if nothing had happened."""
    files = unpack(data, "leg.json")
    tries = 0
    for name in (one for one in files if one.endswith(".json")):
        whole = canonical.parse(files[name])
        for place in _places(whole, ()):
            for value in VALUES:
                tries += 1
                if tries % EVERY == 0:
                    content = canonical.encode(_put(whole, place, value))
                    yield f"{name} {place} {value!r}", pack({**files, name: content}, "leg.json")


@pytest.mark.parametrize("number", ["01", "05"])
def test_browser_and_library_agree_about_bent_bundles(number: str, modules_page: Page) -> None:
    (folder,) = [one for one in FOLDERS if one.name.startswith(f"{number}-")]
    cases = list(bent((folder / "leg.asice").read_bytes()))
    assert len(cases) > 300
    found = judge_all(modules_page, [bundle for _, bundle in cases], folder)
    for (what, bundle), by_browser in zip(cases, found, strict=True):
        by_library = judge_in_python(bundle, folder)
        # What is malformed inside of evidence has one code per kind of value in the library.
        for report in (by_browser, by_library):
            code = report[1][4][1]
            report[1][4][1] = code and ("differs" if code == "evidence-differs" else "malformed")
        assert by_browser == by_library, what


def test_every_flipped_bit_is_noticed(modules_page: Page) -> None:
    folder = FOLDERS[0]
    data = (folder / "leg.asice").read_bytes()
    damaged = []
    for at in range(0, len(data), 61):
        changed = bytearray(data)
        changed[at] ^= 1 << at % 8
        damaged.append(bytes(changed))
    damaged += [data[: len(data) // 2], data[:-1], data + b"\0", b"PK", b"PK\x03\x04" + bytes(40)]
    found = judge_all(modules_page, damaged, folder)
    assert {verdict for verdict, _ in found} == {"does not match"}
    assert {checks[0][0] for _, checks in found} == {"fail"}


BUGS = [
    ("container.js", "!isEqual(pack(found, references, signature), data)", "false", "20"),
    ("container.js", "if (!text.includes(` URI", "if (false && !text.includes(` URI", "19"),
    ("checks.js", "if (!isEqual(commitEnvelope(envelope, salt), signed.evidence))", "if (0)", "16"),
    ("checks.js", "parts[number]?.digest !== toHex(sha256(content))", "false", "15"),
    ("checks.js", "!== signer) {", "=== null) {", "10"),
    ("checks.js", "if (!isEqual(kept, leg.head))", "if (false)", "13"),
    ("state_proof.js", "!isEqual(keccak256(next), wanted)", "true", "01"),
    ("block_headers.js", "!isEqual(later.parent, earlier.hash)", "false", "17"),
    ("chain_checks.js", "if (!isEqual(trust.blocks.get(number), hash))", "if (false)", "22"),
    (
        "chain_checks.js",
        'throw new Unavailable("issuer-saw-no-block", detail)',
        "return passed(detail)",
        "23",
    ),
    ("chain_checks.js", "domain.contract !== trust.documentExchange", "false", "21"),
    ("chain_checks.js", "copy.custodial === key.custodial &&", "", "18"),
    ("signed.js", "word(blockTime)", "word(0)", "01"),
    ("verdict.js", 'check.outcome === "unknown"', "false", "24"),
    ("verdict.js", 'check.code === "ledger-foreign"', "false", "25"),
    ("chain_checks.js", "!isEqual(genesis, trust.genesis)", "false", "26"),
    ("verifier.js", 'this.checks.get(9).code === "ledger-foreign"', "false", "27"),
]


@pytest.mark.parametrize(("module", "right", "wrong", "number"), BUGS)
def test_planted_bug_is_noticed(
    module: str, right: str, wrong: str, number: str, chromium: Browser, modules_url: str
) -> None:
    (folder,) = [one for one in FOLDERS if one.name.startswith(f"{number}-")]
    expected = json.loads((folder / "expected.json").read_text())
    with planted(chromium, modules_url, f"leg/{module}", right, wrong) as page:
        found = judge(page, (folder / "leg.asice").read_bytes(), folder)
    assert found != {name: expected[name] for name in expected if name != "why"}


def _places(value: Any, at: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    yield at
    members = value.items() if isinstance(value, dict) else ()
    items = enumerate(value) if isinstance(value, list) else ()
    for step, inner in [*members, *items]:
        yield from _places(inner, (*at, step))


def _put(whole: Any, place: tuple[Any, ...], value: Any) -> Any:
    if not place:
        return value
    changed = copy.deepcopy(whole)
    at = changed
    for step in place[:-1]:
        at = at[step]
    at[place[-1]] = value
    return changed
