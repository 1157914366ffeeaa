from __future__ import annotations

import json

import pytest

from ledger.epcis.context import STANDARD, STANDARD_SPELLINGS
from ledger.epcis.event_hash import hash_event
from ledger.epcis.keys import KeyRole, key_of
from tests.support.epcis import BOTTLE, CASE, GTIN, LOT, PLACE, VN, checked, event, read

URN_BOTTLE = "urn:epc:id:sgtin:9521234.000105.NMBL0001"


def test_event_without_id_gets_its_hash() -> None:
    first, again = checked(event()), checked(event(eventTime="2026-03-12T04:00:00.000Z"))
    assert not first.has_own_id
    assert first.event_id == first.body["eventID"] == hash_event(event()).hash
    assert again.event_id == first.event_id
    assert checked(event(action="OBSERVE")).event_id != first.event_id


def test_event_own_id_kept() -> None:
    found = checked(event(eventID="ni:///sha-256;ab?ver=CBV2.0"))
    assert found.has_own_id
    assert found.event_id == found.body["eventID"] == "ni:///sha-256;ab?ver=CBV2.0"


def test_event_record_time_of_client_dropped() -> None:
    found = checked(event(recordTime="2020-01-01T00:00:00Z"))
    assert "recordTime" not in found.body


def test_event_time_in_milliseconds_utc() -> None:
    assert checked(event(eventTime="1970-01-01T07:00:01.5+07:00")).time_ms == 1500
    assert checked(event(eventTime="1969-12-31T23:59:59.999Z")).time_ms == -1


def test_event_words_bare_in_the_index_as_written_in_the_body() -> None:
    step = "https://ref.gs1.org/cbv/BizStep-packing"
    found = checked(event(bizStep=step, disposition="https://ref.gs1.org/cbv/Disp-active"))
    assert (found.biz_step, found.disposition) == ("packing", "active")
    assert found.body["bizStep"] == step
    assert checked(event(bizStep="cbv:BizStep-packing")).biz_step == "packing"
    assert checked(event(bizStep="vn:phun-thuoc")).biz_step == "vn:phun-thuoc"


def test_event_places_by_key() -> None:
    found = checked(event(readPoint={"id": "urn:epc:id:sgln:9521234.00013.0"}))
    assert (found.read_point, found.biz_location) == (PLACE, None)


@pytest.mark.parametrize("spelling", sorted(STANDARD_SPELLINGS))
def test_body_context_is_the_pinned_standard_alone_without_extensions(spelling: str) -> None:
    for context in (spelling, [spelling], [spelling, VN]):
        assert checked(event(), context).body["@context"] == STANDARD


def test_body_context_carries_the_prefixes_it_uses_from_both_levels() -> None:
    raw = event(
        **{
            "@context": [{"own": "https://own.example/"}, {"idle": "https://idle.example/"}],
            "vn:tau": "TH-1",
            "own:a": 1,
        }
    )
    found = checked(raw, [STANDARD, VN, {"other": "https://other.example/"}])
    assert found.body["@context"] == [STANDARD, {"own": "https://own.example/", **VN}]


def test_body_context_prefix_used_in_a_value_alone_kept() -> None:
    found = checked(event(bizStep="vn:phun-thuoc"))
    assert found.body["@context"] == [STANDARD, VN]


def test_body_context_event_level_overrides_document_level() -> None:
    raw = event(**{"@context": {"vn": "https://mine.example/"}, "vn:a": 1})
    assert checked(raw).body["@context"] == [STANDARD, {"vn": "https://mine.example/"}]


def test_body_read_alone_is_the_same_body() -> None:
    raw = event(eventID="urn:uuid:1", **{"vn:tau": "TH-1", "vn:list": ["vn:x"]})
    first = checked(raw)
    again = checked(json.loads(json.dumps(first.body)), STANDARD)
    assert again.body == first.body
    assert again.keys == first.keys


def test_event_under_unread_context_accepted_with_warning() -> None:
    remote = "https://ref.example/eudr-context.jsonld"
    found = checked(event(**{"eudr:volume": "1.2"}), [STANDARD, remote])
    assert found.body["@context"] == [STANDARD, remote]
    assert remote in found.warnings[0]


def test_keys_one_row_per_thing_in_canonical_spelling() -> None:
    raw = event(epcList=[URN_BOTTLE, CASE, "https://nongsan.example/lo/1"])
    assert checked(raw).keys == (
        (BOTTLE, KeyRole.EPC),
        (CASE, KeyRole.EPC),
        ("https://nongsan.example/lo/1", KeyRole.EPC),
    )


def test_keys_same_thing_in_two_spellings_one_row() -> None:
    assert checked(event(epcList=[URN_BOTTLE, BOTTLE])).keys == ((BOTTLE, KeyRole.EPC),)


def test_keys_item_that_mentions_its_lot_found_by_both() -> None:
    item = f"https://shop.example/01/{GTIN}/10/NM-BL-270310/21/NMBL0001"
    assert checked(event(epcList=[item])).keys == (
        (BOTTLE, KeyRole.EPC),
        (LOT, KeyRole.MENTIONED_LOT),
    )


def test_keys_of_each_list_have_their_role() -> None:
    transformation = event(
        "TransformationEvent",
        inputEPCList=[CASE],
        outputQuantityList=[{"epcClass": LOT}],
        transformationID="urn:x:1",
    )
    assert set(checked(transformation).keys) == {
        (CASE, KeyRole.INPUT),
        (BOTTLE, KeyRole.OUTPUT),
        (LOT, KeyRole.INPUT_CLASS),
        (LOT, KeyRole.OUTPUT_CLASS),
        ("urn:x:1", KeyRole.TRANSFORMATION),
    }
    aggregation = event("AggregationEvent", childQuantityList=[{"epcClass": LOT}])
    assert set(checked(aggregation).keys) == {
        (CASE, KeyRole.PARENT),
        (BOTTLE, KeyRole.CHILD),
        (LOT, KeyRole.CHILD_CLASS),
    }


def test_key_of_text_that_is_no_good_key_is_the_text() -> None:
    assert key_of("https://shop.example/orders/00/421234567") == (
        "https://shop.example/orders/00/421234567"
    )
    assert key_of("urn:epc:class:lgtin:9521234.000105.NM-BL-270310") == LOT


def test_event_of_own_type_has_no_keys_and_keeps_everything() -> None:
    found = checked(event(type="vn:KiemTra", epcList=["whatever"]))
    assert found.keys == ()
    assert found.body["epcList"] == ["whatever"]


def test_document_context_shared_by_many_events_not_changed() -> None:
    document = read(event(**{"@context": {"own": "https://own.example/"}}), event())
    before = dict(document.context.prefixes)
    checked(event(**{"@context": {"own": "https://own.example/"}}))
    assert dict(document.context.prefixes) == before == VN
