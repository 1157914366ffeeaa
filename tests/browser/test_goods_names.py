"""goods_name.js against ledger.gs1.identifier, contents.js against ledger.epcis.containment: the
page and the ledger must not disagree about what is named, or what is inside."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

from ledger.clock import format_time, parse_time
from ledger.epcis.containment import contents
from ledger.epcis.keys import key_of
from ledger.epcis.step import read_step
from ledger.identity.organization import OrgId
from ledger.records.record import RecordId
from tests.support.campaign import scaled

pytestmark = pytest.mark.browser

NAMES = """async (texts) => {
  const { readName } = await import("/page/goods_name.js");
  return texts.map((text) => readName(text).uri);
}"""
INSIDE = """async ([uri, records]) => {
  const { staysIn } = await import("/page/contents.js");
  return staysIn(uri, records).filter((stay) => stay.until === null).map((stay) => stay.name);
}"""
PALLET = "https://id.gs1.org/00/095060001343520000"


@pytest.mark.parametrize(
    "text",
    [
        "https://id.gs1.org/01/09506000134352",
        "https://id.gs1.org/01/09506000134352/10/AB-1",
        "https://shop.example/some/path/01/09506000134352/10/AB-1?17=271231",
        "https://id.gs1.org/01/09506000134352/10/AB-1/21/7",
        "https://id.gs1.org/01/09506000134352/22/2A/10/AB-1",
        "https://id.gs1.org/01/09506000134352/10/A%2F21%2FB",
        "https://id.gs1.org/01/09506000134352/10/A!(B)*'",
        "https://id.gs1.org/00/095060001343520000",
        "https://id.gs1.org/8003/09506000134376CR-7",
        "https://id.gs1.org/8004/9506000134ABC",
        "https://id.gs1.org/414/9506000134376/254/32A",
        "https://id.gs1.org/8010/9506000134ABC/8011/1",
        "https://id.gs1.org/8018/950600013437612342/8019/01",
        "urn:epc:class:lgtin:9506000.013435.AB-1",
        "urn:epc:id:sgtin:9506000.013435.7",
        "urn:epc:id:sscc:9506000.0134352000",
        "urn:epc:id:grai:9506000.13437.CR-7",
        "urn:epc:id:giai:9506000.134ABC",
        "urn:uuid:6f1d1c0e-0b8a-4f7a-9c57-7b0a5a3c1c11",
        "https://ledger.example/o/" + "ab" * 32 + "/p/MAM/lot/BL-01",
    ],
)
def test_name_is_the_key_the_ledger_files_it_under(modules_page: Page, text: str) -> None:
    assert modules_page.evaluate(NAMES, [text]) == [key_of(text)]


_child = st.sampled_from("ABC").map(lambda name: f"https://id.gs1.org/01/09506000134352/10/{name}")
_amount = st.one_of(st.none(), st.integers(1, 3))


@st.composite
def nestings(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Events of one pallet, a minute apart, in any order of recording."""
    events = []
    for minute in range(draw(st.integers(1, 8))):
        kind = draw(st.sampled_from(["AggregationEvent", "AssociationEvent"]))
        children = draw(st.lists(st.tuples(_child, _amount), max_size=3))
        action = draw(st.sampled_from(["ADD", "ADD", "OBSERVE", "DELETE"]))
        counted = [
            {"epcClass": name} if amount is None
            else {"epcClass": name, "quantity": amount, "uom": "KGM"}
            for name, amount in children
        ]  # fmt: skip
        events.append(
            {
                "type": kind,
                "eventID": f"urn:uuid:00000000-0000-4000-8000-{minute:012}",
                "eventTime": f"2026-03-01T08:{minute:02}:00Z",
                "action": action,
                "parentID": PALLET,
                "childQuantityList": counted,
            }
        )
    return events


@settings(
    max_examples=scaled(100),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(events=nestings())
def test_contents_are_what_the_ledger_says(
    modules_page: Page, events: list[dict[str, Any]]
) -> None:
    steps = [
        read_step(
            event,
            number=number,
            record_id=RecordId(bytes(16)),
            org=OrgId(bytes(32)),
            time_ms=int(parse_time(event["eventTime"]).timestamp() * 1000),
            sees=lambda _: True,
        )
        for number, event in enumerate(events)
    ]
    expected = contents([step for step in steps if step is not None], 1 << 60)
    captured = format_time(parse_time("2026-03-02T00:00:00Z"))
    records = [{"body": event, "capturedAt": captured} for event in events]
    assert set(modules_page.evaluate(INSIDE, [PALLET, records])) == expected.keys()
