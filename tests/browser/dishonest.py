"""What a dishonest server or node would send: put between the browser and the real one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Route

from ledger import canonical
from ledger.proof.bundle import MEDIA_TYPE, checksum


def rewrite_proof(page: Page, record: str, change: Callable[[dict[str, Any]], None]) -> None:
    """Change one record's bundle as a dishonest server would: well-formed, checksum and all."""

    def rewrite(route: Route) -> None:
        bundle = json.loads(route.fetch().body())
        change(bundle)
        bundle["checksum"] = checksum(bundle).hex()
        route.fulfill(
            status=200, headers={"content-type": MEDIA_TYPE}, body=canonical.encode(bundle)
        )

    page.route(f"**/records/{record}/proof", rewrite)


def answer_proof(page: Page, record: str, body: bytes) -> None:
    page.route(
        f"**/records/{record}/proof",
        lambda route: route.fulfill(status=200, headers={"content-type": MEDIA_TYPE}, body=body),
    )


def lie(answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Change the root in every anchored head among the answers."""
    for answer in answers:
        result = answer.get("result")
        if isinstance(result, str) and len(result) == 2 + 4 * 64:
            answer["result"] = result[:-1] + ("0" if result[-1] != "0" else "1")
    return answers


def name_node(page: Page, url: str) -> None:
    """Let trust anchors and policy name one more node."""

    def trust(route: Route) -> None:
        anchors = route.fetch().json()
        anchors["chain"]["rpc"].append(url)
        route.fulfill(json=anchors)

    def policy(route: Route) -> None:
        answer = route.fetch()
        allowed = answer.headers["content-security-policy"]
        widened = allowed.replace("connect-src 'self'", f"connect-src 'self' {url}")
        route.fulfill(
            response=answer, headers={**answer.headers, "content-security-policy": widened}
        )

    page.route("**/trust?*", trust)
    page.route("**/01/**", policy)
