from hypothesis import given
from hypothesis import strategies as st

from ledger.epcis.containment import Window, contents, stays
from ledger.epcis.keys import KeyRole
from ledger.epcis.step import Step
from tests.support.steps import ListedSteps, lot, moment, packed, told


def steps(*events: dict[str, object]) -> list[Step]:
    return list(ListedSteps(events).read(["urn:crate"], [KeyRole.PARENT], 1000))


def held_at(at: int, *events: dict[str, object]) -> set[str]:
    return set(contents(steps(*events), moment(at)))


def test_contents_partial_unpacking_leaves_the_rest() -> None:
    events = (
        packed(1, "ADD", "urn:crate", "urn:a", "urn:b"),
        packed(2, "DELETE", "urn:crate", "urn:a"),
    )
    assert held_at(0, *events) == set()
    assert held_at(1, *events) == {"urn:a", "urn:b"}
    assert held_at(2, *events) == {"urn:b"}


def test_contents_unpacking_without_children_empties_the_container() -> None:
    events = (
        packed(1, "ADD", "urn:crate", "urn:a", "urn:b"),
        packed(2, "DELETE", "urn:crate"),
        packed(3, "ADD", "urn:crate", "urn:c"),
    )
    assert held_at(2, *events) == set()
    assert held_at(3, *events) == {"urn:c"}
    assert stays(steps(*events))["urn:a"] == [Window(moment(1), moment(2))]


def test_contents_association_is_not_undone_by_unpacking() -> None:
    events = (
        packed(1, "ADD", "urn:crate", "urn:sensor", kind="AssociationEvent"),
        packed(2, "ADD", "urn:crate", "urn:a"),
        packed(3, "DELETE", "urn:crate"),
    )
    assert held_at(3, *events) == {"urn:sensor"}


def test_contents_observed_children_are_there() -> None:
    events = (
        packed(1, "OBSERVE", "urn:crate", "urn:a"),
        packed(2, "DELETE", "urn:crate", "urn:a"),
        packed(3, "DELETE", "urn:crate", "urn:never"),
    )
    assert held_at(1, *events) == {"urn:a"}
    assert held_at(3, *events) == set()


def test_contents_quantity_taken_out_in_parts() -> None:
    def change(at: int, action: str, quantity: float | None) -> dict[str, object]:
        children = [lot("salt", quantity)]
        return told(
            "AggregationEvent",
            at,
            action=action,
            parentID="urn:crate",
            childEPCs=[],
            childQuantityList=children,
        )

    events = (
        change(1, "ADD", 100),
        change(2, "DELETE", 40),
        change(3, "OBSERVE", 60),
        change(4, "DELETE", 60),
    )
    assert held_at(3, *events) == {"urn:lot:salt"}
    assert held_at(4, *events) == set()
    assert held_at(2, change(1, "ADD", 100), change(2, "DELETE", None)) == set()
    assert held_at(2, change(1, "ADD", None), change(2, "DELETE", 5)) == {"urn:lot:salt"}


_CHILDREN = st.lists(st.sampled_from(["urn:a", "urn:b", "urn:c"]), unique=True, max_size=3)
_ACTS = st.tuples(st.sampled_from(["ADD", "DELETE"]), _CHILDREN)


@given(st.lists(_ACTS, max_size=12), st.integers(0, 13))
def test_contents_agree_with_replay_of_a_set(acts: list[tuple[str, list[str]]], at: int) -> None:
    inside: set[str] = set()
    for number, (action, children) in enumerate(acts):
        if number <= at:
            if action == "ADD":
                inside |= set(children)
            else:
                inside = inside - set(children) if children else set()
    events = [
        packed(number, action, "urn:crate", *children)
        for number, (action, children) in enumerate(acts)
    ]
    assert held_at(at, *events) == inside
