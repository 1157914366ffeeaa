"""From the field to the recall, every word of it under a key that the server never had."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import pytest

from ledger.client.ledger_client import LedgerClient
from ledger.client.own_declarations import OwnDeclarations
from ledger.masterdata.code import Code
from ledger.masterdata.kind import Kind
from ledger.proof.bundle import MEDIA_TYPE
from tests.support.jars import amount, wait_for
from tests.support.own_key import OwnKeyed, admit
from tests.support.running_app import RunningApp
from tests.unit.masterdata.test_photo import taken

pytestmark = pytest.mark.chain


def told(kind: str, hour: int, **members: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "eventTime": f"2026-03-02T{hour:02d}:00:00.000+07:00",
        "eventTimeZoneOffset": "+07:00",
        **members,
    }


def verdict(of: OwnKeyed, record_id: str) -> str:
    """What everyone is told of the record by the chain; without it, intact if that is intact."""
    visitor = of.server.visitor
    of.server.wait_until_anchored(f"/records/{record_id}")
    bundle = visitor.get(f"/records/{record_id}/proof").content
    offline = LedgerClient.verify(bundle, of.server.app.trust())
    answer = visitor.post("/verify", content=bundle, headers={"content-type": MEDIA_TYPE})
    found = str(answer.json()["verdict"])
    assert found != "intact" or offline.verdict.value.startswith(found), offline.to_json()
    return found


def test_whole_story_is_verified_under_the_own_key(server: RunningApp) -> None:
    of = admit(server, "Hợp tác xã Nga Sơn")
    own = of.own_key()
    photo = own.ledger.keep_file(taken("JPEG", size=(80, 60)))
    shown = {"sha256": photo.sha256.hex(), "mediaType": photo.media_type}
    mark = secrets.token_hex(4)
    party = own.put_item(Kind.PARTY, f"htx-{mark}", {"name": "HTX Nga Sơn", "type": "cooperative"})
    place = own.put_item(Kind.PLACE, f"ruong-{mark}", {"name": "Cánh đồng số 3", "type": "field"})
    product = own.put_item(
        Kind.PRODUCT,
        f"st25-{mark}",
        {"name": "Gạo ST25", "producer": party.code, "place": place.code, "images": [shown]},
    )
    assert product.warnings == ()
    rice = Code.parse(Kind.PRODUCT, product.code)
    field = Code.parse(Kind.PLACE, place.code).uri(of.org, server.url)
    paddy, bags = (rice.lot_uri(of.org, server.url, lot) for lot in ("LUA-1", "TUI-1"))
    harvest = told(
        "ObjectEvent", 6, action="ADD", bizStep="creating_class_instance",
        readPoint={"id": field}, quantityList=[amount(paddy, 900)],
    )  # fmt: skip
    wrong = told(
        "ObjectEvent", 9, action="OBSERVE", bizStep="shipping", quantityList=[amount(bags, 80)]
    )
    packed, shipped = (
        told(
            "TransformationEvent", 8, bizStep="packing",
            inputQuantityList=[amount(paddy, 900)], outputQuantityList=[amount(bags, 600)],
        ),
        told("ObjectEvent", 9, action="OBSERVE", bizStep="shipping",
             quantityList=[amount(bags, 600)]),
    )  # fmt: skip
    first, packing, mistaken = own.capture_events([harvest, packed, wrong])
    right = own.capture_event(shipped)
    declared = own.declare_error(
        {**wrong, "eventID": mistaken.event_id}, "incorrect_data", [right.event_id]
    )
    records = [
        *(one.record_id for one in (party, place, product)),
        *(one.record_id for one in (first, packing, mistaken, right, declared)),
    ]
    for record_id in records:
        assert verdict(of, record_id) == "intact"
        bundle = server.visitor.get(f"/records/{record_id}/proof").json()
        assert bundle["submission"]["custody"] == "organization"
        assert bundle["submission"]["signer"] == of.signer.address.lower()
        assert bundle["signer"]["custodial"] is False
    traced = server.visitor.get("/trace", params={"id": bags, "direction": "back"}).json()
    assert traced["items"] == [paddy]

    recall = OwnDeclarations(own).recall([paddy], "Dư lượng thuốc")
    wait_for(server.visitor, recall.id, "declared")
    assert bags in recall.goods
    assert verdict(of, packing.record_id) == "recalled"
    assert verdict(of, product.record_id) == "intact"

    secret = of.signer.secret
    for file in Path(server.app.settings.data_dir).rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert secret not in content, file
            assert secret.hex().encode() not in content, file
