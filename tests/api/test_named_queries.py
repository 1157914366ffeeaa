"""/epcis/queries: queries kept under a name."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from tests.support.epcis_events import GTIN, bare_event
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain


def fresh_name() -> str:
    return f"query-{secrets.token_hex(4)}"


def keep(server: RunningApp, query: dict[str, Any], name: str | None = None) -> str:
    answer = server.producer.post(
        "/epcis/queries", json={"name": name or fresh_name(), "query": query}
    )
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"])


def test_query_kept_listed_shown_and_forgotten(server: RunningApp) -> None:
    name = fresh_name()
    query = {"eventType": ["ObjectEvent"], "EQ_bizStep": ["shipping", "receiving"]}
    location = keep(server, query, name)
    assert location == f"/epcis/queries/{name}"
    found = server.producer.get(location)
    assert found.headers["gs1-epcis-version"] == "2.0"
    assert found.json()["name"] == name
    assert found.json()["query"] == query
    assert found.json() in server.producer.get("/epcis/queries?perPage=200").json()
    assert server.producer.delete(location).status_code == 204
    gone = server.producer.get(location)
    assert gone.status_code == 404
    assert gone.json()["type"] == "epcisException:NoSuchNameException"
    assert server.producer.delete(location).status_code == 404


def test_query_name_taken_is_a_conflict_within_the_organization_only(server: RunningApp) -> None:
    name = fresh_name()
    keep(server, {}, name)
    again = server.producer.post("/epcis/queries", json={"name": name, "query": {}})
    assert again.status_code == 409
    assert again.json()["type"] == "epcisException:ResourceAlreadyExistsException"
    theirs = server.rival.post("/epcis/queries", json={"name": name, "query": {}})
    assert theirs.status_code == 201
    assert server.visitor.get(f"/epcis/queries/{name}").status_code == 401


def test_query_names_in_vietnamese_percent_encoded(server: RunningApp) -> None:
    name = f"lô-đang-bán-{secrets.token_hex(2)}"
    location = keep(server, {}, name)
    assert location.isascii()
    assert server.producer.get(location).json()["name"] == name


@pytest.mark.parametrize(
    ("body", "type_", "pointer"),
    [
        ({"name": "a", "query": {"EQ_nonsense": ["x"]}}, "QueryParameterException", None),
        ({"name": "a", "query": []}, "QueryValidationException", "/query"),
        ({"name": "a"}, "QueryValidationException", ""),
        ({"name": "a", "query": {}, "more": 1}, "QueryValidationException", ""),
        ([], "QueryValidationException", ""),
        ({"name": "", "query": {}}, "QueryValidationException", "/name"),
        ({"name": "a/b", "query": {}}, "QueryValidationException", "/name"),
        ({"name": "x" * 101, "query": {}}, "QueryValidationException", "/name"),
        ({"name": 7, "query": {}}, "QueryValidationException", "/name"),
    ],
)
def test_query_malformed_refused(
    server: RunningApp, body: Any, type_: str, pointer: str | None
) -> None:
    answer = server.producer.post("/epcis/queries", json=body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["type"] == f"epcisException:{type_}"
    if pointer is not None:
        assert answer.json()["pointer"] == pointer


@pytest.mark.parametrize("name", ["%00", "a%20b", "x" * 101, "%F0%9F%92%A5%00"])
def test_query_of_a_name_that_none_can_have_is_unknown(server: RunningApp, name: str) -> None:
    for path in (name, f"{name}/events", f"{name}/subscriptions"):
        assert server.producer.get(f"/epcis/queries/{path}").status_code == 404
    assert server.producer.delete(f"/epcis/queries/{name}").status_code == 404
    location = keep(server, {})
    assert server.producer.get(f"{location}/subscriptions/{name}").status_code == 404
    assert server.producer.delete(f"{location}/subscriptions/{name}").status_code == 404


def test_query_in_another_media_type_refused(server: RunningApp) -> None:
    headers = {"content-type": "application/xml"}
    answer = server.producer.post("/epcis/queries", content=b"<a/>", headers=headers)
    assert answer.status_code == 415


def test_queries_listed_page_by_page(server: RunningApp) -> None:
    names = {f"page-{secrets.token_hex(4)}" for _ in range(5)}
    for name in names:
        keep(server, {}, name)
    seen: list[str] = []
    path = "/epcis/queries?perPage=2"
    while True:
        page = server.producer.get(path)
        seen += [query["name"] for query in page.json()]
        if "next" not in page.links:
            break
        path = page.links["next"]["url"]
    assert names <= set(seen)
    assert len(seen) == len(set(seen))


def test_events_of_a_query_page_by_page_under_its_name(server: RunningApp) -> None:
    lot = f"Q-{secrets.token_hex(4)}"
    sent = [
        bare_event(lot=lot, eventTime=f"2026-03-0{day}T08:00:00.000+07:00") for day in range(1, 6)
    ]
    for event in sent:
        server.producer.post("/epcis/events", json=event).raise_for_status()
    uri = f"https://id.gs1.org/01/{GTIN}/10/{lot}"
    location = keep(server, {"MATCH_anyEPCClass": [uri], "orderDirection": "ASC"})
    seen: list[str] = []
    path = f"{location}/events?perPage=2"
    while True:
        page = server.producer.get(path)
        assert page.status_code == 200, page.text
        results = page.json()["epcisBody"]["queryResults"]
        assert results["queryName"] == location.rpartition("/")[2]
        seen += [event["eventID"] for event in results["resultsBody"]["eventList"]]
        if "next" not in page.links:
            break
        path = page.links["next"]["url"]
    assert sorted(seen) == sorted(event["eventID"] for event in sent)
    assert len(seen) == len(set(seen))
    assert server.producer.get("/epcis/queries/no-such/events").status_code == 404
    wrong = server.producer.get(f"{location}/events?stream=true")
    assert wrong.status_code == 400
    assert wrong.json()["type"] == "epcisException:SubscriptionControlsException"


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/epcis/queries", "GET, POST, OPTIONS"),
        ("/epcis/queries/a", "GET, DELETE, OPTIONS"),
        ("/epcis/queries/a/events", "GET, OPTIONS"),
        ("/epcis/queries/a/subscriptions", "GET, POST, OPTIONS"),
    ],
)
def test_options_tell_what_is_offered(server: RunningApp, path: str, allow: str) -> None:
    answer = server.visitor.options(path)
    assert answer.status_code == 204
    assert answer.headers["allow"] == allow
    assert answer.headers["gs1-epcis-version"] == "2.0"


def test_next_page_of_queries_says_until_when_it_may_be_asked_for(server: RunningApp) -> None:
    for _ in range(2):
        keep(server, {"eventType": ["ObjectEvent"]})
    page = server.producer.get("/epcis/queries?perPage=1")
    assert "next" in page.links
    assert page.headers["GS1-Next-Page-Token-Expires"]
    whole = server.producer.get("/epcis/queries?perPage=200")
    assert "GS1-Next-Page-Token-Expires" not in whole.headers
