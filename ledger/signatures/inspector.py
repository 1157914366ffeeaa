"""Which family a file belongs to, and its findings with the verdict. Runs in the child process."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from ledger.digest import Digest
from ledger.signatures.digest_methods import chunks_of, digest_stream
from ledger.signatures.findings import Findings
from ledger.signatures.inspection import Inspection
from ledger.signatures.judging import judge
from ledger.signatures.trust_roots import TrustRoots
from ledger.signatures.verdict import Outcome, failed, unknown

_PDF, _SEQUENCE, _ARMOR = b"%PDF-", b"\x30", b"-----BEGIN "
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_XML_SPACE = b"\xef\xbb\xbf \t\r\n"
_SKIPPED = Outcome.SKIPPED
_PDF_WITHIN = 1024
MAX_DER = MAX_XML_BYTES = 16 * 1024 * 1024
_PROMISES_SIGNATURE = (
    ".asice", ".asics", ".sce", ".scs", ".bdoc", ".pdf", ".tsr", ".tst", ".p7s", ".p7m",
)  # fmt: skip
"""Endings of names whose content is signed, or nothing."""


@dataclass(frozen=True)
class Task:
    """A document to look at, and what to look at it with."""

    document: BinaryIO
    name: str
    detached: BinaryIO | None
    request: bytes | None
    trust: TrustRoots
    at: datetime


def inspect_document(task: Task) -> Inspection:
    """Everything about one document. Never raises for what stands in it."""
    digest = hashlib.sha256()
    size = 0
    for chunk in chunks_of(task.document):
        digest.update(chunk)
        size += len(chunk)
    task.document.seek(0)
    try:
        found = _find(task)
    except (MemoryError, ImportError, AssertionError):
        raise  # of this program or its machine, not of the file
    except Exception as error:
        # The last line of defence: a stranger's file met a fault of a library, or of ours. That is
        # no reason to call it forged, and none to call it good.
        told = unknown("document-unreadable", f"{type(error).__name__}: {error}"[:300])
        found = Findings("other", structure=told)
    return Inspection(
        kind=found.kind,
        sha256=Digest(digest.digest()),
        size=size,
        at=task.at,
        verdict=judge(found.signatures, found.structure, found.unsigned),
        signatures=found.signatures,
        structure=found.structure,
        unsigned=found.unsigned,
        notices=found.notices,
    )


def _find(task: Task) -> Findings:
    found = _find_by_content(task)
    plain = found is None or (found.kind == "archive" and found.structure.outcome is _SKIPPED)
    if plain and task.name.lower().endswith(_PROMISES_SIGNATURE):
        told = failed("format-differs", "the content is not what the name promises")
        return Findings("other", structure=told)
    return found or Findings("other")


def _find_by_content(task: Task) -> Findings | None:
    head = task.document.read(_PDF_WITHIN)
    task.document.seek(0)
    # A container may begin with an unpacked PDF, and a PDF never with a container.
    if head.startswith(_ZIP):
        from ledger.signatures.asic import inspect_container

        return inspect_container(task.document, task.name, task.trust, task.at)
    if _PDF in head:
        from ledger.signatures.pades import inspect_pdf

        return inspect_pdf(task.document, task.trust, task.at)
    if head.startswith((_SEQUENCE, _ARMOR)):
        return _find_cms(task)
    if head.lstrip(_XML_SPACE).startswith(b"<") or head.startswith(_UTF16):
        return _find_xml(task)
    return None


def _find_xml(task: Task) -> Findings | None:
    """XML signatures inside a document of their own are not read; that there is one is told."""
    from ledger.signatures.signed_xml import DS, XmlRefused, read_xml

    text = task.document.read(MAX_XML_BYTES + 1)
    try:
        signed = any(True for _ in read_xml(text).iter(f"{{{DS}}}Signature"))
    except XmlRefused:
        signed = DS.encode() in text or DS.encode("utf-16-le") in text
    if not signed:
        return None
    told = unknown("signature-kind-unknown", "a signature inside an XML document")
    return Findings("xml", structure=told)


def _find_cms(task: Task) -> Findings | None:
    from ledger.signatures.detached import inspect_detached
    from ledger.signatures.reply import inspect_bare_token, inspect_reply

    der = task.document.read(MAX_DER + 1)
    if len(der) > MAX_DER:
        return None
    if der.startswith(_ARMOR):
        der = _unarmored(der)
    detached = task.detached
    over = None
    if detached is not None:

        def over(algorithm: str) -> bytes:
            return digest_stream(algorithm, chunks_of(detached))

    for attempt in (inspect_reply, inspect_bare_token, inspect_detached):
        try:
            return attempt(der, over, task.request, task.trust, task.at)
        except ValueError:
            continue
    return None


def _unarmored(text: bytes) -> bytes:
    """What stands between the lines of PEM (RFC 7468); nothing if it is no signature."""
    from asn1crypto import pem

    try:
        kind, _, der = pem.unarmor(text)
    except ValueError:
        return b""
    return bytes(der) if kind in {"PKCS7", "CMS"} else b""
