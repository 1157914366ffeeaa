"""The roots a time-stamp must end in: certificates somebody chose and put into a file or folder.

Whoever can write there decides which authorities are believed.
"""

from __future__ import annotations

from pathlib import Path

from cryptography.x509 import (
    Certificate,
    load_der_x509_certificate,
    load_pem_x509_certificates,
)

from ledger.errors import Misconfigured

_MOST_BYTES = 1024 * 1024
_MOST_FILES = 1_000
_ENDINGS = {".pem", ".crt", ".cer", ".der"}


def load_roots(path: Path) -> tuple[Certificate, ...]:
    """Every certificate in the file, or in the folder's `.pem`, `.crt`, `.cer` and `.der` files.

    Raises Misconfigured `time-authority-roots-unreadable`, also when there is none.
    """
    try:
        files = (
            sorted(one for one in path.iterdir() if one.suffix.lower() in _ENDINGS)
            if path.is_dir()
            else [path]
        )
        found = [one for file in files[:_MOST_FILES] for one in _read(file)]
    except (OSError, ValueError) as error:
        raise Misconfigured("time-authority-roots-unreadable", f"{path}: {error!s:.200}") from error
    if not found:
        raise Misconfigured("time-authority-roots-unreadable", f"{path} holds no certificate")
    return tuple(dict.fromkeys(found))


def _read(path: Path) -> list[Certificate]:
    with path.open("rb") as file:
        data = file.read(_MOST_BYTES)
    if b"-----BEGIN CERTIFICATE-----" in data:
        return load_pem_x509_certificates(data)
    return [load_der_x509_certificate(data)]
