"""The resolver at the root: redirects and linksets, each from 32 clients.

Six thousand products have links, every fourth is described by master data. Asked for are serial
numbers of theirs, of which nothing is registered, so that every answer walks up the tree: the
default, one type in the language of the request, and the whole list. A serial number that is asked
for the first time costs a look into the index of events; only the links of its product may be
remembered.

Cold means that nothing is: no code is asked for twice, and before each part links change, which
makes the server forget them all.
"""

from __future__ import annotations

import json
import random
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import peers
from bench.product import Product
from bench.result import Result, at_least, at_most, informs
from ledger.gs1.keys import check_digit

PRODUCTS = 6_000
PREFIX = "8939876"
CLIENTS = 32
SECONDS = 6.0
COLD_SECONDS = 1.5
"""Short, so that no product is asked for twice."""
RUNS = 3
_BROWSER = (
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language: en-GB,en;q=0.9,vi;q=0.8",
)


def resolver(database: str, url: str | None, seed: int) -> Result:
    """Redirects and linksets on one database."""
    result = Result(f"resolver_{database}", seed, database, "anvil")
    gtins = [_gtin(number) for number in range(PRODUCTS)]
    random.Random(seed).shuffle(gtins)
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        Product.start(Path(folder), url) as product,
    ):
        _register(product, gtins)
        cold = {
            "redirects": [_cold(product, gtins, run, "", "307") for run in range(RUNS)],
            "linksets": [
                _cold(product, gtins, run + RUNS, "?linkType=linkset", "200") for run in range(RUNS)
            ],
        }
        redirects = [_ask(product, _serials(gtins, run), "307") for run in range(RUNS)]
        typed = _ask(product, [f"/01/{gtin}?linkType=gs1:pip&k=v" for gtin in gtins] * 8, "307")
        linksets = [
            _ask(product, [f"/01/{gtin}?linkType=linkset" for gtin in gtins] * 8, "200")
            for _ in range(RUNS)
        ]
    for name, reports in (
        ("redirects", redirects),
        ("linksets", linksets),
        ("cold redirects", cold["redirects"]),
        ("cold linksets", cold["linksets"]),
    ):
        rate = statistics.median(report["rate"] for report in reports)
        tail = statistics.median(report["p99_ms"] for report in reports)
        result.figures.append(at_least(f"{name}, {CLIENTS} clients", rate, "/s", 1_500))
        result.figures.append(at_most(f"{name}, {CLIENTS} clients, p99", tail, "ms", 20))
    result.figures.append(informs("redirects by type and language", typed["rate"], "/s"))
    return result


def _ask(
    product: Product, paths: Sequence[str], status: str, seconds: float = SECONDS
) -> dict[str, Any]:
    report = peers.load(
        product.url,
        clients=CLIENTS,
        seconds=seconds,
        bodies=(path.encode() for path in paths),
        headers=_BROWSER,
        get=True,
    )
    assert set(report["statuses"]) == {status}, report["statuses"]
    assert not report["failures"], report
    return report


def _cold(
    product: Product, gtins: Sequence[str], run: int, query: str, status: str
) -> dict[str, Any]:
    """Every product once, by a serial number of its own, after all links were forgotten."""
    _set_links(product, gtins[run], title=f"Trang sản phẩm, lần {run}")
    paths = [f"/01/{gtin}/21/C{run}{at:04d}{query}" for at, gtin in enumerate(gtins)]
    return _ask(product, paths, status, COLD_SECONDS)


def _serials(gtins: Sequence[str], run: int) -> list[str]:
    """Eight serial numbers of each product, asked for once each."""
    return [f"/01/{gtin}/21/{run}{at:03d}" for at in range(8) for gtin in gtins]


def _gtin(number: int) -> str:
    digits = f"0{PREFIX}{number:05d}"
    return digits + check_digit(digits)


def _register(product: Product, gtins: Sequence[str]) -> None:
    org = product.get("/organizations")[0]["org"]
    status, _, body = product.request("PUT", f"/organizations/{org}/prefixes/{PREFIX}")
    assert status == 200, body
    for at, gtin in enumerate(gtins):
        _set_links(product, gtin)
        if at % 4 == 0:
            described = json.dumps({"name": "Mật ong hoa rừng", "brand": "Pù Luông"}).encode()
            status, _, body = product.request("PUT", f"/masterdata/products/{gtin}", described)
            assert status == 201, body


def _set_links(product: Product, gtin: str, title: str = "Trang sản phẩm") -> None:
    site = f"https://htx.example/{gtin}"
    links = [
        {"linkType": "gs1:pip", "href": f"{site}/vi", "title": title,
         "hreflang": ["vi"], "type": "text/html"},
        {"linkType": "gs1:pip", "href": f"{site}/en", "title": "Product page",
         "hreflang": ["en"], "type": "text/html"},
        {"linkType": "gs1:certificationInfo", "href": f"{site}/ocop", "title": "Chứng nhận"},
        {"linkType": "gs1:faqs", "href": f"{site}/faq", "title": "Hỏi đáp"},
    ]  # fmt: skip
    wanted = json.dumps({"itemDescription": "Mật ong hoa rừng", "links": links}).encode()
    status, _, body = product.request("PUT", f"/links/01/{gtin}", wanted)
    assert status in (200, 201), body
