"""Page tokens and links."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pagination import Page, decode_token, encode_token
from ledger.errors import InvalidInput


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_decode_token_of_encoded_gives_it_back(after: str) -> None:
    assert decode_token(encode_token(after)) == after


@pytest.mark.parametrize("token", ["!", "a", "YQ==", "YR", "é", "_w", "YQ\n"])
def test_decode_token_foreign_refused(token: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        decode_token(token)
    assert caught.value.code == "page-token-malformed"


def test_next_link_on_last_page_is_absent() -> None:
    assert Page(30, None).next_link("/epcis/capture", None) == {}


def test_next_link_keeps_page_size() -> None:
    link = Page(7, None).next_link("/epcis/capture", "42")["Link"]
    assert link == f'</epcis/capture?perPage=7&nextPageToken={encode_token("42")}>; rel="next"'
