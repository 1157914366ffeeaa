"""Recalls as the server itself tells them: of goods, and of containers while they hold them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support.boxes import new_sscc, pack
from tests.support.jars import Jars, fill_jars, wait_for
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain

HTML = {"accept": "text/html"}


def _recalled(server: RunningApp, goods: Jars) -> str:
    body = {"subjects": [goods.barrel], "reason": "Nhiễm khuẩn"}
    recall: str = server.keeper.post("/recalls", json=body).json()["id"]
    wait_for(server.visitor, recall, "declared")
    return recall


def _contents(server: RunningApp, container: str, at: str | None = None) -> Any:
    query = {"id": container} if at is None else {"id": container, "at": at}
    return server.visitor.get("/trace/contents", params=query).json()


def _noscript(page: str) -> str:
    (found,) = re.findall(r'<div id="verdict".*?<noscript>(.*?)</noscript>', page, re.DOTALL)
    assert isinstance(found, str)
    return found


def test_pallet_warns_while_a_box_in_it_holds_recalled_goods(server: RunningApp) -> None:
    goods, box, pallet = fill_jars(server), new_sscc(), new_sscc()
    pack(server.producer, "ADD", box, "2026-03-02T08:00:00.000+07:00", goods.jars)
    pack(server.producer, "ADD", pallet, "2026-03-02T09:00:00.000+07:00", box)
    assert _contents(server, pallet)["recalled"] == []
    recall = _recalled(server, goods)
    for container in (box, pallet):
        assert _contents(server, container)["recalled"] == [{"id": goods.jars, "recall": recall}]
        trace = server.visitor.get("/trace", params={"id": container}).json()
        held = [one for one in trace["warnings"] if one["code"] == "holds-recalled"]
        assert [one["subject"] for one in held] == [goods.jars]
    assert _contents(server, pallet, "2026-03-01T00:00:00Z")["recalled"] == []
    pack(server.producer, "DELETE", pallet, "2026-03-03T08:00:00.000+07:00", box)
    assert _contents(server, pallet)["recalled"] == []
    assert _contents(server, pallet, "2026-03-02T12:00:00Z")["recalled"] != []
    assert _contents(server, box)["recalled"] != []
    trace = server.visitor.get("/trace", params={"id": pallet}).json()
    assert "holds-recalled" not in {one["code"] for one in trace["warnings"]}


def test_story_names_recalls_of_the_goods_and_of_the_lot_of_an_item(server: RunningApp) -> None:
    goods = fill_jars(server)
    recall = _recalled(server, goods)
    story = server.visitor.get(goods.jar_path, headers={"accept": "application/json"}).json()
    assert story["recalled"] == [{"id": goods.jars, "recall": recall}]
    assert story["holdsRecalled"] == []


def test_trace_warns_of_recalled_goods_until_the_recall_is_over(server: RunningApp) -> None:
    goods = fill_jars(server)
    recall = _recalled(server, goods)
    query = {"id": goods.barrel, "direction": "forward"}
    found = server.visitor.get("/trace", params=query).json()["warnings"]
    assert {one["subject"] for one in found if one["code"] == "recalled"} == {
        goods.barrel,
        goods.jars,
    }
    server.keeper.post(f"/recalls/{recall}/lift", json={"reason": "Đạt"}).raise_for_status()
    wait_for(server.visitor, recall, "lifted")
    found = server.visitor.get("/trace", params=query).json()["warnings"]
    assert "recalled" not in {one["code"] for one in found}


@pytest.mark.parametrize(
    ("language", "none", "some", "script"),
    [
        ("vi", "không biết lệnh thu hồi nào", "không sử dụng", "cần JavaScript"),
        ("en", "knows of no recall", "do not use", "needs JavaScript"),
    ],
)
def test_page_without_script_states_what_the_server_knows(
    server: RunningApp, language: str, none: str, some: str, script: str
) -> None:
    goods = fill_jars(server)
    path = f"{goods.jar_path}?lang={language}"
    before = _noscript(server.visitor.get(path, headers=HTML).text)
    assert none in before
    assert script in before
    assert "an toàn" not in before  # never "safe"
    _recalled(server, goods)
    after = _noscript(server.visitor.get(path, headers=HTML).text)
    assert some in after
    assert script in after
    assert none not in after
    assert goods.jar_path in after
