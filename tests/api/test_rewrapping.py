"""A data key follows its recipient's key: what the server takes, keeps, shows and erases."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from ledger.envelope.encryption_key import DecryptionKey, EncryptionKey
from ledger.envelope.key_statement import KeyStatement
from ledger.envelope.wrapping import WrappedKey, unwrap, wrap
from ledger.exchange.rules import LegAction
from ledger.identity.organization import Purpose
from tests.api.test_erasing import approve_twice, erase, found_in, send, sign_erase
from tests.api.test_exchange import join, take
from tests.support.agency import Agency, Exchanged
from tests.support.running_app import RunningApp
from tests.support.sealed_message import SealedMessage

pytestmark = pytest.mark.chain


@pytest.fixture(scope="module")
def parties(server: RunningApp) -> tuple[Agency, Agency, Agency]:
    return join(server, "r1"), join(server, "r2"), join(server, "r3")


def publish(server: RunningApp, agency: Agency) -> DecryptionKey:
    """A fresh key of the agency, stated by its leader."""
    key, now = DecryptionKey.generate(), int(time.time())
    said = KeyStatement.sign(
        agency.org,
        key.public,
        now - 60,
        now + 86_400,
        agency.keys[Purpose.LEADER],
        server.app.deployment.registry_domain,
    )
    path = f"/exchange/organizations/{agency.org.text}/encryption-keys"
    answer = agency.http.put(path, json=said.to_json())
    assert answer.status_code in (200, 201, 204), answer.text
    return key


def rewrapped(sent: SealedMessage, leg: Exchanged, key: EncryptionKey) -> str:
    """The leg's data key wrapped to that key, as it is handed in."""
    first = json.loads(leg.sender.http.get(path_of(leg)).json()["wrappedKey"])
    made = wrap(sent.data_key, key, sent.message.message, leg.leg)
    return json.dumps(first | made.to_json())


def path_of(leg: Exchanged) -> str:
    return f"/exchange/legs/{leg.leg.hex()}"


def hand_in(leg: Exchanged, by: Agency, text: str) -> tuple[int, dict[str, Any]]:
    answer = by.http.post(f"{path_of(leg)}/wrapped-keys", json={"wrappedKey": text})
    told: dict[str, Any] = answer.json()
    return answer.status_code, told


def test_later_wraps_stand_beside_the_first_and_are_erased_with_it(
    server: RunningApp, parties: tuple[Agency, Agency, Agency], tmp_path: Path
) -> None:
    sender, recipient, stranger = parties
    sent = send(server, tmp_path / "message", sender, recipient)
    (leg,) = sent.legs
    key = publish(server, recipient)
    before = recipient.http.get(path_of(leg)).json()
    assert before["rewrappedKeys"] == []
    mine, theirs = (rewrapped(sent, leg, key.public) for _ in range(2))
    status, told = hand_in(leg, sender, mine)
    assert (status, told["wrappedKey"], told["org"]) == (201, mine, sender.org.text)
    # The same key again, by the same party, changes nothing; the other party's stands beside it.
    assert hand_in(leg, sender, rewrapped(sent, leg, key.public)) == (200, told)
    assert hand_in(leg, recipient, theirs)[0] == 201
    seen = recipient.http.get(path_of(leg)).json()
    assert seen["wrappedKey"] == before["wrappedKey"]
    assert [one["wrappedKey"] for one in seen["rewrappedKeys"]] == [mine, theirs]
    for text in (mine, theirs):
        one = json.loads(text)
        wrapped = WrappedKey.from_json({name: one[name] for name in ("keyId", "wrapped")})
        opened = unwrap(wrapped, key, sent.message.message, leg.leg)
        assert opened.reveal() == sent.data_key.reveal()
    auditors = server.operator.get(path_of(leg)).json()
    assert auditors["rewrappedKeys"] == []
    assert stranger.http.get(path_of(leg)).status_code == 404

    needles = {text: bytes.fromhex(json.loads(text)["wrapped"]) for text in (mine, theirs)}
    assert {what for what, _ in found_in(server, needles)} == {mine, theirs}
    take(leg, LegAction.ARRIVE)
    sign_erase(leg, recipient)
    approve_twice(leg, recipient)
    assert erase(leg, recipient)["certificate"]
    assert found_in(server, needles) == set()
    status, told = hand_in(leg, sender, mine)
    assert (status, told["code"]) == (409, "wrapped-key-gone")


def test_what_follows_nothing_or_nobody_is_refused(
    server: RunningApp, parties: tuple[Agency, Agency, Agency], tmp_path: Path
) -> None:
    sender, recipient, stranger = parties
    sent = send(server, tmp_path / "message", sender, recipient)
    (leg,) = sent.legs
    key = publish(server, recipient)
    good = rewrapped(sent, leg, key.public)

    def code(text: str, by: Agency = sender) -> tuple[int, str]:
        status, told = hand_in(leg, by, text)
        return status, told["code"]

    assert code(good, stranger) == (404, "leg-unknown")
    unknown = rewrapped(sent, leg, DecryptionKey.generate().public)
    assert code(unknown) == (409, "wrapped-key-unpublished")
    senders = rewrapped(sent, leg, publish(server, sender).public)
    assert code(senders) == (409, "wrapped-key-unpublished")
    told = json.loads(good)
    for wrong in (
        "nothing",
        "[]",
        json.dumps(told | {"manifest": "00" * 32}),
        json.dumps(told | {"more": 1}),
        json.dumps({name: told[name] for name in ("keyId", "wrapped")}),
        json.dumps(told | {"wrapped": "00" * 79}),
    ):
        assert code(wrong) == (400, "wrapped-key-malformed")
    take(leg, LegAction.WITHDRAW)
    assert code(good) == (409, "wrapped-key-gone")
    assert sender.http.get(path_of(leg)).json()["rewrappedKeys"] == []
