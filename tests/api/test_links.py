"""Digital Links read from the raw path."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from api.links import read_link
from ledger.errors import InvalidInput

GTIN = "09521234543213"


def request(raw_path: str, query: str = "") -> Request:
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": "/unused",
            "raw_path": raw_path.encode(),
            "query_string": query.encode(),
            "headers": [],
        }
    )


def test_read_link_escaped_slash_stays_in_the_lot() -> None:
    link = read_link(request(f"/01/{GTIN}/10/A%2F21%2FB"))
    assert dict(link.qualifiers) == {"10": "A/21/B"}


def test_read_link_plain_slash_begins_the_serial() -> None:
    link = read_link(request(f"/01/{GTIN}/10/A/21/B"))
    assert dict(link.qualifiers) == {"10": "A", "21": "B"}


def test_read_link_prefix_suffix_and_trailing_slash_are_ours() -> None:
    assert read_link(request(f"/qr/01/{GTIN}/10/A.svg"), prefix="/qr", suffix=".svg") == read_link(
        request(f"/01/{GTIN}/10/A/")
    )


@pytest.mark.parametrize(
    "raw", ["/01/09521234543214/10/A", f"/01/{GTIN}/10/A%", f"/01/{GTIN}/21/A/10/B"]
)
def test_read_link_malformed_refused(raw: str) -> None:
    with pytest.raises(InvalidInput):
        read_link(request(raw))
