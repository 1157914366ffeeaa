"""The vectors must notice when the verifier's modules are wrong: bugs planted one at a time."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Browser

from tests.browser.planting import planted
from tests.browser.test_vectors import FOLDERS, judge_vector

pytestmark = pytest.mark.browser

BUGS = [
    ("merkle.js", "const LEAF = Uint8Array.of(0)", "const LEAF = Uint8Array.of()", "01"),
    ("merkle.js", "if (!isEqual(r, root)) refuse", "if (false) refuse", "101"),
    ("members.js", "item.salt, encode", "encode", "01"),
    ("members.js", "if (pointer <= before) refuse", "if (pointer < before) refuse", "89"),
    ("bundle.js", "if (!isEqual(encode(body), data))", "if (false)", "59"),
    ("bundle.js", '!isEqual(shape.digest("checksum"), checksumOf(body))', "false", "63"),
    ("eip712.js", "CURVE_ORDER / 2n", "CURVE_ORDER", "113"),
    ("submission.js", "!== submission.signer) {", "=== null) {", "117"),
    ("note.js", "if (!isEd25519Signature(", "if (!Boolean(", "158"),
    ("note.js", "if (ours.length === 0)", "if (false)", "159"),
    ("checkpoint.js", "checkpoint.origin !== origin", "false", "160"),
    ("checks.js", "checkpoint.size !== BigInt(log.size)", "false", "161"),
    ("checks.js", "if (!isEqual(head.root, checkpoint.root))", "if (false)", "167"),
    ("checks.js", "found.chainId !== trust.chainId || ", "false && ", "43"),
    ("checks.js", "entry.org === org || entry.authority", "entry.org === org", "36"),
    ("checks.js", "entry.org === org || entry.authority", "true", "10"),
    ("chain.js", "if (answers.some(", "if (false && answers.some(", "45"),
    ("authority.js", "key.registeredAt > anchoredAt", "false", "125"),
    ("authority.js", "!(key.purposes & SUBMIT)", "false", "129"),
    ("authority.js", "statusSince <= anchoredAt", "false", "143"),
    ("verdict.js", 'check.outcome === "unknown"', "false", "42"),
    ("verdict.js", 'check.outcome === "fail" && check.number !== 10', "false", "81"),
    ("verifier.js", "bundle.log.origin !== trust.origin", "false", "54"),
]


@pytest.mark.parametrize(("module", "right", "wrong", "number"), BUGS)
def test_planted_bug_is_noticed(
    module: str, right: str, wrong: str, number: str, chromium: Browser, modules_url: str
) -> None:
    (folder,) = [one for one in FOLDERS if one.name.startswith(f"{number}-")]
    expected = json.loads((folder / "expected.json").read_text())
    with planted(chromium, modules_url, f"verifier/{module}", right, wrong) as page:
        found = judge_vector(page, folder)
    assert found != {name: expected[name] for name in expected if name != "why"}
