"""Erasure of documents at one server: approve, ask how far it is, have it done.

Nothing here judges what it is told, and all of it may be asked for again: the server keeps one
approval for each key, and answers a second erasure with the certificate of the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from ledger.client.connection import JSON, Connection
from ledger.digest import Digest
from ledger.errors import InvalidInput, Unavailable
from ledger.exchange.erasure import ErasureApproval
from ledger.identity.organization import OrgId


@dataclass(frozen=True, slots=True)
class ToldHold:
    """An organization that needs a document kept, and why."""

    org: OrgId
    reason: str


@dataclass(frozen=True, slots=True)
class ToldErasure:
    """How far the erasure of a leg is, as the server says; `certificate` is None until it is
    done."""

    holds: tuple[ToldHold, ...]
    certificate: str | None


class ErasureClient:
    """One server's erasures, for whoever the connection's key belongs to. Every call raises what
    the server's problem says, and Unavailable where nobody knows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, leg: Digest) -> ToldErasure:
        """How far it is. Raises NotFound `leg-unknown`."""
        return _read(self._connection.ask("GET", _path(leg)).content)

    def approve(self, one: ErasureApproval) -> ToldErasure:
        """Hand in what one key approves."""
        body = orjson.dumps(
            {
                "org": one.org.text,
                "reason": one.reason,
                "keptUntil": one.kept_until,
                "deadline": one.deadline,
                "signer": one.signer.lower(),
                "signature": "0x" + one.signature.hex(),
            }
        )
        path = f"{_path(one.leg)}/approvals"
        return _read(self._connection.ask("POST", path, body, JSON).content)

    def erase(self, leg: Digest) -> ToldErasure:
        """Have it destroyed there. Raises Conflict `erasure-step-missing`, `erasure-held`,
        `erasure-not-approved` or `retention-not-over`."""
        return _read(self._connection.ask("POST", _path(leg)).content)

    def hold(self, leg: Digest, reason: str) -> None:
        """Have it kept, until it is lifted."""
        self._connection.ask("PUT", _hold_path(leg), orjson.dumps({"reason": reason}), JSON)

    def lift(self, leg: Digest) -> None:
        """End one's own hold."""
        self._connection.ask("DELETE", _hold_path(leg))


def _path(leg: Digest) -> str:
    return f"/exchange/legs/{leg.hex()}/erasure"


def _hold_path(leg: Digest) -> str:
    return f"/exchange/legs/{leg.hex()}/hold"


def _read(content: bytes) -> ToldErasure:
    try:
        told: dict[str, Any] = orjson.loads(content)
        certificate = told["certificate"]
        if certificate is not None and not isinstance(certificate, str):
            raise TypeError("the certificate is no text")
        holds = [ToldHold(OrgId.parse(one["org"]), str(one["reason"])) for one in told["holds"]]
    except (InvalidInput, KeyError, TypeError, ValueError) as error:
        raise Unavailable("server-answer-malformed", "this is no state of an erasure") from error
    return ToldErasure(tuple(holds), certificate)
