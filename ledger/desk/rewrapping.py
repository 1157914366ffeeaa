"""Keys that follow others: a data key is wrapped anew when its recipient has published another.

As sender, for legs whose content is still to be fetched: the data key is kept for so long. As
recipient, for what came to it, with the key it was wrapped to: before that one is given up. What
was wrapped before stays. A crash repeats it; the server keeps one wrap for each key and party.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import orjson
import structlog

from ledger.client.exchange import ExchangeClient, wrapped_keys_path
from ledger.clock import Clock, unix_seconds
from ledger.desk.acting import Alone
from ledger.desk.envelope import LegEnvelope
from ledger.desk.keys import DeskKeys
from ledger.desk.legs import LegRow, incoming_wrapped, outgoing_on_the_way, postpone
from ledger.desk.messages import forget_data_keys
from ledger.desk.sending import KeyFinder
from ledger.desk.store import Store
from ledger.desk.syncing import Syncing
from ledger.digest import Digest
from ledger.envelope.data_key import DataKey
from ledger.envelope.encryption_key import EncryptionKey
from ledger.envelope.wrapping import unwrap, wrap
from ledger.errors import Conflict, LedgerError, Unavailable, VerificationFailed
from ledger.identity.organization import OrgId

_log = structlog.get_logger(__name__)

_LOOK_AGAIN = timedelta(minutes=1)
"""How often a recipient is asked whether it has another key."""


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """What came of it: legs wrapped anew, legs that were wrapped to the present key already, and
    legs that no key here opens. Legs that were withdrawn are none of these."""

    done: Sequence[Digest]
    known: Sequence[Digest]
    unreadable: Sequence[Digest]


class Rewrapping:
    """Wraps data keys anew for one desk."""

    def __init__(
        self,
        store: Store,
        server: ExchangeClient,
        key_finder: KeyFinder,
        keys: DeskKeys,
        syncing: Syncing,
        alone: Alone,
        clock: Clock,
    ) -> None:
        self._store = store
        self._server = server
        self._key_finder = key_finder
        self._keys = keys
        self._syncing = syncing
        self._alone = alone
        self._clock = clock

    def follow_recipients(self) -> int:
        """Wrap to newer keys what is on its way to others, and forget the data keys of what has
        arrived everywhere; how many legs. One that cannot be done waits."""
        now = self._clock.now()
        with self._store.write() as tx:
            forget_data_keys(tx)
            quiet = int(_LOOK_AGAIN.total_seconds())
            waiting = outgoing_on_the_way(tx, unix_seconds(now), quiet)
            for row, _ in waiting:
                postpone(tx, row.id, unix_seconds(now + _LOOK_AGAIN))
        found: dict[OrgId, EncryptionKey | None] = {}
        done = 0
        for row, data_key in waiting:
            recipient = row.key.recipient
            if recipient not in found:
                found[recipient] = self._find(recipient)
            key = found[recipient]
            if key is None or key.id in _wrapped_to(row):
                continue
            try:
                self._hand_in(row, data_key, key)
            except Unavailable:
                raise
            except LedgerError as error:
                _log.warning("not wrapped anew", leg=row.id.hex(), code=error.code)
            else:
                done += 1
        return done

    def follow_own_key(self) -> Rewrapped:
        """Wrap to the present key everything that came here. Raises what the server says, after
        which it may be repeated."""
        present = self._keys.decryption.public
        with self._store.read() as tx:
            rows = incoming_wrapped(tx)
        done, known, unreadable = [], [], []
        for row in rows:
            try:
                # Of what its sender erased at the server, no wrap is left to read.
                if present.id in _wrapped_to(row):
                    known.append(row.id)
                    continue
                data_key = open_data_key(row, self._keys)
            except VerificationFailed:
                unreadable.append(row.id)
                continue
            try:
                self._hand_in(row, data_key, present)
            except Conflict as refusal:
                if refusal.code != "wrapped-key-gone":
                    raise
                continue  # Withdrawn: it must not keep the others from being wrapped anew.
            done.append(row.id)
        return Rewrapped(done, known, unreadable)

    def _find(self, org: OrgId) -> EncryptionKey | None:
        try:
            return self._key_finder.find(org)
        except Unavailable:
            raise
        except LedgerError as error:
            _log.info("no key to wrap to", org=org.text, code=error.code)
            return None

    def _hand_in(self, row: LegRow, data_key: DataKey, key: EncryptionKey) -> None:
        assert row.wrapped_key is not None, "looked for"
        first = LegEnvelope.parse(row.wrapped_key)
        made = replace(first, wrapped=wrap(data_key, key, row.message, row.id))
        body = orjson.dumps({"wrappedKey": made.encode()})
        self._server.hand_in(wrapped_keys_path(row.id), body)
        with self._alone():
            self._syncing.sync(row.id)


def open_data_key(row: LegRow, keys: DeskKeys) -> DataKey:
    """The data key of a leg that came, by the newest of its wraps that a key of ours opens. Raises
    VerificationFailed `wrapped-key-unreadable` where there is none, `desk-envelope-malformed` where
    the leg came without any."""
    texts = [one for one in (row.wrapped_key, *row.rewrapped) if one is not None]
    if not texts:
        raise VerificationFailed("desk-envelope-malformed", "the leg came without a key")
    fault = VerificationFailed("wrapped-key-unreadable", "wrapped to no key of ours")
    for text in reversed(texts):
        wrapped = LegEnvelope.parse(text).wrapped
        key = keys.find_decryption(wrapped.key_id)
        if key is None:
            continue
        try:
            return unwrap(wrapped, key, row.message, row.id)
        except VerificationFailed as error:
            fault = error
    raise fault


def _wrapped_to(row: LegRow) -> set[Digest]:
    texts = [one for one in (row.wrapped_key, *row.rewrapped) if one is not None]
    return {LegEnvelope.parse(text).wrapped.key_id for text in texts}
