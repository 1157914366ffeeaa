"""The axis's door of a desk, asked as an agency's own software asks it."""

from __future__ import annotations

import contextlib
import hmac
import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from api.desk.lgsp import lgsp_router
from ledger.client.axis import AxisClient
from ledger.errors import Forbidden, NotFound, Unauthenticated, Unavailable
from ledger.exchange.document import BusinessDocType
from ledger.exchange.edxml.axis import EdocEntry, EdocKind
from ledger.exchange.edxml.document import EdxmlDocument
from ledger.exchange.edxml.reading import read_edxml
from ledger.exchange.edxml.status import EdxmlStatus, write_status
from ledger.exchange.edxml.writing import write_document
from ledger.exchange.rules import LegAction
from tests.unit.exchange.edxml.test_document import PLAIN
from tests.unit.exchange.test_evidence import REFUSED

TODAY = date(2026, 3, 2)
BODY = write_document(PLAIN)
HEADERS = {"X-SystemId": "H56.TEST.01", "X-SecretKey": "one"}


@dataclass
class Desk:
    """A desk as far as the door is concerned."""

    documents: dict[str, EdxmlDocument] = field(default_factory=dict)
    steps: list[tuple[str, LegAction, str | None]] = field(default_factory=list)
    statuses: list[EdxmlStatus] = field(default_factory=list)
    down: bool = False

    def admits(self, system_id: str, secret_key: str) -> bool:
        return system_id == "H56.TEST.01" and hmac.compare_digest(secret_key, "one")

    def submit(self, said: EdxmlDocument) -> str:
        if self.down:
            raise Unavailable("server-unreachable", "10.0.0.7 refused the connection")
        if said.document.sender != "H56.TEST.01":
            raise Forbidden("edoc-sender-foreign", f"From is {said.document.sender}")
        if "H56.TEST.09" in said.document.recipients:
            raise NotFound("axis-recipient-unknown", "no agency H56.TEST.09")
        doc_id = said.document.document_id.text
        self.documents[doc_id] = said
        return doc_id

    def step(self, doc_id: str, action: LegAction, note: str | None) -> None:
        self.steps.append((doc_id, action, note))

    def report(self, status: EdxmlStatus) -> str:
        self.statuses.append(status)
        return status.response_for.code

    def received(self, kind: EdocKind, since: date, until: date) -> Sequence[EdocEntry]:
        assert since <= until
        return [
            EdocEntry(doc_id, kind.value, said.document.sender, "H56.TEST.01", "arrived")
            for doc_id, said in self.documents.items()
            if EdocKind.of(said.document.business_doc_type) is kind
        ]

    def fetch(self, doc_id: str) -> bytes:
        return write_document(self.documents[doc_id])


@pytest.fixture(scope="module")
def serving() -> Iterator[tuple[Desk, str]]:
    desk = Desk()
    app = FastAPI()
    app.include_router(lgsp_router(desk))
    with contextlib.closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
        thread = threading.Thread(target=lambda: server.run(sockets=[listener]))
        thread.start()
        try:
            yield desk, f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def desk(serving: tuple[Desk, str]) -> Desk:
    found = serving[0]
    for kept in (found.documents, found.steps, found.statuses):
        kept.clear()
    found.down = False
    return found


@pytest.fixture
def software(serving: tuple[Desk, str]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=serving[1], headers=HEADERS, timeout=20) as client:
        yield client


def send(software: httpx.Client, body: bytes, kind: str | None = "edoc") -> httpx.Response:
    return software.post(
        "/v1/sendEdoc",
        files={"edocFile": ("a.edxml", body, "application/xml")},
        data={} if kind is None else {"messageType": kind},
    )


def fault(response: httpx.Response) -> tuple[int, str]:
    answer = response.json()
    assert answer["success"] is False
    assert answer["data"]["status"] == "error"
    return response.status_code, answer["data"]["errorCode"]


def test_our_own_client_goes_through_the_door(desk: Desk, serving: tuple[Desk, str]) -> None:
    with AxisClient(serving[1], "H56.TEST.01", "one") as client:
        doc_id = client.send(BODY, EdocKind.EDOC)
        assert desk.documents == {doc_id: PLAIN}
        (entry,) = client.received(EdocKind.EDOC, TODAY, TODAY)
        assert read_edxml(client.fetch(entry.doc_id)) == PLAIN
        client.update_status(doc_id, "03")
        client.update_status(doc_id, "rejection")
    assert [step[1] for step in desk.steps] == [LegAction.RECEIVE, LegAction.REFUSE]
    with AxisClient(serving[1], "H56.TEST.01", "two") as stranger, pytest.raises(Unauthenticated):
        stranger.send(BODY, EdocKind.EDOC)


def test_the_file_decides_what_it_is(desk: Desk, software: httpx.Client) -> None:
    recalled = replace(PLAIN.document, business_doc_type=BusinessDocType.RECALL)
    recall = write_document(replace(PLAIN, document=recalled))
    for kind in ("edoc", "revocation", None):
        assert send(software, recall, kind).status_code == 200
    assert fault(send(software, recall, "update")) == (400, "22")
    assert fault(send(software, recall, "letter")) == (400, "22")
    status = EdxmlStatus.of(REFUSED)
    assert send(software, write_status(status), "status").json()["docId"] == "0123/TEST-VP"
    assert desk.statuses == [status]


def test_a_status_may_say_why(desk: Desk, software: httpx.Client) -> None:
    told = {"docId": "1", "status": "02", "description": " Thiếu phụ lục "}
    assert software.post("/v1/updateStatus", json=told).json() == {"success": True, "message": "OK"}
    assert desk.steps == [("1", LegAction.REFUSE, "Thiếu phụ lục")]


@pytest.mark.parametrize(
    "told",
    [
        {"docId": "1"}, {"docId": "1", "status": "99"}, {"docId": 1, "status": "01"},
        {"docId": "1", "status": "02", "description": ""}, [], {"docId": "1" * 501, "status": "01"},
    ],
)  # fmt: skip
def test_statuses_that_say_nothing_are_refused(
    desk: Desk, software: httpx.Client, told: Any
) -> None:
    assert fault(software.post("/v1/updateStatus", json=told)) == (400, "22")
    assert desk.steps == []


def test_faults_have_the_codes_of_the_axes(desk: Desk, software: httpx.Client) -> None:
    foreign = replace(PLAIN.document, sender="H56.TEST.07")
    assert fault(send(software, write_document(replace(PLAIN, document=foreign)))) == (403, "19")
    assert fault(send(software, b"no xml")) == (400, "22")
    assert fault(software.post("/v1/sendEdoc", data={"messageType": "edoc"})) == (400, "22")
    assert fault(software.post("/v1/updateStatus", content=b"{")) == (400, "22")
    assert fault(software.get("/v1/getEdoc")) == (400, "22")
    query = {"fromDate": "x", "toDate": "2026/03/02"}
    assert fault(software.get("/v1/syncReceivedEdocList", params=query)) == (400, "22")
    wrong = {"X-SecretKey": "two"}
    assert fault(software.get("/v1/getEdoc", headers=wrong)) == (401, "15")
    desk.down = True
    response = send(software, BODY)
    assert fault(response) == (503, "20")
    assert "10.0.0.7" not in response.text


def test_a_body_of_unknown_length_is_not_taken_in(desk: Desk, software: httpx.Client) -> None:
    def endless() -> Iterator[bytes]:
        yield b"{}"

    assert fault(software.post("/v1/updateStatus", content=endless())) == (413, "10")
    assert fault(software.post("/v1/updateStatus", content=b" " * 70_000)) == (413, "10")
    assert desk.steps == []


def test_strangers_are_turned_away_before_their_body_is_read(software: httpx.Client) -> None:
    response = software.post("/v1/sendEdoc", content=b"x", headers={"X-SecretKey": "no"})
    assert fault(response) == (401, "15")


def test_errors_name_the_place(desk: Desk, software: httpx.Client) -> None:
    answer = send(software, BODY.replace(b"Priority>0<", b"Priority>9<")).json()
    assert "OtherInfo/Priority" in answer["data"]["errorDesc"]
