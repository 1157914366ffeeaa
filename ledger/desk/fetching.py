"""What the server has for us: the feed is followed, content fetched, opened and checked.

A line of the feed is passed only when its leg was judged and stored, so a crash repeats and never
skips. Content is fetched for every leg that is on its way to us, and its arrival is then signed by
the gateway: from that moment the document is received in the sense of the Law on E-Transactions,
Article 17, so not a byte of it may be missing here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import structlog

from ledger.client.exchange import ExchangeClient
from ledger.client.transferring import Transferring
from ledger.clock import Clock, unix_seconds
from ledger.desk.acting import Acting, Alone, Wanted
from ledger.desk.content import ContentFolder
from ledger.desk.envelope import LegEnvelope, open_part, open_record
from ledger.desk.evidencing import Said
from ledger.desk.keys import DeskKeys
from ledger.desk.legs import LegRow, incoming_on_the_way, postpone
from ledger.desk.messages import Stage, fill_message, get_message
from ledger.desk.rewrapping import open_data_key
from ledger.desk.store import Store, find_fact, put_fact
from ledger.desk.syncing import Syncing
from ledger.desk.transfer import Progress, tell_nobody
from ledger.digest import Digest
from ledger.envelope.content import Layout
from ledger.envelope.data_key import DataKey
from ledger.errors import LedgerError, NotFound, Unavailable, VerificationFailed
from ledger.exchange.message import Part
from ledger.exchange.rules import LegAction, LegState

_log = structlog.get_logger(__name__)

_FEED = "feed"
_UNAVAILABLE, _DIFFERS = 601, 602
_AGAIN = timedelta(hours=1)
"""After content was not what it must be: the sender or the operator has to mend it, and each
attempt is one of the few that the sender allowed."""
_SOON = timedelta(seconds=20)
_REWRAPPED = timedelta(minutes=1)
"""After it was wrapped to no key of ours: by then its sender's desk has wrapped it anew."""


class Fetching:
    """Follows the feed and takes in what is for us."""

    def __init__(
        self,
        store: Store,
        server: ExchangeClient,
        transfer: Transferring,
        keys: DeskKeys,
        content: ContentFolder,
        sealed: ContentFolder,
        syncing: Syncing,
        acting: Acting,
        alone: Alone,
        clock: Clock,
    ) -> None:
        self._store = store
        self._server = server
        self._transfer = transfer
        self._keys = keys
        self._content = content
        self._sealed = sealed
        self._syncing = syncing
        self._acting = acting
        self._alone = alone
        self._clock = clock

    def follow(self) -> int:
        """Read the feed to its end; how many legs something happened to. Raises Unavailable."""
        seen = 0
        while True:
            with self._store.read() as tx:
                after = int(find_fact(tx, _FEED) or 0)
            page = self._server.get_feed(after)
            # Each leg at its last line: it is told as it is now, and what it speaks of by then (the
            # leg that replaces it) was opened in a line before that one.
            for leg in reversed(dict.fromkeys(reversed(page.legs))):
                try:
                    with self._alone():
                        self._syncing.sync(leg)
                except (VerificationFailed, NotFound) as error:
                    # A lie about one leg, noted there, must not keep the others waiting.
                    _log.warning("leg passed over", leg=leg.hex(), code=error.code)
                seen += 1
            with self._store.write() as tx:
                put_fact(tx, _FEED, str(page.next))
            if page.next >= page.last or page.next == after:
                return seen

    def take_in(self, progress: Progress = tell_nobody) -> Sequence[LegRow]:
        """Fetch and acknowledge everything that is on its way to us; what arrived now."""
        with self._store.read() as tx:
            waiting = incoming_on_the_way(tx, unix_seconds(self._clock.now()))
        arrived = []
        for row in waiting:
            try:
                taken = self._take_in(row, progress)
                arrived += [] if taken is None else [taken]
            except LedgerError as error:
                _log.warning("not taken in", leg=row.id.hex(), code=error.code, detail=error.detail)
                self._postpone(row, _SOON)
        return arrived

    def _take_in(self, row: LegRow, progress: Progress) -> LegRow | None:
        """Fetch and acknowledge one; None where there is nothing to say of it that was not said."""
        try:
            self._fetch(row, progress)
        except (VerificationFailed, NotFound) as error:
            _log.warning("content refused", leg=row.id.hex(), code=error.code, detail=error.detail)
            if error.code == "wrapped-key-unreadable":
                self._postpone(row, _REWRAPPED)
                if row.leg.state is LegState.CONSIGNMENT_FAILED:
                    return None  # Its sender was told.
            else:
                self._postpone(row, _AGAIN)
            reason = _UNAVAILABLE if isinstance(error, NotFound) else _DIFFERS
            failed = Wanted(LegAction.FAIL_CONSIGNMENT, Said(reason=reason))
            return self._acting.act(row.id, failed)
        return self._acting.act(row.id, Wanted(LegAction.ARRIVE))

    def _fetch(self, row: LegRow, progress: Progress) -> None:
        with self._store.read() as tx:
            message = get_message(tx, row.message)
        if message.stage is Stage.FETCHED:
            return
        data_key = self._open_data_key(row)
        assert row.wrapped_key is not None, "opened just now"
        envelope = LegEnvelope.parse(row.wrapped_key)
        sealed = self._download(envelope.manifest, envelope.manifest_size)
        opened = open_record(data_key, row.message, sealed)
        for part in opened.manifest.parts:
            self._fetch_part(data_key, part, progress)
        with self._store.write() as tx:
            if not all(self._content.has(part.digest) for part in opened.manifest.parts):
                # A recall of another message has destroyed the same content meanwhile: once more.
                raise Unavailable("desk-busy", "another process is at work here: a recall")
            fill_message(tx, row.message, opened.envelope, opened.salt, Stage.FETCHED)
        for blob in (envelope.manifest, *opened.manifest.blobs):
            self._sealed.remove(blob)

    def _open_data_key(self, row: LegRow) -> DataKey:
        try:
            return open_data_key(row, self._keys)
        except VerificationFailed as error:
            if error.code != "wrapped-key-unreadable":
                raise
            # Its sender may have wrapped it to a later key of ours since; no event tells of that.
            with self._alone():
                return open_data_key(self._syncing.sync(row.id), self._keys)

    def _fetch_part(self, data_key: DataKey, part: Part, progress: Progress) -> None:
        if self._content.has(part.digest):
            return
        size = Layout(part.size).blob_size
        sealed = self._download(part.blob, size, part.name, progress)
        kept = self._content.keep(open_part(data_key, sealed), part.digest)
        if kept.size != part.size:
            raise VerificationFailed(
                "desk-content-differs", f"{part.name} has {kept.size} bytes, not {part.size}"
            )

    def _download(
        self, blob: Digest, size: int, name: str = "", progress: Progress = tell_nobody
    ) -> Path:
        path = self._sealed.path_of(blob)
        if not path.exists():
            self._transfer.download(
                blob, path, size, lambda done, total: progress(name, done, total)
            )
        return path

    def _postpone(self, row: LegRow, wait: timedelta) -> None:
        with self._store.write() as tx:
            postpone(tx, row.id, unix_seconds(self._clock.now() + wait))
