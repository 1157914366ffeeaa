"""The checks of GS1's resolver test suite, by its names, against a running server.

`isHttps` and `tlsOK` concern the proxy in front of a server in service and are not asked here. The
links are those of the Community Edition's examples, so that somebody else chose them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jsonschema_rs
import pytest

from ledger.gs1.application_identifiers import table
from ledger.gs1.check_pair import check_pair
from ledger.gs1.keys import check_digit
from ledger.gs1.link_types import NAMESPACE, labels
from tests.support.epcis_events import bare_event
from tests.support.running_app import RunningApp, running_app

pytestmark = [pytest.mark.chain]

GTIN = "09506000134376"
LOT = "LOT_123"
KNOWN = f"/01/{GTIN}/10/CE-2026"
LINKSET = {"accept": "application/linkset+json"}
PRIMARY_KEYS = (
    "00", "01", "8006", "8013", "8010", "414", "417", "8017", "8018", "255", "253", "401", "402",
    "8003", "8004",
)  # fmt: skip


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    with running_app(tmp_path_factory.mktemp("resolver")) as started:
        granted = started.operator.put(f"/organizations/{started.producer_org}/prefixes/9506000134")
        assert granted.status_code == 200, granted.text
        started.producer.post(
            "/epcis/events",
            json=bare_event(
                quantityList=[{"epcClass": f"https://id.gs1.org{KNOWN}", "quantity": 1}]
            ),
        ).raise_for_status()
        yield started


@pytest.fixture(scope="module")
def example(epcis_data: Path) -> dict[str, Any]:
    """The first entry of the Community Edition's example, as we take it."""
    path = epcis_data / f"digital-link/resolver-ce/test_01_{GTIN}.json"
    return taken(json.loads(path.read_text(encoding="utf-8"))[0])


@pytest.fixture(scope="module")
def validator(epcis_data: Path) -> jsonschema_rs.Validator:
    schema = json.loads((epcis_data / "schemas/gs1-linkset-schema.json").read_text("utf-8"))
    return jsonschema_rs.validator_for(schema)


@pytest.fixture(scope="module")
def resolver(running: RunningApp, example: dict[str, Any]) -> httpx.Client:
    """A stranger's client of the resolver with the example registered."""
    answer = running.producer.put(f"/links/01/{GTIN}", json=example)
    assert answer.status_code == 201, answer.text
    return running.visitor


def taken(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry of the Community Edition; `und` (undetermined) is no language there is."""
    links = []
    for link in entry["links"]:
        kept = {name: value for name, value in link.items() if name != "linktype"}
        kept["hreflang"] = [tag for tag in link.get("hreflang", []) if tag != "und"]
        links.append({"linkType": link["linktype"], **kept})
    return {
        "itemDescription": entry["itemDescription"],
        "defaultLinkType": entry["defaultLinktype"],
        "links": links,
    }


def linkset(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    answer = client.get(path, headers=LINKSET)
    assert answer.status_code == 200, answer.text
    found = answer.json()["linkset"]
    assert isinstance(found, list)
    return found


def without_query(address: str) -> str:
    return address.partition("?")[0]


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
    """Also `noErrorWith200`. A browser and a program are told the same."""
    for accept in ("*/*", "text/html", "application/linkset+json"):
        answer = resolver.get(tail, headers={"accept": accept})
        assert answer.status_code == 400, answer.text
        problem = answer.json()
        assert problem["code"].startswith("gs1-")
        assert problem["detail"]
        assert "errors" not in problem


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
    """Also `singleDefaultLink`, `defaultTarget` and the anchors of every level."""
    levels = linkset(resolver, path)
    anchors = [level["anchor"] for level in levels]
    assert anchors == sorted(anchors, key=len, reverse=True)
    assert all((running.url + path).startswith(anchor) for anchor in anchors)
    assert anchors[-1] == f"{running.url}/01/{GTIN}"
    for level in levels:
        (default,) = level[NAMESPACE + "defaultLink"]
        assert default.keys() == {"href", "title"}
        described = [
            link["href"]
            for name, links in level.items()
            if isinstance(links, list) and "defaultLink" not in name
            for link in links
        ]
        assert default["href"] in described
    target = levels[0][NAMESPACE + "defaultLink"][0]["href"]
    answer = resolver.get(path)
    if answer.status_code == 200:  # the story needs no redirect: it is there already
        assert target == running.url + path
    else:
        assert answer.headers["location"] == target


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


def test_link_types_defined(resolver: httpx.Client, epcis_data: Path) -> None:
    lines = (epcis_data / "digital-link/gs1-link-types-1.16.tsv").read_text("utf-8").splitlines()
    official = {line.partition("\t")[0].removeprefix("gs1:") for line in lines[1:]}
    assert set(labels()) == official
    for level in linkset(resolver, KNOWN):
        used = {name.removeprefix(NAMESPACE) for name in level if name.startswith("http")}
        assert used <= official


def test_all_primary_keys_resolve(running: RunningApp, resolver: httpx.Client) -> None:
    """Every key that a Digital Link may begin with takes links and gives them back."""
    gln, serial_unit = "9506000134376", _checked("95060001343761234")
    model = "9506000134Ad4X4bL5ttr23"
    paths = [
        f"/00/{_checked('09506000134352000')}",
        "/01/09506000134369",
        f"/253/{gln}ABC",
        f"/255/{gln}1234",
        "/401/9506000134ABC",
        f"/402/{_checked('9506000134376012')}",
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


def _checked(digits: str) -> str:
    return digits + check_digit(digits)
