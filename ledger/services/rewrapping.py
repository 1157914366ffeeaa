"""Taking in a data key that was wrapped anew, to a key its recipient has published since.

The content is neither encrypted nor sent again. Nothing is opened here: a wrap that is of another
key, message or leg does not open, and costs whoever relied on it nothing, for those before it stay.
"""

from __future__ import annotations

from typing import Any

from ledger import canonical
from ledger.clock import Clock, unix_seconds
from ledger.digest import Digest
from ledger.envelope.wrapping import WrappedKey
from ledger.errors import Conflict, InvalidInput, NotFound
from ledger.exchange.rules import LegState
from ledger.services.caller import Caller, Scope
from ledger.services.exchange_submitting import MOST_KEY_BYTES
from ledger.storage.database import Database
from ledger.storage.exchange_wraps import WrapRow

_OVER = frozenset({LegState.SUBMISSION_REJECTED, LegState.RECALLED, LegState.WITHDRAWN})
"""Nobody is to read it any more."""


class Rewrapping:
    """Keeps wraps beside those there are."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def hand_in(self, caller: Caller, leg: Digest, text: str) -> tuple[WrapRow, bool]:
        """Keep a wrap that a party of the leg made; durable when this returns. The second for the
        same key by the same party changes nothing: the first is returned, with False.

        `text` is the leg's own but for `keyId` and `wrapped`. Raises NotFound `leg-unknown`;
        InvalidInput `wrapped-key-malformed`; Conflict `wrapped-key-unpublished` where the recipient
        states no such key, `wrapped-key-gone` where there is none to take the place of.
        """
        caller.require(Scope.CAPTURE)
        wrapped, rest = _read(text)
        now = self._clock.now()
        with self._db.write() as tx:
            row = tx.exchange_legs.by_id([leg], lock=True).get(leg)
            if row is None or caller.org not in (row.key.sender, row.key.recipient):
                raise NotFound("leg-unknown", "no such leg, or none of yours")
            if row.standing.state in _OVER:
                raise Conflict("wrapped-key-gone", f"the leg is {row.standing.state.name}")
            if rest != _rest_of_first(row.wrapped_key):
                raise InvalidInput(
                    "wrapped-key-malformed", "it goes with another content", pointer="/wrappedKey"
                )
            stated = tx.encryption_keys.list(row.key.recipient)
            at = unix_seconds(now)
            # One that is yet to begin will do: whoever rotates wraps its own legs to it right away.
            if not any(one.key.id == wrapped.key_id and at < one.valid_until for one in stated):
                raise Conflict(
                    "wrapped-key-unpublished", f"the recipient states no key {wrapped.key_id.hex()}"
                )
            made = WrapRow(row.pk, wrapped.key_id, caller.org, text, now)
            if tx.exchange_wraps.add(made):
                return made, True
            for known in tx.exchange_wraps.of_leg(row.pk):
                if (known.key_id, known.org) == (made.key_id, made.org):
                    return known, False
        raise AssertionError("it was added, or known")


def _read(text: str) -> tuple[WrappedKey, dict[str, Any]]:
    """The wrap, and what goes with it."""
    if len(text) > MOST_KEY_BYTES:
        raise InvalidInput("wrapped-key-malformed", "too long", pointer="/wrappedKey")
    try:
        told = canonical.parse(text.encode())
        if not isinstance(told, dict):
            raise InvalidInput("wrapped-key-malformed", "no JSON object")
        wrapped = {name: told.pop(name, None) for name in ("keyId", "wrapped")}
        return WrappedKey.from_json(wrapped), told
    except (InvalidInput, TypeError) as error:
        raise InvalidInput(
            "wrapped-key-malformed", str(error)[:200], pointer="/wrappedKey"
        ) from error


def _rest_of_first(text: str | None) -> dict[str, Any]:
    """What goes with the first wrap. Raises Conflict `wrapped-key-gone` where there is none that
    could be followed, or it was erased."""
    try:
        return _read(text or "")[1]
    except InvalidInput as error:
        raise Conflict("wrapped-key-gone", "the leg has no key to be wrapped anew") from error
