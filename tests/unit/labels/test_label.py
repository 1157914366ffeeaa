"""What labels say, and how they count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import InvalidInput, LedgerError
from ledger.gs1.digital_link import parse_digital_link
from ledger.gs1.keys import has_check_digit
from ledger.labels.label import MOST_LABELS, Label, number_labels

ROOT = "https://truyxuat.example.vn"
LOT = Label(parse_digital_link("https://id.gs1.org/01/09521234001058/10/nm-1?17=290312"), ROOT)
UNIT = Label(parse_digital_link("https://id.gs1.org/00/095212340000000013"), ROOT)


def refusal(*args: object, **named: object) -> str:
    with pytest.raises(LedgerError) as raised:
        number_labels(*args, **named)  # type: ignore[arg-type]
    return raised.value.code


def test_label_capitalises_the_domain_and_nothing_that_has_a_meaning() -> None:
    assert LOT.uri == "HTTPS://TRUYXUAT.EXAMPLE.VN/01/09521234001058/10/nm-1?17=290312"
    assert parse_digital_link(LOT.uri).path == LOT.link.path


def test_label_tells_every_element_for_people() -> None:
    assert LOT.elements == ("(01) 09521234001058", "(10) nm-1", "(17) 290312")


def test_labels_without_serial_are_alike() -> None:
    assert list(number_labels(LOT, 3)) == [LOT] * 3


def test_serials_count_on_with_their_zeros() -> None:
    labels = number_labels(LOT, 3, serial="A-098")
    assert [dict(label.link.qualifiers)["21"] for label in labels] == ["A-098", "A-099", "A-100"]
    assert all(label.link.attributes == (("17", "290312"),) for label in labels)
    (only,) = number_labels(LOT, 1, serial="TEST")
    assert dict(only.link.qualifiers)["21"] == "TEST"


@given(first=st.integers(0, 10**12), count=st.integers(1, 50), head=st.sampled_from(["", "NM-"]))
def test_serials_are_distinct_and_in_order(first: int, count: int, head: str) -> None:
    labels = number_labels(LOT, count, serial=f"{head}{first:06d}")
    numbers = [int(dict(one.link.qualifiers)["21"].removeprefix(head)) for one in labels]
    assert numbers == list(range(first, first + count))


def test_units_count_on_with_right_check_digits() -> None:
    labels = number_labels(UNIT, 12, serial="x")
    keys = [label.link.key[1] for label in labels]
    assert keys[0] == UNIT.link.key[1]
    assert all(has_check_digit(key) for key in keys)
    assert [int(key[:-1]) - int(keys[0][:-1]) for key in keys] == list(range(12))


def test_numbering_that_cannot_go_on_refused() -> None:
    item = Label(parse_digital_link("https://id.gs1.org/01/09521234001058/21/1"), ROOT)
    assert refusal(item, 2, serial="1") == "label-numbering-impossible"
    assert refusal(LOT, 2, serial="ABC") == "label-numbering-impossible"
    assert refusal(LOT, 2, serial="9" * 20) == "gs1-value-malformed"
    assert refusal(LOT, 1, serial="é1") == "gs1-value-malformed"
    last = Label(parse_digital_link("https://id.gs1.org/00/999999999999999995"), ROOT)
    assert refusal(last, 2, serial="x") == "label-numbering-impossible"
    for count in (0, MOST_LABELS + 1):
        assert refusal(LOT, count) == "labels-too-many"
    place = Label(parse_digital_link("https://id.gs1.org/414/9521234000136"), ROOT)
    with pytest.raises(InvalidInput):
        number_labels(place, 2, serial="1")
