"""Time-stamps of RFC 3161: the reply of an authority, and its token wherever one stands.

The chain is judged at the token's own time, for that is when the authority answered for it. The
signer is whom the signing certificate attribute names. Certificates that stand in the token and
have no place above its signer are named: they are how a forger offers a reader another signer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from asn1crypto import cms, core, tsp, x509

from ledger.signatures.certificate import describe, is_time_stamping
from ledger.signatures.chain import Knowledge, judge_chain
from ledger.signatures.cms_signature import (
    CheckedSignature,
    Digester,
    certificates_of,
    check_signers,
    read_signed_data,
)
from ledger.signatures.digest_methods import DigestRefused, digest, named
from ledger.signatures.inspection import (
    Anchorage,
    SignatureKind,
    SignatureReport,
)
from ledger.signatures.judging import (
    CERTIFICATE_MISSING,
    EXPIRED_SINCE,
    FOREIGN_CERTIFICATES,
    NO_DATA,
)
from ledger.signatures.verdict import PASSED, SKIPPED, Outcome, Result, failed, unknown

_GRANTED = ("granted", "granted_with_mods")
_ASN1_ERRORS = (ValueError, TypeError, KeyError, OverflowError, AttributeError)


class _Reply(core.Sequence):  # type: ignore[misc]
    """TimeStampResp with its token OPTIONAL, as RFC 3161 has it and the library has not."""

    _fields = [  # noqa: RUF012 - how asn1crypto is told
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]


@dataclass(frozen=True)
class Token:
    """A time-stamp token that has the form of one."""

    signed: cms.SignedData
    info: tsp.TSTInfo
    content: bytes

    @property
    def time(self) -> datetime:
        """When the authority says it was asked."""
        at: datetime = self.info["gen_time"].native
        return at

    @property
    def nonce(self) -> int | None:
        """What the request was told apart by."""
        told: int | None = self.info["nonce"].native
        return told

    @property
    def imprint(self) -> bytes:
        """The digest that was stamped."""
        told: bytes = self.info["message_imprint"]["hashed_message"].native
        return told

    @property
    def algorithm(self) -> str:
        """hashlib's name of its algorithm. Raises DigestRefused."""
        return named(self.info["message_imprint"]["hash_algorithm"]["algorithm"].native)


def read_token(der: bytes) -> Token:
    """Raises ValueError."""
    signed = read_signed_data(der)
    try:
        if signed["encap_content_info"]["content_type"].native != "tst_info":
            raise ValueError("no time-stamp in it")
        content = signed["encap_content_info"]["content"]
        info = content.parsed
        _ = info.native
        if info["gen_time"].native.tzinfo is None:
            raise ValueError("its time has no zone")
        return Token(signed, info, bytes(content))
    except _ASN1_ERRORS as error:
        raise ValueError(f"not a time-stamp token: {error}"[:200]) from None


def read_reply(der: bytes) -> tuple[str, bytes | None]:
    """The status and the token of a TimeStampResp. Raises ValueError."""
    try:
        reply = _Reply.load(der, strict=True)
        status = str(reply["status"]["status"].native)
        token = reply["time_stamp_token"]
        return status, token.dump() if token.native is not None else None
    except _ASN1_ERRORS as error:
        raise ValueError(f"not a time-stamp reply: {error}"[:200]) from None


def is_granted(status: str) -> bool:
    """RFC 3161, 2.4.2: only then is there a token."""
    return status in _GRANTED


def inspect_token(
    name: str,
    token: Token,
    over: Digester | None,
    known: Knowledge,
    now: datetime,
    *,
    by_itself: bool = False,
) -> SignatureReport:
    """`over` gives the digest of what should be stamped; None if it is not at hand. Only in a
    token that stands `by_itself` is a certificate without a place above its signer out of place:
    long-term forms keep those of others there."""
    try:
        signers = check_signers(
            token.signed,
            "tst_info",
            lambda algorithm: digest(algorithm, token.content),
            known.trust.certificates,
        )
        if len(signers) != 1:
            raise ValueError(f"a token has one signer, this has {len(signers)}")
    except ValueError as error:
        return _malformed(name, str(error))
    signature = signers[0]
    here = known.plus(Knowledge(known.trust, signature.embedded, signature.ocsps, signature.crls))
    coverage = _check_imprint(token, over)
    report = SignatureReport(
        id=name,
        kind=SignatureKind.TIME_STAMP,
        format="RFC3161",
        signer=None,
        integrity=signature.integrity,
        chain=SKIPPED,
        revocation=SKIPPED,
        coverage=coverage,
        claimed_time=token.time,
        proven_time=token.time,
        marks=frozenset({NO_DATA} if over is None else ()),
    )
    if signature.certificate is None:
        return _without_certificate(report)
    report = _with_chain(report, token, signature, signature.certificate, here, now)
    return report if by_itself else replace(report, marks=report.marks - {FOREIGN_CERTIFICATES})


def _with_chain(
    report: SignatureReport,
    token: Token,
    signature: CheckedSignature,
    certificate: x509.Certificate,
    known: Knowledge,
    now: datetime,
) -> SignatureReport:
    judged = judge_chain(certificate, known, token.time, proven=True)
    chain, anchorage = judged.chain, judged.anchorage
    if not is_time_stamping(certificate):
        chain = failed("not-an-authority", "the certificate is not for time-stamping alone")
    elif not signature.has_signing_certificate:
        chain = failed("signing-certificate-missing", "the token does not name its certificate")
    marks = set(report.marks)
    if now > certificate.not_valid_after:
        marks.add(EXPIRED_SINCE)
    related = {one.dump() for one in (certificate, *judged.related)}
    if any(one.dump() not in related for one in certificates_of(token.signed)):
        marks.add(FOREIGN_CERTIFICATES)
    return replace(
        report,
        signer=describe(certificate),
        chain=chain,
        anchorage=anchorage,
        revocation=judged.revocation,
        marks=frozenset(marks),
    )


def _without_certificate(report: SignatureReport) -> SignatureReport:
    missing = report.integrity.outcome is Outcome.UNKNOWN
    return replace(
        report,
        chain=unknown("signer-certificate-missing", "the authority's certificate is not at hand"),
        revocation=unknown("signer-certificate-missing", "no certificate to judge"),
        anchorage=Anchorage.NONE,
        marks=report.marks | ({CERTIFICATE_MISSING} if missing else set()),
    )


def _check_imprint(token: Token, over: Digester | None) -> Result:
    if over is None:
        return unknown("data-missing", "the data that was stamped is not at hand")
    try:
        expected = over(token.algorithm)
    except DigestRefused as refused:
        return failed("algorithm-weak" if refused.weak else "algorithm-unknown", str(refused))
    if expected != token.imprint:
        return failed("time-stamp-of-other-data", "the time-stamp is of other data")
    return PASSED


def _malformed(name: str, detail: str) -> SignatureReport:
    return SignatureReport(
        id=name,
        kind=SignatureKind.TIME_STAMP,
        format="RFC3161",
        signer=None,
        integrity=failed("time-stamp-malformed", detail),
        chain=SKIPPED,
        revocation=SKIPPED,
        coverage=SKIPPED,
    )


def malformed_token(name: str, detail: str) -> SignatureReport:
    """Where a time-stamp should be and is none."""
    return _malformed(name, detail)
