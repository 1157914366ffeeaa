"""The door: inspect a document, given as bytes or as a file, and get a value.

    found = inspect(Path("cong-van.pdf"), trust=read_trust_folder(Path("roots")))
    found.verdict, found.signatures[0].signer, found.digest
    PROFILES["agency"].objections(found)      # empty: accepted

Nothing here parses the document; see `child`.
"""

from __future__ import annotations

import base64
import contextlib
import os
import tempfile
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from ledger.clock import SystemClock, format_time
from ledger.errors import InvalidInput, Misconfigured, TooLarge, Unavailable
from ledger.signatures.confinement import LIMITS, Limits
from ledger.signatures.inspection import Inspection, read_inspection
from ledger.signatures.isolation import run_child

Content = bytes | Path
"""A file by its path, or what stands in it."""

MAX_TRUST_FILES = 500
MAX_TRUST_BYTES = 8 << 20
_MAX_TRUST_FILE = 1 << 20
_MAX_DEPTH = 3
_MAX_REQUEST = 1 << 20
_CERTIFICATE_FILES = {".pem", ".crt", ".cer", ".der", ".xml"}


def inspect(
    document: Content,
    *,
    name: str | None = None,
    detached: Content | None = None,
    request: bytes | None = None,
    trust: list[bytes] | None = None,
    at: datetime | None = None,
    limits: Limits = LIMITS,
) -> Inspection:
    """What the signatures of a document are worth, as of `at` (default: now).

    `name` tells what the content promises to be; `detached` is the data that a bare time-stamp or
    signature is over; `request` the time-stamp request a reply must answer; `trust` the contents
    of certificate files, None for no roots at all. Raises TooLarge `document-too-large`;
    Misconfigured `file-unreadable`; InvalidInput `trust-roots-empty`, `request-malformed`;
    Unavailable `inspection-…`, which says nothing about the document.
    """
    if request is not None and len(request) > _MAX_REQUEST:
        raise InvalidInput("request-malformed", "a time-stamp request is far smaller")
    told_name = name or (document.name if isinstance(document, Path) else "")
    with contextlib.ExitStack() as files:
        opened = files.enter_context(_open(document, limits))
        beside = None if detached is None else files.enter_context(_open(detached, None))
        numbers = [opened.fileno(), *([] if beside is None else [beside.fileno()])]
        report = run_child(
            {
                "document": opened.fileno(),
                "detached": None if beside is None else beside.fileno(),
                "request": None if request is None else _encode(request),
                "name": told_name,
                "trust": None if trust is None else [_encode(one) for one in trust],
                "at": format_time(at or SystemClock().now()),
            },
            numbers,
            limits,
        )
    try:
        return read_inspection(report)
    except (KeyError, ValueError, TypeError, InvalidInput):
        raise Unavailable("inspection-crashed", "the inspection gave no report") from None


def read_trust_folder(folder: Path) -> list[bytes]:
    """The contents of the certificate files of a folder and its subfolders (`.pem`, `.crt`, `.cer`,
    `.der`, and `.xml` for X-Road's shared parameters).

    Raises Misconfigured `file-unreadable`; InvalidInput `trust-roots-empty`; TooLarge
    `trust-roots-too-large`.
    """
    if not folder.is_dir():
        raise Misconfigured("file-unreadable", f"{folder}: not a folder")
    found: list[bytes] = []
    total = 0
    for path in sorted(folder.rglob("*")):
        deep = len(path.relative_to(folder).parts) > _MAX_DEPTH
        if deep or path.suffix.lower() not in _CERTIFICATE_FILES or not path.is_file():
            continue
        if path.stat().st_size > _MAX_TRUST_FILE:
            continue
        try:
            found.append(path.read_bytes())
        except OSError as error:
            raise Misconfigured("file-unreadable", f"{path}: {error.strerror}") from error
        total += len(found[-1])
        if len(found) > MAX_TRUST_FILES or total > MAX_TRUST_BYTES:
            raise TooLarge("trust-roots-too-large", f"{folder}: too many certificate files")
    if not found:
        raise InvalidInput("trust-roots-empty", f"{folder}: no certificate file")
    return found


def _open(content: Content, limits: Limits | None) -> BinaryIO:
    if isinstance(content, bytes):
        file = tempfile.TemporaryFile()  # noqa: SIM115 - whoever asked closes it
        file.write(content)
        file.flush()
        file.seek(0)
        opened: BinaryIO = file
    else:
        try:
            opened = content.open("rb")
        except OSError as error:
            raise Misconfigured("file-unreadable", f"{content}: {error.strerror}") from error
    size = os.fstat(opened.fileno()).st_size
    if limits is not None and size > limits.document:
        opened.close()
        most = limits.document >> 20
        raise TooLarge("document-too-large", f"{size} bytes; at most {most} MiB are inspected")
    return opened


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
