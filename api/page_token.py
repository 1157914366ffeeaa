"""Page tokens: what stands behind `nextPageToken` (EPCIS 2.0, 12.4).

A token names the last item given, so that what is added while somebody pages is neither lost nor
doubled; it holds its own name and until when it may be used, and the server keeps nothing of it.
It is not signed: another place to go on from is nothing its holder could not ask for anyway.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from ledger.clock import format_time, from_unix, unix_seconds
from ledger.errors import InvalidInput

TOKEN_LIFE = timedelta(days=1)
LONGEST_TOKEN = 4_000
"""Characters: an item may be named by a long URI."""

_NAME = re.compile(r"[A-Za-z0-9_-]{16}")
_SECONDS = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class PageToken:
    """One token. `name` is its own: no two tokens share it, even of the same place. `expires` in
    unix seconds."""

    name: str
    expires: int
    after: str

    @classmethod
    def issue(cls, after: str, now: datetime) -> Self:
        """A new token for the page that follows this item."""
        return cls(secrets.token_urlsafe(12), unix_seconds(now + TOKEN_LIFE), after)

    @classmethod
    def read(cls, text: str) -> Self:
        """The token of that text, expired or not. Raises InvalidInput `page-token-malformed`."""
        name, _, rest = _decode(text).partition(".")
        expires, dot, after = rest.partition(".")
        if not (dot and _NAME.fullmatch(name) and _SECONDS.fullmatch(expires)):
            raise malformed()
        return cls(name, int(expires), after)

    @property
    def text(self) -> str:
        """The opaque form `read` understands."""
        return _encode(f"{self.name}.{self.expires}.{self.after}")

    @property
    def expiry(self) -> dict[str, str]:
        """The header that says until when it may be used."""
        return {"GS1-Next-Page-Token-Expires": format_time(from_unix(self.expires))}

    def has_expired(self, now: datetime) -> bool:
        """Whether its time is over."""
        return self.expires < unix_seconds(now)

    def check_time(self, now: datetime) -> None:
        """Raise InvalidInput `page-token-malformed` unless it is good at this time."""
        if self.has_expired(now):
            raise InvalidInput("page-token-malformed", "the token has expired")
        if self.expires > unix_seconds(now + TOKEN_LIFE):
            raise malformed()


def malformed() -> InvalidInput:
    """What is no token of ours."""
    return InvalidInput("page-token-malformed", "this is no token of ours")


def _encode(content: str) -> str:
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def _decode(text: str) -> str:
    if len(text) > LONGEST_TOKEN:
        raise malformed()
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        content = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError, ValueError):
        raise malformed() from None
    if _encode(content) != text:
        raise malformed()
    return content
