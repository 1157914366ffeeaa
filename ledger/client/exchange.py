"""The exchange of documents at one server: hand in messages and steps, read legs and the feed.

Nothing here judges what it is told (`ledger.desk` does), and nothing is asked for that may not be
asked for again: the server knows a message by sender, document and version, a step by its
signature.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ledger import canonical
from ledger.client.connection import JSON, Connection
from ledger.digest import Digest
from ledger.errors import InvalidInput, Unavailable
from ledger.identity.organization import OrgId

MESSAGES = "/exchange/messages"
MANDATES = "/exchange/mandates"
_BUNDLE = "application/vnd.etsi.asic-e+zip"


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Legs that something happened to, in the order of the server; from where to ask on, and the
    newest number there is."""

    legs: Sequence[Digest]
    next: int
    last: int


class ExchangeClient:
    """One server's exchange, for whoever the connection's key belongs to."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def hand_in(self, path: str, body: bytes) -> dict[str, Any]:
        """POST a signed request; may be repeated. Raises what the server's problem says, and
        Unavailable where nobody knows."""
        return _object(self._connection.ask("POST", path, body, JSON).content)

    def relay(self, path: str, body: bytes) -> None:
        """POST a signed request that is answered with nothing but that it was taken. Raises as
        `hand_in`."""
        self._connection.ask("POST", path, body, JSON)

    def get_contracts(self) -> dict[str, Any]:
        """Where the contracts stand, as the server says."""
        return _object(self._connection.ask("GET", "/exchange").content)

    def get_mandate(self, giver: OrgId, taker: OrgId) -> dict[str, Any]:
        """What stands between the two, as the server says."""
        path = f"{MANDATES}?giver={giver.text}&taker={taker.text}"
        return _object(self._connection.ask("GET", path).content)

    def find_legs(self, org: OrgId, *, sent: bool, limit: int = 100) -> list[Any]:
        """Legs that an organization sent or receives, newest paper first. Raises Forbidden
        `foreign-organization`."""
        box = "out" if sent else "in"
        path = f"/exchange/legs?organization={org.text}&box={box}&perPage={limit}"
        return _array(self._connection.ask("GET", path).content)

    def get_leg(self, leg: bytes) -> dict[str, Any]:
        """A leg with its message and events. Raises NotFound `leg-unknown`."""
        return _object(self._connection.ask("GET", f"/exchange/legs/{leg.hex()}").content)

    def get_events(self, leg: bytes) -> list[Any]:
        """Everything that happened to it, in order."""
        answer = self._connection.ask("GET", f"/exchange/legs/{leg.hex()}/events")
        return _array(answer.content)

    def get_bundle(self, leg: bytes) -> bytes:
        """What proves a leg, as far as the chain has it. Raises Unavailable `leg-not-anchored`."""
        path = f"/exchange/legs/{leg.hex()}/bundle"
        return self._connection.ask("GET", path, accept=_BUNDLE).content

    def get_feed(self, after: int, limit: int = 200) -> FeedPage:
        """What happened after that number of the feed; asked again, it is told the same again."""
        told = _object(
            self._connection.ask("GET", f"/exchange/feed?after={after}&limit={limit}").content
        )
        try:
            legs = [Digest.from_hex(item["leg"]["leg"]) for item in _list(told, "items")]
            return FeedPage(legs, int(told["next"]), int(told["last"]))
        except (InvalidInput, KeyError, TypeError, ValueError) as error:
            raise _malformed("the feed") from error


def steps_path(leg: bytes) -> str:
    """Where steps of a leg are handed in."""
    return f"/exchange/legs/{leg.hex()}/steps"


def wrapped_keys_path(leg: bytes) -> str:
    """Where a data key of a leg, wrapped anew, is handed in."""
    return f"/exchange/legs/{leg.hex()}/wrapped-keys"


def _parse(content: bytes) -> Any:
    try:
        return canonical.parse(content)
    except InvalidInput as error:
        raise _malformed(str(error)) from error


def _object(content: bytes) -> dict[str, Any]:
    found = _parse(content)
    if not isinstance(found, dict):
        raise _malformed("there is no JSON object")
    return found


def _array(content: bytes) -> list[Any]:
    found = _parse(content)
    if not isinstance(found, list):
        raise _malformed("there is no JSON array")
    return found


def _list(told: dict[str, Any], name: str) -> list[Any]:
    found = told.get(name)
    if not isinstance(found, list):
        raise _malformed(f"there is no list {name!r}")
    return found


def _malformed(what: str) -> Unavailable:
    return Unavailable("server-answer-malformed", f"not what such a server answers: {what}")
