"""Every bundle vector, judged by the modules the pages use."""

from __future__ import annotations

import base64
import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.support.recorded_chain import load_nodes
from tests.support.recorded_rpc import serve_chain

pytestmark = pytest.mark.browser

FOLDERS = sorted(
    Path("tests/vectors/bundle").iterdir(), key=lambda one: int(one.name.split("-")[0])
)

JUDGE = """async ([bundle, trust, now, nodes]) => {
  const { verify } = await import("/verifier/verifier.js");
  const { parseTrust } = await import("/verifier/trust.js");
  const { Chain } = await import("/verifier/chain.js");
  const { Node } = await import("/verifier/node.js");
  const bytes = (base64) => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const anchors = parseTrust(bytes(trust));
  const chain = nodes.length ? new Chain(nodes.map((url) => new Node(url)), anchors) : null;
  const report = await verify(bytes(bundle), anchors, chain, new Date(now));
  return { verdict: report.verdict, checks: report.checks, notices: report.notices };
}"""


def judge_vector(page: Page, folder: Path) -> dict[str, Any]:
    """What the modules loaded in this page make of a vector, in the form of expected.json."""
    with contextlib.ExitStack() as stack:
        nodes = [stack.enter_context(serve_chain(node)) for node in load_nodes(folder)]
        report = page.evaluate(
            JUDGE,
            [
                _base64(folder / "bundle.json"),
                _base64(folder / "trust.json"),
                (folder / "now.txt").read_text().strip(),
                nodes,
            ],
        )
    return _summary(report)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_browser_judges_vector_as_expected(folder: Path, modules_page: Page) -> None:
    expected = json.loads((folder / "expected.json").read_text())
    found = judge_vector(modules_page, folder)
    assert found == {name: expected[name] for name in expected if name != "why"}


def test_vectors_are_mostly_negative() -> None:
    verdicts = [json.loads((one / "expected.json").read_text())["verdict"] for one in FOLDERS]
    refused = [verdict for verdict in verdicts if not verdict.startswith("intact")]
    assert len(verdicts) >= 150
    assert len(refused) * 3 >= len(verdicts) * 2


def _summary(report: dict[str, Any]) -> dict[str, Any]:
    checks = report["checks"]
    return {
        "verdict": report["verdict"],
        "checks": {str(check["number"]): check["outcome"] for check in checks},
        "codes": {str(check["number"]): check["code"] for check in checks if check["code"]},
        "notices": report["notices"],
    }


def _base64(file: Path) -> str:
    return base64.b64encode(file.read_bytes()).decode()
