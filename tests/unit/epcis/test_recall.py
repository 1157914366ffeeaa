from __future__ import annotations

import hashlib

import pytest

from ledger.digest import Digest
from ledger.epcis.recall import (
    Declared,
    RecallContent,
    declaration_nonce,
    find_affected,
    find_births,
    goods_subject,
    lift_digest,
)
from ledger.epcis.trace import Direction, Trace
from ledger.epcis.tracing import trace
from ledger.errors import InvalidInput
from tests.support.steps import ORG, ListedSteps, told, transformed

LOT = "https://id.gs1.org/01/09521234001058/10/NM-1"


def _forward(subject: str, *events: dict[str, object]) -> Trace:
    return trace(ListedSteps(events), subject, Direction.FORWARD)


def test_digests_are_those_of_the_format() -> None:
    """docs/formats/recall.md, spelled out once more by hand."""
    expected = hashlib.sha256(b"provenance/goods/v1\n" + LOT.encode()).digest()
    assert goods_subject(LOT) == expected
    content = RecallContent(ORG, (LOT,), "Nhiễm khuẩn", None)
    text = (
        '{"notice":null,"org":"' + ORG.text + '","reason":"Nhiễm khuẩn","subjects":["'
        f'{LOT}"],"v":1}}'
    )
    assert content.digest() == hashlib.sha256(b"provenance/recall/v1\n" + text.encode()).digest()
    lifted = f'{{"reason":"Đạt","recall":"{content.digest().hex()}","v":1}}'
    assert (
        lift_digest(content.digest(), "Đạt")
        == hashlib.sha256(b"provenance/recall-lift/v1\n" + lifted.encode()).digest()
    )


@pytest.mark.parametrize(
    ("subjects", "reason"), [((), "x"), (tuple(f"u:{n:03}" for n in range(101)), "x"),
                             ((LOT,), " "), ((LOT,), "x" * 2001)],
)  # fmt: skip
def test_content_out_of_bounds_is_refused(subjects: tuple[str, ...], reason: str) -> None:
    with pytest.raises(InvalidInput):
        RecallContent(ORG, subjects, reason, None)


def test_nonce_is_one_per_recall_kind_and_subject() -> None:
    subject, other = goods_subject("a"), goods_subject("b")
    nonces = {
        declaration_nonce(recall, kind, about)
        for recall in ("1", "2")
        for kind in Declared
        for about in (subject, other)
    }
    assert len(nonces) == 8
    assert declaration_nonce("1", Declared.LIFTED, subject) == declaration_nonce(
        "1", Declared.LIFTED, Digest(subject)
    )


def test_affected_are_goods_records_and_holders() -> None:
    events = (
        told("ObjectEvent", 0, action="ADD", epcList=["urn:a", "urn:other"]),
        transformed(1, ["urn:a"], ["urn:b", "urn:c"]),
        told("ObjectEvent", 2, action="OBSERVE", epcList=["urn:b"]),
    )
    found = find_affected(["urn:a"], [_forward("urn:a", *events)])
    assert found.goods == ("urn:a", "urn:b", "urn:c")
    assert [int.from_bytes(record, "big") for record in found.records] == [1]
    assert found.holders == (ORG,)
    assert [step.time for step in find_births(_forward("urn:a", *events))] == ["T000000"]
    assert find_births(_forward("urn:a", *events[1:])) == []


def test_affected_has_the_records_that_made_the_subject() -> None:
    events = (
        transformed(1, ["urn:a"], ["urn:b"]),
        told("ObjectEvent", 2, action="OBSERVE", epcList=["urn:b"]),
    )
    births = find_births(trace(ListedSteps(events), "urn:b", Direction.BACK))
    found = find_affected(["urn:b"], [_forward("urn:b", *events)], births)
    assert (found.goods, len(found.records)) == (("urn:b",), 1)


def test_births_of_an_item_are_those_of_its_lot() -> None:
    item = f"{LOT}/21/S1"
    events = (
        told("ObjectEvent", 0, action="ADD", quantityList=[{"epcClass": LOT, "quantity": 9}]),
        told("ObjectEvent", 1, action="OBSERVE", epcList=[item]),
    )
    key = "https://id.gs1.org/01/09521234001058/21/S1"
    back = trace(ListedSteps(events), key, Direction.BACK)
    assert back.items == (LOT,)
    assert [step.time for step in find_births(back)] == ["T000000"]
