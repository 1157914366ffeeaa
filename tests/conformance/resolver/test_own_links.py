"""The links the resolver offers of itself, each only where there is something behind it."""

from __future__ import annotations

from typing import Any

import httpx
import jsonschema_rs
import pytest

from ledger.gs1.link_types import NAMESPACE
from tests.conformance.resolver.examples import (
    GTIN,
    KNOWN,
    LINKSET,
    linkset,
)
from tests.support.running_app import RunningApp

pytestmark = [pytest.mark.chain]


def test_every_link_type_of_a_known_lot_leads_to_its_story(resolver: httpx.Client) -> None:
    level = linkset(resolver, KNOWN)[0]
    for name in ("traceability", "verificationService", "recallStatus"):
        for link in level[NAMESPACE + name]:
            if link["type"] != "text/html":
                continue
            answer = resolver.get(
                f"{KNOWN}?linkType=gs1:{name}",
                headers={"accept-language": link["hreflang"][0], "accept": "text/html"},
            )
            assert answer.status_code == 307
            assert answer.headers["location"] == link["href"]
            page = resolver.get(answer.headers["location"], headers={"accept": "text/html"})
            assert page.status_code == 200
            assert f'lang="{link["hreflang"][0]}"' in page.text


@pytest.mark.parametrize("name", ["traceability", "recallStatus", "epcis"])
def test_programs_are_sent_to_what_they_can_read(
    running: RunningApp, resolver: httpx.Client, name: str
) -> None:
    headers = {"accept": "application/json"}
    answer = resolver.get(f"{KNOWN}?linkType=gs1:{name}", headers=headers)
    assert answer.status_code == 307
    (link,) = (
        one
        for one in linkset(resolver, KNOWN)[0][NAMESPACE + name]
        if one["type"] == "application/json"
    )
    assert answer.headers["location"] == link["href"]
    told = running.producer.get(answer.headers["location"], headers=headers)
    assert told.status_code == 200, told.text
    assert name == "recallStatus" or "CE-2026" in told.text


DESCRIBED = "09506000134383"
PLACE = "9506000134352"


@pytest.fixture(scope="module")
def described(running: RunningApp, resolver: httpx.Client) -> httpx.Client:
    """A product with certificates and no registered link, and a place."""
    certificate = {"standard": "VietGAP", "issuer": "NHO-QSCERT"}
    for path, body in (
        (f"products/{DESCRIBED}", {"name": "Gạo nếp", "certificates": [certificate]}),
        (f"products/{GTIN}", {"name": "Dal Giardino"}),
        (f"places/{PLACE}", {"name": "Kho Nga Sơn"}),
    ):
        answer = running.producer.put(f"/masterdata/{path}", json=body)
        assert answer.status_code == 201, answer.text
    return resolver


def types_of(level: dict[str, Any]) -> set[str]:
    return {name.removeprefix(NAMESPACE) for name in level if name.startswith(NAMESPACE)}


def test_described_product_leads_to_its_page(
    running: RunningApp, described: httpx.Client, validator: jsonschema_rs.Validator
) -> None:
    path = f"/01/{DESCRIBED}"
    answer = described.get(path)
    assert answer.status_code == 307
    assert answer.headers["location"] == f"{running.url}/about{path}"
    assert described.get(answer.headers["location"]).status_code == 200
    validator.validate(described.get(path, headers=LINKSET).json())
    (level,) = linkset(described, path)
    assert types_of(level) >= {"pip", "masterData", "certificationInfo", "verificationService"}
    assert types_of(level).isdisjoint({"traceability", "recallStatus", "epcis"})
    assert level[NAMESPACE + "defaultLink"][0]["href"] == f"{running.url}/about{path}"


def test_master_data_link_leads_programs_to_the_record(
    running: RunningApp, described: httpx.Client
) -> None:
    headers = {"accept": "application/json"}
    for path, name in ((f"/01/{DESCRIBED}/10/NEVER", "Gạo nếp"), (f"/414/{PLACE}", "Kho Nga Sơn")):
        answer = described.get(f"{path}?linkType=gs1:masterData", headers=headers)
        assert answer.status_code == 307, answer.text
        record = described.get(answer.headers["location"])
        assert record.json()["item"]["name"] == name
        assert 'rel="proof"' in record.headers["link"]


def test_place_leads_to_its_card(running: RunningApp, described: httpx.Client) -> None:
    path = f"/414/{PLACE}"
    assert described.get(path).headers["location"] == f"{running.url}/about{path}"
    (level,) = linkset(described, path)
    assert types_of(level) >= {"locationInfo", "masterData", "verificationService"}
    assert "certificationInfo" not in types_of(level)


def test_registered_links_stand_instead_of_ours(
    running: RunningApp, described: httpx.Client, example: dict[str, Any]
) -> None:
    registered = {one["linkType"].removeprefix("gs1:") for one in example["links"]}
    level = linkset(described, f"/01/{GTIN}")[-1]
    assert types_of(level) >= registered | {"masterData"}
    for name in registered:
        hrefs = {one["href"] for one in level[NAMESPACE + name]}
        assert not any(href.startswith(running.url) for href in hrefs), name
    default = level[NAMESPACE + "defaultLink"][0]["href"]
    assert not default.startswith(running.url)


def test_nothing_known_offers_nothing(described: httpx.Client) -> None:
    for path in ("/01/09506000134390", "/417/9506000134352", "/8003/09506000134352X"):
        answer = described.get(path, headers=LINKSET)
        assert answer.status_code == 404
        assert described.get(f"{path}?linkType=gs1:masterData").status_code == 404
