"""Withdrawals and recalls that an organization signs with its own key, over a running server."""

from __future__ import annotations

import dataclasses
import uuid
from typing import Any

import pytest

from ledger.client.own_declarations import OwnDeclarations
from ledger.clock import unix_seconds
from ledger.digest import Digest
from ledger.epcis.recall import Declared, declaration_nonce, goods_subject
from ledger.errors import Forbidden, NotFound, VerificationFailed
from ledger.identity.eip712 import Domain
from ledger.proof.bundle import MEDIA_TYPE
from ledger.records.declaration import Declaration
from ledger.records.record import RecordId
from ledger.services.declaring import withdrawal_reason
from tests.support.epcis_events import GTIN, event
from tests.support.jars import amount, authority, record, wait_for
from tests.support.own_key import EthAccountSigner, OwnKeyed, admit, issue
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain

REASON = "Nhiễm khuẩn"


@pytest.fixture(scope="module")
def cooperative(server: RunningApp) -> OwnKeyed:
    return admit(server)


def declarations(of: OwnKeyed, signer: EthAccountSigner | None = None) -> OwnDeclarations:
    return OwnDeclarations(of.own_key(signer=signer or of.signer))


def barrel_and_jars(of: OwnKeyed) -> tuple[str, str, str]:
    """The cooperative fills jars from a barrel, a buyer receives them; and the filling's record."""
    name = uuid.uuid4().hex[:10].upper()
    barrel, jars = (f"https://id.gs1.org/01/{GTIN}/10/{kind}{name}" for kind in "BJ")
    made = event(quantityList=[amount(barrel, 100)])
    filled = {
        "type": "TransformationEvent",
        "eventTime": "2026-03-01T09:00:00.000+07:00",
        "eventTimeZoneOffset": "+07:00",
        "inputQuantityList": [amount(barrel, 100)],
        "outputQuantityList": [amount(jars, 90)],
    }
    _, filling = of.own_key().capture_events([made, filled])
    record(
        of.server.rival,
        "ObjectEvent",
        action="OBSERVE",
        bizStep="receiving",
        quantityList=[amount(jars, 90)],
    )
    return barrel, jars, filling.record_id


def verdict(server: RunningApp, record_id: str) -> str:
    server.wait_until_anchored(f"/records/{record_id}")
    bundle = server.visitor.get(f"/records/{record_id}/proof").content
    answer = server.visitor.post("/verify", content=bundle, headers={"content-type": MEDIA_TYPE})
    return str(answer.json()["verdict"])


def wait_until_declared(of: OwnKeyed, subject: Digest, count: int = 1) -> list[Any]:
    def found() -> list[Any]:
        return list(of.server.app.reader.statuses(subject))

    of.server.wait_until(lambda: len(found()) >= count)
    return found()


def test_recall_is_signed_by_the_organization_and_relayed(cooperative: OwnKeyed) -> None:
    server = cooperative.server
    barrel, jars, filling = barrel_and_jars(cooperative)
    recall = declarations(cooperative).recall([barrel], REASON)
    assert (recall.state, recall.to_sign) == ("declaring", ())
    assert set(recall.goods) == {barrel, jars}
    settled = wait_for(server.visitor, recall.id, "declared")
    assert all(target["declared"] for target in settled["targets"])
    for key in (barrel, jars):
        (entry,) = server.app.reader.statuses(goods_subject(key))
        assert (entry.org, entry.kind) == (cooperative.org, 2)
    assert verdict(server, filling) == "recalled"
    told = {one["recall"]["id"] for one in server.rival.get("/recalls/inbox").json()}
    assert recall.id in told
    assert declarations(cooperative).recall([barrel], REASON).id == recall.id


def test_recall_unsigned_is_known_to_nobody_and_signed_later(cooperative: OwnKeyed) -> None:
    server = cooperative.server
    barrel, jars, _ = barrel_and_jars(cooperative)
    body = {"subjects": [barrel], "reason": REASON}
    asked = cooperative.http.post("/recalls", json=body).json()
    assert asked["state"] == "signing"
    assert all(target["toSign"] for target in asked["targets"])
    assert server.visitor.get(f"/recalls/{asked['id']}").status_code == 404
    assert server.visitor.get("/recalls", params={"id": jars}).json() == []
    told = {one["recall"]["id"] for one in server.rival.get("/recalls/inbox").json()}
    assert asked["id"] not in told
    later = barrel.replace("/10/B", "/10/K")
    record(
        server.rival,
        "TransformationEvent",
        inputQuantityList=[amount(jars, 10)],
        outputQuantityList=[amount(later, 9)],
    )
    signed = declarations(cooperative).sign(asked["id"])
    assert signed.state == "declaring"
    assert later in signed.goods, "what the goods went into meanwhile is recalled too"
    wait_for(server.visitor, asked["id"], "declared")
    assert len(server.app.reader.statuses(goods_subject(later))) == 1


def test_recall_lifted_with_the_own_key(cooperative: OwnKeyed) -> None:
    barrel, _, _ = barrel_and_jars(cooperative)
    own = declarations(cooperative)
    recall = own.recall([barrel], REASON)
    wait_for(cooperative.server.visitor, recall.id, "declared")
    asked = cooperative.http.post(f"/recalls/{recall.id}/lift", json={"reason": "Đã kiểm"}).json()
    assert asked["state"] == "lift-signing"
    assert own.sign(recall.id).state == "lifting"
    wait_for(cooperative.server.visitor, recall.id, "lifted")
    entries = cooperative.server.app.reader.statuses(goods_subject(barrel))
    assert [entry.kind for entry in entries] == [2, 4]


def signatures(
    of: OwnKeyed, asked: dict[str, Any], signer: EthAccountSigner | None = None, **changes: Any
) -> dict[str, Any]:
    """What would be handed in for every target of a recall; `changes` are signed instead."""
    trust = of.trust()
    signer = signer or of.signer
    signed = []
    for target in asked["targets"]:
        subject = Digest.from_hex(target["subject"])
        given: dict[str, Any] = {
            "org": of.org,
            "subject": subject,
            "kind": 2,
            "reason": Digest.from_hex(asked["reasonDigest"]),
            "nonce": declaration_nonce(asked["id"], Declared.RECALLED, subject),
            "deadline": unix_seconds(of.server.app.clock.now()) + 3600,
            **changes,
        }
        one = Declaration.sign(signer, Domain(trust.chain_id, trust.record_status), **given)
        signed.append(
            {
                "subject": subject.hex(),
                "deadline": one.deadline,
                "signature": "0x" + one.signature.hex(),
            }
        )
    return {"signer": signer.address.lower(), "signatures": signed}


def test_signature_of_anything_else_is_refused_and_nothing_kept(cooperative: OwnKeyed) -> None:
    barrel, _, _ = barrel_and_jars(cooperative)
    body = {"subjects": [barrel], "reason": REASON}
    asked = cooperative.http.post("/recalls", json=body).json()
    path = f"/recalls/{asked['id']}/signatures"
    good = signatures(cooperative, asked)
    foreign = {**good["signatures"][0], "subject": "ab" * 32}
    mixed = [*good["signatures"][:-1], foreign]
    for handed_in, status, code in (
        (signatures(cooperative, asked, EthAccountSigner()), 403, "signer-not-registered"),
        (signatures(cooperative, asked, nonce=bytes(32)), 422, "signature-invalid"),
        (signatures(cooperative, asked, kind=1), 422, "signature-invalid"),
        (signatures(cooperative, asked, reason=Digest(bytes(32))), 422, "signature-invalid"),
        (signatures(cooperative, asked, deadline=1), 400, "declaration-deadline"),
        (signatures(cooperative, asked, deadline=2**40), 400, "declaration-deadline"),
        ({**good, "signatures": mixed}, 400, "recall-target-unknown"),
        ({**good, "signer": "0x" + "00" * 20}, 422, "signature-invalid"),
    ):
        answer = cooperative.http.post(path, json=handed_in)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    kept = cooperative.http.get(f"/recalls/{asked['id']}").json()
    assert (kept["state"], kept["targets"]) == ("signing", asked["targets"])
    assert cooperative.server.rival.post(path, json=good).status_code == 404
    for _ in range(2):
        assert cooperative.http.post(path, json=good).status_code in (202, 409)
    wait_for(cooperative.server.visitor, asked["id"], "declared")
    again = cooperative.http.post(path, json=good)
    assert (again.status_code, again.json()["code"]) == (409, "recall-state")


def test_signature_that_ran_out_is_asked_for_again(cooperative: OwnKeyed) -> None:
    server = cooperative.server
    barrel, _, _ = barrel_and_jars(cooperative)
    asked = cooperative.http.post("/recalls", json={"subjects": [barrel], "reason": REASON}).json()
    with server.app.db.write() as tx:
        row = tx.recalls.get_locked(asked["id"])
        tx.recalls.update(row.pk, type(row.state).DECLARING)
    told = declarations(cooperative).get_recall(asked["id"])
    assert (told.state, len(told.to_sign)) == ("declaring", len(asked["targets"]))
    assert declarations(cooperative).sign(asked["id"]).to_sign == ()
    wait_for(server.visitor, asked["id"], "declared")


def test_recall_of_foreign_goods_is_refused(cooperative: OwnKeyed) -> None:
    barrel, _, _ = barrel_and_jars(cooperative)
    other = admit(cooperative.server, "Hợp tác xã Khác")
    with pytest.raises(Forbidden) as caught:
        declarations(other).recall([barrel], REASON)
    assert caught.value.code == "recall-foreign-goods"


def test_custodial_authority_recalls_goods_of_an_own_key(cooperative: OwnKeyed) -> None:
    barrel, jars, filling = barrel_and_jars(cooperative)
    first, second = authority(cooperative.server)
    proposed = first.post("/recalls", json={"subjects": [barrel], "reason": REASON}).json()
    assert second.post(f"/recalls/{proposed['id']}/approval").json()["state"] == "declaring"
    wait_for(cooperative.server.visitor, proposed["id"], "declared")
    (entry,) = cooperative.server.app.reader.statuses(goods_subject(jars))
    assert entry.authority
    assert verdict(cooperative.server, filling) == "recalled"
    told = {one["recall"]["id"] for one in cooperative.http.get("/recalls/inbox").json()}
    assert proposed["id"] in told


def test_authority_with_own_keys_needs_two_of_them(cooperative: OwnKeyed) -> None:
    server = cooperative.server
    barrel, jars, _ = barrel_and_jars(cooperative)
    second = EthAccountSigner()
    office = admit(
        server, "Chi cục", roles=["authority"], moreKeyAddresses=[second.address], kind="authority"
    )
    body = {"subjects": [barrel], "reason": REASON}
    bare = office.http.post("/recalls", json=body)
    assert (bare.status_code, bare.json()["code"]) == (400, "recall-proposal-missing")
    recall = declarations(office).recall([barrel], REASON)
    assert (recall.state, recall.to_sign) == ("proposed", ())
    assert server.visitor.get(f"/recalls/{recall.id}").status_code == 404
    with pytest.raises(Forbidden) as caught:
        declarations(office, second).approve(recall.id)
    assert caught.value.code == "recall-second-person", "another API key as well"
    colleague = dataclasses.replace(office, api_key=issue(server, office.org.text))
    with pytest.raises(Forbidden) as caught:
        declarations(colleague).approve(recall.id)
    assert caught.value.code == "recall-second-person", "another signing key as well"
    assert server.visitor.get(f"/recalls/{recall.id}").status_code == 404
    approved = declarations(colleague, second).approve(recall.id)
    assert approved.state == "declaring"
    settled = wait_for(server.visitor, recall.id, "declared")
    assert settled["proposal"]["signer"] == office.signer.address.lower()
    (entry,) = server.app.reader.statuses(goods_subject(jars))
    assert (entry.org, entry.authority) == (office.org, True)
    assert declarations(colleague, second).lift(recall.id, "Đã xử lý").state == "lift-proposed"
    with pytest.raises(Forbidden):
        declarations(office, second).approve(recall.id)
    assert declarations(office).approve(recall.id).state == "lifting"
    wait_for(server.visitor, recall.id, "lifted")


def test_record_withdrawn_with_the_own_key(cooperative: OwnKeyed) -> None:
    server = cooperative.server
    stored = cooperative.own_key().capture_event(event())
    server.wait_until_anchored(f"/records/{stored.record_id}")
    path = f"/records/{stored.record_id}/withdrawal"
    bare = cooperative.http.post(path, json={"reason": "Ghi nhầm"})
    assert (bare.status_code, bare.json()["code"]) == (403, "key-not-custodial")
    with pytest.raises(Forbidden):
        declarations(cooperative, EthAccountSigner()).withdraw(stored.record_id, "Ghi nhầm")
    declarations(cooperative).withdraw(stored.record_id, "Ghi nhầm")
    subject = server.app.proving.commitment(RecordId.parse(stored.record_id))
    (entry,) = wait_until_declared(cooperative, subject)
    assert (entry.org, entry.kind) == (cooperative.org, 1)
    assert verdict(server, stored.record_id) == "withdrawn"


def test_withdrawal_with_a_used_nonce_is_refused(cooperative: OwnKeyed) -> None:
    server, trust = cooperative.server, cooperative.trust()
    answers = []
    nonce = b"\x07" * 32
    first, second = (
        one.record_id for one in cooperative.own_key().capture_events([event(), event()])
    )
    for target in (first, second, first):
        reason = "Ghi nhầm"
        signed = Declaration.sign(
            cooperative.signer,
            Domain(trust.chain_id, trust.record_status),
            org=cooperative.org,
            subject=server.app.proving.commitment(RecordId.parse(target)),
            kind=1,
            reason=withdrawal_reason(reason),
            nonce=nonce,
            deadline=unix_seconds(server.app.clock.now()) // 3600 * 3600 + 7200,
        )
        body = {
            "reason": reason,
            "declaration": {
                "nonce": nonce.hex(),
                "deadline": signed.deadline,
                "signer": signed.signer.lower(),
                "signature": "0x" + signed.signature.hex(),
            },
        }
        answers.append(cooperative.http.post(f"/records/{target}/withdrawal", json=body))
    assert [answer.status_code for answer in answers] == [202, 409, 202], answers[0].text
    assert answers[1].json()["code"] == "declaration-nonce-used"
    subject = server.app.proving.commitment(RecordId.parse(first))
    assert len(wait_until_declared(cooperative, subject)) == 1


def test_server_that_names_another_subject_gets_no_signature(
    cooperative: OwnKeyed, monkeypatch: pytest.MonkeyPatch
) -> None:
    barrel, _, _ = barrel_and_jars(cooperative)
    own = declarations(cooperative)
    asked = cooperative.http.post("/recalls", json={"subjects": [barrel], "reason": REASON}).json()
    lie = {**asked, "targets": [{**asked["targets"][0], "subject": "cd" * 32}]}
    monkeypatch.setattr(own, "_get", lambda recall_id: lie)
    with pytest.raises(VerificationFailed) as caught:
        own.sign(asked["id"])
    assert caught.value.code == "recall-answer-foreign"
    with pytest.raises(NotFound):
        declarations(admit(cooperative.server, "Khác")).sign(asked["id"])
