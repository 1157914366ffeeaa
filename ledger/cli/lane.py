"""The lane of single events: from the process that answers to an intake process and back.

The answering process listens on a socket in a directory of its own, the worker comes to it. Each
worker that comes has a connection of its own, so that one killed in the middle of a frame leaves
nothing half read to the next: the group it had in hand is sent again whole. If it had been stored,
the repeat is answered from the eventIDs. Only this user may enter the directory, and whoever is
this user needs no pickle to run code as them.
"""

from __future__ import annotations

import socket
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from ledger.errors import Unavailable
from ledger.services.group_commit import StoreGroup
from ledger.services.single_events import Answer, Single

_LOOK_SECONDS = 0.2
_PATIENCE_SECONDS = 20.0


class Lane:
    """The end that answers. `store` belongs to one thread at a time: the group commit's."""

    def __init__(self) -> None:
        # Not in the data directory: the kernel takes 107 bytes for a socket's path.
        self._folder = tempfile.TemporaryDirectory(prefix="provenance-")
        self.address = str(Path(self._folder.name) / "lane")
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.address)
        self._listener.listen()
        self._listener.settimeout(_LOOK_SECONDS)
        self._worker: Connection | None = None

    def close(self) -> None:
        """No worker is met any more."""
        self._dismiss()
        self._listener.close()
        self._folder.cleanup()

    def store(self, group: Sequence[Single]) -> Sequence[Answer]:
        """Have a group stored by a worker, and by the next one should it die over it.

        Raises Unavailable `capture-overloaded` when none has answered within twenty seconds.
        """
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                worker = self._meet()
                worker.send(group)
                while not worker.poll(_LOOK_SECONDS):
                    if time.monotonic() >= deadline:
                        raise TimeoutError
                answers: Sequence[Answer] = worker.recv()
            except (OSError, EOFError):
                # A late answer must not be taken for that of the next group.
                self._dismiss()
            else:
                return answers
        raise Unavailable("capture-overloaded", "no intake process answers")

    def _meet(self) -> Connection:
        if self._worker is None:
            self._worker = Connection(self._listener.accept()[0].detach())
        return self._worker

    def _dismiss(self) -> None:
        if self._worker is not None:
            self._worker.close()
            self._worker = None


def serve_lane(address: str, store: StoreGroup, stop: threading.Event) -> None:
    """The worker's end: store groups until told to stop or nobody is left to answer to."""
    with suppress(OSError, EOFError), socket.socket(socket.AF_UNIX) as near:
        near.connect(address)
        with Connection(near.detach()) as connection:
            while not stop.is_set():
                if connection.poll(_LOOK_SECONDS):
                    connection.send(store(connection.recv()))
