"""Two agencies exchange documents through the server, each signing with keys of its own."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any

import pytest

from ledger.exchange.rules import LegAction
from ledger.identity.eip712 import Domain
from ledger.identity.organization import OrgId
from ledger.services.exchange_authority import SOONEST_SECONDS
from tests.support.agency import Agency, Exchanged, a_document, a_message, step, submission
from tests.support.own_key import issue
from tests.support.receiver import receiver
from tests.support.running_app import RunningApp


def join(server: RunningApp, name: str) -> Agency:
    """An agency whose keys the chain holds."""
    created = server.operator.post(
        "/organizations", json={"name": name, "kind": "agency", "roles": ["agency"]}
    )
    assert created.status_code == 201, created.text
    org = created.json()["org"]
    server.wait_until_active(org)
    agency = Agency(OrgId.parse(org), f"H56.{name}", server.client(issue(server, org)))
    for purpose, key in agency.keys.items():
        answer = server.operator.post(
            f"/organizations/{org}/signing-keys",
            json={"address": key.address, "purposes": [str(purpose.name).lower()]},
        )
        assert answer.status_code == 202, answer.text
    server.wait_until(
        lambda: all(
            key["registered"]
            for key in agency.http.get(f"/organizations/{org}/signing-keys").json()
        )
    )
    return agency


@pytest.fixture(scope="module")
def sender(server: RunningApp) -> Agency:
    return join(server, "1")


@pytest.fixture(scope="module")
def recipient(server: RunningApp) -> Agency:
    return join(server, "2")


@pytest.fixture(scope="module")
def domain(server: RunningApp, sender: Agency) -> Domain:
    told = sender.http.get("/exchange").json()
    assert told["documentExchange"] == server.app.deployment.document_exchange
    return Domain(told["chainId"], server.app.exchange.contract.address)


def submit(
    domain: Domain, sender: Agency, *recipients: Agency, number: str, **terms: Any
) -> list[Exchanged]:
    document = a_document(sender, *recipients, number=number)
    body, legs = submission(
        domain, a_message(sender, document), document, sender, *recipients, **terms
    )
    answer = sender.http.post("/exchange/messages", json=body)
    assert answer.status_code == 201, answer.text
    assert [one["leg"]["leg"] for one in answer.json()["legs"]] == [one.leg.hex() for one in legs]
    return legs


def take(one: Exchanged, action: LegAction, status: int = 201, **changes: Any) -> dict[str, Any]:
    body = step(one, action, **changes)
    by = one.sender if body["org"] == one.sender.org.text else one.recipient
    answer = by.http.post(f"/exchange/legs/{one.leg.hex()}/steps", json=body)
    assert answer.status_code == status, answer.text
    if status == 201:
        one.events += 1
    told: dict[str, Any] = answer.json()
    return told


def anchored(server: RunningApp, one: Exchanged) -> dict[str, Any]:
    """The leg when the chain has all of it."""
    path = f"/exchange/legs/{one.leg.hex()}"
    server.wait_until(lambda: one.sender.http.get(path).json()["anchored"] == one.events)
    found: dict[str, Any] = one.sender.http.get(path).json()
    return found


def test_a_document_is_sent_received_and_anchored(
    server: RunningApp, domain: Domain, sender: Agency, recipient: Agency
) -> None:
    (one,) = submit(domain, sender, recipient, number="11")
    for action in (LegAction.ARRIVE, LegAction.HAND_OVER, LegAction.RECEIVE):
        take(one, action)
    leg = anchored(server, one)
    assert leg["state"] == "RECEIVED"
    (on_chain,) = server.app.exchange.contract.legs([one.leg])
    assert (on_chain.events, on_chain.head.hex()) == (4, leg["head"])
    assert on_chain.state.name == "RECEIVED"
    assert on_chain.answer_by == leg["answerBy"]
    events = recipient.http.get(f"/exchange/legs/{one.leg.hex()}/events").json()
    assert [event["action"] for event in events] == ["SUBMIT", "ARRIVE", "HAND_OVER", "RECEIVE"]
    assert all(event["status"] == "anchored" and event["anchor"]["block"] for event in events)


def test_what_was_taken_in_is_answered_as_then_when_its_signature_counts_no_more(
    domain: Domain, sender: Agency, recipient: Agency
) -> None:
    def soon() -> int:
        return int(time.time()) + SOONEST_SECONDS + 8

    def send(body: dict[str, Any]) -> Any:
        return sender.http.post("/exchange/messages", json=body)

    document = a_document(sender, recipient, number="12")
    message = a_message(sender, document)
    body, (one,) = submission(domain, message, document, sender, recipient, deadline=soon())
    late, _ = submission(domain, message, document, sender, recipient, deadline=(ends := soon()))
    path = f"/exchange/legs/{one.leg.hex()}/steps"
    first = send(body)
    arrives = step(one, LegAction.ARRIVE, deadline=soon())
    arrived = recipient.http.post(path, json=arrives)
    assert (first.status_code, arrived.status_code) == (201, 201)
    time.sleep(max(0.0, ends - SOONEST_SECONDS - time.time()) + 1.5)
    again, once_more = send(body), recipient.http.post(path, json=arrives)
    assert (again.status_code, once_more.status_code) == (200, 200)
    assert once_more.json()["event"]["evidence"] == arrived.json()["event"]["evidence"]
    refused = send(late)
    assert (refused.status_code, refused.json()["code"]) == (422, "leg-deadline-passed")


def test_a_webhook_is_told_in_order_signed_and_again(
    server: RunningApp, domain: Domain, sender: Agency, recipient: Agency
) -> None:
    with receiver() as told:
        token = "a-secret-of-the-recipient"
        set_up = recipient.http.put(
            "/exchange/webhook", json={"dest": told.url, "signatureToken": token}
        )
        assert set_up.status_code == 200, set_up.text
        begun = set_up.json()["seq"]
        told.statuses = [500]
        (one,) = submit(domain, sender, recipient, number="21")
        (other,) = submit(domain, sender, recipient, number="22")
        take(one, LegAction.ARRIVE)
        first = told.wait(6)
        bodies = [json.loads(notification.body) for notification in first]
        for leg in (one, other):
            mine = [body["seq"] for body in bodies if body["leg"] == leg.leg.hex()]
            assert mine == sorted(mine)
            assert mine
        assert {body["kind"] for body in bodies} == {"waiting", "anchored"}
        for notification in first:
            made = hmac.new(token.encode(), notification.body, hashlib.sha256).hexdigest()
            assert notification.headers["gs1-signature"] == f"sha256={made}"
        assert len(told.refused) == 1
        again = recipient.http.post("/exchange/webhook/replay", json={"after": begun})
        assert again.status_code == 202, again.text
        repeated = told.wait(12)[6:12]
        key = {body["seq"]: body for body in bodies}
        for notification in repeated:
            body = json.loads(notification.body)
            assert key[body["seq"]] == body
        assert recipient.http.get("/exchange/webhook/dead-letters").json() == []
        assert recipient.http.delete("/exchange/webhook").status_code == 204
        assert recipient.http.get("/exchange/webhook").status_code == 404


def test_legs_are_found_by_what_is_known_of_them(
    domain: Domain, sender: Agency, recipient: Agency
) -> None:
    legs = [submit(domain, sender, recipient, number=f"3{n}")[0] for n in range(3)]
    take(legs[0], LegAction.ARRIVE)

    def found(by: Agency, **asked: str) -> list[str]:
        answer = by.http.get("/exchange/legs", params=asked)
        assert answer.status_code == 200, answer.text
        return [leg["leg"] for leg in answer.json()]

    ids = [one.leg.hex() for one in legs]
    assert found(recipient, number="31") == [ids[1]]
    assert found(recipient, number="31", notation="UBND-VX", other=sender.org.text) == [ids[1]]
    assert found(recipient, number="31", notation="KH") == []
    assert found(sender, number="31") == []
    assert found(sender, number="31", box="out") == [ids[1]]
    assert ids[0] in found(recipient, state="ARRIVED", since="2026-03-02", until="2026-03-02")
    assert ids[0] not in found(recipient, state="SUBMITTED")
    assert found(recipient, since="2026-03-03") == []
    assert found(recipient, overdue="true") == []
    page = recipient.http.get("/exchange/legs", params={"perPage": "2"})
    pages = [leg["leg"] for leg in page.json()]
    while "next" in page.links:
        page = recipient.http.get(page.links["next"]["url"])
        pages += [leg["leg"] for leg in page.json()]
    assert pages == found(recipient, perPage="200")
    assert set(ids) < set(pages)
    refused = recipient.http.get("/exchange/legs", params={"since": "02/03/2026"})
    assert (refused.status_code, refused.json()["pointer"]) == (400, "/query/since")


def test_a_stranger_sees_nothing_and_an_auditor_everything(
    server: RunningApp, domain: Domain, sender: Agency, recipient: Agency
) -> None:
    (one,) = submit(domain, sender, recipient, number="41")
    path = f"/exchange/legs/{one.leg.hex()}"
    assert server.rival.get(path).json()["code"] == "leg-unknown"
    foreign = server.rival.get("/exchange/legs", params={"organization": sender.org.text})
    assert foreign.status_code == 403
    assert server.rival.get("/exchange/feed").json()["items"] == []
    assert server.operator.get(path).json()["documentId"] == "H56.1,2026/03/02,41/UBND-VX"
    named = {"organization": sender.org.text, "box": "out", "number": "41"}
    assert len(server.operator.get("/exchange/legs", params=named).json()) == 1
    message = {"sender": sender.org.text, "documentId": "H56.1,2026/03/02,41/UBND-VX"}
    assert recipient.http.get("/exchange/messages", params=message).json()["legs"]
    assert server.rival.get("/exchange/messages", params=message).status_code == 404


def test_many_steps_are_each_judged(domain: Domain, sender: Agency, recipient: Agency) -> None:
    legs = [submit(domain, sender, recipient, number=f"5{n}")[0] for n in range(3)]
    good, bad, twice = legs
    steps = [
        {**step(good, LegAction.ARRIVE), "leg": good.leg.hex()},
        {**step(bad, LegAction.RECEIVE), "leg": bad.leg.hex()},
        {**step(twice, LegAction.ARRIVE), "leg": twice.leg.hex()},
    ]
    twice.events += 1
    steps.append({**step(twice, LegAction.HAND_OVER), "leg": twice.leg.hex()})
    answer = recipient.http.post("/exchange/steps", json={"steps": steps})
    assert answer.status_code == 200, answer.text
    outcomes = answer.json()["outcomes"]
    assert [one["receipt"] and one["receipt"]["state"] for one in outcomes] == [
        "ARRIVED",
        None,
        "ARRIVED",
        "HANDED_OVER",
    ]
    assert outcomes[1]["problem"]["code"] == "leg-action-illegal"
    again = recipient.http.post("/exchange/steps", json={"steps": steps}).json()["outcomes"]
    assert [one["receipt"] and one["receipt"]["isNew"] for one in again] == [
        False,
        None,
        False,
        False,
    ]


def test_a_secret_document_and_a_view_that_shows_more_are_refused(
    domain: Domain, sender: Agency, recipient: Agency
) -> None:
    document = a_document(sender, recipient, number="61")
    body, _ = submission(domain, a_message(sender, document), document, sender, recipient)
    shown = [item for item in body["view"] if isinstance(item, list)]
    body["view"] = [
        [item[0], "/body/document/confidentiality", "mật"]
        if isinstance(item, list) and item[1] == "/body/document/codeNumber"
        else item
        for item in body["view"]
    ]
    answer = sender.http.post("/exchange/messages", json=body)
    assert answer.status_code == 400
    assert answer.json()["code"] in ("document-secret-refused", "view-malformed")
    assert shown


@pytest.mark.parametrize("path", ["/exchange/messages", "/exchange/steps"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"{}",
        b"\xff",
        b'{"steps":[],"steps":[]}',
        b'{"steps":[],"view":[],"legs":[]}',
        b'{"steps":[{"org":1,"nonce":"2"}],"more":0}',
        b'{"view":[NaN],"legs":[{"salt":"A","attempts":1.5,"recipient":null}]}',
        b'{"view":[],"legs":' + b"[" * 100 + b"]" * 100 + b"}",
    ],
)
def test_what_goes_by_the_lane_is_refused_as_on_the_long_way(
    sender: Agency, path: str, body: bytes
) -> None:
    assert refusal(sender, path, body, "application/json") == refusal(
        sender, path, body, "application/json; charset=utf-8"
    )


def test_text_that_is_not_normalised_is_refused_as_it_was_sent(
    domain: Domain, sender: Agency, recipient: Agency
) -> None:
    document = a_document(sender, recipient, number="71")
    body, _ = submission(domain, a_message(sender, document), document, sender, recipient)
    sent = json.dumps(body, ensure_ascii=False).encode()
    apart = sent.replace("Công".encode(), "Co\u0302ng".encode())
    assert apart != sent
    short, long = (
        refusal(sender, "/exchange/messages", apart, media)
        for media in ("application/json", "application/json; charset=utf-8")
    )
    assert short == long


def refusal(
    agency: Agency, path: str, body: bytes, media: str
) -> tuple[int, str, str | None, list[str]]:
    """Status, code and where; the reader of models has two ways to say "not an object"."""
    answer = agency.http.post(path, content=body, headers={"content-type": media})
    assert 400 <= answer.status_code < 500, answer.text
    told = answer.json()
    places = [fault["pointer"] for fault in told.get("errors", [])]
    return answer.status_code, told["code"], told.get("pointer"), places
