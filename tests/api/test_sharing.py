"""Who sees what of a record: partners, authorities, inspectors with a link; all of it verifies."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

import httpx
import pytest

from ledger.clock import format_time
from ledger.gs1.company_prefix import CompanyPrefix
from ledger.identity.organization import OrgId, Role
from ledger.proof.bundle import MEDIA_TYPE, parse_bundle
from ledger.services.membership import NewOrganization
from ledger.storage.prefixes import PrefixRow
from tests.support.epcis_events import bare_event
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain

VN = {"vn": "https://ns.thanhhoa.example/epcis/"}
PARTNERS_ONLY = {"bizTransactionList": [{"type": "po", "bizTransaction": "urn:example:po:88"}]}
SECRETS = {"vn:tenVatTu": "NPK 16-16-8", "vn:giaBan": 99_000}


def found(server: RunningApp, roles: Role = Role.PRODUCER) -> tuple[OrgId, httpx.Client]:
    row = server.app.membership.found(OrgId.random(), NewOrganization(name="Bên mua", roles=roles))
    _, key = server.app.membership.mint_key(row.org, ["read"], label="test")
    return row.org, server.client(key)


def shipped(server: RunningApp, destination: str, kind: str = "owning_party") -> str:
    event = bare_event(
        bizStep="shipping",
        action="OBSERVE",
        destinationList=[{"type": kind, "destination": destination}],
        **PARTNERS_ONLY,
        **SECRETS,
    )
    event["@context"].append(VN)
    stored = server.producer.post("/epcis/events", json=event)
    assert stored.status_code == 201, stored.text
    return f"/records/{stored.json()['recordID']}"


def seen(client: httpx.Client, path: str) -> tuple[str, dict[str, Any]]:
    answer = client.get(path).raise_for_status().json()
    bundle = parse_bundle(client.get(f"{path}/proof").raise_for_status().content)
    shown = bundle.view.value()["body"]
    assert shown == answer["body"], "the proof shows what the record shows"
    return answer["audience"], answer["body"]


def test_views_of_one_record_grow_and_have_one_commitment(server: RunningApp) -> None:
    partner, buyer = found(server)
    _, authority = found(server, Role.AUTHORITY)
    gln = "9521234000211"
    with server.app.db.write() as tx:
        if tx.prefixes.find(CompanyPrefix("952123400021")) is None:
            tx.prefixes.grant(
                PrefixRow(CompanyPrefix("952123400021"), partner, server.app.clock.now(), "test")
            )
        owner_of_prefix = tx.prefixes.find(CompanyPrefix("952123400021"))
    assert owner_of_prefix is not None
    path = shipped(server, f"https://id.gs1.org/417/{gln}")
    views = {
        name: seen(client, path)
        for name, client in (
            ("public", server.visitor),
            ("partner", buyer),
            ("agency", authority),
            ("owner", server.producer),
        )
    }
    for name, (audience, _) in views.items():
        assert audience == name
    bodies = {name: set(body) for name, (_, body) in views.items()}
    assert bodies["public"] < bodies["partner"] < bodies["agency"] < bodies["owner"]
    assert {"bizTransactionList", "destinationList"} <= bodies["partner"] - bodies["public"]
    assert bodies["agency"] - bodies["partner"] == {"vn:tenVatTu"}
    assert bodies["owner"] - bodies["agency"] == {"vn:giaBan"}
    commitments = {
        parse_bundle(client.get(f"{path}/proof").content).view.commitment()
        for client in (server.visitor, buyer, authority, server.producer)
    }
    assert len(commitments) == 1


def test_partner_view_verifies(server: RunningApp) -> None:
    org, buyer = found(server)
    path = shipped(
        server, f"https://truyxuat.example.vn/o/{org.hex()}/b/ben-mua", "possessing_party"
    )
    assert seen(buyer, path)[0] == "partner"
    server.wait_until_anchored(path)
    report = buyer.post(
        "/verify",
        content=buyer.get(f"{path}/proof").content,
        headers={"content-type": MEDIA_TYPE},
    ).json()
    assert report["verdict"] == "intact"
    assert "bizTransactionList" in report["facts"]["record"]["disclosed"]["body"]


@pytest.mark.parametrize(
    "destination",
    [
        "https://id.gs1.org/417/9521234000310",
        "https://example.com/o/11/b/x",
        f"https://example.com/o/{'00' * 32}/b/x",
        "urn:example:nobody",
    ],
)
def test_stranger_is_no_partner(server: RunningApp, destination: str) -> None:
    path = shipped(server, destination)
    assert seen(server.rival, path)[0] == "public"


def test_what_a_rival_says_of_itself_makes_it_no_partner(server: RunningApp) -> None:
    gln = "9521234000228"
    claim = {"name": "Kẻ mạo nhận", "gln": gln}
    server.rival.put("/masterdata/parties/ke-mao-nhan", json=claim).raise_for_status()
    path = shipped(server, f"https://id.gs1.org/417/{gln}")
    assert seen(server.rival, path)[0] == "public"


def test_grant_shows_one_record_until_it_ends(server: RunningApp) -> None:
    org, buyer = found(server)
    path = shipped(server, "urn:example:nobody")
    other = shipped(server, "urn:example:nobody")
    for _ in range(2):
        granted = server.producer.post(f"{path}/grants", json={"org": org.text})
        assert granted.status_code == 201, granted.text
    assert [row["org"] for row in server.producer.get(f"{path}/grants").json()] == [org.text]
    assert seen(buyer, path)[0] == "partner"
    assert seen(buyer, other)[0] == "public"
    assert server.producer.delete(f"{path}/grants/{org.text}").status_code == 204
    assert seen(buyer, path)[0] == "public"
    gone = server.producer.delete(f"{path}/grants/{org.text}")
    assert gone.json()["code"] == "grant-unknown"
    nobody = server.producer.post(f"{path}/grants", json={"org": "0x" + "00" * 32})
    assert nobody.json()["code"] == "organization-unknown"


def test_link_shows_one_proof_and_is_counted(server: RunningApp) -> None:
    path = shipped(server, "urn:example:nobody")
    made = server.producer.post(f"{path}/links", json={"label": "Đội QLTT số 4"})
    assert made.status_code == 201, made.text
    assert made.headers["cache-control"] == "no-store"
    url = made.json()["url"]
    answer = server.visitor.get(url)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    bundle = parse_bundle(answer.content)
    assert bundle.record_id.text == path.rpartition("/")[2]
    body = bundle.view.value()["body"]
    assert "vn:tenVatTu" in body
    assert "vn:giaBan" not in body
    server.visitor.get(url).raise_for_status()
    (row,) = server.producer.get(f"{path}/links").json()
    assert (row["uses"], row["audience"], row["label"]) == (2, "agency", "Đội QLTT số 4")
    assert url.rpartition("/")[2] not in server.producer.get(f"{path}/links").text
    for method in ("POST", "PUT", "DELETE"):
        assert server.visitor.request(method, url).status_code == 405


def test_link_ends(server: RunningApp) -> None:
    path = shipped(server, "urn:example:nobody")
    made = server.producer.post(f"{path}/links", json={"label": "x", "audience": "partner"}).json()
    other = shipped(server, "urn:example:nobody")
    assert server.producer.delete(f"{other}/links/{made['id']}").status_code == 404
    assert server.visitor.get(made["url"]).status_code == 200
    assert server.producer.delete(f"{path}/links/{made['id']}").status_code == 204
    assert server.visitor.get(made["url"]).json()["code"] == "sharing-link-ended"
    (row,) = server.producer.get(f"{path}/links").json()
    assert row["revokedAt"]
    assert server.visitor.get(f"/inspect/{secrets.token_urlsafe(32)}").status_code == 404
    assert server.visitor.get("/inspect/x").json()["code"] == "sharing-link-unknown"


def test_link_expires(server: RunningApp, monkeypatch: pytest.MonkeyPatch) -> None:
    from ledger.clock import FixedClock

    path = shipped(server, "urn:example:nobody")
    made = server.producer.post(f"{path}/links", json={"label": "x"}).json()
    later = FixedClock(server.app.clock.now() + timedelta(days=1, seconds=1))
    monkeypatch.setattr(server.app.sharing, "_clock", later)
    assert server.visitor.get(made["url"]).json()["code"] == "sharing-link-ended"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/label"),
        ({"label": "x", "audience": "owner"}, "/audience"),
        ({"label": "x", "expiresAt": "2020-01-01T00:00:00Z"}, "/expiresAt"),
        ({"label": "x", "expiresAt": "2999-01-01T00:00:00Z"}, "/expiresAt"),
    ],
)
def test_link_malformed_refused(server: RunningApp, body: dict[str, Any], pointer: str) -> None:
    path = shipped(server, "urn:example:nobody")
    answer = server.producer.post(f"{path}/links", json=body)
    assert (answer.status_code, answer.json()["pointer"]) == (400, pointer)


def test_sharing_is_for_the_issuer_alone(server: RunningApp) -> None:
    path = shipped(server, "urn:example:nobody")
    _, authority = found(server, Role.AUTHORITY)
    soon = format_time(server.app.clock.now() + timedelta(hours=1))
    for client, status in ((server.visitor, 401), (server.rival, 403), (authority, 403)):
        link = {"label": "x", "expiresAt": soon}
        assert client.post(f"{path}/links", json=link).status_code == status
        assert client.get(f"{path}/links").status_code == status
        assert client.get(f"{path}/grants").status_code == status
        grant = {"org": server.producer_org}
        assert client.post(f"{path}/grants", json=grant).status_code == status


def test_authority_without_the_scope_read_sees_what_is_public(server: RunningApp) -> None:
    row = server.app.membership.found(
        OrgId.random(), NewOrganization(name="Chi cục", roles=Role.AUTHORITY)
    )
    _, key = server.app.membership.mint_key(row.org, ["status"], label="test")
    assert seen(server.client(key), shipped(server, "urn:example:nobody"))[0] == "public"
