"""HTTP to one server: one good answer, asked for as often as the patience allows."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from ledger.client.problem import raise_problem
from ledger.client.retrying import AGAIN, Patience, Waiting
from ledger.errors import InvalidInput, Unavailable

JSON = "application/json"

_MOST_BYTES = 256 * 1024 * 1024


class Connection:
    """One server and the API key used with it. Safe to share among threads."""

    def __init__(
        self, url: str, *, key: str | None, patience: Patience | None, timeout: float
    ) -> None:
        """`timeout` (s) is for one attempt, `patience` for a call. Raises InvalidInput
        `server-url-malformed`."""
        if not url.startswith(("http://", "https://")):
            raise InvalidInput("server-url-malformed", f"{url!r:.120} is no http or https address")
        self._patience = patience or Patience()
        headers = {"Authorization": f"Bearer {key}"} if key is not None else {}
        # No redirects: the key goes where it was meant to go, and nowhere else.
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        media: str | None = None,
        headers: Mapping[str, str] | None = None,
        accept: str = JSON,
    ) -> httpx.Response:
        """One good answer. Only for requests that may be repeated. Raises what the server's problem
        says, and Unavailable where nobody knows."""
        sent = {"Accept": accept, **(headers or {})}
        if media is not None:
            sent["Content-Type"] = media
        waiting = Waiting(self._patience)
        while True:
            retry_after = None
            try:
                answer = self._http.request(method, path, content=body, headers=sent)
            except httpx.TransportError as error:
                told = str(error) or type(error).__name__
                if not waiting.wait():
                    raise Unavailable("server-unreachable", told) from error
                continue
            # An answer and its stream hold each other, and with them both bodies until a full
            # collection: of a large transfer that is dozens of chunks.
            answer.stream = httpx.ByteStream(b"")
            if answer.is_success and len(answer.content) <= _MOST_BYTES:
                return answer
            if answer.status_code in AGAIN:
                retry_after = answer.headers.get("retry-after")
                if waiting.wait(retry_after):
                    continue
            raise_problem(answer.status_code, answer.content)
