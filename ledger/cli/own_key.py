"""The commands' door to a server for an organization that holds its own key."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.errors import Misconfigured

if TYPE_CHECKING:
    from ledger.client.own_key import OwnKey


@contextlib.contextmanager
def open_own_key(
    url: str, key_file: Path | None, signing_key: Path, trust_file: Path | None
) -> Iterator[OwnKey]:
    """Sign on this machine with the key in that file, for the chain that the trust file names.

    Raises Misconfigured `file-unreadable` or `trust-file-missing`, InvalidInput
    `private-key-malformed`, what reading the trust file and asking the server raise.
    """
    from ledger.client.ledger_client import LedgerClient
    from ledger.client.own_key import OwnKey
    from ledger.identity.organization import OrgId
    from ledger.identity.private_key import PrivateKey
    from ledger.identity.signer import KeySigner
    from ledger.proof.trust import parse_trust

    if trust_file is None:
        raise Misconfigured(
            "trust-file-missing", "--signing-key needs --trust: it says for which chain to sign"
        )
    secret = os.environ.get("PROVENANCE_KEY") if key_file is None else _read(key_file).decode()
    signer = KeySigner(PrivateKey.from_hex(_read(signing_key).decode("ascii", "replace")))
    trust = parse_trust(_read(trust_file))
    with LedgerClient(url, key=(secret or "").strip() or None) as ledger:
        org = OrgId.parse(ledger.connection.ask("GET", "/caller").json()["org"])
        yield OwnKey(ledger, org=org, signer=signer, trust=trust)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Misconfigured("file-unreadable", f"{path}: {error.strerror}") from error
