"""The bundle of every leg, kept here: what proves it when server and other party are gone.

The server makes it, since it needs proofs from the chain's state; it is taken only where it tells
the very events that are known here. Then what the server never had is put in: the whole manifest,
and the documents where they are small enough.

Between reading what is put in and writing the bundle nothing of it may be destroyed, and the other
way about: both are done alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import structlog

from ledger.client.exchange import ExchangeClient
from ledger.desk.acting import Alone
from ledger.desk.content import ContentFolder
from ledger.desk.events import DeskEvent, events_of
from ledger.desk.legs import LegRow, get_leg, unbundled
from ledger.desk.messages import MessageRow, get_message
from ledger.desk.small_file import make_directory, write_file
from ledger.desk.store import Store
from ledger.errors import LedgerError, NotFound, VerificationFailed
from ledger.exchange.message import BLOBS
from ledger.proof.leg_bundle import LegBundle, parse_leg_bundle
from ledger.proof.leg_cover import enclose
from ledger.records.commitment import commit
from ledger.records.disclosure import disclose
from ledger.records.policy import Audience

_log = structlog.get_logger(__name__)

_MOST_DOCUMENTS = 32 * 1024 * 1024
"""Bytes of documents in one bundle; larger ones stay beside it, the manifest has their digests."""
_AT_ONCE = 5


class Bundling:
    """Fetches, completes and keeps bundles."""

    def __init__(
        self,
        store: Store,
        server: ExchangeClient,
        content: ContentFolder,
        folder: Path,
        alone: Alone,
    ) -> None:
        self._store = store
        self._server = server
        self._content = content
        self._folder = folder
        self._alone = alone
        make_directory(folder)

    def has(self, leg: bytes) -> bool:
        """Whether one is kept."""
        return (self._folder / f"{leg.hex()}.asice").exists()

    def path_of(self, leg: bytes) -> Path:
        """Where the bundle of a leg is. Raises NotFound `desk-bundle-missing`."""
        path = self._folder / f"{leg.hex()}.asice"
        if not path.exists():
            raise NotFound("desk-bundle-missing", "no bundle of this leg is kept here yet")
        return path

    def fetch(self, leg: bytes) -> Path:
        """Get the newest one and keep it. Raises what the server says, VerificationFailed
        `desk-event-invalid` where it tells another story."""
        told = parse_leg_bundle(self._server.get_bundle(leg))
        with self._alone():
            with self._store.read() as tx:
                row = get_leg(tx, leg)
                message = get_message(tx, row.message)
                events = events_of(tx, row.key)
            _check_same(told, row, events)
            whole = self._enclose(told, message)
            write_file(self._folder / f"{leg.hex()}.asice", whole.encode())
            with self._store.write() as tx:
                tx.execute(
                    "UPDATE legs SET bundled = ? WHERE leg = ?", (len(told.events), bytes(leg))
                )
        return self.path_of(leg)

    def clear_leftovers(self) -> None:
        """Throw away what a crash left half written: documents stand in it."""
        with self._alone():
            for path in self._folder.glob(".*"):
                path.unlink(missing_ok=True)

    def fetch_some(self) -> int:
        """Those of some legs that moved since; how many. One that cannot be had waits."""
        with self._store.read() as tx:
            waiting: Sequence[LegRow] = unbundled(tx, _AT_ONCE)
        done = 0
        for row in waiting:
            try:
                self.fetch(row.id)
            except LedgerError as error:
                _log.info("bundle waits", leg=row.id.hex(), code=error.code)
            else:
                done += 1
        return done

    def _enclose(self, told: LegBundle, message: MessageRow) -> LegBundle:
        if message.destroyed_at is not None:
            # What was destroyed here is not taken back in from the server.
            return enclose(told, told.message.without(BLOBS), {})
        if message.envelope is None or message.salt is None:
            return told
        record = commit(message.envelope, message.salt)
        view = disclose(record, "exchange.message", Audience.OWNER)
        manifest = message.manifest
        parts = () if manifest is None else manifest.parts
        documents: dict[int, tuple[str, bytes]] = {}
        left = _MOST_DOCUMENTS
        for number, part in enumerate(parts):
            if part.size <= left and self._content.has(part.digest):
                left -= part.size
                content = self._content.get(part.digest).read_bytes()
                documents[number] = (_ending(part.name), content)
        return enclose(told, view, documents)


def _check_same(told: LegBundle, row: LegRow, events: Sequence[DeskEvent]) -> None:
    same = told.key == row.key and len(told.events) <= len(events)
    for ours, theirs in zip(events, told.events, strict=False):
        signature = None if theirs.by is None else theirs.by.signature
        same = same and (ours.action, ours.signature) == (theirs.action, signature)
    if not same:
        raise VerificationFailed("desk-event-invalid", "the bundle tells of other events")


def _ending(name: str) -> str:
    """The end of a file's name, as far as a bundle spells it."""
    ending = Path(name).suffix
    fits = ending[1:].isascii() and ending[1:].isalnum() and 2 <= len(ending) <= 9
    return ending if fits else ""
