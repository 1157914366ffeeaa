"""The 24 national fields, each once present and once absent."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.masterdata.code import Code
from ledger.masterdata.completeness import Facts, FieldFinding, check_completeness
from ledger.masterdata.kind import Kind
from ledger.masterdata.national_fields import Profile, national_fields
from ledger.masterdata.party import Party
from ledger.masterdata.place import Place
from ledger.masterdata.product import Product
from tests.support.masterdata import party, place, product

LOT = "https://id.gs1.org/01/08938500000010/10/L1"


def event(step: str, **members: Any) -> dict[str, Any]:
    return {
        "type": "ObjectEvent",
        "eventTime": "2026-03-01T08:00:00.000+07:00",
        "bizStep": step,
        "quantityList": [{"epcClass": LOT}],
        "readPoint": {"id": "https://id.gs1.org/414/8938500000003"},
        **members,
    }


HARVEST = event("creating_class_instance", ilmd={"vn:productName": "Nước mắm"})
INPUT = event("https://ns.example.vn/suDungVatTu", **{"vn:inputName": "NPK 16-16-8"})
SHIPPED = event(
    "shipping",
    destinationList=[{"type": "owning_party", "destination": "https://id.gs1.org/417/1"}],
)
BARE = {"name": "Nước mắm"}


def findings(
    about: dict[str, Any],
    *,
    producer: dict[str, Any] | None = None,
    where: dict[str, Any] | None = None,
    lot: str | None = "L1",
    events: list[dict[str, Any]] | None = None,
    code: str = "nm-1",
    organization: str = "",
) -> dict[int, FieldFinding]:
    facts = Facts.of(
        Product.read(Code.parse(Kind.PRODUCT, code), about),
        organization,
        producer=Party.read(Code.parse(Kind.PARTY, "ho-may"), producer) if producer else None,
        place=Place.read(Code.parse(Kind.PLACE, "nha-1"), where) if where else None,
        lot=lot,
        events=events or [],
    )
    return {one.field.number: one for one in check_completeness(facts)}


def test_table_has_the_24_fields_and_every_rule_a_profile() -> None:
    fields = national_fields()
    assert [field.number for field in fields] == list(range(1, 25))
    for field in fields:
        assert field.rules, field.vi
        assert field.advice_vi != field.advice_en
    asked = {
        profile: [f.number for f in fields if f.asked_by(frozenset({profile}))]
        for profile in Profile
    }
    assert asked[Profile.TT02] == [1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13, 14, 17]
    assert asked[Profile.ND37] == [1, 2, 4, 5, 6, 7, 8, 9, 13, 15, 16, 24]
    assert asked[Profile.QD25] == [18, 19, 20, 21, 22, 23]
    shown = {field.number for field in fields if field.consumer.startswith("yes")}
    assert {1, 3, 4, 5, 9, 12, 13} <= shown, "what the national portal shows to consumers"


def test_whole_product_with_its_story_lacks_nothing() -> None:
    found = findings(product(), producer=party(), where=place(), events=[HARVEST, INPUT, SHIPPED])
    assert {one.state for one in found.values()} == {"present"}
    assert all(one.value for one in found.values())


def test_bare_product_lacks_what_is_asked_without_condition() -> None:
    found = findings(BARE)
    missing = {number for number, one in found.items() if one.state == "missing"}
    assert missing == {3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 17, 18, 19, 20, 21, 22, 23}
    stated = {number for number, one in found.items() if one.state == "not stated"}
    assert stated == {12, 13, 15, 16, 24}
    assert found[3].rules[0].vi == "Thông tư 02/2024/TT-BKHCN, mục 2"


def test_product_without_a_lot_says_which_fields_a_lot_will_tell() -> None:
    found = findings(product(), producer=party(), where=place(), lot=None)
    assert {n for n, one in found.items() if one.state == "per lot"} == {
        8,
        9,
        10,
        11,
        17,
        20,
        21,
        23,
    }
    assert not [one for one in found.values() if one.state == "missing"]


PRESENT: list[tuple[int, dict[str, Any]]] = [
    (1, {"about": BARE}),
    (2, {"about": BARE}),
    (3, {"about": {**BARE, "images": product()["images"]}}),
    (4, {"about": BARE, "producer": party()}),
    (4, {"about": BARE, "organization": "HTX Ba Làng"}),
    (5, {"about": BARE, "producer": party()}),
    (5, {"about": BARE, "producer": party(address=None), "where": place()}),
    (6, {"about": BARE, "producer": party()}),
    (6, {"about": BARE, "producer": party(taxCode=None)}),
    (6, {"about": BARE, "producer": party(taxCode=None, gln=None)}),
    (7, {"about": {**BARE, "originCountry": "VN"}}),
    (7, {"about": BARE, "where": place()}),
    (8, {"about": BARE, "events": [SHIPPED]}),
    (9, {"about": BARE, "events": [HARVEST]}),
    (9, {"about": BARE, "events": [event("packing", ilmd={"vn:productionDate": "2026-03-01"})]}),
    (10, {"about": BARE, "events": [HARVEST]}),
    (11, {"about": BARE, "events": [SHIPPED]}),
    (12, {"about": {**BARE, "brand": "Ba Làng"}}),
    (13, {"about": {**BARE, "shelfLife": 730}}),
    (13, {"about": BARE, "events": [event("packing", ilmd={"vn:hanSuDung": "2029-03-12"})]}),
    (13, {"about": BARE, "events": [event("packing", ilmd={"cbvmda:itemExpirationDate": "2029"})]}),
    (14, {"about": {**BARE, "standards": ["TCVN 5107:2018"]}}),
    (14, {"about": BARE, "events": [event("packing", ilmd={"vn:soTieuChuan": "TCVN"})]}),
    (15, {"about": {**BARE, "ocopStars": 4}}),
    (15, {"about": {**BARE, "certificates": product()["certificates"]}}),
    (15, {"about": BARE, "events": [event("packing", certificationInfo="https://example.vn")]}),
    (16, {"about": {**BARE, "safetyWarning": "Nhiều muối"}}),
    (16, {"about": BARE, "events": [event("holding", disposition="recalled")]}),
    (17, {"about": BARE, "events": [HARVEST]}),
    (17, {"about": BARE, "events": [HARVEST, SHIPPED]}),
    (17, {"about": BARE, "events": [event("receiving", sourceList=[{"source": "x"}])]}),
    (18, {"about": {**BARE, "growers": ["ho-lan"]}}),
    (18, {"about": {**BARE, "publicGrowers": ["ho-lan"]}}),
    (18, {"about": BARE, "events": [event("packing", ilmd={"vn:nongHo": "Tổ 3"})]}),
    (19, {"about": {**BARE, "plantingAreaCode": "VN-TH-0312"}}),
    (19, {"about": BARE, "where": place(plantingAreaCode=None)}),
    (19, {"about": BARE, "events": [event("packing", ilmd={"vn:vungKhaiThac": "Vịnh Bắc Bộ"})]}),
    (20, {"about": BARE, "events": [HARVEST]}),
    (20, {"about": BARE, "events": [event("packing", ilmd={"vn:ngayKhaiThac": "2026-03-01"})]}),
    (21, {"about": BARE, "events": [SHIPPED]}),
    (21, {"about": BARE, "events": [event("https://ref.gs1.org/cbv/BizStep-packing")]}),
    (22, {"about": {**BARE, "stampIssuer": "Bộ Công an"}}),
    (22, {"about": BARE, "events": [{**event("packing"), "type": "AssociationEvent"}]}),
    (23, {"about": BARE, "events": [INPUT]}),
    (24, {"about": {**BARE, "extra": [{"name": "Mã hồ sơ", "value": "1"}]}}),
]

ABSENT: list[tuple[int, dict[str, Any]]] = [
    (3, {"about": product(images=None)}),
    (4, {"about": product()}),
    (5, {"about": product(), "producer": party(address=None)}),
    (6, {"about": product(), "producer": party(taxCode=None, gln=None, personalIdDigest=None)}),
    (7, {"about": product(originCountry=None, origin=None)}),
    (8, {"about": product(), "events": [{**HARVEST, "readPoint": {}}]}),
    (9, {"about": product(), "events": [SHIPPED]}),
    (10, {"about": product(), "events": [{**HARVEST, "readPoint": {}}]}),
    (11, {"about": product()}),
    (12, {"about": product(brand=None)}),
    (
        13,
        {"about": product(shelfLife=None), "events": [event("packing", ilmd={"vn:hanSuDung": ""})]},
    ),
    (14, {"about": product(standards=None)}),
    (15, {"about": product(ocopStars=None, certificates=None)}),
    (
        16,
        {"about": product(safetyWarning=None), "events": [event("holding", disposition="active")]},
    ),
    (17, {"about": product(), "events": [HARVEST, event("shipping")]}),
    (17, {"about": product(), "events": [SHIPPED]}),
    (18, {"about": product(growers=None, publicGrowers=None)}),
    (19, {"about": product(plantingAreaCode=None)}),
    (20, {"about": product(), "events": [SHIPPED]}),
    (21, {"about": product(), "events": [HARVEST]}),
    (22, {"about": product(stampIssuer=None)}),
    (23, {"about": product(), "events": [HARVEST]}),
    (24, {"about": product(extra=None)}),
]


@pytest.mark.parametrize(("number", "facts"), PRESENT)
def test_field_is_found(number: int, facts: dict[str, Any]) -> None:
    found = findings(**facts)[number]
    assert (found.state, bool(found.value)) == ("present", True)


@pytest.mark.parametrize(("number", "facts"), ABSENT)
def test_field_is_missed(number: int, facts: dict[str, Any]) -> None:
    found = findings(**facts)[number]
    assert found.state == ("not stated" if found.field.conditional else "missing")
    assert found.value is None


def test_every_field_is_tested_both_ways() -> None:
    assert {number for number, _ in PRESENT} == set(range(1, 25))
    assert {number for number, _ in ABSENT} == set(range(3, 25)), "no product lacks name and code"


def test_event_declared_erroneous_fills_nothing() -> None:
    wrong = {**HARVEST, "errorDeclaration": {"reason": "incorrect_data"}}
    assert findings(BARE, events=[wrong])[9].state == "missing"


def test_profile_asks_its_own_rules_only() -> None:
    facts = Facts.of(Product.read(Code.parse(Kind.PRODUCT, "nm-1"), BARE), "")
    found = check_completeness(facts, frozenset({Profile.QD25}))
    assert [one.field.number for one in found] == [18, 19, 20, 21, 22, 23]
    assert {rule.profile for one in found for rule in one.rules} == {Profile.QD25}
    assert check_completeness(facts, frozenset()) == []


@pytest.mark.parametrize(
    "junk", [{}, {"bizStep": 5}, {"readPoint": "x"}, {"ilmd": {"a": {"b": {}}}}, {"type": None}]
)
def test_strange_event_does_no_harm(junk: dict[str, Any]) -> None:
    assert len(findings(BARE, events=[junk])) == 24
