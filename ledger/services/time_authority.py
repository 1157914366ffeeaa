"""The door to a time-stamping authority: one request of RFC 3161 over HTTP (3.4).

Authorities of governments answer in 2 to 131 seconds, so whoever asks here must have time. What
comes back is checked before it is believed; an authority that lies costs a token, never the truth.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import httpx
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate

from ledger.errors import Misconfigured, Unavailable
from ledger.timestamps.roots import load_roots
from ledger.timestamps.token import MAX_RESPONSE_BYTES, Token, check_token, make_request

ANSWER_SECONDS = 180.0
"""How long an answer may take, to its last byte."""

_CONNECT_SECONDS = 10.0
_HEADERS = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}


@dataclass(frozen=True, slots=True)
class Stamped:
    """An authority's whole answer (TimeStampResp, DER), checked, and what it says."""

    response: bytes
    token: Token


class TimeAuthority:
    """Asks one authority. Safe to share among threads."""

    def __init__(
        self, url: str, roots: Sequence[Certificate], *, answer_seconds: float = ANSWER_SECONDS
    ) -> None:
        self.url = url
        self.roots = tuple(roots)
        """What its tokens must end in."""
        self._seconds = answer_seconds

    def stamp(self, data: bytes) -> Stamped:
        """A token for the data. Raises Unavailable `time-authority-unavailable` when there is no
        answer in time; VerificationFailed `timestamp-…` for one that does not hold."""
        request = make_request(data)
        response = self._post(request.encoded)
        return Stamped(response, check_token(response, data, self.roots, request.nonce))

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """The roots, DER."""
        return tuple(root.public_bytes(Encoding.DER) for root in self.roots)

    def close(self) -> None:
        """Drop the connections."""
        if "_http" in vars(self):
            self._http.close()

    @cached_property
    def _http(self) -> httpx.Client:
        """Made when it is first needed: most processes never ask."""
        connect = min(_CONNECT_SECONDS, self._seconds)
        return httpx.Client(
            timeout=httpx.Timeout(self._seconds, connect=connect), follow_redirects=False
        )

    def _post(self, body: bytes) -> bytes:
        until = time.monotonic() + self._seconds
        received = bytearray()
        try:
            with self._http.stream("POST", self.url, content=body, headers=_HEADERS) as answer:
                if answer.status_code != 200:
                    raise _unavailable(f"status {answer.status_code}")
                for chunk in answer.iter_bytes():
                    received += chunk
                    if len(received) > MAX_RESPONSE_BYTES:
                        raise _unavailable(f"an answer of more than {MAX_RESPONSE_BYTES} bytes")
                    if time.monotonic() > until:
                        raise _unavailable(f"no whole answer in {self._seconds:g} seconds")
        except (httpx.HTTPError, httpx.InvalidURL, RuntimeError) as error:
            # RuntimeError: the client was closed meanwhile.
            raise _unavailable(f"{type(error).__name__}: {error!s:.200}") from error
        return bytes(received)


def find_authority(url: str | None, roots: Path | None) -> TimeAuthority | None:
    """The authority of the settings, None where there is none. Raises Misconfigured
    `time-authority-roots-unreadable`."""
    if url is None:
        return None
    if roots is None:
        raise Misconfigured(
            "time-authority-roots-unreadable", "no roots are named for the authority's tokens"
        )
    return TimeAuthority(url, load_roots(roots))


def _unavailable(detail: str) -> Unavailable:
    return Unavailable("time-authority-unavailable", f"the authority gave no answer: {detail}")
