"""The door to subscribers with a signature on it: each request under the receiver's own token.

A token is the receiver's secret. It is kept sealed with whom it belongs to and opened for the one
request; what an attacker gains by copying it from one row of the database to another is nothing.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from ledger.clock import unix_seconds
from ledger.epcis.subscription import MAX_DEST, MAX_TOKEN, check_dest, refuse
from ledger.epcis.uri import is_uri
from ledger.identity.sealing import Seal
from ledger.services.webhook import Webhook

MIN_TOKEN = 16


@dataclass(frozen=True, slots=True)
class Address:
    """Where one receiver is told: its URL, its sealed token (None where it has none, and nothing is
    signed), and what the token is bound to."""

    dest: str
    token: bytes | None
    owner: str


class SignedWebhook:
    """Checks and calls addresses. Safe to share among threads."""

    def __init__(self, webhook: Webhook, seal: Seal) -> None:
        self._webhook = webhook
        self._seal = seal

    def check(self, dest: str) -> None:
        """Raise InvalidInput `webhook-address-refused` for a URL that may never be called."""
        self._webhook.check(dest)

    def seal(self, token: str, owner: str) -> bytes:
        """The token as it may be stored with its owner."""
        return self._seal.close(token.encode(), owner)

    def check_address(self, dest: str, token: str) -> None:
        """Refuse a URL and a token that an organization cannot be told under.

        Raises InvalidInput `subscription-controls-malformed`, `webhook-address-refused`.
        """
        if len(dest) > MAX_DEST or not is_uri(dest):
            refuse("/dest", f"dest is a URL of at most {MAX_DEST} characters")
        check_dest(dest)
        if not MIN_TOKEN <= len(token) <= MAX_TOKEN:
            refuse("/signatureToken", f"a token has {MIN_TOKEN} to {MAX_TOKEN} characters")
        self.check(dest)

    def post(
        self, address: Address, name: str, body: bytes, at: datetime, headers: Mapping[str, str]
    ) -> None:
        """Hand the body over under its name, the same at every attempt; `at` is this attempt's.

        Raises InvalidInput `webhook-address-refused`, Unavailable `webhook-unreachable` or
        `secret-unreadable`.
        """
        told = {
            "Content-Type": "application/json",
            **headers,
            "Provenance-Delivery": name,
            "Webhook-Id": name,
            "Webhook-Timestamp": str(unix_seconds(at)),
        }
        if address.token is not None:
            token = self._seal.open(address.token, address.owner)
            told["GS1-Signature"] = _sign_body(token, body)
            told["Webhook-Signature"] = _sign_attempt(token, name, told["Webhook-Timestamp"], body)
        self._webhook.post(address.dest, body, told)


def _sign_body(token: bytes, body: bytes) -> str:
    """The value of `GS1-Signature`: HMAC-SHA-256 of the body under the client's token."""
    return f"sha256={hmac.new(token, body, sha256).hexdigest()}"


def _sign_attempt(token: bytes, name: str, timestamp: str, body: bytes) -> str:
    """The value of `Webhook-Signature` (Standard Webhooks 1.0.0): HMAC-SHA-256 of id, time of this
    attempt and body. Who keeps a notification and sends it again later cannot make it look new."""
    signed = b".".join((name.encode(), timestamp.encode(), body))
    return f"v1,{base64.b64encode(hmac.digest(token, signed, sha256)).decode()}"
