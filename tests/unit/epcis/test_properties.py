"""Whatever is built by the rules is accepted; whatever is hostile is refused quickly."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.canonical import normalise
from ledger.epcis import vocabulary
from ledger.epcis.document import check_events, read_document
from ledger.epcis.event import Event
from ledger.epcis.uri import is_uri
from ledger.errors import InvalidInput
from ledger.gs1.components import CSET82
from ledger.gs1.digital_link import DigitalLink
from ledger.gs1.keys import check_digit
from tests.support.epcis import NOW, checked, document, event, fault, place_of, read


def digits(length: int) -> st.SearchStrategy[str]:
    body = st.text("0123456789", min_size=length - 1, max_size=length - 1)
    return body.map(lambda text: text + check_digit(text))


CODES = st.text(CSET82, min_size=1, max_size=20)
ITEMS = st.builds(
    lambda gtin, serial: DigitalLink(("01", gtin), (("21", serial),)).identity_uri,
    digits(14),
    CODES,
)
LOTS = st.builds(
    lambda gtin, lot: DigitalLink(("01", gtin), (("10", lot),)).identity_uri, digits(14), CODES
)
UNITS = digits(18).map(lambda sscc: f"https://any.example/path/00/{sscc}")
PLACES = digits(13).map(lambda gln: {"id": f"https://id.gs1.org/414/{gln}"})
LOCAL = st.integers(0, 9999).map(lambda number: f"https://htx.example/lo/{number}")
THINGS = st.lists(ITEMS | UNITS | LOCAL, min_size=1, max_size=5, unique=True)
AMOUNTS = st.lists(
    st.fixed_dictionaries(
        {"epcClass": LOTS},
        optional={
            "quantity": st.integers(0, 10**9) | st.floats(0, 1e9),
            "uom": st.sampled_from(["KGM", "LTR", "H87"]),
        },
    ),
    min_size=1,
    max_size=3,
)
TIMES = st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001 - the strategy wants naive bounds
    datetime(2026, 11, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=7)), timezone(timedelta(hours=-5))]),
).map(datetime.isoformat)
EXTENSIONS = st.dictionaries(
    st.text("abc", min_size=1, max_size=3).map("vn:{}".format),
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["vn:x", "vn:y", "bare"]), inner, max_size=2)
        ),
        max_leaves=6,
    ),
    max_size=3,
)
COMMON: dict[str, st.SearchStrategy[Any]] = {
    "bizStep": st.sampled_from(sorted(vocabulary.BIZ_STEPS)),
    "disposition": st.sampled_from(sorted(vocabulary.DISPOSITIONS)),
    "readPoint": PLACES,
    "bizLocation": PLACES,
    "eventID": st.uuids().map("urn:uuid:{}".format),
}


def events() -> st.SearchStrategy[dict[str, Any]]:
    def of(kind: str, required: dict[str, Any], optional: dict[str, Any]) -> Any:
        base = {"type": st.just(kind), "eventTime": TIMES, "eventTimeZoneOffset": st.just("+07:00")}
        shape = st.fixed_dictionaries(base | required, optional=COMMON | optional)
        return st.builds(lambda made, more: made | more, shape, EXTENSIONS)

    actions = {"action": st.sampled_from(["ADD", "OBSERVE", "DELETE"])}
    add = {"action": st.just("ADD")}
    parent = {"parentID": UNITS}
    return st.one_of(
        of("ObjectEvent", actions | {"epcList": THINGS}, {"quantityList": AMOUNTS}),
        of("ObjectEvent", add | {"quantityList": AMOUNTS}, {"ilmd": EXTENSIONS}),
        of("AggregationEvent", actions | parent | {"childEPCs": THINGS}, {}),
        of("AssociationEvent", actions | parent | {"childQuantityList": AMOUNTS}, {}),
        of(
            "TransformationEvent",
            {"inputQuantityList": AMOUNTS, "outputEPCList": THINGS},
            {"transformationID": LOCAL},
        ),
    )


@given(events())
def test_event_built_by_the_rules_accepted_and_complete(raw: dict[str, Any]) -> None:
    found = checked(raw)
    ours = {"@context", "eventID"}
    assert {name: member for name, member in found.body.items() if name not in ours} == {
        name: normalise(member) for name, member in raw.items() if name not in ours
    }
    assert found.event_id == found.body["eventID"] == raw.get("eventID", found.event_id)
    named = sum(len(raw.get(name, ())) for name in _NAMING)
    assert 1 <= len(found.keys) <= named + 2
    for name in raw:
        if name.startswith("vn:"):
            assert found.body["@context"][-1] == {"vn": "https://ns.thanhhoa.example/epcis/"}


_NAMING = (
    "epcList",
    "quantityList",
    "childEPCs",
    "childQuantityList",
    "inputQuantityList",
    "outputEPCList",
)


@given(events(), st.data())
def test_event_without_a_required_member_refused_there(
    raw: dict[str, Any], data: st.DataObject
) -> None:
    required = [name for name in ("eventTime", "eventTimeZoneOffset", "action") if name in raw]
    name = data.draw(st.sampled_from(required))
    del raw[name]
    found = fault(raw)
    assert found.code in ("epcis-field-missing", "epcis-action-conflict")
    assert place_of(found) == f"/{name}"


@given(events(), st.sampled_from(["weight", "_comment", "Ghi chú", "vn", "ilmd2"]))
def test_event_with_a_bare_member_refused_there(raw: dict[str, Any], name: str) -> None:
    found = fault({**raw, name: 1})
    assert (found.code, place_of(found)) == ("epcis-field-unknown", f"/{name}")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False) | st.text(),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["type", "epcList", "eventTime", "@context", "id", "vn:a"])
                | st.text(),
                inner,
                max_size=4,
            )
        ),
    )
)
def test_event_of_any_json_judged_never_crashes(raw: Any) -> None:
    try:
        (found,) = check_events(read(raw), NOW)
    except InvalidInput:
        return  # a number or text that strict JSON refuses
    assert isinstance(found, InvalidInput)
    assert found.pointer is not None
    assert found.pointer.startswith("/epcisBody/eventList/0")


def judge(body: bytes) -> None:
    for found in check_events(read_document(body), NOW):
        if isinstance(found, InvalidInput):
            raise found


def quickly(body: bytes, seconds: float) -> InvalidInput:
    start = time.perf_counter()
    with pytest.raises(InvalidInput) as raised:
        judge(body)
    assert time.perf_counter() - start < seconds
    return raised.value


def test_bomb_ten_thousand_levels_refused() -> None:
    for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
        deep = opening * 10_000 + b"1" + closing * 10_000
        assert quickly(deep, 2).code == "json-depth-exceeded"
    raw = json.dumps(document(event(**{"vn:a": "DEEP"}))).encode()
    deep = raw.replace(b'"DEEP"', b"[" * 10_000 + b"]" * 10_000)
    assert quickly(deep, 2).code == "json-depth-exceeded"


def test_bomb_over_64_megabytes_refused_unread() -> None:
    assert quickly(b" " * (64 * 1024 * 1024 + 1), 0.5).code == "capture-too-large"


@pytest.mark.parametrize(
    "text",
    [
        "x" * 5_000_000,
        "https://id.gs1.org/01/" + "0" * 5_000_000,
        "https://a.example" + "/01/09521234001058" * 200_000,
        "urn:epc:id:sgtin:" + "1" * 2_000_000 + "." * 2_000_000,
        "https://a.example/" + "%41" * 1_000_000 + " ",
        "a:" + "/:" * 2_000_000 + " ",
    ],
    ids=["text", "digits", "pairs", "urn", "escapes", "slashes"],
)
@pytest.mark.parametrize("field", ["epc", "place", "id", "time", "reference", "name"])
def test_bomb_huge_text_anywhere_refused_quickly(text: str, field: str) -> None:
    raws = {
        "epc": event(epcList=[text]),
        "place": event(readPoint={"id": text}),
        "id": event(eventID=text),
        "time": event(eventTime=text),
        "reference": event(bizTransactionList=[{"bizTransaction": text}]),
        "name": event(**{text: 1}),
    }
    start = time.perf_counter()
    (found,) = check_events(read(raws[field]), NOW)
    assert time.perf_counter() - start < 30
    if field in ("epc", "place", "id", "time"):
        assert isinstance(found, InvalidInput)
        assert len(str(found)) < 500


def test_many_faulty_events_each_reported() -> None:
    results = check_events(read(*[event(weight=1)] * 2_000), NOW)
    assert len(results) == 2_000
    assert all(isinstance(one, InvalidInput) and one.__traceback__ is None for one in results)


def test_ten_thousand_events_checked_within_budget() -> None:
    """The budget is 80 µs each; the bound here leaves room for a busy machine."""
    raws = [
        event(
            epcList=[f"https://id.gs1.org/01/09521234001058/21/N{number}"],
            eventID=f"urn:uuid:{number}",
            ilmd={"vn:a": "x" * 100, "vn:b": "y" * 100},
            bizLocation={"id": "https://id.gs1.org/414/9521234000136"},
        )
        for number in range(10_000)
    ]
    ready = read(*raws)
    start = time.process_time()
    results = check_events(ready, NOW)
    assert time.process_time() - start < 10_000 * 240e-6
    assert all(isinstance(one, Event) for one in results)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("urn:x:y", True),
        ("vn:a", True),
        ("vn:", True),
        ("https://a.example", True),
        ("https://a.example/a//b?c=d/e?#f", True),
        ("https://[2001:db8::1]:80/x", True),
        ("ni:///sha-256;ab?ver=CBV2.0", True),
        ("http://user@host:8080/", True),
        ("mailto:a@b.example", True),
        ("urn:epc:idpat:sgtin:1.2.*", True),
        ("a:%41", True),
        ("a:%4", False),
        ("a:b c", False),
        ("a:b\n", False),
        ("á:b", False),
        ("vn:tênSảnPhẩm", False),
        ("1a:b", False),
        (":b", False),
        ("word", False),
        ("", False),
        ("https://a.example:port/", False),
        ("a:b#c#d", False),
        ("a:[b]", False),
    ],
)
def test_uri_by_the_grammar(text: str, expected: bool) -> None:
    assert is_uri(text) is expected
