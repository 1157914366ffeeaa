"""GS1's resolver test suite, by its names: the list of all links."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import jsonschema_rs
import pytest

from ledger.gs1.link_types import NAMESPACE, labels
from tests.conformance.resolver.examples import (
    GTIN,
    KNOWN,
    LINKSET,
    LOT,
    linkset,
)
from tests.support.running_app import RunningApp

pytestmark = [pytest.mark.chain]


@pytest.mark.parametrize("value", ["linkset", "all"])
@pytest.mark.parametrize("path", [f"/01/{GTIN}", f"/01/{GTIN}/10/{LOT}", KNOWN])
def test_lt_linkset_no_redirect(resolver: httpx.Client, path: str, value: str) -> None:
    answer = resolver.get(f"{path}?linkType={value}")
    assert answer.status_code == 200
    assert answer.json() == resolver.get(path, headers=LINKSET).json()
    assert "accept" in answer.headers["vary"].lower()


def test_lt_accept_header(resolver: httpx.Client) -> None:
    """Also `declaredContentType`."""
    answer = resolver.get(f"/01/{GTIN}", headers=LINKSET)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/linkset+json"


def test_linkset_jsonld_check(resolver: httpx.Client) -> None:
    answer = resolver.get(f"/01/{GTIN}", headers=LINKSET)
    (context,) = (
        one
        for one in answer.headers["link"].split(",")
        if 'rel="http://www.w3.org/ns/json-ld#context"' in one
    )
    assert 'type="application/ld+json"' in context
    address = context[context.index("<") + 1 : context.index(">")]
    assert resolver.get(address).headers["content-type"] == "application/ld+json"
    as_ld = resolver.get(f"/01/{GTIN}?linkType=linkset", headers={"accept": "application/ld+json"})
    assert as_ld.headers["content-type"] == "application/ld+json"
    assert as_ld.json()["@context"] == address


@pytest.mark.parametrize("path", [f"/01/{GTIN}", f"/01/{GTIN}/10/{LOT}/21/9", KNOWN])
def test_valid_linkset(
    resolver: httpx.Client, validator: jsonschema_rs.Validator, path: str
) -> None:
    validator.validate(resolver.get(path, headers=LINKSET).json())


def test_schema_used_here_tells_good_from_bad(
    validator: jsonschema_rs.Validator, epcis_data: Path
) -> None:
    folder = epcis_data / "digital-link/linkset"
    validator.validate(json.loads((folder / "valid-gs1-example.json").read_text("utf-8")))
    assert not validator.is_valid(
        json.loads((folder / "invalid-gs1-example.json").read_text("utf-8"))
    )


@pytest.mark.parametrize("path", [f"/01/{GTIN}", f"/01/{GTIN}/10/{LOT}", KNOWN, KNOWN + "/21/7"])
def test_default_link_exists(running: RunningApp, resolver: httpx.Client, path: str) -> None:
    """And the anchors of every level."""
    levels = linkset(resolver, path)
    anchors = [level["anchor"] for level in levels]
    assert anchors == sorted(anchors, key=len, reverse=True)
    assert all((running.url + path).startswith(anchor) for anchor in anchors)
    assert anchors[-1] == f"{running.url}/01/{GTIN}"
    for level in levels:
        default = level[NAMESPACE + "defaultLink"][0]
        described = [
            link["href"]
            for name, links in level.items()
            if isinstance(links, list) and "defaultLink" not in name
            for link in links
        ]
        assert default["href"] in described


def test_link_types_defined(resolver: httpx.Client, epcis_data: Path) -> None:
    lines = (epcis_data / "digital-link/gs1-link-types-1.16.tsv").read_text("utf-8").splitlines()
    official = {line.partition("\t")[0].removeprefix("gs1:") for line in lines[1:]}
    assert set(labels()) == official
    for level in linkset(resolver, KNOWN):
        used = {name.removeprefix(NAMESPACE) for name in level if name.startswith("http")}
        assert used <= official


@pytest.mark.parametrize("path", [f"/01/{GTIN}", f"/01/{GTIN}/10/{LOT}", KNOWN])
def test_single_default_link(resolver: httpx.Client, path: str) -> None:
    for level in linkset(resolver, path):
        (default,) = level[NAMESPACE + "defaultLink"]
        assert default.keys() == {"href", "title"}
