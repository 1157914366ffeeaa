"""Organizations, API keys, and who may do what."""

from __future__ import annotations

import time

import httpx
import pytest

from tests.support.epcis_events import bare_event
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain


def test_operator_admits_an_organization_that_can_then_capture(server: RunningApp) -> None:
    created = server.operator.post(
        "/organizations", json={"name": "Hộ ông Lò Văn Tới", "nameEn": "Lo Van Toi household"}
    )
    assert created.status_code == 201
    org = created.json()["org"]
    assert created.headers["location"] == f"/organizations/{org}"
    assert created.json()["roles"] == ["producer"]
    issued = server.operator.post(
        f"/organizations/{org}/keys", json={"label": "app", "scopes": ["capture", "read"]}
    )
    assert issued.status_code == 201
    assert issued.headers["cache-control"] == "no-store"
    member = server.client(issued.json()["secret"])
    server.wait_until_active(org)
    assert member.post("/epcis/events", json=bare_event()).status_code == 201
    assert [row["org"] for row in member.get("/organizations").json()] == [org]


@pytest.mark.parametrize(
    "body",
    [
        {"name": ""},
        {"name": " "},
        {"name": "x", "keyAddress": "0x" + "0" * 40},
        {"name": "x", "keyAddress": "0x52908400098527886E0F7030069857D2E4169Ee7"},
        {"name": "x", "keyAddress": "52908400098527886e0f7030069857d2e4169ee7"},
        {"name": "x", "roles": []},
        {"name": "x", "roles": ["king"]},
        {"name": "x", "eventsPerDay": 0},
        {"name": "x", "eventsPerDay": True},
    ],
)
def test_organization_request_malformed_refused(
    server: RunningApp, body: dict[str, object]
) -> None:
    answer = server.operator.post("/organizations", json=body)
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize("body", [b"", b"{", b'{"name": NaN', b"\xff"])
def test_organization_request_not_json_refused(server: RunningApp, body: bytes) -> None:
    answer = server.operator.post(
        "/organizations", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 400
    assert answer.json()["code"] in ("json-malformed", "request-malformed")


def test_secret_is_shown_once(server: RunningApp) -> None:
    org = server.producer_org
    issued = server.operator.post(
        f"/organizations/{org}/keys", json={"label": "once", "scopes": ["read"]}
    ).json()
    listed = server.operator.get(f"/organizations/{org}/keys")
    assert issued["id"] in {key["id"] for key in listed.json()}
    assert issued["secret"] not in listed.text
    assert all("secret" not in key for key in listed.json())


def test_revoked_key_refused_at_once(server: RunningApp) -> None:
    org = server.producer_org
    issued = server.operator.post(
        f"/organizations/{org}/keys", json={"label": "short", "scopes": ["capture"]}
    ).json()
    holder = server.client(issued["secret"])
    assert holder.post("/epcis/events", json=bare_event()).status_code == 201
    revoked = server.operator.delete(f"/organizations/{org}/keys/{issued['id']}")
    assert revoked.status_code == 204
    assert holder.post("/epcis/events", json=bare_event()).status_code == 401


def test_expired_key_refused(server: RunningApp) -> None:
    from datetime import timedelta

    from ledger.clock import format_time

    soon = format_time(server.app.clock.now() + timedelta(seconds=5))
    issued = server.operator.post(
        f"/organizations/{server.producer_org}/keys",
        json={"label": "brief", "scopes": ["read"], "expiresAt": soon},
    ).json()
    holder = server.client(issued["secret"])
    assert holder.get("/organizations").status_code == 200
    time.sleep(5)
    assert holder.get("/organizations").status_code == 401


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"label": "x", "scopes": []}, "/scopes"),
        ({"label": "x", "scopes": ["root"]}, "/scopes/0"),
        ({"label": "", "scopes": ["read"]}, "/label"),
        ({"label": "x", "scopes": ["read"], "extra": 1}, "/extra"),
        ({"label": "x", "scopes": ["read"], "expiresAt": "2020-01-01T00:00:00Z"}, "/expiresAt"),
    ],
)
def test_key_request_malformed_refused_with_pointer(
    server: RunningApp, body: dict[str, object], pointer: str
) -> None:
    answer = server.operator.post(f"/organizations/{server.producer_org}/keys", json=body)
    assert answer.status_code == 400
    assert answer.json()["pointer"] == pointer


def test_unknown_and_malformed_organizations_told_apart(server: RunningApp) -> None:
    keys = {"label": "x", "scopes": ["read"]}
    nobody = "0x" + "00" * 32
    assert server.operator.post(f"/organizations/{nobody}/keys", json=keys).status_code == 404
    assert server.operator.get(f"/organizations/{nobody}").status_code == 404
    assert server.operator.get("/organizations/0xZZ").json()["code"] == "org-id-malformed"
    gone = f"/organizations/{server.producer_org}/keys/no-such-key"
    assert server.operator.delete(gone).status_code == 404


def _requests(org: str) -> list[tuple[str, str, object]]:
    """Every write and every private reading, with a body that is valid."""
    keys = f"/organizations/{org}/keys"
    return [
        ("POST", "/organizations", {"name": "Intruder"}),
        ("POST", keys, {"label": "x", "scopes": ["capture"]}),
        ("GET", keys, None),
        ("DELETE", f"{keys}/some-key", None),
        (
            "POST",
            "/records/urn:uuid:00000000-0000-4000-8000-000000000000/withdrawal",
            {"reason": "x"},
        ),
    ]


def _ask(client: httpx.Client, method: str, path: str, body: object) -> int:
    return client.request(method, path, json=body).status_code


def test_every_write_needs_a_key_with_its_scope(server: RunningApp) -> None:
    for method, path, body in _requests(server.producer_org):
        assert _ask(server.visitor, method, path, body) == 401, path
        assert _ask(server.reader, method, path, body) == 403, path
        assert _ask(server.client("pk_" + "0" * 32), method, path, body) == 401, path


def test_administrator_of_one_organization_is_nobody_in_another(server: RunningApp) -> None:
    for method, path, body in _requests(server.producer_org)[:4]:
        assert _ask(server.rival, method, path, body) == 403, path
    assert server.rival.get(f"/organizations/{server.producer_org}").status_code == 403


@pytest.mark.parametrize("header", ["Basic cGs6", "Bearer", "pk_x", "Bearer " + "x" * 500])
def test_other_authorization_refused(server: RunningApp, header: str) -> None:
    answer = server.visitor.get("/organizations", headers={"authorization": header})
    assert answer.status_code == 401
    assert "x" * 50 not in answer.text
