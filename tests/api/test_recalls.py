from __future__ import annotations

import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from ledger.digest import Digest
from ledger.epcis.recall import goods_subject
from ledger.identity.organization import OrgId
from ledger.masterdata.code import Code
from ledger.masterdata.kind import Kind
from tests.support.jars import amount, authority, fill_jars, record, wait_for
from tests.support.receiver import receiver
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain

NOTICE = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def _recall(client: Any, *subjects: str, reason: str = "Nhiễm khuẩn") -> dict[str, Any]:
    answer = client.post("/recalls", json={"subjects": list(subjects), "reason": reason})
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/recalls/{found['id']}"
    return found


def test_recall_declares_everything_the_goods_went_into(server: RunningApp) -> None:
    goods = fill_jars(server)
    started = _recall(server.keeper, goods.barrel)
    assert (started["state"], started["goods"]) == ("declaring", sorted([goods.barrel, goods.jars]))
    settled = wait_for(server.visitor, started["id"], "declared")
    assert all(target["declared"] for target in settled["targets"])
    for key in settled["goods"]:
        (entry,) = server.app.reader.statuses(goods_subject(key))
        assert (entry.org.text, entry.kind) == (server.producer_org, 2)
        assert entry.reason.hex() == settled["reasonDigest"]
    server.wait_until_anchored(f"/records/{goods.filling}")
    bundle = server.visitor.get(f"/records/{goods.filling}/proof").content
    json_type = {"Content-Type": "application/json"}
    report = server.visitor.post("/verify", content=bundle, headers=json_type).json()
    assert report["verdict"] == "recalled"


def test_recall_asked_for_twice_is_one(server: RunningApp) -> None:
    goods = fill_jars(server)
    first, second = _recall(server.keeper, goods.jars), _recall(server.keeper, goods.jars)
    assert first["id"] == second["id"]
    wait_for(server.visitor, first["id"], "declared")
    assert len(server.app.reader.statuses(goods_subject(goods.jars))) == 1


def test_recall_notice_is_kept_and_named(server: RunningApp) -> None:
    goods = fill_jars(server)
    kept = server.producer.post(
        "/files", content=NOTICE, headers={"Content-Type": "application/pdf"}
    )
    assert kept.status_code in (200, 201), kept.text
    body = {"subjects": [goods.jars], "reason": "Xem thông báo", "notice": kept.json()["sha256"]}
    found = server.keeper.post("/recalls", json=body).json()
    assert server.visitor.get(f"/files/{found['notice']}").content == NOTICE
    unknown = server.keeper.post("/recalls", json={**body, "notice": "ab" * 32})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "file-unknown")


def test_recall_of_goods_of_others_is_refused(server: RunningApp) -> None:
    goods = fill_jars(server)
    answer = server.rival.post("/recalls", json={"subjects": [goods.jars], "reason": "Tôi muốn"})
    assert (answer.status_code, answer.json()["code"]) == (403, "recall-foreign-goods")
    assert server.app.reader.statuses(goods_subject(goods.jars)) == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"subjects": [], "reason": "x"}, 400, "request-malformed"),
        ({"subjects": ["no uri"], "reason": "x"}, 400, "epcis-uri-malformed"),
        ({"subjects": ["urn:x:never"], "reason": "x"}, 404, "lot-unknown"),
        ({"subjects": ["urn:x:never"], "reason": " "}, 400, "recall-malformed"),
        ({"subjects": ["urn:x:never"], "reason": "x", "notice": "AB"}, 400, "request-malformed"),
    ],
)
def test_recall_malformed_is_refused(
    server: RunningApp, body: dict[str, Any], status: int, code: str
) -> None:
    answer = server.keeper.post("/recalls", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_recall_of_an_authority_needs_a_second_person(server: RunningApp) -> None:
    goods = fill_jars(server)
    first, second = authority(server)
    proposed = _recall(first, goods.barrel)
    path = f"/recalls/{proposed['id']}"
    assert (proposed["state"], proposed["targets"]) == ("proposed", [])
    assert server.visitor.get(path).status_code == 404
    refused = first.post(f"{path}/approval")
    assert (refused.status_code, refused.json()["code"]) == (403, "recall-second-person")
    assert server.keeper.post(f"{path}/approval").status_code == 404
    assert second.post(f"{path}/approval").json()["state"] == "declaring"
    assert second.post(f"{path}/approval").status_code == 409
    wait_for(server.visitor, proposed["id"], "declared")
    (entry,) = server.app.reader.statuses(goods_subject(goods.jars))
    assert entry.authority


def test_recall_holders_are_told_and_say_that_they_know(server: RunningApp) -> None:
    goods = fill_jars(server)
    recall = _recall(server.keeper, goods.barrel)["id"]
    mine = [n for n in server.rival.get("/recalls/inbox").json() if n["recall"]["id"] == recall]
    assert [notice["acknowledgedAt"] for notice in mine] == [None]
    for _ in range(2):
        assert server.rival.post(f"/recalls/{recall}/acknowledgement").status_code == 204
    (told,) = server.keeper.get(f"/recalls/{recall}").json()["told"]
    assert told["acknowledgedAt"] is not None
    assert server.visitor.get(f"/recalls/{recall}").json()["told"] == []
    outsider, _ = authority(server)
    refused = outsider.post(f"/recalls/{recall}/acknowledgement")
    assert (refused.status_code, refused.json()["code"]) == (403, "recall-not-concerned")


def test_recall_tells_a_buyer_who_has_recorded_nothing(server: RunningApp) -> None:
    goods = fill_jars(server)
    buyer, _ = authority(server)
    me = buyer.get("/organizations").json()[0]["org"]
    shop = Code(Kind.PARTY, "SHOP", is_gs1=False).uri(OrgId.parse(me), server.url)
    record(
        server.producer,
        "ObjectEvent",
        action="OBSERVE",
        bizStep="shipping",
        quantityList=[amount(goods.jars, 5)],
        destinationList=[{"type": "owning_party", "destination": shop}],
    )
    recall = _recall(server.keeper, goods.barrel)["id"]
    told = {one["recall"]["id"] for one in buyer.get("/recalls/inbox").json()}
    assert recall in told


def test_recall_is_sent_to_the_address_of_a_holder_once(server: RunningApp) -> None:
    goods = fill_jars(server)
    token = "một-bí-mật-của-hợp-tác-xã"
    with receiver() as received:
        wanted = {"dest": received.url, "signatureToken": token}
        address = server.rival.put("/alerts/address", json=wanted)
        assert (address.status_code, address.json()["waiting"]) == (200, 0), address.text
        assert token not in address.text
        received.statuses = [503]
        recall = _recall(server.keeper, goods.barrel, reason="Vượt ngưỡng histamin")
        wait_for(server.visitor, recall["id"], "declared")
        (told,) = received.wait(1)
        server.keeper.post(f"/recalls/{recall['id']}/lift", json={"reason": "Đạt"})
        _, end = received.wait(2)
        assert server.rival.delete("/alerts/address").status_code == 204
    assert received.refused[0].body == told.body
    signature = hmac.new(token.encode(), told.body, "sha256").hexdigest()
    assert told.headers["gs1-signature"] == f"sha256={signature}"
    body = json.loads(told.body)
    assert body["recall"]["reasonDigest"] == recall["reasonDigest"]
    assert body["recall"]["goods"] == sorted([goods.barrel, goods.jars])
    assert [json.loads(end.body)["kind"], json.loads(end.body)["recall"]["liftReason"]] == [
        "recall-lifted",
        "Đạt",
    ]
    mine = [one for one in server.rival.get("/alerts").json() if recall["id"] in str(one["body"])]
    assert [(one["kind"], one["delivery"]) for one in mine] == [
        ("recall-lifted", "taken"),
        ("recall", "taken"),
    ]
    path = f"/alerts/{mine[1]['id']}/acknowledgement"
    assert server.rival.post(path).status_code == 204
    assert server.producer.post(path).status_code == 404


def test_alert_address_in_a_private_network_is_refused(server: RunningApp) -> None:
    wanted = {"dest": "http://10.1.2.3/hook", "signatureToken": "x" * 16}
    refused = server.rival.put("/alerts/address", json=wanted)
    assert (refused.status_code, refused.json()["code"]) == (400, "webhook-address-refused")
    assert server.rival.get("/alerts/address").status_code == 404
    assert server.keeper.put("/alerts/address", json=wanted).status_code == 403


def test_recall_lifted_stays_on_record(server: RunningApp) -> None:
    goods = fill_jars(server)
    recall = _recall(server.keeper, goods.jars)["id"]
    wait_for(server.visitor, recall, "declared")
    lifted = server.keeper.post(f"/recalls/{recall}/lift", json={"reason": "Đã kiểm nghiệm lại"})
    assert lifted.status_code == 202
    assert wait_for(server.visitor, recall, "lifted")["liftReason"] == "Đã kiểm nghiệm lại"
    entries = server.app.reader.statuses(goods_subject(goods.jars))
    assert [entry.kind for entry in entries] == [2, 4]
    listed = server.visitor.get("/recalls", params={"id": goods.jars}).json()
    assert [(one["id"], one["state"]) for one in listed] == [(recall, "lifted")]
    assert _recall(server.keeper, goods.jars)["id"] != recall


def test_recall_leaves_records_alone_that_also_made_other_goods(server: RunningApp) -> None:
    goods = fill_jars(server)
    other = goods.barrel.replace("/10/B", "/10/C")
    shared = record(
        server.producer,
        "TransformationEvent",
        inputQuantityList=[amount(goods.barrel.replace("/10/B", "/10/A"), 9)],
        outputQuantityList=[amount(goods.barrel, 5), amount(other, 4)],
    )
    settled = wait_for(server.visitor, _recall(server.keeper, goods.barrel)["id"], "declared")
    names = {target["name"] for target in settled["targets"]}
    assert goods.filling in names
    assert shared not in names
    assert other not in names


def test_recall_reaches_goods_made_after_the_decision(server: RunningApp) -> None:
    goods = fill_jars(server)
    recall = _recall(server.keeper, goods.barrel)
    wait_for(server.visitor, recall["id"], "declared")
    boxes = goods.jars.replace("/10/J", "/10/X")
    gifts = goods.jars.replace("/10/J", "/10/G")
    for made, of in ((boxes, goods.jars), (gifts, boxes)):
        packing = record(
            server.rival,
            "TransformationEvent",
            inputQuantityList=[amount(of, 40)],
            outputQuantityList=[amount(made, 38)],
        )
    settled = _wait_until(
        server,
        recall["id"],
        lambda found: (
            gifts in found["goods"] and all(one["declaredAt"] for one in found["extensions"])
        ),
    )
    assert settled["state"] == "declared"
    assert sorted(name for one in settled["extensions"] for name in one["goods"]) == sorted(
        [boxes, gifts]
    )
    for key in (boxes, gifts):
        (entry,) = server.app.reader.statuses(goods_subject(key))
        assert (entry.org.text, entry.kind) == (server.producer_org, 2)
        assert entry.reason.hex() == recall["reasonDigest"]
    assert packing in {one["name"] for one in settled["targets"] if one["kind"] == "record"}
    mine = [one for one in server.rival.get("/alerts").json() if recall["id"] in str(one["body"])]
    told = {name for one in mine for name in one["body"]["recall"]["goods"]}
    assert {one["kind"] for one in mine} == {"recall", "recall-extended"}
    assert {boxes, gifts} <= told
    server.keeper.post(f"/recalls/{recall['id']}/lift", json={"reason": "Đạt"})
    wait_for(server.visitor, recall["id"], "lifted")
    assert [one.kind for one in server.app.reader.statuses(goods_subject(gifts))] == [2, 4]


def _wait_until(
    server: RunningApp, recall: str, is_so: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    deadline = time.monotonic() + 30
    while True:
        found: dict[str, Any] = server.visitor.get(f"/recalls/{recall}").json()
        if is_so(found):
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.1)


def test_recall_half_declared_is_finished_by_the_worker(server: RunningApp) -> None:
    """A database that has forgotten some declarations, as a backup would, ends the same."""
    goods = fill_jars(server)
    recall = _recall(server.keeper, goods.barrel)["id"]
    wait_for(server.visitor, recall, "declared")
    subject = goods_subject(goods.jars)
    with server.app.db.write() as tx:
        tx.connection.exec_driver_sql("UPDATE recall_targets SET declared = false")
        tx.connection.exec_driver_sql(
            f"DELETE FROM transactions WHERE purpose LIKE 'recall/{recall}/%%'"
            if server.app.db.dialect == "postgresql"
            else f"DELETE FROM transactions WHERE purpose LIKE 'recall/{recall}/%'"
        )
        tx.connection.exec_driver_sql(
            f"UPDATE recalls SET state = 'declaring' WHERE id = '{recall}'"
        )
    wait_for(server.visitor, recall, "declared")
    assert len(server.app.reader.statuses(Digest(subject))) == 1
