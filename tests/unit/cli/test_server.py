"""The commands' door to a server: problems become our errors, silence becomes Unavailable."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from ledger.cli.server import Server, connect, escape
from ledger.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    LedgerError,
    Misconfigured,
    NotFound,
    QuotaExceeded,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from tests.support.canned_server import Canned, CannedServer, canned_server


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "json-malformed", InvalidInput),
        (401, "api-key-refused", Unauthenticated),
        (403, "scope-missing", Forbidden),
        (404, "record-unknown", NotFound),
        (409, "event-id-taken", Conflict),
        (413, "body-too-large", TooLarge),
        (429, "quota-requests", QuotaExceeded),
        (500, "internal-error", Unavailable),
        (503, "storage-full", Unavailable),
        (418, "path-unknown", Unavailable),
    ],
)
def test_server_problem_is_raised_as_our_error(
    server: CannedServer, status: int, code: str, kind: type[LedgerError]
) -> None:
    problem = {"code": code, "detail": "why", "advice": "do this", "pointer": "/a"}
    server.on("GET /x", Canned.json(problem, status))
    with pytest.raises(kind) as caught:
        Server(server.url, None).get("/x")
    assert type(caught.value) is kind
    error = caught.value
    assert (error.code, error.detail, error.advice) == (code, "why", "do this")
    assert error.pointer == "/a"


def test_server_problem_with_code_of_later_version_keeps_its_words(server: CannedServer) -> None:
    server.on("GET /x", Canned.json({"code": "not-yet", "detail": "why", "advice": "wait"}, 409))
    with pytest.raises(Conflict) as caught:
        Server(server.url, None).get("/x")
    assert (caught.value.code, caught.value.advice) == ("server-refused", "wait")
    assert "not-yet" in caught.value.detail


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"code":"x"}', b"\xff"])
def test_server_error_that_is_no_problem_of_ours_decides_nothing(
    server: CannedServer, body: bytes
) -> None:
    server.on("GET /x", Canned(404, body))
    with pytest.raises(Unavailable) as caught:
        Server(server.url, None).get("/x")
    assert caught.value.code == "server-answer-malformed"


def test_server_answer_that_is_not_json_is_unavailable(server: CannedServer) -> None:
    server.on("GET /x", Canned(200, b"hello"))
    with pytest.raises(Unavailable):
        Server(server.url, None).get("/x").json()


def test_server_gone_is_unavailable() -> None:
    with canned_server() as gone:
        url = gone.url
    with pytest.raises(Unavailable) as caught:
        Server(url, None).get("/x")
    assert caught.value.code == "server-unreachable"
    assert "Connection refused" in caught.value.detail


def test_server_speaking_something_else_is_unavailable() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        import threading

        def speak() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.recv(1000)
                peer.sendall(b"SSH-2.0-x\r\n")

        thread = threading.Thread(target=speak)
        thread.start()
        with pytest.raises(Unavailable):
            Server(f"http://127.0.0.1:{listener.getsockname()[1]}", None).get("/x")
        thread.join()


def test_server_key_goes_to_it_and_not_to_where_it_redirects(server: CannedServer) -> None:
    with canned_server() as thief:
        thief.on("GET /y", Canned.json({}))
        server.on("GET /x", Canned(302, b"", {"Location": f"{thief.url}/y"}))
        Server(server.url, "pk_secret").get("/x")
        assert server.seen[0].headers["authorization"] == "Bearer pk_secret"
        assert "authorization" not in thief.seen[0].headers


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x", "127.0.0.1:80", "", "http://"])
def test_server_address_that_is_no_http_refused(url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Server(url, None)
    assert caught.value.code == "server-url-malformed"


def test_connect_key_from_file_before_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: CannedServer
) -> None:
    monkeypatch.setenv("PROVENANCE_KEY", "pk_environment")
    (tmp_path / "key").write_text("pk_file\n")
    server.on("GET /x", Canned.json({}))
    connect(server.url, tmp_path / "key").get("/x")
    connect(server.url, None).get("/x")
    sent = [request.headers["authorization"] for request in server.seen]
    assert sent == ["Bearer pk_file", "Bearer pk_environment"]


def test_connect_key_file_missing_is_misconfigured(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as caught:
        connect("http://127.0.0.1:1", tmp_path / "none")
    assert "none: No such file" in caught.value.detail


def test_escape_leaves_no_slash_to_the_path() -> None:
    assert escape("ni:///sha-256;a/b?c") == "ni%3A%2F%2F%2Fsha-256%3Ba%2Fb%3Fc"
