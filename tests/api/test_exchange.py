"""Two agencies exchange documents through the server, each signing with keys of its own."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.exchange.rules import LegAction
from ledger.identity.eip712 import Domain
from ledger.identity.organization import OrgId
from tests.support.agency import Agency, Exchanged, a_document, a_message, step, submission
from tests.support.own_key import issue
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
