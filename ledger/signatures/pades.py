"""Signatures in PDF (ISO 32000-2 12.8, PAdES EN 319 142-1), read by pyHanko.

A PDF grows: whatever is appended after a signature leaves its digest right and may change all one
sees. So each signature's byte range is compared with the file, and every later revision with the
one that was signed; what is no signature, time-stamp, validation data or filled form field makes
the document invalid. A second signature fills a form field too; filling of any other field is told
apart from it.

A signature dictionary of a kind we cannot check counts as a signature that could not be checked:
the library would leave it out.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from typing import BinaryIO

from asn1crypto import cms, crl, ocsp
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel

from ledger.signatures.chain import Knowledge
from ledger.signatures.cms_signature import check_signers
from ledger.signatures.document_signature import proves_time, report_signature
from ledger.signatures.findings import Findings
from ledger.signatures.inspection import SignatureKind, SignatureReport
from ledger.signatures.judging import FIELDS_FILLED, FORM_FILLING, NOT_PADES
from ledger.signatures.time_stamp import inspect_token, malformed_token, read_token
from ledger.signatures.trust_roots import TrustRoots
from ledger.signatures.verdict import PASSED, SKIPPED, Outcome, Result, failed, unknown

MOST_SIGNATURES = 64
MAGIC = b"%PDF-"
MAX_TAIL = 1 << 20
_TAIL = 2048
_END = b"%%EOF"
_PADES = "/ETSI.CAdES.detached"
_STAMP = "/ETSI.RFC3161"
_DETACHED = "/adbe.pkcs7.detached"

for _name in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class _Embedded:
    """A filled signature field; `signature` is None where it is of a kind we cannot check."""

    name: str
    sub_filter: str
    signature: EmbeddedPdfSignature | None
    fault: str = ""

    @property
    def revision(self) -> int:
        return self.signature.signed_revision if self.signature is not None else -1


def inspect_pdf(file: BinaryIO, trust: TrustRoots, now: datetime) -> Findings:
    """Every signature and time-stamp of a PDF."""
    try:
        reader = PdfFileReader(file, strict=False)
        if reader.encrypted and not _decrypt(reader):
            told = unknown("pdf-encrypted", "the document needs a password")
            return Findings("pdf", structure=told)
        embedded = _collect(reader)
    except (PdfReadError, AssertionError) as error:
        # The library also asserts what a well-formed file has.
        told = unknown("pdf-malformed", str(error)[:300] or "it cannot be read as a PDF")
        return Findings("pdf", structure=told)
    if len(embedded) > MOST_SIGNATURES:
        told = unknown("too-many-signatures", f"{len(embedded)}; at most {MOST_SIGNATURES}")
        return Findings("pdf", structure=told)
    if embedded and reader.xrefs.hybrid_xrefs_present:
        # Two tables of contents in one file: readers differ in which they show.
        told = unknown("pdf-malformed", "it has two cross-reference tables for different readers")
        return Findings("pdf", structure=told)
    known = Knowledge(trust).plus(_validation_data(reader, trust))
    names = frozenset(one.name for one in embedded)
    reports: list[SignatureReport] = []
    # The newest first: its time-stamps prove the age of all that it is over.
    proof: datetime | None = None
    for one in sorted(embedded, key=lambda each: each.revision, reverse=True):
        report = _inspect_one(one, names, known, now, proof)
        reports.append(report)
        if report.kind is SignatureKind.TIME_STAMP and proves_time(report, trust):
            proof = report.proven_time
    structure = _check_tail(file, embedded, reader.xrefs.total_revisions) if reports else SKIPPED
    return Findings("pdf", tuple(reversed(reports)), structure=structure)


def _check_tail(file: BinaryIO, embedded: list[_Embedded], revisions: int) -> Result:
    """Nothing but white space behind the last revision: no analysis of changes looks there, and
    another reader may."""
    size = file.seek(0, 2)
    ends = [
        sum([int(part) for part in one.signature.byte_range][-2:])
        for one in embedded
        if one.signature is not None and one.revision == revisions - 1
    ]
    file.seek(max(0, min([*ends, size - _TAIL])) if ends else max(0, size - _TAIL))
    tail = file.read(MAX_TAIL)
    behind = tail.rpartition(_END)[2] if _END in tail else tail
    if ends and size > max(ends):
        file.seek(max(ends))
        behind = file.read(MAX_TAIL)
    if behind.strip():
        return failed("coverage-unclear", "there is more behind the end of the document")
    return PASSED


def _decrypt(reader: PdfFileReader) -> bool:
    """With the empty password, as readers do."""
    try:
        return bool(reader.decrypt("").status.value > 0)
    except Exception:
        # The library's handlers raise many classes; all mean that we cannot read it.
        return False


def _collect(reader: PdfFileReader) -> list[_Embedded]:
    found = []
    for name, value, field in enumerate_sig_fields(reader, filled_status=True):
        sub_filter = str(value.get_object().get("/SubFilter", ""))
        try:
            if sub_filter not in {_PADES, _STAMP, _DETACHED}:
                raise PdfReadError(f"signatures of kind {sub_filter:.40} are not read")
            found.append(_Embedded(name, sub_filter, EmbeddedPdfSignature(reader, field, name)))
        except Exception as error:
            # Whatever is wrong with it, it stands in the document and was not checked.
            found.append(_Embedded(name, sub_filter, None, str(error)[:200]))
    return found


def _validation_data(reader: PdfFileReader, trust: TrustRoots) -> Knowledge:
    """The document security store of PAdES (EN 319 142-1, 5.4)."""
    try:
        store = DocumentSecurityStore.read_dss(reader)
        certificates = tuple(store.load_certs())
        answers = [ocsp.OCSPResponse.load(ref.get_object().data) for ref in store.ocsps]
        lists = [crl.CertificateList.load(ref.get_object().data) for ref in store.crls]
        _ = [one.native for one in (*certificates, *answers, *lists)]
    except NoDSSFoundError:
        return Knowledge(trust)
    except Exception:
        # A broken store proves nothing and breaks nothing: it is over no content.
        return Knowledge(trust)
    return Knowledge(trust, certificates, tuple(answers), tuple(lists))


def _inspect_one(
    one: _Embedded,
    names: frozenset[str],
    known: Knowledge,
    now: datetime,
    proof: datetime | None,
) -> SignatureReport:
    if one.signature is None:
        return _unread(one)
    signature = one.signature
    try:
        _check_padding(signature.pkcs7_content)
        signature.compute_integrity_info()  # type: ignore[no-untyped-call]
        coverage, marks = _judge_changes(signature, names)
        covers = (_range_of(signature),)
        if one.sub_filter == _STAMP or signature.sig_object_type == "/DocTimeStamp":
            token = read_token(cms.ContentInfo.load(signature.pkcs7_content).dump())
            report = inspect_token(one.name, token, signature.compute_digest, known, now)
            if report.coverage.outcome is Outcome.PASS:
                report = replace(report, coverage=coverage)
            return replace(report, covers=covers, archival=True, marks=report.marks | marks)
        signed = signature.signed_data
        checked = check_signers(signed, "data", signature.compute_digest, known.trust.certificates)
        if len(checked) != 1:
            raise ValueError(f"a signature of a PDF has one signer, this has {len(checked)}")
    except Exception as error:
        # pyHanko reads a stranger's objects by many roads, each with errors of its own.
        return _unread(replace(one, fault=f"{type(error).__name__}: {error}"[:200]))
    part = checked[0]
    if one.sub_filter != _PADES or not part.has_signing_certificate:
        marks |= {NOT_PADES}
    return report_signature(
        SignatureReport(
            id=one.name,
            kind=SignatureKind.SIGNATURE,
            format="PDF" if NOT_PADES in marks else "PAdES",
            signer=None,
            integrity=part.integrity,
            chain=SKIPPED,
            revocation=SKIPPED,
            coverage=coverage,
            claimed_time=part.claimed_time or _claimed(signature),
            covers=covers,
            marks=marks,
        ),
        part,
        known,
        now,
        proof,
    )


def _judge_changes(
    signature: EmbeddedPdfSignature, names: frozenset[str]
) -> tuple[Result, frozenset[str]]:
    level = signature.coverage
    if level is None or level < SignatureCoverageLevel.ENTIRE_REVISION:
        told = failed("coverage-unclear", "the signed range is not the document as it was signed")
        return told, frozenset()
    changes = signature.diff_result
    if not isinstance(changes, DiffResult):
        return failed("changed-after-signing", f"{changes}"[:300]), frozenset()
    if not signature.summarise_integrity_info()["docmdp_ok"]:
        told = failed("change-not-allowed", "the signature does not allow what was added after it")
        return told, frozenset()
    if changes.modification_level is not ModificationLevel.FORM_FILLING:
        return PASSED, frozenset()
    # Signing again fills a signature field, and is how a document gets its second signature.
    others = changes.changed_form_fields - names
    return PASSED, frozenset({FORM_FILLING, *({FIELDS_FILLED} if others else ())})


def _check_padding(contents: bytes) -> None:
    """What follows the signature in its placeholder is no part of anything signed: zeros only.
    Raises ValueError."""
    length = cms.ContentInfo.load(contents).dump()
    if contents[len(length) :].strip(b"\0"):
        raise ValueError("its placeholder holds more than the signature")


def _range_of(signature: EmbeddedPdfSignature) -> str:
    whole = signature.coverage is SignatureCoverageLevel.ENTIRE_FILE
    end = sum([int(part) for part in signature.byte_range][-2:])
    return f"bytes 0-{end}" + (", the whole file" if whole else "")


def _claimed(signature: EmbeddedPdfSignature) -> datetime | None:
    try:
        told = signature.self_reported_timestamp
    except Exception:
        return None
    return told if told is not None and told.tzinfo is not None else None


def _unread(one: _Embedded) -> SignatureReport:
    if one.sub_filter == _STAMP:
        return malformed_token(one.name, one.fault)
    return SignatureReport(
        id=one.name,
        kind=SignatureKind.SIGNATURE,
        format="PDF",
        signer=None,
        integrity=unknown("signature-unreadable", one.fault),
        chain=SKIPPED,
        revocation=SKIPPED,
        coverage=SKIPPED,
    )
