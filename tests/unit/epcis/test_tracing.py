"""Traces against a closure so naive that it must be right."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.epcis import walk
from ledger.epcis.containment import contents
from ledger.epcis.keys import KeyRole
from ledger.epcis.trace import CautionCode, Direction, Trace
from ledger.epcis.tracing import find_contents, trace
from tests.support.steps import ListedSteps, lot, moment, packed, told, transformed

BACK, FORWARD = Direction.BACK, Direction.FORWARD
GTIN = "https://id.gs1.org/01/09521234001058"


def traced(subject: str, direction: Direction, *events: dict[str, Any]) -> Trace:
    return trace(ListedSteps(events), subject, direction)


def codes(found: Trace) -> set[tuple[CautionCode, str]]:
    return {(caution.code, caution.subject) for caution in found.cautions}


def test_trace_follows_transformations_both_ways() -> None:
    events = (
        transformed(1, ["urn:fish", "urn:salt"], ["urn:barrel"]),
        transformed(2, ["urn:barrel"], ["urn:sauce"]),
        transformed(3, ["urn:sauce"], ["urn:jar1", "urn:jar2"]),
    )
    back = traced("urn:jar1", BACK, *events)
    assert back.items == ("urn:barrel", "urn:fish", "urn:salt", "urn:sauce")
    assert [step.time for step in back.steps] == ["T000001", "T000002", "T000003"]
    forward = traced("urn:salt", FORWARD, *events)
    assert forward.items == ("urn:barrel", "urn:jar1", "urn:jar2", "urn:sauce")


def test_trace_joins_events_of_one_transformation_id() -> None:
    first = {"outputEPCList": [], "transformationID": "urn:boil"}
    events = (
        told("TransformationEvent", 1, inputEPCList=["urn:cane"], **first),
        told("TransformationEvent", 2, inputEPCList=["urn:lime"], **first),
        told(
            "TransformationEvent",
            3,
            inputEPCList=[],
            outputEPCList=["urn:sugar"],
            transformationID="urn:boil",
        ),
    )
    assert traced("urn:sugar", BACK, *events).items == ("urn:cane", "urn:lime")
    assert traced("urn:lime", FORWARD, *events).items == ("urn:sugar",)


def test_trace_ends_in_cycles_and_leaves_the_subject_out() -> None:
    events = (
        transformed(1, ["urn:a"], ["urn:b"]),
        transformed(2, ["urn:b"], ["urn:a", "urn:c"]),
        packed(3, "ADD", "urn:x", "urn:y"),
        packed(4, "ADD", "urn:y", "urn:x", "urn:a"),
    )
    found = traced("urn:a", FORWARD, *events)
    assert found.items == ("urn:b", "urn:c")
    assert found.containers == ("urn:x", "urn:y")


def test_trace_container_used_again_does_not_join_its_lots() -> None:
    events = (
        packed(1, "ADD", "urn:crate", "urn:a"),
        packed(2, "ADD", "urn:truck", "urn:crate"),
        packed(3, "DELETE", "urn:truck"),
        packed(4, "DELETE", "urn:crate"),
        packed(5, "ADD", "urn:crate", "urn:b"),
        packed(6, "ADD", "urn:ship", "urn:crate"),
        transformed(7, ["urn:crate"], ["urn:jam"]),
    )
    first = traced("urn:a", FORWARD, *events)
    assert (first.items, first.containers) == ((), ("urn:crate", "urn:truck"))
    second = traced("urn:b", FORWARD, *events)
    assert (second.items, second.containers) == (("urn:jam",), ("urn:crate", "urn:ship"))
    back = traced("urn:jam", BACK, *events)
    assert back.items == ("urn:b", "urn:crate")
    assert "urn:ship" in back.containers


def test_trace_unpacked_at_the_minute_of_use_still_counts() -> None:
    events = (
        packed(1, "ADD", "urn:crate", "urn:a"),
        transformed(2, ["urn:crate"], ["urn:jam"]),
        packed(2, "DELETE", "urn:crate"),
    )
    assert traced("urn:a", FORWARD, *events).items == ("urn:jam",)
    assert traced("urn:jam", BACK, *events).items == ("urn:a", "urn:crate")


def test_trace_of_a_container_is_that_of_its_contents() -> None:
    events = (
        transformed(1, ["urn:milk"], ["urn:cheese"]),
        packed(2, "ADD", "urn:box", "urn:cheese"),
        packed(3, "ADD", "urn:pallet", "urn:box"),
        transformed(4, ["urn:cheese"], ["urn:slice"]),
    )
    back = traced("urn:pallet", BACK, *events)
    assert (back.items, back.containers) == (("urn:cheese", "urn:milk"), ("urn:box",))
    assert traced("urn:pallet", FORWARD, *events).items == ("urn:cheese", "urn:slice")
    assert (CautionCode.NO_ORIGIN, "urn:pallet") not in codes(back)


def test_trace_items_and_their_lot() -> None:
    bottle, batch = f"{GTIN}/10/L1/21/S1", f"{GTIN}/10/L1"
    events = (
        told(
            "TransformationEvent",
            1,
            inputQuantityList=[lot("fish", 5)],
            outputQuantityList=[{"epcClass": batch, "quantity": 9}],
        ),
        told("ObjectEvent", 2, action="OBSERVE", epcList=[bottle]),
    )
    back = traced(f"{GTIN}/21/S1", BACK, *events)
    assert back.items == (batch, "urn:lot:fish")
    assert (CautionCode.NO_ORIGIN, f"{GTIN}/21/S1") not in codes(back)
    assert traced("urn:lot:fish", FORWARD, *events).items == (batch, f"{GTIN}/21/S1")


def test_trace_declared_error_counts_for_nothing() -> None:
    wrong = transformed(1, ["urn:poison"], ["urn:jam"])
    declared = {**wrong, "at": 2, "errorDeclaration": {"declarationTime": "T"}}
    found = traced("urn:poison", FORWARD, wrong, declared)
    assert (found.items, found.steps) == ((), ())


def test_trace_warns_of_gaps_and_not_of_beginnings() -> None:
    born = told("ObjectEvent", 0, action="ADD", epcList=["urn:fish"])
    events = (born, transformed(1, ["urn:fish", "urn:salt"], ["urn:sauce"]))
    assert codes(traced("urn:sauce", BACK, *events)) == {(CautionCode.NO_ORIGIN, "urn:salt")}
    assert codes(traced("urn:salt", FORWARD, *events)) == {(CautionCode.NO_ORIGIN, "urn:salt")}
    assert codes(traced("urn:fish", FORWARD, *events)) == set()


def _pressed(at: int, used: float, unit: str, out: float) -> dict[str, Any]:
    return told(
        "TransformationEvent",
        at,
        inputQuantityList=[lot("cane", used, unit)],
        outputQuantityList=[lot("sugar", out)],
    )


@pytest.mark.parametrize(
    ("used", "unit", "out", "wrong"),
    [
        (1, "TNE", 1000, False),
        (1, "TNE", 1001, True),
        (900_000, "GRM", 900, False),
        (900, "LTR", 901, False),
    ],
)
def test_trace_warns_when_more_comes_out_than_went_in(
    used: float, unit: str, out: float, wrong: bool
) -> None:
    born = told("ObjectEvent", 0, action="ADD", quantityList=[lot("cane", 5000)])
    found = traced("urn:lot:sugar", BACK, born, _pressed(1, used, unit, out))
    assert ((CautionCode.MASS_BALANCE, "urn:lot:sugar") in codes(found)) == wrong


def test_trace_warns_when_more_of_a_lot_is_used_than_was_made() -> None:
    born = told("ObjectEvent", 0, action="ADD", quantityList=[lot("cane", 1.5, "TNE")])
    events = (born, _pressed(1, 1000, "KGM", 100), _pressed(2, 501, "KGM", 50))
    found = traced("urn:lot:sugar", BACK, *events)
    assert codes(found) == {(CautionCode.MASS_BALANCE, "urn:lot:cane")}
    (caution,) = found.cautions
    assert caution.detail == "1501 KGM used, 1500 KGM made"
    assert len(caution.event_ids) == 2


def test_trace_beyond_its_bound_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "MOST_STEPS", 5)
    chain = [transformed(at, [f"urn:{at}"], [f"urn:{at + 1}"]) for at in range(10)]
    found = traced("urn:0", FORWARD, *chain)
    assert (CautionCode.TRUNCATED, "") in codes(found)
    assert len(found.items) <= 6


def test_contents_tell_what_is_inside_what() -> None:
    events = [
        packed(1, "ADD", "urn:pallet", "urn:box"),
        packed(1, "ADD", "urn:box", "urn:a", "urn:b"),
        packed(2, "DELETE", "urn:box", "urn:a"),
        packed(3, "ADD", "urn:box", "urn:pallet"),
    ]
    found = find_contents(ListedSteps(events), "urn:pallet", moment(2))
    assert (found.items, found.inside) == (("urn:box",), {"urn:box": ("urn:b",)})
    assert find_contents(ListedSteps(events), "urn:pallet", moment(3)).is_known
    assert not find_contents(ListedSteps(events), "urn:nowhere", moment(3)).is_known


_NAMES = [f"urn:{letter}" for letter in "abcdefgh"]
_SETS = st.lists(st.sampled_from(_NAMES), min_size=1, max_size=3, unique=True)
_TRANSFORMATION = st.tuples(
    st.just("t"), _SETS, _SETS, st.sampled_from([None, None, "urn:id:1", "urn:id:2"])
)
_CRATES = ["urn:crate1", "urn:crate2", "urn:crate3"]
_PACKING = st.tuples(
    st.just("p"),
    st.sampled_from(["ADD", "ADD", "DELETE"]),
    st.sampled_from(_CRATES),
    st.lists(st.sampled_from(_NAMES + _CRATES), max_size=3, unique=True),
)


def _events(acts: list[Any]) -> list[dict[str, Any]]:
    built = []
    for at, act in enumerate(acts):
        if act[0] == "t":
            more = {} if act[3] is None else {"transformationID": act[3]}
            built.append(transformed(at, act[1], act[2], **more))
        else:
            built.append(packed(at, act[1], act[2], *act[3]))
    return built


def _naive_closure(acts: list[Any], subject: str, direction: Direction) -> set[str]:
    processes: dict[object, tuple[set[str], set[str]]] = {}
    for at, act in enumerate(acts):
        if act[0] == "t":
            ins, outs = processes.setdefault(act[3] or at, (set(), set()))
            ins |= set(act[1])
            outs |= set(act[2])
    reached = {subject}
    for _ in range(len(_NAMES) + 1):
        for ins, outs in processes.values():
            near, far = (outs, ins) if direction is BACK else (ins, outs)
            if near & reached:
                reached |= far
    return reached - {subject}


def _naive_containers(acts: list[Any], goods: set[str]) -> set[str]:
    """Containers that at the end of some event held goods, at whatever depth."""
    inside: dict[str, set[str]] = {crate: set() for crate in _CRATES}
    found: set[str] = set()
    for act in acts:
        if act[0] == "p":
            _, action, crate, children = act
            if action == "ADD":
                inside[crate] |= set(children)
            else:
                inside[crate] = inside[crate] - set(children) if children else set()
        held = set(goods)
        for _ in _CRATES:
            held |= {crate for crate, content in inside.items() if content & held}
        found |= held - goods
    return found


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.one_of(_TRANSFORMATION, _PACKING), max_size=14),
    st.sampled_from(_NAMES),
    st.sampled_from(list(Direction)),
)
def test_trace_agrees_with_naive_closure(
    acts: list[Any], subject: str, direction: Direction
) -> None:
    found = traced(subject, direction, *_events(acts))
    items = _naive_closure(acts, subject, direction)
    assert set(found.items) == items
    assert set(found.containers) == _naive_containers(acts, items | {subject})


@settings(max_examples=200, deadline=None)
@given(st.lists(_PACKING, max_size=14), st.sampled_from(_CRATES), st.integers(0, 14))
def test_contents_agree_with_replay_at_every_depth(
    acts: list[Any], container: str, at: int
) -> None:
    reader = ListedSteps(_events(acts))
    found = find_contents(reader, container, moment(at))
    for crate, items in {container: found.items, **found.inside}.items():
        steps = reader.read([crate], [KeyRole.PARENT], 100)
        own = [step for step in steps if step.parent == crate]
        assert set(items) == contents(own, moment(at)).keys()
    reached = {container}
    for items in (found.items, *found.inside.values()):
        reached |= set(items)
    assert found.inside.keys() <= reached
