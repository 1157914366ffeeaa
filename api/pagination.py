"""Pages of a collection: EPCIS 2.0 12.4, `perPage` and `nextPageToken`.

The last page has no `rel="next"`. More than we give at once is cut, not refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query

from api.deps import Ledger
from api.page_token import LONGEST_TOKEN, PageToken

DEFAULT_PER_PAGE = 30
MOST_PER_PAGE = 200


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a collection is asked for, at which time; `after` is the last item already
    seen."""

    limit: int
    after: str | None
    now: datetime

    def next_link(
        self, path: str, last: str | None, others: Mapping[str, str] = MappingProxyType({})
    ) -> dict[str, str]:
        """The Link header to the following page, and until when it is good; nothing when this was
        the last. `others` are the query parameters to be repeated."""
        if last is None:
            return {}
        token = PageToken.issue(last, self.now)
        query = urlencode({**others, "perPage": self.limit, "nextPageToken": token.text})
        return {"Link": f'<{path}?{query}>; rel="next"', **token.expiry}


def page(
    ledger: Ledger,
    per_page: Annotated[int, Query(alias="perPage", ge=1)] = DEFAULT_PER_PAGE,
    next_page_token: Annotated[
        str | None, Query(alias="nextPageToken", max_length=LONGEST_TOKEN)
    ] = None,
) -> Page:
    """Read the two paging parameters. Raises InvalidInput `page-token-malformed`,
    `page-token-revoked`."""
    now = ledger.clock.now()
    after = None
    if next_page_token is not None:
        token = PageToken.read(next_page_token)
        token.check_time(now)
        ledger.paging.check(token.name)
        after = token.after
    return Page(min(per_page, MOST_PER_PAGE), after, now)


Paged = Annotated[Page, Depends(page)]
