"""Damaged bundles in the browser: every flipped bit is refused, and never by a crash."""

from __future__ import annotations

import base64
import random
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.support.campaign import scaled
from tests.support.recorded_chain import load_nodes
from tests.support.recorded_rpc import serve_chain

pytestmark = pytest.mark.browser

FOLDER = Path("tests/vectors/bundle/01-batch-of-three_intact")

FLIP = """async ([bundle, trust, now, url, places]) => {
  const { verify } = await import("/verifier/verifier.js");
  const { parseTrust } = await import("/verifier/trust.js");
  const { Chain } = await import("/verifier/chain.js");
  const { Node } = await import("/verifier/node.js");
  const bytes = (base64) => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const anchors = parseTrust(bytes(trust));
  const chain = new Chain([new Node(url)], anchors);
  const whole = bytes(bundle);
  const found = {};
  for (const place of [-1, ...places]) {
    const bent = whole.slice();
    if (place >= 0) bent[place >> 3] ^= 1 << (place & 7);
    const { verdict } = await verify(bent, anchors, chain, new Date(now));
    (found[verdict] ??= []).push(place);
  }
  return found;
}"""


def test_browser_refuses_every_flipped_bit(modules_page: Page) -> None:
    bundle = (FOLDER / "bundle.json").read_bytes()
    seed = 6962
    places = random.Random(seed).sample(range(8 * len(bundle)), scaled(1500, 20))
    (node,) = load_nodes(FOLDER)
    with serve_chain(node) as url:
        found = modules_page.evaluate(
            FLIP,
            [
                base64.b64encode(bundle).decode(),
                base64.b64encode((FOLDER / "trust.json").read_bytes()).decode(),
                (FOLDER / "now.txt").read_text().strip(),
                url,
                places,
            ],
        )
    assert found == {"intact": [-1], "does not match": places}
