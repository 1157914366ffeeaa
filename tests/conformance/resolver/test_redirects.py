"""GS1's resolver test suite, by its names: where a code leads."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx
import jsonschema_rs
import pytest

from ledger.gs1.link_types import NAMESPACE
from tests.conformance.resolver.examples import (
    GTIN,
    KNOWN,
    LINKSET,
    LOT,
    linkset,
    without_query,
)
from tests.support.running_app import RunningApp

pytestmark = [pytest.mark.chain]


@pytest.mark.parametrize("path", [f"/01/{GTIN}", f"/01/{GTIN}/10/{LOT}", KNOWN])
def test_trailing_slash(resolver: httpx.Client, path: str) -> None:
    for headers in ({}, LINKSET):
        plain, slashed = (resolver.get(p, headers=headers) for p in (path, path + "/"))
        assert slashed.status_code == plain.status_code
        assert slashed.headers.get("location") == plain.headers.get("location")
        assert slashed.content == plain.content or plain.status_code == 200


@pytest.mark.parametrize(
    "tail", ["/10/NEVER", "/21/NEVER", "/10/NEVER/21/1", "/22/2A/10/NEVER/21/1", "/235/TPX1"]
)
def test_basic_walk_up(resolver: httpx.Client, tail: str) -> None:
    answer = resolver.get(f"/01/{GTIN}{tail}")
    assert answer.status_code == 307, answer.text
    assert answer.headers["location"] == resolver.get(f"/01/{GTIN}").headers["location"]
    assert linkset(resolver, f"/01/{GTIN}{tail}") == linkset(resolver, f"/01/{GTIN}")


def test_every_link_type_redirects(resolver: httpx.Client) -> None:
    level = linkset(resolver, f"/01/{GTIN}")[0]
    tried = 0
    for name, links in level.items():
        if not name.startswith(NAMESPACE) or "defaultLink" in name:
            continue
        for link in links:
            for spelled in (name, name.replace(NAMESPACE, "gs1:")):
                language = link["hreflang"][0] if "hreflang" in link else "zz"
                headers = {"accept": link.get("type", "*/*"), "accept-language": language}
                query = {"linkType": spelled}
                if "context" in link:
                    query["context"] = link["context"][0]
                answer = resolver.get(f"/01/{GTIN}/10/{LOT}", params=query, headers=headers)
                assert answer.status_code == 307, answer.text
                tried += 1
                location = answer.headers["location"]
                assert without_query(location) == without_query(link["href"])
                for key, values in parse_qs(urlsplit(link["href"]).query).items():
                    assert parse_qs(urlsplit(location).query)[key] == values, link
    assert tried > 6


def test_identical_attributes_give_300(
    running: RunningApp, resolver: httpx.Client, validator: jsonschema_rs.Validator
) -> None:
    path = "/01/09506000134352"
    link = {"linkType": "gs1:certificationInfo", "title": "Giấy chứng nhận", "hreflang": ["vi"]}
    links = [{**link, "href": f"https://htx.example/cert/{number}"} for number in (1, 2)]
    links.insert(0, {"linkType": "gs1:pip", "href": "https://htx.example/", "title": "Trang"})
    wanted = {"itemDescription": "Gạo", "links": links}
    running.operator.put(
        f"/organizations/{running.producer_org}/prefixes/9506000134352"
    ).raise_for_status()
    running.producer.put(f"/links{path}", json=wanted).raise_for_status()
    answer = resolver.get(f"{path}?linkType=gs1:certificationInfo")
    assert answer.status_code == 300
    assert "location" not in answer.headers
    validator.validate(answer.json())
    (level,) = answer.json()["linkset"]
    offered = level[NAMESPACE + "certificationInfo"]
    assert [one["href"] for one in offered] == [one["href"] for one in links[1:]]
    assert resolver.get(path).headers["location"] == "https://htx.example/"


@pytest.mark.parametrize("name", ["gs1:noSuchType", "gs1:epil", "foo", "", "schema:url"])
def test_unknown_link_type_gives_404(resolver: httpx.Client, name: str) -> None:
    for path in (f"/01/{GTIN}", KNOWN):
        answer = resolver.get(path, params={"linkType": name})
        assert answer.status_code == (404 if name else answer.status_code)
        if name:
            assert answer.json()["code"] == "link-missing"


def test_qs_passed_on(resolver: httpx.Client) -> None:
    for query in ("foo=bar", "a=1&b=%20x&a=2", "17=290312&foo=bar"):
        location = resolver.get(f"/01/{GTIN}?{query}").headers["location"]
        assert urlsplit(location).query.endswith(query)
    typed = resolver.get(
        f"/01/{GTIN}?linkType=gs1:registerProduct&foo=bar", headers={"accept-language": "en-US"}
    )
    assert typed.headers["location"].endswith(
        "register.html?register=en-US&linkType=gs1:registerProduct&foo=bar"
    )


@pytest.mark.parametrize("path", [f"/01/{GTIN}", f"/01/{GTIN}/10/{LOT}", KNOWN])
def test_link_on_redirect(running: RunningApp, resolver: httpx.Client, path: str) -> None:
    """Also `legacyLinkHeaders`: the other links stay out of the header."""
    header = resolver.get(path).headers["link"]
    assert 'rel="linkset"' in header
    assert 'rel="gs1:' not in header
    address = header[header.index("<") + 1 : header.index(">")]
    assert address == f"{running.url}{path}?linkType=linkset"
    assert resolver.get(address).status_code == 200


@pytest.mark.parametrize("path", [f"/01/{GTIN}", f"/01/{GTIN}/10/{LOT}", KNOWN])
def test_default_target(running: RunningApp, resolver: httpx.Client, path: str) -> None:
    target = linkset(resolver, path)[0][NAMESPACE + "defaultLink"][0]["href"]
    answer = resolver.get(path)
    if answer.status_code == 200:  # the story needs no redirect: it is there already
        assert target == running.url + path
    else:
        assert answer.headers["location"] == target
