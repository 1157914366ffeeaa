"""Records, proofs in three spellings, verification and withdrawal over a running server."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx
import pytest

from ledger.digest import sha256
from ledger.merkle.note import NoteKey
from ledger.proof.bundle import MEDIA_TYPE, parse_bundle
from ledger.proof.cose_receipt import check_receipt, parse_receipt
from ledger.proof.tlog_proof import check_tlog_proof, parse_tlog_proof
from ledger.records.submission import entry
from tests.support.epcis_events import bare_event
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain

NOBODY = "urn:uuid:00000000-0000-4000-8000-000000000000"
PRIVATE = {"bizTransactionList": [{"type": "po", "bizTransaction": "urn:example:po:77"}]}


@pytest.fixture(scope="module")
def anchored(server: RunningApp) -> str:
    """Path of a record on chain, with a member only its owner may see; others came before it."""
    for _ in range(2):
        server.producer.post("/epcis/events", json=bare_event()).raise_for_status()
    answer = server.producer.post("/epcis/events", json=bare_event(**PRIVATE)).raise_for_status()
    path = f"/records/{answer.json()['recordID']}"
    server.wait_until_anchored(path)
    return path


def verdict(client: httpx.Client, bundle: bytes) -> dict[str, Any]:
    answer = client.post("/verify", content=bundle, headers={"content-type": MEDIA_TYPE})
    assert answer.status_code == 200
    report = answer.json()
    assert isinstance(report, dict)
    return report


def test_record_shows_each_audience_its_members(server: RunningApp, anchored: str) -> None:
    public = server.visitor.get(anchored).json()
    rival = server.rival.get(anchored).json()
    owner = server.producer.get(anchored).json()
    assert public["audience"] == rival["audience"] == "public"
    assert "bizTransactionList" not in public["body"]
    assert public["body"]["bizStep"] == "commissioning"
    assert owner["audience"] == "owner"
    assert owner["body"]["bizTransactionList"] == PRIVATE["bizTransactionList"]
    assert public["state"] == "anchored"
    assert public["capturedAt"] < public["provableBy"]


def test_record_unknown_or_malformed_told_apart(server: RunningApp) -> None:
    assert server.visitor.get(f"/records/{NOBODY}").json()["code"] == "record-unknown"
    malformed = server.visitor.get("/records/17")
    assert malformed.status_code == 400
    assert malformed.json()["type"] == "/problems/record-id-malformed"
    assert server.visitor.get(f"/records/{NOBODY}/proof").status_code == 404


def test_record_with_a_refused_key_is_not_served_as_public(
    server: RunningApp, anchored: str
) -> None:
    assert server.client("pk_" + "0" * 32).get(anchored).status_code == 401


def test_proof_is_a_canonical_bundle_that_verifies(server: RunningApp, anchored: str) -> None:
    answer = server.visitor.get(f"{anchored}/proof")
    assert answer.headers["content-type"] == MEDIA_TYPE
    bundle = parse_bundle(answer.content)
    assert bundle.record_id.text == anchored.rpartition("/")[2]
    report = verdict(server.visitor, answer.content)
    assert report["verdict"] == "intact"
    assert [check["outcome"] for check in report["checks"]].count("fail") == 0


def test_proof_discloses_by_audience_with_one_commitment(server: RunningApp, anchored: str) -> None:
    public = parse_bundle(server.visitor.get(f"{anchored}/proof").content)
    owner = parse_bundle(server.producer.get(f"{anchored}/proof").content)
    assert public.view.commitment() == owner.view.commitment()
    assert b"urn:example:po:77" not in public.encode()
    assert b"urn:example:po:77" in owner.encode()


def test_bundle_with_a_changed_member_does_not_match(server: RunningApp, anchored: str) -> None:
    bundle = server.visitor.get(f"{anchored}/proof").content
    forged = bundle.replace(b'"commissioning"', b'"harvesting_x"')
    assert forged != bundle
    report = verdict(server.visitor, forged)
    assert report["verdict"] == "does not match"
    assert report["facts"] == {}


@pytest.mark.parametrize("junk", [b"", b"{}", b"\xff\xfe", b"[" * 100_000, b'{"v":1}'])
def test_verify_junk_is_a_report_and_no_error(server: RunningApp, junk: bytes) -> None:
    assert verdict(server.visitor, junk)["verdict"] == "does not match"


def test_verify_oversized_or_foreign_media_refused(server: RunningApp) -> None:
    big = server.visitor.post(
        "/verify", content=b" " * (4 * 2**20 + 2), headers={"content-type": MEDIA_TYPE}
    )
    assert big.status_code == 413
    assert server.visitor.post("/verify", content=b"{}").status_code == 415


@pytest.mark.parametrize(
    "asked", [{"headers": {"accept": "text/plain"}}, {"params": {"form": "tlog-proof"}}]
)
def test_tlog_proof_checks_against_the_log_key(
    server: RunningApp, anchored: str, asked: dict[str, Any]
) -> None:
    answer = server.visitor.get(f"{anchored}/proof", **asked)
    assert answer.headers["content-type"].startswith("text/")
    assert ".tlog-proof" in answer.headers["content-disposition"]
    check_tlog_proof(parse_tlog_proof(answer.content), *_entry_and_key(server, anchored))


def test_cose_receipt_checks_against_the_log_key(server: RunningApp, anchored: str) -> None:
    answer = server.visitor.get(f"{anchored}/proof", headers={"accept": "application/cose"})
    assert answer.headers["content-type"] == "application/cose"
    check_receipt(parse_receipt(answer.content), *_entry_and_key(server, anchored))


def _entry_and_key(server: RunningApp, path: str) -> tuple[bytes, NoteKey]:
    bundle = parse_bundle(server.visitor.get(f"{path}/proof").content)
    key = NoteKey.parse(server.visitor.get("/trust").json()["log"]["key"])
    return entry(bundle.view.commitment(), bundle.submission.digest()), key


def test_proof_in_no_wanted_form_refused(server: RunningApp, anchored: str) -> None:
    answer = server.visitor.get(f"{anchored}/proof", headers={"accept": "application/pdf"})
    assert answer.status_code == 406
    assert "application/cose" in answer.json()["advice"]


def test_withdrawn_record_is_said_to_be(server: RunningApp) -> None:
    sent = server.producer.post("/epcis/events", json=bare_event()).raise_for_status().json()
    path = f"/records/{sent['recordID']}"
    server.wait_until_anchored(path)
    foreign = server.rival.post(f"{path}/withdrawal", json={"reason": "rivalry"})
    assert foreign.status_code == 403
    answer = server.keeper.post(f"{path}/withdrawal", json={"reason": "Ghi nhầm lô"})
    assert answer.status_code == 202, answer.text
    digest = sha256(b"provenance/reason/v1\n", "Ghi nhầm lô".encode())
    assert answer.json() == {"recordID": sent["recordID"], "reasonDigest": digest.hex()}
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if verdict(server.visitor, server.visitor.get(f"{path}/proof").content)["verdict"] == (
            "withdrawn"
        ):
            return
        time.sleep(0.2)
    raise AssertionError("the withdrawal did not reach the chain")


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": 5}, {"reason": "x", "kind": 2}])
def test_withdrawal_malformed_refused(
    server: RunningApp, anchored: str, body: dict[str, Any]
) -> None:
    answer = server.keeper.post(f"{anchored}/withdrawal", json=body)
    assert answer.status_code == 400
    assert json.loads(answer.content)["code"] == "request-malformed"
