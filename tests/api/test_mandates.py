"""An agency lets another act for it: given, used, taken back, and refused from anyone else."""

from __future__ import annotations

import time
from typing import Any

import pytest

from ledger.exchange.mandate import Mandate
from ledger.exchange.rules import LegAction
from ledger.exchange.signed import ZERO
from ledger.identity.eip712 import Domain
from ledger.identity.organization import Purpose
from tests.api.test_exchange import join
from tests.support.agency import Agency, a_document, a_message, step, submission
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain

DAY = 86_400
ORDER = b"\x0d" * 32


@pytest.fixture(scope="module")
def giver(server: RunningApp) -> Agency:
    return join(server, "31")


@pytest.fixture(scope="module")
def taker(server: RunningApp) -> Agency:
    return join(server, "32")


def signed(
    server: RunningApp,
    giver: Agency,
    taker: Agency,
    *actions: LegAction,
    signer: Any = None,
    nonce: int | None = None,
) -> dict[str, Any]:
    """The body that gives a mandate for a day, or takes it back where there are no actions."""
    now = int(time.time())
    window = (now - 60, now + DAY) if actions else (0, 0)
    mandate = Mandate(
        giver.org, taker.org, Mandate.scope_of(actions), *window, ORDER if actions else ZERO
    )
    told = giver.http.get(f"/exchange/mandates?giver={giver.org.text}&taker={taker.org.text}")
    nonce = told.json()["count"] if nonce is None else nonce
    key = signer or giver.keys[Purpose.LEADER]
    place = server.app.deployment
    digest = mandate.digest(Domain(place.chain_id, place.mandates), nonce, now + DAY)
    return {
        "giver": giver.org.text,
        "taker": taker.org.text,
        "actions": [one.name for one in actions],
        "validFrom": window[0],
        "validUntil": window[1],
        "document": ORDER.hex() if actions else None,
        "nonce": nonce,
        "deadline": now + DAY,
        "signer": key.address,
        "signature": "0x" + key.sign_digest(digest).hex(),
    }


def standing(giver: Agency, taker: Agency) -> dict[str, Any]:
    path = f"/exchange/mandates?giver={giver.org.text}&taker={taker.org.text}"
    answer = giver.http.get(path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def give(server: RunningApp, giver: Agency, taker: Agency, *actions: LegAction) -> None:
    body = signed(server, giver, taker, *actions)
    for _ in range(2):  # the same again is the same
        answer = giver.http.post("/exchange/mandates", json=body)
        assert (answer.status_code, answer.text) == (202, "")
    server.wait_until(lambda: standing(giver, taker)["count"] == body["nonce"] + 1)


def test_mandate_is_used_for_what_it_allows_until_it_is_taken_back(
    server: RunningApp, giver: Agency, taker: Agency
) -> None:
    assert standing(giver, taker)["mandate"] is None
    give(server, giver, taker, LegAction.HAND_OVER, LegAction.RECEIVE)
    terms = standing(giver, taker)["mandate"]
    assert terms["actions"] == ["HAND_OVER", "RECEIVE"]
    assert terms["document"] == ORDER.hex()

    place = server.app.deployment
    domain = Domain(place.chain_id, place.document_exchange)
    sender = join(server, "33")
    document = a_document(sender, giver, number="31")
    body, (leg,) = submission(domain, a_message(sender, document), document, sender, giver)
    assert sender.http.post("/exchange/messages", json=body).status_code == 201

    def act(agency: Agency, action: LegAction) -> Any:
        taken = step(leg, action, actor=agency.org, signer=agency.keys[purpose_of(action)])
        answer = agency.http.post(f"/exchange/legs/{leg.leg.hex()}/steps", json=taken)
        leg.events += answer.status_code == 201
        return answer

    assert act(giver, LegAction.ARRIVE).status_code == 201
    assert act(taker, LegAction.HAND_OVER).status_code == 201
    assert act(taker, LegAction.RECEIVE).status_code == 201
    refused = act(taker, LegAction.ASSIGN)
    assert (refused.status_code, refused.json()["code"]) == (403, "leg-mandate-missing")
    server.wait_until(
        lambda: sender.http.get(f"/exchange/legs/{leg.leg.hex()}").json()["anchored"] == 4
    )

    give(server, giver, taker)
    assert standing(giver, taker)["mandate"] is None


def purpose_of(action: LegAction) -> Purpose:
    if action is LegAction.ARRIVE:
        return Purpose.GATEWAY
    return Purpose.LEADER if action is LegAction.ASSIGN else Purpose.CLERK


def test_mandate_of_anothers_making_is_refused(
    server: RunningApp, giver: Agency, taker: Agency
) -> None:
    def code(body: dict[str, Any], agency: Agency = giver) -> tuple[int, str]:
        answer = agency.http.post("/exchange/mandates", json=body)
        return answer.status_code, answer.json()["code"]

    good = signed(server, giver, taker, LegAction.RECEIVE)
    count = standing(giver, taker)["count"]
    assert code(good, taker) == (403, "foreign-organization")
    clerk = signed(server, giver, taker, LegAction.RECEIVE, signer=giver.keys[Purpose.CLERK])
    assert code(clerk) == (403, "signer-not-registered")
    assert code(good | {"validUntil": good["validUntil"] + 1}) == (422, "signature-invalid")
    late = signed(server, giver, taker, LegAction.RECEIVE, nonce=count + 7)
    assert code(late) == (409, "mandate-nonce-taken")
    assert code(good | {"actions": ["DANCE"]}) == (400, "mandate-malformed")
    assert code(good | {"taker": giver.org.text}) == (400, "mandate-malformed")
    assert code(good | {"deadline": 5}) == (400, "mandate-malformed")
    assert standing(giver, taker)["count"] == count
