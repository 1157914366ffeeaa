"""A CMS signature handed in by itself (`.p7s`), over data that is given beside it or stands in
it."""

from __future__ import annotations

from datetime import datetime

from ledger.signatures.chain import Knowledge
from ledger.signatures.cms_signature import Digester, check_signers, read_signed_data
from ledger.signatures.digest_methods import digest
from ledger.signatures.document_signature import report_signature
from ledger.signatures.findings import Findings
from ledger.signatures.inspection import SignatureKind, SignatureReport
from ledger.signatures.trust_roots import TrustRoots
from ledger.signatures.verdict import PASSED, SKIPPED, failed, unknown


def inspect_detached(
    der: bytes,
    over: Digester | None,
    request: bytes | None,  # noqa: ARG001 - only time-stamps answer one
    trust: TrustRoots,
    now: datetime,
) -> Findings:
    """Raises ValueError if it has not the form of a signature over plain data."""
    signed = read_signed_data(der)
    content = signed["encap_content_info"]
    if content["content_type"].native != "data":
        raise ValueError("not a signature over data")
    inside = content["content"].native
    digester = over
    if isinstance(inside, bytes):
        if over is not None and over("sha256") != digest("sha256", inside):
            told = failed("content-changed", "the data given is not what stands in the message")
            return Findings("cms", structure=told)
        digester = lambda algorithm: digest(algorithm, inside)  # noqa: E731
    if digester is None:
        told = unknown("data-missing", "the data that was signed is not at hand")
        return Findings("cms", structure=told)
    return Findings("cms", inspect_signers(der, "signature", digester, Knowledge(trust), now))


def inspect_signers(
    der: bytes,
    name: str,
    digester: Digester,
    known: Knowledge,
    now: datetime,
    proof: datetime | None = None,
) -> tuple[SignatureReport, ...]:
    """One report a signer. Raises ValueError."""
    signed = read_signed_data(der)
    checked = check_signers(signed, "data", digester, known.trust.certificates)
    reports = []
    for at, one in enumerate(checked):
        blank = SignatureReport(
            id=name if len(checked) == 1 else f"{name}#{at}",
            kind=SignatureKind.SIGNATURE,
            format="CAdES" if one.has_signing_certificate else "CMS",
            signer=None,
            integrity=one.integrity,
            chain=SKIPPED,
            revocation=SKIPPED,
            coverage=PASSED,
            claimed_time=one.claimed_time,
        )
        reports.append(report_signature(blank, one, known, now, proof))
    return tuple(reports)
