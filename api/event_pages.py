"""Pages of events: which part of an answer is asked for, and where the next one is.

A token holds where its page ended, how many events there were so far, until when it may be used
and a fingerprint of the query. It is not signed: another place to go on from is nothing a caller
could not ask for anyway.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Self
from urllib.parse import quote, urlencode

from starlette.requests import Request

from api.pagination import DEFAULT_PER_PAGE, MOST_PER_PAGE, decode_token, encode_token
from ledger.clock import format_time, from_unix, unix_seconds
from ledger.epcis.query import PAGING, Query
from ledger.errors import InvalidInput, UriTooLong
from ledger.services.querying import Position

TOKEN_LIFE = timedelta(days=1)
LONGEST_QUERY = 16 * 1024
"""Bytes of the query part of an address; a longer one is a 414."""


@dataclass(frozen=True, slots=True)
class EventPages:
    """The parameters of an address that ask for events: those of the query, and those of paging.

    `limit` is `perPage`, cut to what we give at most.
    """

    path: str
    parameters: Sequence[tuple[str, str]]
    limit: int
    token: str | None

    @classmethod
    def of(cls, request: Request) -> Self:
        """Read the address. Raises UriTooLong, InvalidInput `request-malformed`."""
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
        return cls(
            path=quote(request.url.path, safe="/"),
            parameters=[pair for pair in pairs if pair[0] not in PAGING],
            limit=min(int(wanted[:9]), MOST_PER_PAGE),
            token=paging.get("nextPageToken"),
        )

    def position(self, query: Query, now: datetime) -> Position | None:
        """Where this page begins. Raises InvalidInput `page-token-malformed`."""
        if self.token is None:
            return None
        parts = decode_token(self.token).split(".") if len(self.token) <= 400 else []
        try:
            fingerprint, *numbers = parts
            at, record_pk, given, expires = map(int, numbers)
        except ValueError:
            raise InvalidInput("page-token-malformed", "this is no token of ours") from None
        if fingerprint != _fingerprint(self.path, query):
            raise InvalidInput("page-token-malformed", "the token belongs to another query")
        if expires < unix_seconds(now):
            raise InvalidInput("page-token-malformed", "the token has expired")
        if not all(-_FAR < number < _FAR for number in (at, record_pk, given)) or given < 0:
            raise InvalidInput("page-token-malformed", "this is no token of ours")
        return Position(at, record_pk, given)

    def headers(self, query: Query, following: Position | None, now: datetime) -> dict[str, str]:
        """Link and expiry of the next page; nothing on the last one."""
        if following is None:
            return {}
        expires = unix_seconds(now + TOKEN_LIFE)
        numbers = (following.at, following.record_pk, following.given, expires)
        token = encode_token(".".join([_fingerprint(self.path, query), *map(str, numbers)]))
        parameters = [*self.parameters, ("perPage", str(self.limit)), ("nextPageToken", token)]
        return {
            "Link": f'<{self.path}?{urlencode(parameters)}>; rel="next"',
            **expiry(now),
        }


def expiry(now: datetime) -> dict[str, str]:
    """The header that says until when a token given now may be used."""
    return {"GS1-Next-Page-Token-Expires": format_time(from_unix(unix_seconds(now + TOKEN_LIFE)))}


_FAR = 1 << 63


def _fingerprint(path: str, query: Query) -> str:
    return sha256(repr((path, query.parameters, query.prefixes)).encode()).hexdigest()[:16]


def _refuse(name: str, detail: str) -> None:
    raise InvalidInput("request-malformed", f"{name} {detail}", pointer=f"/query/{name}")
