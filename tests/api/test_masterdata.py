"""Master data over a running server: versions, conflicts, who sees what, proofs."""

from __future__ import annotations

import secrets
import threading
from itertools import pairwise
from typing import Any

import httpx
import pytest

from ledger.gs1.keys import check_digit
from ledger.proof.bundle import MEDIA_TYPE, parse_bundle
from tests.support.epcis_events import bare_event
from tests.support.masterdata import party, place, product
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain


def _new(collection: str = "products") -> str:
    return f"/masterdata/{collection}/t-{secrets.token_hex(6)}"


def test_product_has_versions_that_name_each_other(server: RunningApp) -> None:
    path = _new()
    first = server.producer.put(path, json=product())
    assert first.status_code == 201, first.text
    assert first.json()["version"] == 1
    second = server.producer.put(
        path, json=product(name="Mắm tôm"), headers={"if-match": first.headers["etag"]}
    )
    assert (second.status_code, second.json()["version"]) == (200, 2)
    assert second.json()["item"]["previous"] == first.json()["recordID"]
    found = server.producer.get(path)
    assert found.json()["item"]["name"] == "Mắm tôm"
    assert found.headers["etag"] == second.headers["etag"] != first.headers["etag"]
    history = server.producer.get(f"{path}/history").json()["items"]
    assert [one["version"] for one in history] == [2, 1]
    assert history[1]["recordID"] == first.json()["recordID"]


def test_same_content_is_answered_and_not_recorded_again(server: RunningApp) -> None:
    path = _new("parties")
    first = server.producer.put(path, json=party(gln=None))
    again = server.producer.put(path, json=party(gln=None), headers={"if-none-match": "*"})
    assert (again.status_code, again.json()) == (
        200,
        {**first.json(), "state": again.json()["state"]},
    )
    assert len(server.producer.get(f"{path}/history").json()["items"]) == 1
    changed = {**first.json()["item"], "name": "Hộ ông Mây"}
    sent = server.producer.put(path, json=changed, headers={"if-match": first.headers["etag"]})
    assert sent.json()["version"] == 2
    lost = server.producer.put(path, json=changed, headers={"if-match": first.headers["etag"]})
    assert (lost.status_code, lost.json()["version"]) == (200, 2), "a repeat is no conflict"


def test_stale_change_is_refused_and_nothing_overwritten(server: RunningApp) -> None:
    path = _new("places")
    first = server.producer.put(path, json=place(gln=None))
    server.producer.put(path, json=place(gln=None, name="Nhà thùng 2")).raise_for_status()
    stale = server.producer.put(
        path, json=place(gln=None, name="Nhà thùng 3"), headers={"if-match": first.headers["etag"]}
    )
    assert (stale.status_code, stale.json()["code"]) == (412, "masterdata-superseded")
    taken = server.producer.put(
        path, json=place(gln=None, name="Nhà thùng 3"), headers={"if-none-match": "*"}
    )
    assert taken.status_code == 412
    absent = server.producer.put(_new(), json=product(), headers={"if-match": '"x"'})
    assert absent.status_code == 412
    assert server.producer.get(path).json()["item"]["name"] == "Nhà thùng 2"


def test_concurrent_changes_all_become_versions(server: RunningApp) -> None:
    path = _new()
    answers: list[httpx.Response] = []

    def change(number: int) -> None:
        answers.append(server.producer.put(path, json=product(name=f"Mắm {number}")))

    threads = [threading.Thread(target=change, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.json()["version"] for answer in answers) == [1, 2, 3, 4, 5, 6]
    history = server.producer.get(f"{path}/history").json()["items"]
    for newer, older in pairwise(history):
        assert newer["item"]["previous"] == older["recordID"]


def test_version_has_a_proof_that_verifies_and_hides_what_is_not_public(server: RunningApp) -> None:
    path = _new("parties")
    stored = server.producer.put(path, json=party(gln=None)).raise_for_status().json()
    record = f"/records/{stored['recordID']}"
    server.wait_until_anchored(record)
    bundle = server.visitor.get(f"{record}/proof")
    report = server.visitor.post(
        "/verify", content=bundle.content, headers={"content-type": MEDIA_TYPE}
    ).json()
    assert report["verdict"] == "intact", report
    shown = report["facts"]["record"]["disclosed"]
    assert shown["kind"] == "masterdata.party"
    assert shown["body"]["name"] == "Hộ bà Bùi Thị Mây"
    assert b"0912 345 678" not in bundle.content
    owner = server.producer.get(f"{record}/proof")
    assert (
        parse_bundle(owner.content).view.commitment()
        == parse_bundle(bundle.content).view.commitment()
    )
    assert b"0912 345 678" in owner.content


def test_each_reader_sees_their_part(server: RunningApp) -> None:
    path = _new("parties")
    server.producer.put(path, json=party(gln=None)).raise_for_status()
    owner = server.producer.get(path).json()
    assert (owner["audience"], owner["item"]["phone"]) == ("owner", "0912 345 678")
    of = {"org": server.producer_org}
    for client in (server.visitor, server.rival):
        seen = client.get(path, params=of).json()
        assert seen["audience"] == "public"
        assert "phone" not in seen["item"]
        assert seen["item"]["address"]["province"] == "Thanh Hóa"
        assert client.get(f"{path}/history", params=of).status_code == 200
    assert server.rival.get(path).status_code == 404, "the rival's own has no such party"
    assert server.visitor.get(path).status_code == 401


def test_product_is_found_by_the_gtin_beside_its_local_code(server: RunningApp) -> None:
    path = _new()
    stored = server.rival.put(path, json=product(gtin="8938500000034")).raise_for_status().json()
    assert stored["item"]["gtin"] == "08938500000034"
    found = server.rival.get("/masterdata/products/8938500000034").json()
    assert found["code"] == stored["code"]
    other = server.rival.put(_new(), json=product(gtin="8938500000034"))
    assert (other.status_code, other.json()["code"]) == (409, "masterdata-key-taken")


def test_list_pages_without_loss(server: RunningApp) -> None:
    codes = {f"trang-{secrets.token_hex(4)}" for _ in range(5)}
    for code in codes:
        server.rival.put(f"/masterdata/places/{code}", json=place(gln=None)).raise_for_status()
    seen: list[str] = []
    url = "/masterdata/places?perPage=2"
    while url:
        answer = server.rival.get(url).raise_for_status()
        seen += [one["code"] for one in answer.json()["items"]]
        link = answer.links.get("next")
        url = "" if link is None else link["url"]
    assert seen == sorted(seen)
    assert codes <= set(seen)
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/masterdata/products/a%20b", product(), 400, "masterdata-malformed"),
        ("/masterdata/products/8938500000011", product(), 400, "gs1-check-digit-wrong"),
        ("/masterdata/products/x", product(colour=1), 400, "masterdata-malformed"),
        ("/masterdata/products/x", [], 400, "masterdata-malformed"),
        ("/masterdata/kings/x", product(), 400, "request-malformed"),
    ],
)
def test_malformed_item_refused(
    server: RunningApp, path: str, body: Any, status: int, code: str
) -> None:
    answer = server.producer.put(path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_malformed_body_refused(server: RunningApp) -> None:
    path = _new()
    send = server.producer.put
    json = {"content-type": "application/json"}
    assert send(path, content=b"{", headers=json).json()["code"] == "json-malformed"
    twice = send(path, content=b'{"name":"a","name":"b"}', headers=json)
    assert twice.json()["code"] == "json-duplicate-key"
    assert send(path, content=b"<x/>", headers={"content-type": "text/xml"}).status_code == 415
    assert send(path, content=b"[" * 10_000, headers=json).json()["code"] == "json-depth-exceeded"
    assert send(path, json=product(), headers={"if-none-match": '"x"'}).status_code == 400
    assert server.producer.get(path).status_code == 404


def test_change_needs_a_key_that_may_capture(server: RunningApp) -> None:
    path = _new()
    assert server.visitor.put(path, json=product()).status_code == 401
    assert server.reader.put(path, json=product()).status_code == 403
    assert server.reader.get("/masterdata/products").status_code == 200
    assert server.visitor.get("/masterdata/products").status_code == 401


def test_completeness_names_fields_rules_and_what_to_do(server: RunningApp) -> None:
    code = f"t-{secrets.token_hex(6)}"
    path = f"/masterdata/products/{code}"
    server.producer.put(path, json={"name": "Nước mắm"}).raise_for_status()
    found = server.producer.get(f"{path}/completeness").raise_for_status().json()
    assert len(found["fields"]) == 24
    assert 3 in found["missing"]
    picture = found["fields"][2]
    assert (picture["state"], picture["vi"]) == ("missing", "Hình ảnh")
    assert picture["rules"][0]["rule"] == "C02-2"
    assert picture["adviceVi"]
    assert found["fields"][3]["value"] == "Hộ bà Bùi Thị Mây", "the organization itself"
    assert found["fields"][7]["state"] == "per lot"
    one = server.producer.get(f"{path}/completeness", params={"profile": "QD25"}).json()
    assert [field["number"] for field in one["fields"]] == [18, 19, 20, 21, 22, 23]


def test_completeness_of_a_lot_reads_its_events(server: RunningApp) -> None:
    gtin = "08938500000041"
    path = f"/masterdata/products/{gtin}"
    server.producer.put(path, json=product()).raise_for_status()
    lot = f"L{secrets.token_hex(4)}"
    event = bare_event(
        quantityList=[{"epcClass": f"https://id.gs1.org/01/{gtin}/10/{lot}"}],
        readPoint={"id": "https://id.gs1.org/414/8938500000003"},
    )
    event.pop("epcList", None)
    server.producer.post("/epcis/events", json=event).raise_for_status()
    found = server.producer.get(f"{path}/completeness", params={"lot": lot}).json()
    assert found["events"] == 1
    states = {field["number"]: field["state"] for field in found["fields"]}
    assert {states[n] for n in (8, 9, 10, 11, 20)} == {"present"}
    assert states[23] == "missing"
    other = server.producer.get(f"{path}/completeness", params={"lot": "khac"}).json()
    assert other["events"] == 0


def test_completeness_of_a_product_known_by_its_events_alone(server: RunningApp) -> None:
    digits = f"8938{secrets.randbelow(10**8):08}"
    gtin = f"0{digits}{check_digit('0' + digits)}"
    lot = f"L{secrets.token_hex(4)}"
    event = bare_event(
        quantityList=[{"epcClass": f"https://id.gs1.org/01/{gtin}/10/{lot}"}],
        readPoint={"id": "https://id.gs1.org/414/8938500000003"},
    )
    server.producer.post("/epcis/events", json=event).raise_for_status()
    path = f"/masterdata/products/{gtin}/completeness"
    found = server.producer.get(path, params={"lot": lot}).raise_for_status().json()
    assert found["events"] == 1
    states = {field["number"]: field["state"] for field in found["fields"]}
    assert {states[number] for number in (2, 8, 9, 10, 11, 20)} == {"present"}
    assert {states[number] for number in (1, 3)} == {"missing"}
    whole = server.producer.get(path).raise_for_status().json()
    assert (whole["events"], whole["fields"][0]["state"]) == (0, "missing")
    wrong = gtin[:-1] + str((int(gtin[-1]) + 1) % 10)
    assert server.producer.get(f"/masterdata/products/{wrong}/completeness").status_code == 400


def test_completeness_is_for_the_organization_itself(server: RunningApp) -> None:
    path = _new()
    server.producer.put(path, json=product()).raise_for_status()
    of = {"org": server.producer_org}
    assert server.rival.get(f"{path}/completeness", params=of).status_code == 403
    assert server.visitor.get(f"{path}/completeness", params=of).status_code == 401
    assert server.producer.get(f"{_new()}/completeness").status_code == 404
    bad = server.producer.get(f"{path}/completeness", params={"profile": "EU"})
    assert bad.status_code == 400
