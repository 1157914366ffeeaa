"""Erasure over a running server: nothing that is stored afterwards confirms what was sent."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ledger.exchange.erasure import approval_digest
from ledger.exchange.rules import LegAction
from ledger.identity.eip712 import Domain
from ledger.identity.organization import Purpose
from ledger.identity.signer import KeySigner
from ledger.merkle.note import open_note
from ledger.proof.erasure_certificate import CERTIFICATE
from ledger.storage.tables import Stored
from tests.api.test_exchange import join, take
from tests.support.agency import Agency, Exchanged
from tests.support.own_key import issue
from tests.support.running_app import RunningApp
from tests.support.sealed_message import SealedMessage, send_sealed

pytestmark = pytest.mark.chain

OVER, REQUESTED = 2001, 2002
"""Reasons to erase: retention over; on request of the person the data are about."""


@pytest.fixture(scope="module")
def parties(server: RunningApp) -> tuple[Agency, Agency, Agency]:
    return join(server, "e1"), join(server, "e2"), join(server, "e3")


def send(server: RunningApp, folder: Path, sender: Agency, *recipients: Agency) -> SealedMessage:
    connection = server.ledger_client(issue(server, sender.org.text)).connection
    domain = Domain(server.app.deployment.chain_id, server.app.exchange.contract.address)
    return send_sealed(connection, domain, folder, sender, *recipients)


def approve(
    leg: Exchanged, by: Agency, key: KeySigner, *, kept_until: int = 0, reason: int = OVER
) -> dict[str, Any]:
    deadline = int(time.time()) + 3600
    digest = approval_digest(leg.domain, leg.leg, by.org, reason, kept_until, deadline)
    answer = by.http.post(
        f"/exchange/legs/{leg.leg.hex()}/erasure/approvals",
        json={
            "org": by.org.text,
            "reason": reason,
            "keptUntil": kept_until,
            "deadline": deadline,
            "signer": key.address.lower(),
            "signature": "0x" + key.sign_digest(digest).hex(),
        },
    )
    told: dict[str, Any] = answer.json()
    return told


def approve_twice(leg: Exchanged, by: Agency, **terms: Any) -> None:
    for purpose in (Purpose.CLERK, Purpose.LEADER):
        assert "approvals" in approve(leg, by, by.keys[purpose], **terms)


def erase(leg: Exchanged, by: Agency) -> dict[str, Any]:
    told: dict[str, Any] = by.http.post(f"/exchange/legs/{leg.leg.hex()}/erasure").json()
    return told


def sign_erase(leg: Exchanged, by: Agency, reason: int = OVER) -> None:
    take_as(leg, by, LegAction.ERASE, reason=reason)


def take_as(leg: Exchanged, by: Agency, action: LegAction, **changes: Any) -> None:
    signer = by.keys[Purpose.LEADER]
    take(leg, action, org=by.org, actor=by.org, signer=signer, **changes)


def stored_bytes(server: RunningApp) -> Iterator[tuple[str, bytes]]:
    """Everything that the server keeps: rows of every table, blobs and, with SQLite, its very
    files."""
    with server.app.db.read() as tx:
        for table in Stored.metadata.sorted_tables:
            for row in tx.connection.execute(select(table)):
                for value in row:
                    if isinstance(value, bytes):
                        yield table.name, value
                    elif isinstance(value, str):
                        yield table.name, value.encode()
    folder = server.app.settings.data_dir
    for path in folder.rglob("*"):
        if path.is_file() and ("blobs" in path.parts or path.name.startswith("ledger.sqlite3")):
            yield path.name, path.name.encode()
            yield path.name, path.read_bytes()


def found_in(server: RunningApp, needles: dict[str, bytes]) -> set[tuple[str, str]]:
    spelled = {
        what: (needle, needle.hex().encode()) if len(needle) != 12 else (needle,)
        for what, needle in needles.items()
    }
    return {
        (what, where)
        for where, data in stored_bytes(server)
        for what, forms in spelled.items()
        if any(form in data for form in forms)
    }


def test_nothing_stored_confirms_what_was_erased_and_its_history_still_holds(
    server: RunningApp, parties: tuple[Agency, Agency, Agency], tmp_path: Path
) -> None:
    sender, recipient, _ = parties
    sent = send(server, tmp_path / "message", sender, recipient)
    (leg,) = sent.legs
    for action in (LegAction.ARRIVE, LegAction.HAND_OVER, LegAction.RECEIVE):
        take(leg, action)
    assert {what for what, _ in found_in(server, sent.needles)} >= {
        "digest of the ciphertext",
        "beginning of the ciphertext",
        "wrapped key 0",
    }
    certificates = []
    for by in (recipient, sender):
        sign_erase(leg, by)
        approve_twice(leg, by)
        certificates.append(erase(leg, by)["certificate"])

    assert found_in(server, sent.needles) == set()
    path = f"/exchange/legs/{leg.leg.hex()}"
    for blob in (sent.sealed.blob, sent.manifest_blob):
        for agency in (sender, recipient):
            assert agency.http.get(f"/exchange/blobs/{blob.hex()}").status_code == 404
    told = sender.http.get(path).json()
    assert told["wrappedKey"] is None
    assert sent.sealed.blob.hex() not in json.dumps(told)

    server.wait_until(lambda: sender.http.get(path).json()["anchored"] == leg.events)
    told = recipient.http.get(path).json()
    (on_chain,) = server.app.exchange.contract.legs([leg.leg])
    assert (on_chain.events, on_chain.head.hex()) == (leg.events, told["head"])
    actions = [event["action"] for event in sender.http.get(f"{path}/events").json()]
    assert actions == ["SUBMIT", "ARRIVE", "HAND_OVER", "RECEIVE", "ERASE", "ERASE"]
    assert told["documentId"] == leg.document.document_id.text
    about = f"{leg.document.document_id.text}", leg.leg.hex()
    report = server.app.auditing.audit()
    assert [one for one in report.findings if any(name in str(one) for name in about)] == []

    for certificate, by in zip(certificates, (recipient, sender), strict=True):
        opened = open_note(certificate, [server.app.log_signer.key])
        first, body, *_ = opened.text.splitlines()
        said = json.loads(body)
        assert first == CERTIFICATE
        assert (said["org"], said["leg"]) == (by.org.text, leg.leg.hex())
        assert (said["reasonCode"], len(said["approvals"])) == ("retention-over", 2)
        assert said["destroyed"]["content"] is (by is sender)
        assert erase(leg, by)["certificate"] == certificate


def test_erasure_waits_for_approvals_retention_holds_and_the_signed_step(
    server: RunningApp, parties: tuple[Agency, Agency, Agency], tmp_path: Path
) -> None:
    sender, recipient, stranger = parties
    (leg,) = send(server, tmp_path / "message", sender, recipient).legs
    clerk, leader = sender.keys[Purpose.CLERK], sender.keys[Purpose.LEADER]
    path = f"/exchange/legs/{leg.leg.hex()}"
    assert erase(leg, sender)["code"] == "erasure-step-missing"
    assert erase(leg, stranger)["code"] == "leg-unknown"
    sign_erase(leg, sender)
    assert erase(leg, sender)["code"] == "erasure-not-approved"
    assert erase(leg, recipient)["code"] == "erasure-step-missing"
    gateway = approve(leg, sender, sender.keys[Purpose.GATEWAY])
    assert gateway["code"] == "leg-signer-unauthorized"
    assert approve(leg, sender, recipient.keys[Purpose.LEADER])["code"] == "leg-signer-unauthorized"
    for _ in range(2):
        assert len(approve(leg, sender, clerk)["approvals"]) == 1
    assert erase(leg, sender)["code"] == "erasure-not-approved"
    later = int(time.time()) + 3600
    approve_twice(leg, sender, kept_until=later)
    assert erase(leg, sender)["code"] == "retention-not-over"
    approve(leg, sender, clerk)
    assert erase(leg, sender)["code"] == "erasure-not-approved"
    approve(leg, sender, leader)
    held = recipient.http.put(f"{path}/hold", json={"reason": "Đang khiếu nại"})
    assert held.status_code == 204
    assert erase(leg, sender)["code"] == "erasure-held"
    assert sender.http.delete(f"{path}/hold").status_code == 204
    assert erase(leg, sender)["code"] == "erasure-held"
    standing = sender.http.get(f"{path}/erasure").json()
    assert (standing["holds"][0]["org"], standing["certificate"]) == (recipient.org.text, None)
    assert stranger.http.put(f"{path}/hold", json={"reason": "x"}).json()["code"] == "leg-unknown"
    assert recipient.http.delete(f"{path}/hold").status_code == 204
    assert erase(leg, sender)["certificate"].startswith(CERTIFICATE)


def test_recipient_gives_up_its_copy_and_the_others_keep_theirs(
    server: RunningApp, parties: tuple[Agency, Agency, Agency], tmp_path: Path
) -> None:
    sender, first, second = parties
    sent = send(server, tmp_path / "message", sender, first, second)
    one, other = sent.legs
    blob = f"/exchange/blobs/{sent.sealed.blob.hex()}"
    take(one, LegAction.ARRIVE)
    sign_erase(one, first, REQUESTED)
    approve_twice(one, first, reason=REQUESTED)
    assert erase(one, first)["certificate"]
    assert first.http.get(blob).status_code == 404
    assert [agency.http.get(blob).status_code for agency in (sender, second)] == [200, 200]
    left = {what for what, where in found_in(server, sent.needles) if where == "exchange_legs"}
    assert "wrapped key 1" in left
    assert "wrapped key 0" not in left
    for leg in (one, other):
        assert sender.http.get(blob).status_code == 200
        sign_erase(leg, sender)
        approve_twice(leg, sender)
        assert erase(leg, sender)["certificate"]
    assert [agency.http.get(blob).status_code for agency in (sender, second)] == [404, 404]
    assert found_in(server, sent.needles) == set()


def test_erasure_that_a_crash_cut_short_is_finished_by_asking_again(
    server: RunningApp, parties: tuple[Agency, Agency, Agency], tmp_path: Path
) -> None:
    """The blobs are gone and the rows still name them: what a kill between the two leaves."""
    sender, recipient, _ = parties
    sent = send(server, tmp_path / "message", sender, recipient)
    (leg,) = sent.legs
    sign_erase(leg, sender)
    approve_twice(leg, sender)
    server.app.content.erasing._store.delete(sent.sealed.blob)
    assert erase(leg, sender)["certificate"]
    assert found_in(server, sent.needles) == set()
