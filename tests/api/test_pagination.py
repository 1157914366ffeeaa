"""Page tokens and links."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.page_token import TOKEN_LIFE, PageToken
from api.pagination import Page
from ledger.errors import InvalidInput

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60))
def test_token_read_is_the_one_issued(after: str) -> None:
    token = PageToken.issue(after, NOW)
    assert PageToken.read(token.text) == token
    assert token.after == after


def test_tokens_of_the_same_place_have_names_of_their_own() -> None:
    assert len({PageToken.issue("42", NOW).name for _ in range(100)}) == 100


@pytest.mark.parametrize("text", ["!", "a", "YQ==", "YR", "é", "_w", "YQ\n", "NDI", "x" * 5_000])
def test_token_foreign_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        PageToken.read(text)
    assert caught.value.code == "page-token-malformed"


def test_token_is_good_for_its_life_and_no_longer_can_be_claimed() -> None:
    token = PageToken.issue("42", NOW)
    token.check_time(NOW)
    token.check_time(NOW + TOKEN_LIFE)
    for at in (NOW + TOKEN_LIFE + timedelta(seconds=1), NOW - timedelta(days=1)):
        with pytest.raises(InvalidInput):
            token.check_time(at)


def test_next_link_on_last_page_is_absent() -> None:
    assert Page(30, None, NOW).next_link("/epcis/capture", None) == {}


def test_next_link_keeps_page_size_and_tells_until_when() -> None:
    told = Page(7, None, NOW).next_link("/epcis/capture", "42", {"org": "x"})
    address, _, rel = told["Link"].partition("; ")
    assert rel == 'rel="next"'
    parts = urlsplit(address.strip("<>"))
    assert parts.path == "/epcis/capture"
    given_parameters = parse_qs(parts.query)
    assert given_parameters["perPage"] == ["7"]
    assert given_parameters["org"] == ["x"]
    assert PageToken.read(given_parameters["nextPageToken"][0]).after == "42"
    assert told["GS1-Next-Page-Token-Expires"] == "2026-03-02T08:00:00.000Z"
