"""The commands' door to a running server: HTTP by the standard library, problems as our errors."""

from __future__ import annotations

import http.client
import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from ledger.client.problem import raise_problem
from ledger.errors import InvalidInput, Misconfigured, Unavailable

JSON = "application/json"
_SECONDS = 60.0
_MOST_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """A good answer."""

    body: bytes
    headers: Mapping[str, str]

    def json(self) -> Any:
        """The body as JSON. Raises Unavailable `server-answer-malformed`."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise Unavailable("server-answer-malformed", "the answer is not JSON") from error


class Server:
    """One server and the key used with it."""

    def __init__(self, url: str, secret: str | None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InvalidInput("server-url-malformed", f"{url!r:.120} is no http or https address")
        self._url = url.rstrip("/")
        self._secret = secret

    @property
    def has_key(self) -> bool:
        """Whether requests carry an API key."""
        return self._secret is not None

    def get(self, path: str, accept: str = JSON) -> Reply:
        """Read something. Raises what the server's problem says, or Unavailable."""
        return self._ask("GET", path, None, {"Accept": accept})

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Hand something in. Raises what the server's problem says, or Unavailable."""
        return self._ask("POST", path, body, {"Accept": JSON, **headers})

    def _ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        request = urllib.request.Request(  # noqa: S310 - http or https, see __init__
            self._url + path, data=body, method=method, headers=dict(headers)
        )
        if self._secret is not None:
            # Not sent on to another host, should the server redirect.
            request.add_unredirected_header("Authorization", f"Bearer {self._secret}")
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as reply:  # noqa: S310
                content = reply.read(_MOST_BYTES + 1)
                found = {name.lower(): value for name, value in reply.headers.items()}
        except urllib.error.HTTPError as error:
            with error:
                raise_problem(error.code, error.read(_MOST_BYTES))
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise Unavailable(
                "server-unreachable", f"{self._url}: {getattr(reason, 'strerror', None) or reason}"
            ) from error
        if len(content) > _MOST_BYTES:
            raise Unavailable("server-answer-malformed", "the answer is larger than any of ours")
        return Reply(content, found)


def escape(segment: str) -> str:
    """One path segment, percent-encoded whole."""
    return quote(segment, safe="")


def connect(url: str, key_file: Path | None) -> Server:
    """The server, with the key from the file or from PROVENANCE_KEY, or without one."""
    if key_file is None:
        return Server(url, os.environ.get("PROVENANCE_KEY") or None)
    try:
        secret = key_file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        raise Misconfigured("file-unreadable", f"{key_file}: {reason}") from error
    return Server(url, secret)
