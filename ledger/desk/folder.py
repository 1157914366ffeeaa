"""The desk's folder: who it is, its keys, its documents. Whoever reads it is the agency.

::

    desk.json            ledger.desk.settings
    trust.json           what it believes of chain, contracts and keys (docs/formats/trust.md)
    keystore.json        the seed of its keys; its password beside it unless the environment has it
    api-key              how it shows itself to the server
    desk.sqlite          messages, legs, events, evidence, numbers, what is still to be handed in
    content/             documents, each under the SHA-256 of its bytes
    sealed/              what was encrypted and is not with the server yet, or not opened yet
    drafts/              files of messages that are being written in the portal
    bundles/             what proves each leg without server and chain (docs/formats/leg-bundle.md)
    roots/               certificates that signatures of documents are to end in, if any
    lock-…               one process at a time does each kind of work

A copy of the folder is a complete backup while nothing runs.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from ledger.desk.keys import DeskKeys
from ledger.desk.settings import DeskSettings
from ledger.desk.small_file import make_directory, read_file, write_file
from ledger.errors import Misconfigured, Unavailable
from ledger.identity.keystore import Keystore
from ledger.proof.trust import TrustAnchors, parse_trust

PASSWORD_VARIABLE = "PROVENANCE_DESK_PASSWORD"  # noqa: S105 - the name of a variable
_LOCK_SECONDS = 120.0


class DeskFolder:
    """Paths of one desk, and what lies there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.database = path / "desk.sqlite"
        self.content = path / "content"
        self.sealed = path / "sealed"
        self.drafts = path / "drafts"
        self.roots = path / "roots"
        self.bundles = path / "bundles"
        self.api_key = path / "api-key"
        self.trust_file = path / "trust.json"
        self._settings = path / "desk.json"
        self._keystore = path / "keystore.json"
        self._password = path / "keystore.password"

    def make_keys(self) -> DeskKeys:
        """The keys of a new desk, or of one that was begun before: made once, never replaced.

        Their addresses must be registered before anything can be sent, so they come before the
        rest of the folder.
        """
        make_directory(self.path)
        if not self._keystore.exists():
            password = os.environ.get(PASSWORD_VARIABLE)
            if password is None:
                if not self._password.exists():
                    write_file(self._password, secrets.token_urlsafe(32).encode() + b"\n")
                password = self._read_password()
            Keystore.create(self._keystore, password)
        return self.keys()

    def create(self, settings: DeskSettings, trust: bytes, api_key: str) -> None:
        """Write what the desk is; `desk.json` last, since with it the desk exists. Raises
        Misconfigured `desk-exists`, InvalidInput for a trust file that is none."""
        if self._settings.exists():
            raise Misconfigured("desk-exists", f"{self.path} is a desk already")
        parse_trust(trust)
        self.make_keys()
        for directory in (self.content, self.sealed):
            make_directory(directory)
        write_file(self.trust_file, trust)
        write_file(self.api_key, api_key.strip().encode() + b"\n")
        write_file(self._settings, settings.encode())

    def change(self, settings: DeskSettings) -> None:
        """Write anew what the desk is. Raises Misconfigured `desk-missing` or `desk-malformed`."""
        self.settings()
        write_file(self._settings, settings.encode())

    def settings(self) -> DeskSettings:
        """What it is. Raises Misconfigured `desk-missing` or `desk-malformed`."""
        if not self._settings.exists():
            raise Misconfigured("desk-missing", f"{self.path} is no desk")
        return DeskSettings.parse(read_file(self._settings))

    def trust(self) -> TrustAnchors:
        """What it believes. Raises what reading the file raises."""
        return parse_trust(read_file(self.trust_file))

    def read_api_key(self) -> str:
        """The secret it shows to the server."""
        return read_file(self.api_key).decode("ascii", "replace").strip()

    def keys(self, encryption_keys: int = 1) -> DeskKeys:
        """Its keys. Raises Misconfigured as the keystore does."""
        password = os.environ.get(PASSWORD_VARIABLE) or self._read_password()
        return DeskKeys(Keystore.open(self._keystore, password), encryption_keys)

    @contextlib.contextmanager
    def alone(self, work: str) -> Iterator[None]:
        """Be the one process and thread that does this work; the kernel gives the place back should
        we die. Raises Unavailable `desk-busy`."""
        with (self.path / f"lock-{work}").open("w") as lock:
            deadline = time.monotonic() + _LOCK_SECONDS
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise Unavailable(
                            "desk-busy", f"another process is at work here: {work}"
                        ) from None
                    time.sleep(0.02)
            yield

    def _read_password(self) -> str:
        if not self._password.exists():
            raise Misconfigured(
                "keystore-password-missing", f"neither {self._password} nor {PASSWORD_VARIABLE}"
            )
        return read_file(self._password).decode().strip()
