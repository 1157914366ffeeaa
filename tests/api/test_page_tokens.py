"""`DELETE /epcis/nextPageToken/{token}`: a revoked token is refused, and only that one."""

from __future__ import annotations

import secrets
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from api.page_token import PageToken
from ledger.services import paging
from ledger.storage.database import Database
from tests.support.epcis import document, event
from tests.support.epcis_events import GTIN, bare_event
from tests.support.running_app import RunningApp

pytestmark = pytest.mark.chain


def token_of(answer: httpx.Response) -> str:
    """The token of its next link."""
    assert answer.status_code == 200, answer.text
    return parse_qs(urlsplit(answer.links["next"]["url"]).query)["nextPageToken"][0]


def fill(server: RunningApp) -> None:
    """Enough for two pages of each collection."""
    for number in range(2):
        lot = secrets.token_hex(4)
        server.producer.post(
            "/epcis/events",
            json=bare_event(
                lot=lot,
                bizStep=("shipping", "receiving")[number],
                epcList=[f"https://id.gs1.org/01/{GTIN}/21/{lot}"],
            ),
        ).raise_for_status()
        server.producer.post("/epcis/capture", json=document([event()])).raise_for_status()
        server.producer.post(
            "/epcis/queries", json={"name": f"page-{lot}", "query": {}}
        ).raise_for_status()


PAGED = ("/epcis/events", "/epcis/capture", "/epcis/queries", "/epcis/bizSteps",
         "/epcis/eventTypes", "/epcis/eventTypes/ObjectEvent/events")  # fmt: skip


@pytest.mark.parametrize("path", PAGED)
def test_revoked_token_is_refused_and_only_that_one(server: RunningApp, path: str) -> None:
    fill(server)
    first, other = (server.producer.get(path, params={"perPage": 1}) for _ in range(2))
    assert first.headers["gs1-next-page-token-expires"]
    token = token_of(first)
    address = first.links["next"]["url"]
    assert server.producer.get(address).status_code == 200
    for _ in range(2):  # again is harmless
        gone = server.producer.delete(f"/epcis/nextPageToken/{token}")
        assert gone.status_code == 204, gone.text
        assert gone.headers["gs1-epcis-version"] == "2.0"
    refused = server.producer.get(address)
    assert refused.status_code == 400
    assert refused.json()["type"] == "epcisException:QueryParameterException"
    assert refused.json()["code"] == "page-token-revoked"
    assert server.producer.get(other.links["next"]["url"]).status_code == 200


@pytest.mark.parametrize("token", ["x", "NDI", "%C3%A9", "a" * 3_000])
def test_what_is_no_token_is_not_found(server: RunningApp, token: str) -> None:
    answer = server.producer.delete(f"/epcis/nextPageToken/{token}")
    assert answer.status_code == 404
    assert answer.json()["type"] == "epcisException:NoSuchNameException"
    assert answer.json()["code"] == "page-token-unknown"


def test_expired_token_is_let_go_of_without_a_trace(server: RunningApp) -> None:
    now = server.app.clock.now()
    old = PageToken.issue("42", now - timedelta(days=2))
    assert server.producer.delete(f"/epcis/nextPageToken/{old.text}").status_code == 204
    server.app.paging.check(old.name)
    claimed = PageToken.issue("42", now + timedelta(days=300))
    assert server.producer.delete(f"/epcis/nextPageToken/{claimed.text}").status_code == 404
    assert server.producer.get(f"/epcis/queries?nextPageToken={claimed.text}").status_code == 400


def test_revoking_needs_a_key_and_is_bounded(
    server: RunningApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = PageToken.issue("42", server.app.clock.now()).text
    assert server.visitor.delete(f"/epcis/nextPageToken/{token}").status_code == 401
    options = server.visitor.options(f"/epcis/nextPageToken/{token}")
    assert (options.status_code, options.headers["allow"]) == (204, "DELETE, OPTIONS")
    monkeypatch.setattr(paging, "MOST_REVOKED", 0)
    answer = server.producer.delete(f"/epcis/nextPageToken/{token}")
    assert answer.status_code == 429
    assert answer.json()["code"] == "quota-page-tokens"


def test_revocations_are_forgotten_once_the_tokens_have_expired(server: RunningApp) -> None:
    db: Database = server.app.db
    now = server.app.clock.now()
    token = PageToken.issue("42", now)
    server.producer.delete(f"/epcis/nextPageToken/{token.text}").raise_for_status()
    with db.write() as tx:
        tx.page_tokens.forget(now + timedelta(hours=23))
        assert tx.page_tokens.holds(token.name)
        tx.page_tokens.forget(now + timedelta(days=1, seconds=2))
        assert not tx.page_tokens.holds(token.name)


def test_more_than_a_page_holds_is_cut(server: RunningApp) -> None:
    fill(server)
    for path in PAGED:
        answer = server.producer.get(path, params={"perPage": 100_000})
        assert answer.status_code == 200, path
