"""Event queries and the collections over a running server."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from lxml import etree

from tests.support.epcis_events import GTIN, bare_event
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain

PLACE = "https://id.gs1.org/414/9521234000136"
URN = "urn:epc:id:sgtin:9521234.000105.{}"
LINK = "https://id.gs1.org/01/09521234001058/21/{}"


def events_of(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    found = answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert isinstance(found, list)
    return found


def capture(server: RunningApp, **changes: Any) -> dict[str, Any]:
    sent = bare_event(**changes)
    server.producer.post("/epcis/events", json=sent).raise_for_status()
    return sent


@pytest.fixture
def serial() -> str:
    return uuid.uuid4().hex[:12]


def test_pages_follow_their_links_to_the_end(server: RunningApp) -> None:
    lot = uuid.uuid4().hex[:10]
    sent = {capture(server, lot=lot)["eventID"] for _ in range(7)}
    seen: list[str] = []
    path: str | None = (
        f"/epcis/events?MATCH_anyEPCClass=https://id.gs1.org/01/{GTIN}/10/{lot}&perPage=3"
    )
    pages = 0
    while path is not None:
        answer = server.producer.get(path)
        seen += [event["eventID"] for event in events_of(answer)]
        pages += 1
        path = answer.links.get("next", {}).get("url")
        assert ("gs1-next-page-token-expires" in answer.headers) == (path is not None)
    assert pages == 3
    assert len(seen) == 7
    assert set(seen) == sent


def test_own_events_whole_and_others_as_everyone_sees_them(server: RunningApp, serial: str) -> None:
    capture(
        server,
        epcList=[LINK.format(serial)],
        destinationList=[{"type": "location", "destination": PLACE}],
    )
    query = {"MATCH_epc": LINK.format(serial)}
    (own,) = events_of(server.producer.get("/epcis/events", params=query))
    (shown,) = events_of(server.rival.get("/epcis/events", params=query))
    assert own["destinationList"]
    assert own["recordTime"].endswith("Z")
    assert "destinationList" not in shown
    hidden = {**query, "EQ_destination_location": PLACE}
    assert len(events_of(server.producer.get("/epcis/events", params=hidden))) == 1
    assert events_of(server.rival.get("/epcis/events", params=hidden)) == []
    assert server.visitor.get("/epcis/events", params=query).status_code == 401
    assert server.client(server.producer_key).get("/epcis/events").status_code == 200


def test_resources_narrow_the_query(server: RunningApp, serial: str) -> None:
    sent = capture(
        server,
        epcList=[URN.format(serial)],
        bizStep="inspecting",
        disposition="conformant",
        readPoint={"id": f"{PLACE}/254/{serial}"},
        bizLocation={"id": f"{PLACE}/254/L{serial}"},
    )
    for resource, value in [
        ("epcs", LINK.format(serial)),
        ("epcs", URN.format(serial)),
        ("eventTypes", "ObjectEvent"),
        ("bizSteps", "inspecting"),
        ("bizSteps", "https://ref.gs1.org/cbv/BizStep-inspecting"),
        ("dispositions", "conformant"),
        ("readPoints", f"{PLACE}/254/{serial}"),
        ("bizLocations", f"{PLACE}/254/L{serial}"),
    ]:
        base = f"/epcis/{resource}/{quote(value, safe='')}"
        narrowed = {"EQ_readPoint": f"{PLACE}/254/{serial}"} if resource != "readPoints" else {}
        found = events_of(server.producer.get(f"{base}/events", params=narrowed))
        assert [event["eventID"] for event in found] == [sent["eventID"]], value
        assert server.producer.get(base).json()["member"] == ["events"]
        assert server.producer.options(f"{base}/events").status_code == 204
    twice = server.producer.get("/epcis/bizSteps/packing/events?EQ_bizStep=packing")
    assert twice.json()["code"] == "query-parameter-repeated"


def test_identifiers_are_spelled_as_wanted(server: RunningApp, serial: str) -> None:
    capture(server, epcList=[URN.format(serial)], readPoint={"id": PLACE})
    spellings = {
        None: (LINK.format(serial), PLACE),
        "Always_GS1_Digital_Link": (LINK.format(serial), PLACE),
        "Always_EPC_URN": (URN.format(serial), "urn:epc:id:sgln:9521234.00013.0"),
        "Never_Translates": (URN.format(serial), PLACE),
        "No_Preference": (URN.format(serial), PLACE),
    }
    for wanted, (epc, place) in spellings.items():
        headers = {} if wanted is None else {"GS1-EPC-Format": wanted}
        answer = server.producer.get(
            f"/epcis/epcs/{quote(LINK.format(serial), safe='')}/events", headers=headers
        )
        (event,) = events_of(answer)
        assert (event["epcList"], event["readPoint"]["id"]) == ([epc], place)
        assert answer.headers["gs1-epc-format"] == (wanted or "Always_GS1_Digital_Link")


@pytest.mark.parametrize(
    ("parameters", "status", "exception"),
    [
        ("EQ_bizSteps=packing", 400, "QueryParameterException"),
        ("EQ_bizStep=transforming", 400, "QueryParameterException"),
        ("EQ_action=PAINT", 400, "QueryParameterException"),
        ("GE_eventTime=yesterday", 400, "QueryParameterException"),
        ("GT_quantity=much", 400, "QueryParameterException"),
        ("MATCH_epc=urn:epc:id:sgtin:1.2.3", 400, "QueryParameterException"),
        ("EQ_readPoint=here", 400, "QueryParameterException"),
        ("EQ_action=ADD&EQ_action=DELETE", 400, "QueryParameterException"),
        ("eventCountLimit=1&maxEventCount=1", 400, "QueryParameterException"),
        ("maxEventCount=0", 400, "QueryParameterException"),
        ("orderBy=colour", 400, "QueryParameterException"),
        ("orderDirection=up", 400, "QueryParameterException"),
        ("perPage=0", 400, "ValidationException"),
        ("nextPageToken=AAAA", 400, "QueryParameterException"),
        (f"EQ_eventID={'|'.join(['urn:x:y'] * 300)}", 413, "QueryTooComplexException"),
        (f"EQ_eventID={'x' * 20_000}", 414, "URITooLongException"),
    ],
)
def test_what_cannot_be_read_is_refused(
    server: RunningApp, parameters: str, status: int, exception: str
) -> None:
    answer = server.producer.get(f"/epcis/events?{parameters}")
    assert (answer.status_code, answer.json()["type"]) == (status, f"epcisException:{exception}")
    assert answer.headers["content-type"] == "application/problem+json"


def test_answers_beyond_the_bounds_asked_for_are_refused(server: RunningApp) -> None:
    lot = uuid.uuid4().hex[:10]
    for _ in range(3):
        capture(server, lot=lot)
    query = {"MATCH_epcClass": f"https://id.gs1.org/01/{GTIN}/10/{lot}"}
    many = server.producer.get("/epcis/events", params={**query, "maxEventCount": "2"})
    assert (many.status_code, many.json()["type"]) == (413, "epcisException:QueryTooLargeException")
    first = server.producer.get("/epcis/events", params={**query, "eventCountLimit": "2"})
    assert len(events_of(first)) == 2
    assert "next" not in first.links


def test_token_belongs_to_its_query(server: RunningApp) -> None:
    for _ in range(2):
        capture(server)
    link = server.producer.get("/epcis/events?perPage=1").links["next"]["url"]
    assert events_of(server.producer.get(link))
    other = server.producer.get(link.replace("/epcis/events?", "/epcis/events?EQ_action=ADD&"))
    assert other.json()["code"] == "page-token-malformed"


def test_versions_and_media_types(server: RunningApp) -> None:
    for path in ("/epcis/events", "/epcis", "/epcis/bizSteps", "/epcis/eventTypes/ObjectEvent"):
        assert server.producer.get(path, headers={"accept": "image/png"}).status_code == 406
        assert server.producer.get(path, headers={"GS1-EPCIS-Min": "2.1"}).status_code == 406
        ld = server.producer.get(path, headers={"accept": "application/ld+json"})
        assert ld.headers["content-type"] == "application/ld+json"
        options = server.visitor.options(path)
        assert options.status_code == 204
        assert "GET" in options.headers["allow"]
        for header in ("epcis-version", "epcis-min", "epcis-max", "cbv-version", "cbv-min",
                       "cbv-max", "epc-format", "cbv-xml-format", "vendor-version"):  # fmt: skip
            assert f"gs1-{header}" in options.headers, (path, header)


def test_root_names_nine_resources(server: RunningApp) -> None:
    body = server.producer.get("/epcis").json()
    assert body["type"] == "Collection"
    assert sorted(body["member"]) == sorted(
        ["queries", "capture", "events", "eventTypes", "epcs", "readPoints", "bizLocations",
         "dispositions", "bizSteps"]
    )  # fmt: skip


def members_of(server: RunningApp, path: str) -> list[str]:
    """All members of a collection, page by page."""
    found: list[str] = []
    following: str | None = f"{path}?perPage=2"
    while following is not None:
        answer = server.rival.get(following)
        assert answer.status_code == 200, answer.text
        found += answer.json()["member"]
        following = answer.links.get("next", {}).get("url")
    return found


def test_collections_list_what_events_name_once(server: RunningApp, serial: str) -> None:
    own_type = f"https://example.org/types/{serial}"
    for _ in range(2):
        capture(
            server,
            epcList=[LINK.format(serial), LINK.format(serial + "x")],
            readPoint={"id": f"{PLACE}/254/{serial}"},
            bizLocation={"id": f"{PLACE}/254/{serial}L"},
            bizStep=f"https://example.org/steps/{serial}",
            disposition=f"https://example.org/states/{serial}",
        )
    capture(server, type=own_type)
    for collection, members in [
        ("epcs", [LINK.format(serial), LINK.format(serial + "x")]),
        ("readPoints", [f"{PLACE}/254/{serial}"]),
        ("bizLocations", [f"{PLACE}/254/{serial}L"]),
        ("bizSteps", [f"https://example.org/steps/{serial}"]),
        ("dispositions", [f"https://example.org/states/{serial}"]),
        ("eventTypes", [own_type, "ObjectEvent", "AssociationEvent"]),
    ]:
        found = members_of(server, f"/epcis/{collection}")
        assert len(set(found)) == len(found)
        assert set(members) <= set(found), collection
        unknown = server.producer.get(f"/epcis/{collection}/urn%3Anobody%3Aknows")
        assert unknown.status_code == 404
        assert unknown.json()["type"] == "epcisException:NoSuchNameException"


def test_events_in_xml_by_its_other_name(server: RunningApp) -> None:
    path = "/epcis/events?perPage=1"
    plain = server.producer.get(path, headers={"accept": "application/xml"})
    other = server.producer.get(path, headers={"accept": "text/xml"})
    assert other.status_code == 200
    assert other.headers["content-type"].startswith("text/xml")
    assert etree.fromstring(other.content).tag == etree.fromstring(plain.content).tag
