"""What every resource of EPCIS 2.0 answers alike: with and without a slash behind, its methods and
versions, and its refusals (12.3 to 12.6)."""

from __future__ import annotations

import secrets
from urllib.parse import quote

import httpx
import pytest

from api.trailing_slash import without_trailing_slash
from tests.support.epcis import document, event
from tests.support.epcis_events import bare_event
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain

ALLOWED = {
    "/epcis": "GET, OPTIONS",
    "/epcis/capture": "GET, POST, OPTIONS",
    "/epcis/capture/x": "GET, OPTIONS",
    "/epcis/events": "GET, POST, OPTIONS",
    "/epcis/events/x": "GET, OPTIONS",
    **{
        f"/epcis/{name}{rest}": "GET, OPTIONS"
        for name in ("eventTypes", "epcs", "bizSteps", "bizLocations", "readPoints", "dispositions")
        for rest in ("", "/x", "/x/events")
    },
    "/epcis/queries": "GET, POST, OPTIONS",
    "/epcis/queries/x": "GET, DELETE, OPTIONS",
    "/epcis/queries/x/events": "GET, OPTIONS",
    "/epcis/queries/x/subscriptions": "GET, POST, OPTIONS",
}
"""Every resource of the official description that tells about itself to anyone."""
TOLD = (
    "epcis-version", "epcis-min", "epcis-max", "cbv-version", "cbv-min", "cbv-max", "epc-format",
    "cbv-xml-format", "extensions", "vendor-version",
)  # fmt: skip
LISTS = ("/epcis", "/epcis/capture", "/epcis/events", "/epcis/bizSteps", "/epcis/queries")


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("path", ALLOWED)
def test_options_tells_methods_and_versions_of_every_resource(
    server: RunningApp, path: str, slash: str
) -> None:
    answer = server.visitor.options(path + slash)
    assert answer.status_code == 204
    assert answer.headers["allow"] == ALLOWED[path]
    for name in TOLD:
        assert answer.headers[f"gs1-{name}"], name
    if path == "/epcis/capture":
        assert answer.headers["gs1-capture-error-behaviour"] == "all"
        assert int(answer.headers["gs1-epcis-capture-limit"]) > 0
        assert int(answer.headers["gs1-epcis-capture-file-size-limit"]) > 0


@pytest.mark.parametrize("path", LISTS)
def test_slash_behind_changes_nothing(server: RunningApp, path: str) -> None:
    plain = server.producer.get(path, params={"perPage": 1})
    slashed = server.producer.get(path + "/", params={"perPage": 1})
    assert plain.status_code == slashed.status_code == 200
    assert type(plain.json()) is type(slashed.json())
    assert ("link" in slashed.headers) == ("link" in plain.headers)
    for link in slashed.links.values():  # pages go on at the one address
        assert f"{path}?" in link["url"]


def test_slash_behind_keeps_the_body_of_a_post(server: RunningApp) -> None:
    sent = bare_event(lot=f"SLASH-{secrets.token_hex(4)}")
    first = server.producer.post("/epcis/events/", json=sent)
    assert first.status_code == 201, first.text
    assert server.producer.post("/epcis/events", json=sent).json() == first.json()
    job = server.producer.post("/epcis/capture/", json=document([event()]))
    assert job.status_code == 202, job.text
    # more than what other addresses take: the limit is that of the resource
    large = server.producer.post(
        "/epcis/capture/",
        content=b" " * (256 * 1024),
        headers={"content-type": "application/json"},
    )
    assert large.status_code != 413


def test_slash_of_a_value_stays_with_it(server: RunningApp) -> None:
    event_id = f"https://example.org/events/{secrets.token_hex(8)}/"
    stored = server.producer.post("/epcis/events", json=bare_event(eventID=event_id))
    assert stored.status_code == 201, stored.text
    path = f"/epcis/events/{quote(event_id, safe='')}"
    assert stored.headers["location"] == path
    assert server.producer.get(path).status_code == 200
    assert server.producer.get(path + "/").status_code == 200
    cut = quote(event_id[:-1], safe="")
    assert server.producer.get(f"/epcis/events/{cut}").status_code == 404


@pytest.mark.parametrize(
    ("path", "raw", "becomes"),
    [
        ("/epcis/", b"/epcis/", "/epcis"),
        ("/epcis/events//", b"/epcis/events//", "/epcis/events/"),
        ("/epcis/epcs/a/", b"/epcis/epcs/a%2F", "/epcis/epcs/a/"),
        ("/epcis/epcs/a/", None, "/epcis/epcs/a"),
        ("/epcisx/", b"/epcisx/", "/epcisx/"),
        ("/", b"/", "/"),
        ("/portal/", b"/portal/", "/portal/"),
    ],
)
def test_only_a_slash_sent_as_such_is_left_out(path: str, raw: bytes | None, becomes: str) -> None:
    scope = {"type": "http", "path": path, "raw_path": raw}
    assert without_trailing_slash(scope)["path"] == becomes
    assert without_trailing_slash({"type": "lifespan"}) == {"type": "lifespan"}


@pytest.mark.parametrize("media", ["application/xml", "text/xml", "application/xml; charset=UTF-8"])
def test_bare_event_in_xml_is_sent_on_to_capture(server: RunningApp, media: str) -> None:
    answer = server.producer.post(
        "/epcis/events", content=b"<ObjectEvent/>", headers={"content-type": media}
    )
    assert answer.status_code == 415
    problem = answer.json()
    assert problem["type"] == "epcisException:UnsupportedMediaTypeException"
    assert problem["code"] == "media-type-unsupported"
    assert "/epcis/capture" in problem["advice"]
    assert "application/json" in problem["advice"]


def test_single_event_tells_versions_and_extensions(server: RunningApp) -> None:
    answer = server.producer.post("/epcis/events", json=bare_event(lot=secrets.token_hex(4)))
    for name in ("epcis-version", "cbv-version", "extensions"):
        assert answer.headers[f"gs1-{name}"]


def problem_of(answer: httpx.Response, status: int) -> str:
    """The EPCIS exception, once the answer is the problem it should be (RFC 7807)."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == status
    assert told["title"]
    assert told["detail"]
    return str(told["type"])


def test_refusals_name_the_exception_of_the_standard(server: RunningApp) -> None:
    producer, visitor = server.producer, server.visitor
    for path in (*LISTS, "/epcis/epcs", "/epcis/eventTypes", "/epcis/queries/x/events"):
        assert problem_of(visitor.get(path), 401) == "epcisException:SecurityException"
        for headers in ({"accept": "image/png"}, {"GS1-EPCIS-Min": "2.1"}):
            refused = producer.get(path, headers=headers)
            assert problem_of(refused, 406) == "epcisException:NotAcceptableException", path
    long = producer.get("/epcis/events?EQ_bizStep=" + "x" * 17_000)
    assert problem_of(long, 414) == "epcisException:URITooLongException"
    large = producer.post(
        "/epcis/events",
        content=b" " * (5 * 1024 * 1024),
        headers={"content-type": "application/json"},
    )
    assert problem_of(large, 413) == "epcisException:CaptureLimitExceededException"
    assert large.headers["gs1-epcis-capture-limit"]
    assert large.headers["gs1-epcis-capture-file-size-limit"]
    for path in ("/epcis/capture", "/epcis/queries", "/epcis/queries/x/subscriptions"):
        refused = producer.post(path, content=b"a,b", headers={"content-type": "text/csv"})
        assert problem_of(refused, 415) == "epcisException:UnsupportedMediaTypeException"
    assert problem_of(producer.get("/epcis/nothing"), 404) == "epcisException:NoSuchNameException"
    assert problem_of(producer.delete("/epcis/events"), 405) == "/problems/method-not-allowed"


def test_problem_in_xml_for_who_reads_xml(server: RunningApp) -> None:
    answer = server.producer.get("/epcis/events/none", headers={"accept": "application/xml"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+xml"
    assert b"epcisException:NoSuchNameException" in answer.content
