from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from api.web.trace_picture import MOST_PER_RANK, WIDTH, draw_trace
from api.web.words import load_words
from ledger.epcis.trace import Direction
from ledger.epcis.tracing import trace
from ledger.identity.organization import Profile
from ledger.services.tracing import TraceView
from tests.support.running_app import RunningApp
from tests.support.steps import ORG, ListedSteps, packed, told, transformed

_SVG = "{http://www.w3.org/2000/svg}"


def _drawn(
    subject: str, direction: Direction, *events: dict[str, Any], name: str = "HTX Ba Làng"
) -> ElementTree.Element:
    found = trace(ListedSteps(events), subject, direction)
    profile = Profile.new(ORG, name, "Ba Lang cooperative", "producer")
    view = TraceView(found, (), {ORG.text: profile})
    return ElementTree.fromstring(draw_trace(view, load_words("vi")))


def _texts(svg: ElementTree.Element) -> list[str]:
    return [str(one.text) for one in svg.iter(f"{_SVG}text")]


def test_picture_names_every_step_and_fits_a_phone() -> None:
    svg = _drawn(
        "https://id.gs1.org/01/09521234001058/21/S1",
        Direction.BACK,
        transformed(
            1,
            ["https://id.gs1.org/01/09521234001041/10/L1"],
            ["https://id.gs1.org/01/09521234001058/21/S1"],
        ),
        packed(2, "ADD", "urn:box", "https://id.gs1.org/01/09521234001058/21/S1"),
    )
    texts = _texts(svg)
    assert {"Lô L1", "Số S1", "GTIN 09521234001041"} <= set(texts)
    assert "Đã ở trong 1 thùng hoặc pallet" in texts
    assert "Chú ý: 1 mục không có bước nào trước đó" in texts
    for rect in svg.iter(f"{_SVG}rect"):
        if rect.get("x") is not None:
            assert int(rect.attrib["x"]) + int(rect.attrib["width"]) <= WIDTH
    assert len(list(svg.iter(f"{_SVG}path"))) == 1


def test_picture_counts_what_a_row_has_no_room_for() -> None:
    jars = [f"urn:jar:{number}" for number in range(50)]
    svg = _drawn("urn:barrel", Direction.FORWARD, transformed(1, ["urn:barrel"], jars))
    assert f"và {50 - MOST_PER_RANK + 1} mục khác" in _texts(svg)


def test_picture_of_a_cycle_ends() -> None:
    events = (transformed(1, ["urn:a"], ["urn:b"]), transformed(2, ["urn:b"], ["urn:a"]))
    assert "urn:b" in "".join(_texts(_drawn("urn:a", Direction.FORWARD, *events)))


def test_picture_holds_no_markup_of_strangers() -> None:
    born = told("ObjectEvent", 1, action="ADD", epcList=["urn:a"])
    svg = _drawn("urn:a", Direction.BACK, born, name="<script>alert(1)</script>\x01")
    assert {one.tag.removeprefix(_SVG) for one in svg.iter()} <= {
        "svg", "title", "rect", "text", "g", "path",
    }  # fmt: skip


@pytest.mark.chain
def test_picture_served_without_script_and_404_for_the_unknown(server: RunningApp) -> None:
    unknown = server.visitor.get("/trace/picture", params={"id": "urn:x:never"})
    assert unknown.status_code == 404
