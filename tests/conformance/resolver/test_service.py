"""GS1's resolver test suite, by its names: what the resolver is as a service.

`isHttps` and `tlsOK` concern the proxy in front of a server in service and are not asked here.
"""

from __future__ import annotations

import httpx
import pytest

from ledger.gs1.application_identifiers import table
from ledger.gs1.check_pair import check_pair
from tests.conformance.resolver.examples import (
    GTIN,
    PRIMARY_KEYS,
    checked,
)
from tests.support.running_app import RunningApp

pytestmark = [pytest.mark.chain]


def test_methods_check(resolver: httpx.Client) -> None:
    path = f"/01/{GTIN}"
    for method in ("GET", "HEAD", "OPTIONS"):
        answer = resolver.request(method, path)
        assert answer.status_code in (204, 307), method
        allowed = answer.headers["access-control-allow-methods"]
        assert {"GET", "HEAD", "OPTIONS"} <= set(allowed.split(", ")), method
    assert resolver.head(path).headers["location"] == resolver.get(path).headers["location"]
    assert resolver.head(path).content == b""


def test_cors_check(resolver: httpx.Client) -> None:
    for path in (f"/01/{GTIN}", f"/01/{GTIN}?linkType=linkset", "/.well-known/gs1resolver"):
        assert resolver.get(path).headers["access-control-allow-origin"] == "*"
        assert resolver.options(path).status_code == 204, path
    preflight = resolver.options(
        f"/01/{GTIN}",
        headers={"origin": "https://app.example", "access-control-request-method": "GET"},
    )
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "*"


def test_rd_file(running: RunningApp, resolver: httpx.Client) -> None:
    answer = resolver.get("/.well-known/gs1resolver", headers={"accept": "application/json"})
    assert answer.headers["content-type"] == "application/json"
    told = answer.json()
    assert told["resolverRoot"] == running.url
    assert set(PRIMARY_KEYS) <= set(told["supportedPrimaryKeys"])
    assert told["contact"]["fn"]
    context = resolver.get(told["jsonLdContextLocation"])
    assert context.headers["content-type"] == "application/ld+json"
    assert "@context" in context.json()


@pytest.mark.parametrize(
    "tail",
    [
        f"/01/{GTIN}/foo",
        f"/01/{GTIN}/foo/bar",
        f"/01/{GTIN}/10",
        f"/01/{GTIN}/10/A/21",
        f"/01/{GTIN}/21/1/10/A",
        f"/01/{GTIN}/10/A/10/B",
        f"/01/{GTIN[:-1]}7",
        f"/01/{GTIN[1:]}",
        f"/01/{GTIN}/10/{'x' * 21}",
        f"/01/{GTIN}/10/%C3%A9",
        f"/01/{GTIN}/10/A%",
        f"/01/{GTIN}?17=291332",
        f"/01/{GTIN}?10=A",
        f"/01/{GTIN}?9999=A",
        "/00/09521234000000001",
        "/10/ABC",
        "/01",
        "/01/",
    ],
)
def test_report_with_400(resolver: httpx.Client, tail: str) -> None:
    for accept in ("*/*", "application/linkset+json"):
        answer = resolver.get(tail, headers={"accept": accept})
        assert answer.status_code == 400, answer.text
        problem = answer.json()
        assert problem["code"].startswith("gs1-")
        assert problem["detail"]
        assert "errors" not in problem
    page = resolver.get(tail, headers={"accept": "text/html,*/*;q=0.8"})
    assert page.status_code == 400
    assert page.headers["content-type"].startswith("text/html")
    assert 'data-verdict="wrong"' in page.text


@pytest.mark.parametrize(
    "path", [f"/01/{GTIN}/foo", f"/01/{GTIN}/10/NEVER?linkType=gs1:nutritionalInfo", "/414/0"]
)
def test_no_error_with_200(resolver: httpx.Client, path: str) -> None:
    for accept in ("*/*", "text/html", "application/json", "application/linkset+json"):
        answer = resolver.get(path, headers={"accept": accept})
        assert answer.status_code != 200 or accept == "application/linkset+json", answer.text
        assert answer.status_code == 200 or answer.is_error


def test_all_primary_keys_resolve(running: RunningApp, resolver: httpx.Client) -> None:
    """Every key that a Digital Link may begin with takes links and gives them back."""
    gln, serial_unit = "9506000134376", checked("95060001343761234")
    model = "9506000134Ad4X4bL5ttr23"
    paths = [
        f"/00/{checked('09506000134352000')}",
        "/01/09506000134369",
        f"/253/{gln}ABC",
        f"/255/{gln}1234",
        "/401/9506000134ABC",
        f"/402/{checked('9506000134376012')}",
        f"/414/{gln}/254/32A",
        f"/415/{gln}/8020/REF1",
        f"/417/{gln}",
        f"/8003/0{gln}ABC",
        "/8004/9506000134ABC",
        "/8006/095060001343690102/10/A",
        "/8010/9506000134ABC/8011/1",
        f"/8013/{model}{check_pair(model)}",
        f"/8017/{serial_unit}",
        f"/8018/{serial_unit}/8019/01",
    ]
    keys = {path.split("/")[1] for path in paths}
    assert keys == {row.ai for row in table().values() if row.is_primary_key}
    link = {"linkType": "gs1:pip", "href": "https://htx.example/x", "title": "Trang"}
    for path in paths:
        wanted = {"itemDescription": "Vật", "links": [link]}
        answer = running.producer.put(f"/links{path}", json=wanted)
        assert answer.status_code == 201, (path, answer.text)
        sent_on = resolver.get(path)
        assert sent_on.status_code == 307, (path, sent_on.text)
        assert sent_on.headers["location"] == link["href"]
