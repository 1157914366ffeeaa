from __future__ import annotations

from copy import deepcopy
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.epcis.context import Context, read_context
from ledger.epcis.event_hash import has_event_hash, hash_event, is_event_hash, pre_hash
from ledger.epcis.hash_value import time_text, value_text
from ledger.gs1.digital_link import parse_digital_link
from tests.support.epcis import BOTTLE, CASE, LOT, VN, checked, event
from tests.unit.epcis.test_properties import events

CONTEXT = read_context([VN])

SHIPPING = event(
    epcList=[CASE],
    action="OBSERVE",
    bizStep="shipping",
    bizTransactionList=[
        {"bizTransaction": "https://shop.example/po/1", "type": "po"},
        {"bizTransaction": "urn:epcglobal:cbv:bt:9521234000136:ASN1"},
    ],
    sourceList=[{"type": "owning_party", "source": "https://id.gs1.org/417/9521234000136"}],
    destinationList=[{"type": "possessing_party", "destination": "urn:epc:id:pgln:9521234.00020"}],
    sensorElementList=[
        {
            "sensorMetadata": {"time": "2026-03-12T04:00:00Z", "vn:kho": "2"},
            "sensorReport": [
                {"type": "Temperature", "value": 4.50, "uom": "CEL"},
                {"type": "gs1:AbsoluteHumidity", "value": 12, "uom": "A93"},
            ],
        }
    ],
    **{"vn:b": [2, "1.0", True], "vn:a": {"vn:d": 1, "vn:c": None}},
)


def shuffled(value: Any, draw: Any) -> Any:
    """The same value with the members of objects in another order."""
    if isinstance(value, dict):
        names = draw(st.permutations(list(value)))
        return {name: shuffled(value[name], draw) for name in names}
    if isinstance(value, list):
        return [shuffled(entry, draw) for entry in value]
    return value


def test_pre_hash_of_a_shipping_event_in_both_orders_of_lists() -> None:
    head = (
        "eventType=ObjectEventeventTime=2026-03-12T04:00:00.000ZeventTimeZoneOffset=+07:00"
        "epcListepc=https://id.gs1.org/00/095212340000000013action=OBSERVE"
        "bizStep=https://ref.gs1.org/cbv/BizStep-shipping"
        "readPointid=https://id.gs1.org/414/9521234000136"
    )
    sensors = (
        "sensorElementListsensorElementsensorMetadatatime=2026-03-12T04:00:00.000Z"
        "{https://ns.thanhhoa.example/epcis/}kho=2"
        "sensorReporttype=https://gs1.org/voc/AbsoluteHumidityvalue=12uom=A93"
        "sensorReporttype=https://gs1.org/voc/Temperaturevalue=4.5uom=CEL"
    )
    transactions = (
        "bizTransactionListbizTransaction=urn:epcglobal:cbv:bt:9521234000136:ASN1"
        "type=https://ref.gs1.org/cbv/BTT-pobizTransaction=https://shop.example/po/1"
    )
    source = (
        "sourceListtype=https://ref.gs1.org/cbv/SDT-owning_party"
        "source=https://id.gs1.org/417/9521234000136"
    )
    destination = (
        "destinationListtype=https://ref.gs1.org/cbv/SDT-possessing_party"
        "destination=https://id.gs1.org/417/9521234000204"
    )
    extensions = ("{ns}a{ns}c{ns}d=1{ns}b=1{ns}b=2{ns}b=true").replace(
        "{ns}", "{https://ns.thanhhoa.example/epcis/}"
    )
    ours, table = pre_hash(SHIPPING, CONTEXT)
    assert ours == head + sensors + transactions + destination + source + extensions
    assert table == head + transactions + source + destination + sensors + extensions


def test_hash_is_the_named_form_and_either_order_is_accepted() -> None:
    found = hash_event(SHIPPING, CONTEXT)
    assert found.hash != found.hash_list_order
    assert all(is_event_hash(one) and len(one) == 89 for one in found)
    assert has_event_hash(SHIPPING, found.hash, CONTEXT)
    assert has_event_hash(SHIPPING, found.hash_list_order, CONTEXT)
    assert not has_event_hash(event(), found.hash, CONTEXT)
    plain = hash_event(event(), CONTEXT)
    assert plain.hash == plain.hash_list_order


@given(events(), st.data())
def test_hash_order_of_members_and_lists_irrelevant(
    raw: dict[str, Any], data: st.DataObject
) -> None:
    other = shuffled(raw, data.draw)
    for name, value in other.items():
        if isinstance(value, list):
            other[name] = data.draw(st.permutations(value))
    assert hash_event(other, CONTEXT) == hash_event(raw, CONTEXT)


@given(events(), st.integers(-14 * 60, 14 * 60))
def test_hash_zone_in_which_a_time_is_written_irrelevant(raw: dict[str, Any], zone: int) -> None:
    at = datetime.fromisoformat(raw["eventTime"])
    other = {**raw, "eventTime": at.astimezone(timezone(timedelta(minutes=zone))).isoformat()}
    assert hash_event(other, CONTEXT) == hash_event(raw, CONTEXT)


@given(
    st.decimals(-(10**9), 10**9, places=6),
    st.sampled_from(["{:f}", "{:f}000", "{:e}", "{:E}"]),
)
def test_hash_notation_of_a_number_irrelevant(number: Any, notation: str) -> None:
    assert value_text(notation.format(number)) == value_text(float(number))


@given(events())
def test_hash_of_the_recorded_event_is_that_of_the_event_handed_in(raw: dict[str, Any]) -> None:
    """The recorded event carries only the prefixes it uses, and its eventID."""
    given_in = hash_event(raw, CONTEXT)
    recorded = checked(raw)
    if "eventID" not in raw:
        assert recorded.event_id == given_in.hash
    assert hash_event(recorded.body) == given_in


@given(events(), st.sampled_from(["https://a.example/p", "http://b.example:8080"]))
def test_hash_domain_of_a_digital_link_irrelevant(raw: dict[str, Any], domain: str) -> None:
    other = deepcopy(raw)
    for name in ("epcList", "childEPCs", "outputEPCList"):
        other[name] = [
            domain + parse_digital_link(text).path + "?17=290300" if "id.gs1.org" in text else text
            for text in other.get(name, [])
        ]
    assert hash_event(other, CONTEXT) == hash_event(raw, CONTEXT)


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("2027-03-20T18:12:33.9996+07:00", "2027-03-20T11:12:34.000Z"),
        ("2027-03-20T18:12:33.1425+07:00", "2027-03-20T11:12:33.143Z"),
        ("2027-03-20T18:12:33.14249999+07:00", "2027-03-20T11:12:33.142Z"),
        ("2026-12-31T23:59:59.9995Z", "2027-01-01T00:00:00.000Z"),
        ("2026-12-31t23:59:59z", "2026-12-31T23:59:59.000Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
        ("0001-01-01T00:00:00+07:00", "0001-01-01T00:00:00+07:00"),
        ("hôm qua", "hôm qua"),
    ],
)
def test_time_in_utc_milliseconds_fourth_decimal_rounding_up(text: str, spelled: str) -> None:
    assert time_text(text) == spelled


@pytest.mark.parametrize(
    ("value", "spelled"),
    [
        (True, "true"),
        (None, ""),
        (12.0, "12"),
        ("+00123", "123"),
        ("1.23e2", "123"),
        ("1_2_3", "1_2_3"),
        ("Infinity", "Infinity"),
        ("NaN", "NaN"),
        ("1e400", "1e400"),
        ("9" * 500, "9" * 500),
        ("urn:epcglobal:cbv:disp:active", "https://ref.gs1.org/cbv/Disp-active"),
        ("cbv:BizStep-packing", "https://ref.gs1.org/cbv/BizStep-packing"),
        ("https://ref.gs1.org/voc/Temperature", "https://gs1.org/voc/Temperature"),
        ("urn:epc:id:sgtin:9521234.000105.NMBL0001", BOTTLE),
        ("https://x.example/01/09521234001058/10/NM-BL-270310?17=290300", LOT),
        ("https://x.example/01/09521234001059", "https://x.example/01/09521234001059"),
        ("vn:tu-do", "vn:tu-do"),
        ("https://x.example/" + "a" * 5_000, "https://x.example/" + "a" * 5_000),
    ],
)
def test_value_spelled_in_one_way(value: Any, spelled: str) -> None:
    assert value_text(value) == spelled


def test_hash_covers_content_but_neither_ids_nor_declarations() -> None:
    plain = hash_event(event(), CONTEXT)
    declared = event(
        eventID="urn:uuid:1",
        recordTime="2026-01-01T00:00:00Z",
        errorDeclaration={"declarationTime": "2026-05-05T00:00:00Z", "reason": "did_not_occur"},
        **{"rdfs:comment": "ghi chú"},
    )
    assert hash_event(declared, CONTEXT) == plain
    for change in ({"action": "OBSERVE"}, {"readPoint": None}, {"vn:x": "1"}, {"epcList": [CASE]}):
        assert hash_event(event(**change), CONTEXT) != plain


def test_hash_fields_declared_ignored_left_out_wherever_the_prefix_is_declared() -> None:
    marked = event(**{"vn:captureID": "7"})
    assert hash_event(marked, CONTEXT, ["vn:captureID"]) == hash_event(event(), CONTEXT)
    other = read_context([VN, {"th": VN["vn"]}])
    assert hash_event(marked, other, ["th:captureID"]) == hash_event(event(), CONTEXT)


def test_hash_prefix_of_a_name_irrelevant_its_namespace_not() -> None:
    theirs = read_context([{"x": VN["vn"]}])
    marked = event(**{"vn:so": "1", "vn:o": {"vn:p": "2"}})
    renamed = event(**{"x:so": "1", "x:o": {"x:p": "2"}})
    assert hash_event(renamed, theirs) == hash_event(marked, CONTEXT)
    assert hash_event(renamed, read_context([{"x": "urn:other:"}])) != hash_event(marked, CONTEXT)
    inside = event(**{"vn:so": "1", "vn:o": {"@context": {"y": VN["vn"]}, "y:p": "2"}})
    assert hash_event(inside, CONTEXT) == hash_event(marked, CONTEXT)


@given(
    st.dictionaries(
        st.sampled_from(
            ["epcList", "quantityList", "readPoint", "sensorElementList", "sourceList", "ilmd",
             "persistentDisposition", "bizStep", "eventTime", "certificationInfo", "vn:a"]
        ),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["id", "type", "sensorReport", "sensorMetadata", "vn:x", "set"]),
                inner,
                max_size=3,
            ),
            max_leaves=8,
        ),
    )
)  # fmt: skip
def test_hash_of_a_type_of_ones_own_whatever_its_members_hold(members: dict[str, Any]) -> None:
    raw = {"type": "vn:PhunThuocEvent", **members}
    found = hash_event(raw, CONTEXT)
    assert is_event_hash(found.hash)
    assert pre_hash(raw, CONTEXT)[0].startswith(
        "eventType={https://ns.thanhhoa.example/epcis/}PhunThuocEvent"
    )
    assert hash_event({**raw, "vn:more": "1"}, CONTEXT) != found


def test_hash_needs_no_context() -> None:
    assert hash_event(event()) == hash_event(event(), Context())
