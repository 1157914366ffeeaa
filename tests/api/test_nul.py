"""U+0000 in whatever may hold text: refused as the caller's fault, alike on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.running_app import RunningApp

NUL = "a\0b"


@pytest.mark.parametrize(
    "path",
    [
        "/epcis/bizSteps/a%00b",
        "/epcis/readPoints/urn:a:%00",
        "/epcis/capture/a%00b",
        "/epcis/events?EQ_eventID=a%00b",
        "/recalls/a%00b",
        "/sheets/jobs/a%00b",
        "/01/09520610100019/10/%00",
    ],
)
def test_path_with_nul_names_nothing(server: RunningApp, path: str) -> None:
    answer = server.keeper.get(path)
    assert answer.status_code in (200, 400, 404), answer.text
    if answer.status_code == 200:
        assert answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"] == []
    else:
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        (
            "/recalls",
            {"subjects": ["https://id.gs1.org/01/09520610100019"], "reason": NUL},
            "/reason",
        ),
        ("/organizations", {"name": NUL}, "/name"),
        ("/organizations/{org}/keys", {"label": NUL, "scopes": ["read"]}, "/label"),
    ],
)
def test_text_with_nul_is_refused_before_it_is_signed(
    server: RunningApp, path: str, body: dict[str, Any], pointer: str
) -> None:
    answer = server.operator.post(path.format(org=server.producer_org), json=body)
    assert answer.status_code == 400, answer.text
    found = answer.json()
    assert (found["pointer"], found["detail"]) == (
        pointer,
        f"{pointer}: the text holds the character U+0000",
    )
