"""Links that organizations register: who may, what is refused, what stays known of the past."""

from __future__ import annotations

import secrets
from typing import Any

import httpx
import pytest

from ledger.gs1.keys import check_digit
from tests.support.epcis_events import bare_event
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain

PIP = {"linkType": "gs1:pip", "href": "https://htx.example/mat-ong", "title": "Mật ong Pù Luông"}


def fresh_gtin(prefix: str = "") -> str:
    """A GTIN nobody has used; its company prefix is its first seven digits after the zero."""
    digits = "0" + (prefix + "".join(secrets.choice("0123456789") for _ in range(12)))[:12]
    return digits + check_digit(digits)


def links(*wanted: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"itemDescription": "Mật ong 500 ml", "links": list(wanted or (PIP,)), **members}


def grant(server: RunningApp, prefix: str, org: str | None = None) -> httpx.Response:
    return server.operator.put(f"/organizations/{org or server.producer_org}/prefixes/{prefix}")


@pytest.fixture
def gtin(server: RunningApp) -> str:
    """A GTIN under a prefix of the producer's own."""
    found = fresh_gtin("893")
    grant(server, found[1:9]).raise_for_status()
    return found


def test_owner_of_the_prefix_registers_replaces_and_takes_away(
    server: RunningApp, gtin: str
) -> None:
    path = f"/links/01/{gtin}"
    first = server.producer.put(path, json=links())
    assert first.status_code == 201, first.text
    assert first.json()["defaultLinkType"] == "gs1:pip"
    again = server.producer.put(path, json=links())
    assert (again.status_code, again.json()["version"]) == (200, 1)
    other = {**PIP, "href": "https://htx.example/khac"}
    assert server.producer.put(path, json=links(other)).json()["version"] == 2
    assert server.visitor.get(f"/01/{gtin}").headers["location"] == other["href"]
    assert server.visitor.get(path).json()["links"][0]["href"] == other["href"]
    assert server.producer.delete(path).status_code == 204
    assert server.visitor.get(path).status_code == 404
    assert server.producer.delete(path).json()["code"] == "links-unknown"
    assert server.visitor.get(f"/01/{gtin}", headers={"accept": "*/*"}).status_code == 404
    back = server.producer.put(path, json=links())
    assert (back.status_code, back.json()["version"]) == (201, 4)
    told = server.visitor.get("/link-versions", params={"anchor": f"/01/{gtin}"}).json()
    assert [version["version"] for version in told] == [4, 3, 2, 1]
    assert [bool(version["links"]) for version in told] == [True, False, True, True]
    assert {version["org"] for version in told} == {server.producer_org}


def test_stranger_cannot_register_under_anothers_prefix(server: RunningApp, gtin: str) -> None:
    answer = server.rival.put(f"/links/01/{gtin}", json=links())
    assert answer.status_code == 403
    assert answer.json()["code"] == "key-foreign"
    server.producer.put(f"/links/01/{gtin}", json=links()).raise_for_status()
    assert server.rival.delete(f"/links/01/{gtin}").status_code == 403
    assert server.reader.put(f"/links/01/{gtin}", json=links()).json()["code"] == "scope-missing"
    assert server.visitor.put(f"/links/01/{gtin}", json=links()).status_code == 401


def test_longest_prefix_decides(server: RunningApp, gtin: str) -> None:
    rival = server.rival.get("/organizations").json()[0]["org"]
    grant(server, gtin[1:13], rival).raise_for_status()
    assert server.producer.put(f"/links/01/{gtin}", json=links()).status_code == 403
    assert server.rival.put(f"/links/01/{gtin}", json=links()).status_code == 201


def test_first_captor_has_the_say_until_the_prefix_is_granted(server: RunningApp) -> None:
    gtin = fresh_gtin("20")
    lot = f"/01/{gtin}/10/L1"
    event = bare_event(quantityList=[{"epcClass": f"https://id.gs1.org{lot}", "quantity": 1}])
    assert server.rival.put(f"/links{lot}", json=links()).status_code == 403
    server.producer.post("/epcis/events", json=event).raise_for_status()
    later = bare_event(action="OBSERVE", quantityList=event["quantityList"])
    server.rival.post("/epcis/events", json=later).raise_for_status()
    assert server.rival.put(f"/links{lot}", json=links()).status_code == 403
    assert server.producer.put(f"/links{lot}", json=links()).status_code == 201
    assert server.producer.put(f"/links/01/{gtin}", json=links()).status_code == 403
    found = server.visitor.get(f"{lot}?linkType=gs1:pip")
    assert found.headers["location"].startswith(PIP["href"])
    rival = server.rival.get("/organizations").json()[0]["org"]
    grant(server, gtin[1:10], rival).raise_for_status()
    assert server.visitor.get(f"{lot}?linkType=gs1:pip").status_code == 404
    assert server.producer.put(f"/links{lot}", json=links()).status_code == 403
    assert server.rival.put(f"/links{lot}", json=links()).status_code == 201


def test_operator_takes_down_but_does_not_put(server: RunningApp, gtin: str) -> None:
    server.producer.put(f"/links/01/{gtin}", json=links()).raise_for_status()
    assert server.operator.put(f"/links/01/{gtin}", json=links()).status_code == 403
    assert server.operator.delete(f"/links/01/{gtin}").status_code == 204


def test_story_stays_the_default_of_a_known_lot(server: RunningApp, gtin: str) -> None:
    lot = f"/01/{gtin}/10/DEFAULT"
    event = bare_event(quantityList=[{"epcClass": f"https://id.gs1.org{lot}", "quantity": 1}])
    server.producer.post("/epcis/events", json=event).raise_for_status()
    for anchor in (lot, f"/01/{gtin}"):
        server.producer.put(f"/links{anchor}", json=links()).raise_for_status()
    page = server.visitor.get(lot, headers={"accept": "text/html"})
    assert page.status_code == 200
    assert "<html" in page.text
    level = server.visitor.get(f"{lot}?linkType=linkset").json()["linkset"][0]
    assert level["https://gs1.org/voc/defaultLink"][0]["href"] == server.url + lot
    assert level["https://gs1.org/voc/pip"][0]["href"] == PIP["href"]
    assert level["itemDescription"] == "Mật ong 500 ml"


def test_link_to_this_server_does_not_go_round(server: RunningApp, gtin: str) -> None:
    own = {**PIP, "href": f"{server.url}/01/{gtin}"}
    server.producer.put(f"/links/01/{gtin}", json=links(own, PIP)).raise_for_status()
    first = {**PIP, "href": f"{server.url}/01/{gtin}", "linkType": "gs1:faqs"}
    server.producer.put(f"/links/01/{gtin}", json=links(PIP, first)).raise_for_status()
    location = server.visitor.get(f"/01/{gtin}?linkType=gs1:faqs&a=1").headers["location"]
    assert location == f"{server.url}/01/{gtin}?a=1"
    assert server.visitor.get(location).headers["location"] == f"{PIP['href']}?a=1"


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://htx.example/",
        "//htx.example/",
        "/01/09521234543213",
        "https://",
        "https:///x",
        "https://gs1.org@evil.example/",
        "https://htx.example/\r\nSet-Cookie: a=b",
        "https://htx.example/a b",
        "https://htx.example\\@evil.example/",
        "https://mật-ong.example/",
        "https://htx.example:99999/",
        "https://-htx.example/",
        "https://htx.example/" + "x" * 2048,
    ],
)
def test_doubtful_target_refused(server: RunningApp, gtin: str, href: str) -> None:
    answer = server.producer.put(f"/links/01/{gtin}", json=links({**PIP, "href": href}))
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] in ("link-target-refused", "request-malformed")
    assert answer.json()["pointer"].endswith("/links/0/href")
    assert server.visitor.get(f"/links/01/{gtin}").status_code == 404


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"linkType": "gs1:nope"}, "/links/0/linkType"),
        ({"linkType": "gs1:defaultLink"}, "/links/0/linkType"),
        ({"linkType": "gs1:handledBy"}, "/links/0/linkType"),
        ({"title": "  "}, "/links/0/title"),
        ({"title": "a\nb"}, "/links/0/title"),
        ({"hreflang": ["vi", "tiếng"]}, "/links/0/hreflang/1"),
        ({"type": "html"}, "/links/0/type"),
        ({"context": ["a b"]}, "/links/0/context/0"),
        ({"surprise": 1}, "/links/0/surprise"),
    ],
)
def test_malformed_link_refused_with_its_place(
    server: RunningApp, gtin: str, change: dict[str, Any], pointer: str
) -> None:
    answer = server.producer.put(f"/links/01/{gtin}", json=links({**PIP, **change}))
    assert answer.status_code == 400, answer.text
    assert answer.json()["pointer"] == pointer


def test_malformed_set_refused(server: RunningApp, gtin: str) -> None:
    path = f"/links/01/{gtin}"
    for wanted in (
        {"itemDescription": "x", "links": []},
        links(PIP, PIP),
        links(defaultLinkType="gs1:faqs"),
        links(*({**PIP, "href": f"https://htx.example/{n}"} for n in range(101))),
    ):
        answer = server.producer.put(path, json=wanted)
        assert answer.status_code == 400, answer.text
    for anchor in (f"/links/01/{gtin}?17=290312", "/links/01/123", "/links/foo"):
        answer = server.producer.put(anchor, json=links())
        assert answer.status_code == 400, answer.text
        assert answer.json()["code"].startswith("gs1-")


def test_prefix_granted_once_and_ended(server: RunningApp) -> None:
    prefix = fresh_gtin("893")[1:11]
    assert grant(server, prefix).status_code == 200
    assert grant(server, prefix).status_code == 200
    rival = server.rival.get("/organizations").json()[0]["org"]
    taken = grant(server, prefix, rival)
    assert (taken.status_code, taken.json()["code"]) == (409, "prefix-taken")
    path = f"/organizations/{server.producer_org}/prefixes"
    assert server.rival.put(f"{path}/{prefix}").json()["code"] == "operator-only"
    assert server.rival.get(path).status_code == 403
    assert server.operator.delete(f"{path}/{prefix}").status_code == 204
    assert server.operator.delete(f"{path}/{prefix}").json()["code"] == "prefix-unknown"
    assert grant(server, prefix, rival).status_code == 200
    (told,) = (one for one in server.producer.get(path).json() if one["prefix"] == prefix)
    assert told["endedAt"] is not None
    for wrong in ("123", "1" * 19, "89x4"):
        assert grant(server, wrong).json()["code"] == "prefix-malformed"
    assert grant(server, "8934", "0x" + "0" * 64).status_code == 404


def test_language_media_type_and_context_decide(server: RunningApp, gtin: str) -> None:
    base = "https://htx.example/"
    server.producer.put(
        f"/links/01/{gtin}",
        json=links(
            {**PIP, "href": base + "vi", "hreflang": ["vi"], "type": "text/html"},
            {**PIP, "href": base + "en", "hreflang": ["en"], "type": "text/html"},
            {**PIP, "href": base + "json", "hreflang": ["en"], "type": "application/json"},
            {**PIP, "href": base + "jp", "hreflang": ["en"], "type": "text/html",
             "context": ["JP"]},
        ),
    ).raise_for_status()  # fmt: skip

    def chosen(query: str = "", **headers: str) -> str:
        wanted = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = server.visitor.get(f"/01/{gtin}{query}", headers=wanted)
        assert answer.status_code == 307
        return answer.headers["location"].removeprefix(base).partition("?")[0]

    for typed in ("", "linkType=gs1:pip"):
        assert chosen(f"?{typed}") == "vi"
        assert chosen(f"?{typed}", accept_language="en-GB,en;q=0.9") == "en"
        assert chosen(f"?{typed}", accept_language="vi-VN,vi;q=0.9,en;q=0.8") == "vi"
        assert chosen(f"?{typed}", accept_language="fr") == "vi"
        assert chosen(f"?{typed}&lang=en", accept_language="vi") == "en"
        assert chosen(f"?{typed}&lang=en", accept="application/json") == "json"
        assert chosen(f"?{typed}&context=JP") == "jp"
        assert chosen(f"?{typed}&context=DE&lang=en") == "en"
