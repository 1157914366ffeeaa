"""Submissions an organization signed with its own key, over a running server."""

from __future__ import annotations

import copy
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from ledger.clock import format_time, unix_seconds
from ledger.identity.eip712 import Domain
from ledger.identity.organization import OrgId
from ledger.identity.private_key import PrivateKey
from ledger.identity.signer import KeySigner
from ledger.proof.bundle import MEDIA_TYPE
from ledger.records.commitment import commit_fast
from ledger.records.record import RecordId
from ledger.records.submission import build
from tests.support.epcis_events import bare_event
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain


@dataclass(frozen=True)
class Cooperative:
    """An organization that holds its own signing key."""

    server: RunningApp
    org: OrgId
    signer: KeySigner
    client: httpx.Client

    def sign(self, count: int = 2, signer: KeySigner | None = None) -> dict[str, Any]:
        """A submission of so many fresh events, ready to be handed in."""
        now = self.server.app.clock.now()
        records, commitments = [], []
        for _ in range(count):
            salt = secrets.token_bytes(32)
            envelope: dict[str, Any] = {
                "v": 1,
                "kind": "epcis.event",
                "id": RecordId.random().text,
                "org": self.org.text,
                "capturedAt": format_time(now),
                "body": bare_event(),
            }
            records.append({"envelope": envelope, "recordSalt": salt.hex()})
            commitments.append(
                commit_fast(
                    envelope["id"],
                    self.org.text,
                    envelope["capturedAt"],
                    envelope["kind"],
                    envelope["body"],
                    salt,
                )
            )
        deployment = self.server.app.deployment
        submission = build(
            org=self.org,
            commitments=commitments,
            signed_at=unix_seconds(now),
            nonce=secrets.token_bytes(32),
            custody="organization",
            signer=signer or self.signer,
            domain=Domain(deployment.chain_id, deployment.registry),
        )
        return {"v": 1, "submission": submission.to_json(), "records": records}


@pytest.fixture(scope="module")
def cooperative(server: RunningApp) -> Cooperative:
    signer = KeySigner(PrivateKey.generate())
    created = server.operator.post(
        "/organizations", json={"name": "Hợp tác xã Tự Ký", "keyAddress": signer.address}
    ).json()
    issued = server.operator.post(
        f"/organizations/{created['org']}/keys",
        json={"label": "own", "scopes": ["capture", "read"]},
    ).json()
    server.wait_until_active(created["org"])
    return Cooperative(server, OrgId.parse(created["org"]), signer, server.client(issued["secret"]))


def test_submission_stored_as_signed_and_provable(cooperative: Cooperative) -> None:
    handed_in = cooperative.sign()
    answer = cooperative.client.post("/submissions", json=handed_in)
    assert answer.status_code == 201, answer.text
    ids = [record["envelope"]["id"] for record in handed_in["records"]]
    assert [event["recordID"] for event in answer.json()["events"]] == ids
    visitor = cooperative.server.visitor
    cooperative.server.wait_until_anchored(f"/records/{ids[1]}")
    bundle = visitor.get(f"/records/{ids[1]}/proof")
    assert bundle.json()["submission"]["custody"] == "organization"
    report = visitor.post("/verify", content=bundle.content, headers={"content-type": MEDIA_TYPE})
    assert report.json()["verdict"] == "intact"


def test_submission_again_gets_the_first_answer(cooperative: Cooperative) -> None:
    handed_in = cooperative.sign()
    first = cooperative.client.post("/submissions", json=handed_in)
    again = cooperative.client.post("/submissions", json=handed_in)
    assert again.status_code == first.status_code == 201
    assert again.json() == first.json()


def _other_body(handed_in: dict[str, Any]) -> None:
    handed_in["records"][0]["envelope"]["body"]["bizStep"] = "packing"


def _other_salt(handed_in: dict[str, Any]) -> None:
    handed_in["records"][0]["recordSalt"] = "00" * 32


def _one_missing(handed_in: dict[str, Any]) -> None:
    handed_in["records"].pop()


def _false_custody(handed_in: dict[str, Any]) -> None:
    handed_in["submission"]["custody"] = "platform"


def _other_time(handed_in: dict[str, Any]) -> None:
    handed_in["submission"]["signedAt"] -= 1


def _invalid_event(handed_in: dict[str, Any]) -> None:
    handed_in["records"][1]["envelope"]["body"]["action"] = "PAINT"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (_other_body, 422),
        (_other_salt, 422),
        (_one_missing, 422),
        (_other_time, 422),
        (_false_custody, 400),
        (_invalid_event, 400),
        (lambda handed_in: handed_in.clear(), 400),
    ],
)
def test_submission_changed_after_signing_refused(
    cooperative: Cooperative, change: Callable[[dict[str, Any]], None], status: int
) -> None:
    handed_in = copy.deepcopy(cooperative.sign())
    change(handed_in)
    answer = cooperative.client.post("/submissions", json=handed_in)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_submission_signed_by_a_foreign_key_refused(cooperative: Cooperative) -> None:
    handed_in = cooperative.sign(signer=KeySigner(PrivateKey.generate()))
    answer = cooperative.client.post("/submissions", json=handed_in)
    assert answer.json()["code"] == "signer-not-registered"
    assert answer.status_code == 403


def test_submission_handed_in_by_another_organization_refused(cooperative: Cooperative) -> None:
    answer = cooperative.server.producer.post("/submissions", json=cooperative.sign())
    assert answer.status_code == 400


def test_custodial_capture_for_an_organization_with_its_own_key_refused(
    cooperative: Cooperative,
) -> None:
    answer = cooperative.client.post("/epcis/events", json=bare_event())
    assert answer.status_code == 403
    assert answer.json()["code"] == "key-not-custodial"
