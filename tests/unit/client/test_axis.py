"""The client of an axis against one on loopback that shares no code with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from ledger.client.axis import AxisClient
from ledger.errors import InvalidInput, LedgerError, NotFound, Unauthenticated, Unavailable
from ledger.exchange.edxml.axis import EdocKind
from ledger.exchange.edxml.reading import read_edxml
from ledger.exchange.edxml.writing import write_document
from tests.support.canned_server import Canned, canned_server
from tests.support.lgsp_axis import LgspAxis, lgsp_axis
from tests.unit.exchange.edxml.test_document import PLAIN

BODY = write_document(PLAIN)
TODAY = date(2026, 3, 2)


@pytest.fixture
def axis() -> Iterator[LgspAxis]:
    with lgsp_axis(H56_TEST_01="one", H56_TEST_02="two") as serving:
        yield serving


@pytest.fixture
def sender(axis: LgspAxis) -> Iterator[AxisClient]:
    with AxisClient(axis.url, "H56.TEST.01", "one") as client:
        yield client


@pytest.fixture
def recipient(axis: LgspAxis) -> Iterator[AxisClient]:
    with AxisClient(axis.url + "/", "H56.TEST.02", "two") as client:
        yield client


def test_a_document_goes_over_the_axis_and_its_status_back(
    axis: LgspAxis, sender: AxisClient, recipient: AxisClient
) -> None:
    doc_id = sender.send(BODY, EdocKind.EDOC)
    (entry,) = recipient.received(EdocKind.EDOC, TODAY, TODAY)
    assert (entry.doc_id, entry.sender, entry.status) == (doc_id, "H56.TEST.01", "initial")
    assert read_edxml(recipient.fetch(doc_id)) == PLAIN
    recipient.update_status(doc_id, "03")
    assert axis.statuses == [(doc_id, "03")]
    assert recipient.received(EdocKind.REVOCATION, TODAY, TODAY) == []
    assert sender.received(EdocKind.EDOC, TODAY, TODAY) == []


def refusal(call: object, *args: object) -> LedgerError:
    assert callable(call)
    with pytest.raises(LedgerError) as refused:
        call(*args)
    return refused.value


def test_faults_of_the_axis_are_told_apart(axis: LgspAxis, sender: AxisClient) -> None:
    elsewhere = replace(PLAIN, document=replace(PLAIN.document, recipients=("H56.TEST.09",)))
    found = refusal(sender.send, write_document(elsewhere), EdocKind.EDOC)
    assert (type(found), found.code) == (NotFound, "axis-recipient-unknown")
    assert "errorCode 18" in found.detail
    axis.locked.add("H56.TEST.02")
    assert "Đơn vị nhận đã khóa" in refusal(sender.send, BODY, EdocKind.EDOC).detail
    found = refusal(sender.send, b"<x/>", EdocKind.EDOC)
    assert (type(found), found.code) == (InvalidInput, "axis-refused")
    with AxisClient(axis.url, "H56.TEST.02", "two") as other:
        assert "errorCode 19" in refusal(other.send, BODY, EdocKind.EDOC).detail
    with AxisClient(axis.url, "H56.TEST.01", "wrong") as stranger:
        assert isinstance(refusal(stranger.send, BODY, EdocKind.EDOC), Unauthenticated)


def test_what_is_not_known_is_neither_sent_nor_refused(axis: LgspAxis, sender: AxisClient) -> None:
    for failure, sending, asking in (
        ("down", "axis-answer-lost", "axis-unavailable"),
        ("gateway", "axis-answer-malformed", "axis-answer-malformed"),
        ("broken", "axis-unavailable", "axis-unavailable"),
    ):
        axis.failure = failure
        for code, found in (
            (sending, refusal(sender.send, BODY, EdocKind.EDOC)),
            (asking, refusal(sender.fetch, "1")),
        ):
            assert isinstance(found, Unavailable)
            assert found.code == code
    with AxisClient("http://127.0.0.1:9", "a", "b", timeout=2) as nobody:
        assert refusal(nobody.send, BODY, EdocKind.EDOC).code == "axis-unavailable"


@pytest.mark.parametrize(
    "answer",
    [
        {"success": True, "message": "OK"},
        {"success": True, "data": []},
        {"success": True, "data": {"docId": ""}},
        [],
        {},
    ],
)
def test_an_answer_without_an_id_is_no_success(answer: object) -> None:
    with canned_server() as server:
        server.on("POST /v1/sendEdoc", Canned.json(answer))
        with AxisClient(server.url, "a", "b") as client:
            assert isinstance(refusal(client.send, BODY, EdocKind.EDOC), Unavailable | InvalidInput)


def test_further_headers_and_an_id_inside_data_are_understood() -> None:
    with canned_server() as server:
        server.on("POST /v1/sendEdoc", Canned.json({"success": True, "data": {"docId": "7"}}))
        server.on(
            "GET /v1/getEdoc?docId=7", Canned.json({"success": True, "data": {"edxml": "YQ=="}})
        )
        headers = {"Authorization": "Bearer t"}
        with AxisClient(server.url, "a", "b", headers=headers) as client:
            assert client.send(BODY, EdocKind.EDOC) == "7"
            assert client.fetch("7") == b"a"
        seen = server.seen[0].headers
        assert (seen["authorization"], seen["x-systemid"]) == ("Bearer t", "a")


def test_only_http_addresses_are_taken() -> None:
    with pytest.raises(InvalidInput):
        AxisClient("file:///etc", "a", "b")
