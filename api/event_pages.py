"""Pages of events: which part of an answer is asked for, and where the next one is.

A token holds where its page ended, how many events there were so far and a fingerprint of the
query.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Self
from urllib.parse import quote, urlencode

from starlette.requests import Request

from api.deps import app_of
from api.page_token import PageToken, malformed
from api.pagination import DEFAULT_PER_PAGE, MOST_PER_PAGE
from ledger.epcis.query import PAGING, Query
from ledger.errors import InvalidInput, UriTooLong
from ledger.services.querying import Position

LONGEST_QUERY = 16 * 1024
"""Bytes of the query part of an address; a longer one is a 414."""


@dataclass(frozen=True, slots=True)
class EventPages:
    """The parameters of an address that ask for events: those of the query, and those of paging.

    `limit` is `perPage`, cut to what we give at most; `after` is what the token says.
    """

    path: str
    parameters: Sequence[tuple[str, str]]
    limit: int
    after: str | None
    now: datetime

    @classmethod
    def of(cls, request: Request) -> Self:
        """Read the address. Raises UriTooLong, InvalidInput `request-malformed`,
        `page-token-malformed`, `page-token-revoked`."""
        if len(request.scope["query_string"]) > LONGEST_QUERY:
            raise UriTooLong("uri-too-long", f"more than {LONGEST_QUERY} bytes of parameters")
        pairs = request.query_params.multi_items()
        paging: dict[str, str] = {}
        for name, value in pairs:
            if name in PAGING and paging.setdefault(name, value) != value:
                _refuse(name, "stands twice")
        wanted = paging.get("perPage", str(DEFAULT_PER_PAGE))
        if not (wanted.isascii() and wanted.isdigit() and int(wanted[:9]) > 0):
            _refuse("perPage", "is not a whole number above 0")
        ledger = app_of(request)
        now = ledger.clock.now()
        token = None
        if "nextPageToken" in paging:
            token = PageToken.read(paging["nextPageToken"])
            token.check_time(now)
            ledger.paging.check(token.name)
        return cls(
            path=quote(request.url.path, safe="/"),
            parameters=[pair for pair in pairs if pair[0] not in PAGING],
            limit=min(int(wanted[:9]), MOST_PER_PAGE),
            after=None if token is None else token.after,
            now=now,
        )

    def position(self, query: Query) -> Position | None:
        """Where this page begins. Raises InvalidInput `page-token-malformed`."""
        if self.after is None:
            return None
        try:
            fingerprint, *numbers = self.after.split(".")
            at, record_pk, given = map(int, numbers)
        except ValueError:
            raise malformed() from None
        if fingerprint != _fingerprint(self.path, query):
            raise InvalidInput("page-token-malformed", "the token belongs to another query")
        if not all(-_FAR < number < _FAR for number in (at, record_pk, given)) or given < 0:
            raise malformed()
        return Position(at, record_pk, given)

    def headers(self, query: Query, following: Position | None) -> dict[str, str]:
        """Link and expiry of the next page; nothing on the last one."""
        if following is None:
            return {}
        numbers = (following.at, following.record_pk, following.given)
        after = ".".join([_fingerprint(self.path, query), *map(str, numbers)])
        token = PageToken.issue(after, self.now)
        parameters = [
            *self.parameters,
            ("perPage", str(self.limit)),
            ("nextPageToken", token.text),
        ]
        return {"Link": f'<{self.path}?{urlencode(parameters)}>; rel="next"', **token.expiry}


_FAR = 1 << 63


def _fingerprint(path: str, query: Query) -> str:
    return sha256(repr((path, query.parameters, query.prefixes)).encode()).hexdigest()[:16]


def _refuse(name: str, detail: str) -> None:
    raise InvalidInput("request-malformed", f"{name} {detail}", pointer=f"/query/{name}")
