"""Items: what is read is what is written, and every fault has its pointer."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ledger.errors import InvalidInput
from ledger.masterdata.certificate import Certificate
from ledger.masterdata.code import Code
from ledger.masterdata.item import body_of, content_digest, item_of_body, read_item
from ledger.masterdata.kind import Kind
from ledger.records.policy import POLICIES, Audience
from tests.support.masterdata import GTIN, party, place, product

WHOLE = {Kind.PRODUCT: product, Kind.PARTY: party, Kind.PLACE: place}


@pytest.mark.parametrize("kind", Kind)
def test_whole_item_reads_back_from_its_record(kind: Kind) -> None:
    said = WHOLE[kind]()
    item = read_item(Code.parse(kind, "ma-1"), said)
    written = item.to_json()
    if "address" in said:
        said["address"] = {"country": "VN", **said["address"]}
    assert written == {"code": "ma-1", **said}
    body = body_of(item, 2, "urn:uuid:x")
    assert item_of_body(kind, body) == item
    assert {**written, "version": 2, "previous": "urn:uuid:x"} == body
    assert "previous" not in body_of(item, 1, None)


@pytest.mark.parametrize("kind", Kind)
def test_name_alone_is_enough(kind: Kind) -> None:
    item = read_item(Code.parse(kind, "ma-1"), {"name": "  Muối  "})
    assert item.to_json() == {"code": "ma-1", "name": "Muối"}


@pytest.mark.parametrize("kind", Kind)
def test_every_member_has_its_place_in_the_policy(kind: Kind) -> None:
    policy = POLICIES[kind.record_kind]
    named = {*policy.members, *policy.subtrees}
    body = body_of(read_item(Code.parse(kind, "ma-1"), WHOLE[kind](gtin=None)), 2, "x")
    if kind is Kind.PRODUCT:
        body["gtin"] = GTIN
    assert {f"/body/{name}" for name in body} <= named
    assert policy.audience_of("/body/version") is Audience.PUBLIC


def test_what_consumers_need_not_know_is_for_agencies() -> None:
    table = POLICIES["masterdata.party"]
    for name in ("phone", "email", "personalIdDigest", "geo/latitude"):
        assert table.audience_of(f"/body/{name}") is Audience.AGENCY
    assert POLICIES["masterdata.product"].audience_of("/body/growers") is Audience.AGENCY
    assert POLICIES["masterdata.product"].audience_of("/body/publicGrowers") is Audience.PUBLIC


def test_item_with_its_own_code_may_be_sent_back() -> None:
    code = Code.parse(Kind.PRODUCT, GTIN)
    item = read_item(code, {"code": "8938500000010", "name": "a", "version": 7, "previous": "x"})
    assert item.code == code
    with pytest.raises(InvalidInput) as caught:
        read_item(code, {"code": "khac", "name": "a"})
    assert caught.value.pointer == "/code"


def test_content_is_the_same_for_the_same_item_only() -> None:
    code = Code.parse(Kind.PRODUCT, "ma-1")
    one = content_digest(read_item(code, product()))
    assert one == content_digest(read_item(code, dict(reversed(product().items()))))
    assert one != content_digest(read_item(code, product(name="Mắm tôm")))
    assert one != content_digest(read_item(Code.parse(Kind.PRODUCT, "ma-2"), product()))


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"name": None}, "/name"),
        ({"name": " "}, "/name"),
        ({"name": "a" * 201}, "/name"),
        ({"name": "a\x00"}, "/name"),
        ({"name": 5}, "/name"),
        ({"colour": "red"}, "/colour"),
        ({"gtin": "8938500000011"}, "/gtin"),
        ({"gtin": "NM-1"}, "/gtin"),
        ({"category": "Nước mắm"}, "/category"),
        ({"images": {}}, "/images"),
        ({"images": [{"sha256": "ab", "mediaType": "image/png"}]}, "/images/0/sha256"),
        ({"images": [{"sha256": "ab" * 32, "mediaType": "image/svg+xml"}]}, "/images/0/mediaType"),
        (
            {"images": [{"sha256": "ab" * 32, "mediaType": "application/pdf"}]},
            "/images/0/mediaType",
        ),
        ({"images": [1]}, "/images/0"),
        ({"images": [{"sha256": "ab" * 32, "mediaType": "image/png"}] * 13}, "/images"),
        ({"producer": "a b"}, "/producer"),
        ({"originCountry": "Việt Nam"}, "/originCountry"),
        ({"plantingAreaCode": "vùng"}, "/plantingAreaCode"),
        ({"ocopStars": 6}, "/ocopStars"),
        ({"ocopStars": 3.5}, "/ocopStars"),
        ({"ocopStars": True}, "/ocopStars"),
        ({"standards": ["a", "a"]}, "/standards/1"),
        ({"standards": [""]}, "/standards/0"),
        ({"certificates": [{"standard": "a"}]}, "/certificates/0/issuer"),
        (
            {"certificates": [{"standard": "a", "issuer": "b", "issued": "2026-02-30"}]},
            "/certificates/0/issued",
        ),
        (
            {
                "certificates": [
                    {
                        "standard": "a",
                        "issuer": "b",
                        "issued": "2026-03-02",
                        "expires": "2026-03-01",
                    }
                ]
            },
            "/certificates/0/expires",
        ),
        ({"netContent": {"value": 0, "unit": "LTR"}}, "/netContent"),
        ({"netContent": {"value": 1, "unit": "litre"}}, "/netContent/unit"),
        ({"shelfLife": 0}, "/shelfLife"),
        ({"coldChain": {}}, "/coldChain"),
        ({"coldChain": {"minTemperature": -300}}, "/coldChain/minTemperature"),
        (
            {"coldChain": {"minTemperature": 8, "maxTemperature": 2}},
            "/coldChain/maxTemperature",
        ),
        ({"coldChain": {"minTemperature": 8, "minutes": -1}}, "/coldChain/minutes"),
        ({"growers": ["a/b"]}, "/growers/0"),
        ({"extra": [{"name": "a"}]}, "/extra/0/value"),
    ],
)
def test_malformed_product_refused_with_pointer(changes: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_item(Code.parse(Kind.PRODUCT, "ma-1"), product(**changes))
    assert caught.value.pointer == pointer


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"type": "king"}, "/type"),
        ({"roles": ["king"]}, "/roles/0"),
        ({"roles": ["grower", "grower"]}, "/roles/1"),
        ({"taxCode": "12"}, "/taxCode"),
        ({"personalIdDigest": "001"}, "/personalIdDigest"),
        ({"address": {"commune": "Hải Bình"}}, "/address/province"),
        ({"geo": {"latitude": 19}}, "/geo"),
        ({"geo": {"latitude": 91, "longitude": 0}}, "/geo/latitude"),
        ({"phone": "ring me"}, "/phone"),
        ({"email": "nobody"}, "/email"),
        ({"website": "javascript:alert(1)"}, "/website"),
        ({"gln": "8938500000004"}, "/gln"),
    ],
)
def test_malformed_party_refused_with_pointer(changes: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_item(Code.parse(Kind.PARTY, "ho-may"), party(**changes))
    assert caught.value.pointer == pointer


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [({"type": "palace"}, "/type"), ({"area": -1}, "/area"), ({"party": ""}, "/party")],
)
def test_malformed_place_refused_with_pointer(changes: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_item(Code.parse(Kind.PLACE, "nha-1"), place(**changes))
    assert caught.value.pointer == pointer


@pytest.mark.parametrize(("kind", "name"), [(Kind.PRODUCT, "gtin"), (Kind.PARTY, "gln")])
def test_second_gs1_key_refused(kind: Kind, name: str) -> None:
    key = GTIN if kind is Kind.PRODUCT else "8938500000003"
    with pytest.raises(InvalidInput) as caught:
        read_item(Code.parse(kind, key), {"name": "a", name: key})
    assert caught.value.pointer == f"/{name}"


@pytest.mark.parametrize("value", [None, [], "a", 1])
def test_item_that_is_no_object_refused(value: Any) -> None:
    with pytest.raises(InvalidInput):
        read_item(Code.parse(Kind.PRODUCT, "ma-1"), value)


def test_certificate_holds_between_its_days() -> None:
    paper = Certificate("VietGAP", "x", issued=date(2026, 1, 2), expires=date(2026, 3, 4))
    days = [date(2026, 1, 1), date(2026, 1, 2), date(2026, 3, 4), date(2026, 3, 5)]
    assert [paper.is_valid_on(day) for day in days] == [False, True, True, False]
    assert Certificate("VietGAP", "x").is_valid_on(date(1990, 1, 1))
