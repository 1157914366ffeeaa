"""Pages of a collection: EPCIS 2.0 12.4, `perPage` and `nextPageToken`.

A token is the opaque name of the last item seen, so that items added while somebody pages are
neither lost nor doubled. The last page has no `rel="next"`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query

from ledger.clock import format_time
from ledger.errors import InvalidInput

DEFAULT_PER_PAGE = 30
MOST_PER_PAGE = 200
TOKEN_LIFE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a collection is asked for; `after` is the last item already seen."""

    limit: int
    after: str | None

    def next_link(
        self, path: str, last: str | None, others: Mapping[str, str] = MappingProxyType({})
    ) -> dict[str, str]:
        """The Link header to the following page; nothing when this was the last. `others` are the
        query parameters to be repeated."""
        if last is None:
            return {}
        query = urlencode({**others, "perPage": self.limit, "nextPageToken": encode_token(last)})
        return {"Link": f'<{path}?{query}>; rel="next"'}

    @staticmethod
    def expiry(last: str | None, now: datetime) -> dict[str, str]:
        """The header that EPCIS 2.0 wants beside such a link: until when the token is kept at the
        least. Ours name a place in a list that only grows, and stay good."""
        if last is None:
            return {}
        return {"GS1-Next-Page-Token-Expires": format_time(now + TOKEN_LIFE)}


def encode_token(after: str) -> str:
    """The opaque form of the last item seen."""
    return base64.urlsafe_b64encode(after.encode()).decode().rstrip("=")


def decode_token(token: str) -> str:
    """The inverse of `encode_token`. Raises InvalidInput `page-token-malformed`."""
    try:
        padded = token.encode("ascii") + b"=" * (-len(token) % 4)
        after = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError, ValueError):
        raise InvalidInput("page-token-malformed", "this is no token of ours") from None
    if encode_token(after) != token:
        raise InvalidInput("page-token-malformed", "this is no token of ours")
    return after


def page(
    per_page: Annotated[int, Query(alias="perPage", ge=1, le=MOST_PER_PAGE)] = DEFAULT_PER_PAGE,
    next_page_token: Annotated[str | None, Query(alias="nextPageToken", max_length=400)] = None,
) -> Page:
    """Read the two paging parameters."""
    after = decode_token(next_page_token) if next_page_token is not None else None
    return Page(per_page, after)


Paged = Annotated[Page, Depends(page)]
