"""Whether a signer's certificate leads to a root that was given, and whether it was revoked.

Paths under given roots are built and judged by pyhanko-certvalidator (RFC 5280); what leads to no
such root is only followed as far as it goes, so that it can be told apart: another authority, or
none at all. Revocation is judged by what the document carries (OCSP answers, CRLs); nothing is
fetched, for an inspection tells nobody what it looks at, and tells tomorrow what it told today.

The time of judgement is the proven time of the signature, if a time-stamp proves one; else the
time asked about. An expired certificate without proof of time is `expired`, neither good nor bad.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import crl, ocsp, x509
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import (
    DisallowedAlgorithmError,
    ExpiredError,
    NotYetValidError,
    PathBuildingError,
    PathError,
    RevokedError,
    ValidationError,
)
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.sig_validate import (
    DefaultSignatureValidator,
    SignatureValidationContext,
)

from ledger.clock import format_time
from ledger.signatures.inspection import Anchorage
from ledger.signatures.revocation import drive, judge_revocation
from ledger.signatures.trust_roots import TrustRoots
from ledger.signatures.verdict import PASSED, Result, failed, unknown

MAX_PATH = 10
MAX_POOL = 500

# The library tells of every path it gives up; what matters is in the report.
logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)


class _OutOfTime(Exception):
    """A pinned certificate is not in force."""


@dataclass(frozen=True)
class Knowledge:
    """What is at hand to judge a certificate with."""

    trust: TrustRoots
    embedded: tuple[x509.Certificate, ...] = ()
    ocsps: tuple[ocsp.OCSPResponse, ...] = ()
    crls: tuple[crl.CertificateList, ...] = ()

    def plus(self, other: Knowledge) -> Knowledge:
        """Both; the trust of this one."""
        return Knowledge(
            self.trust,
            (*self.embedded, *other.embedded),
            (*self.ocsps, *other.ocsps),
            (*self.crls, *other.crls),
        )


@dataclass(frozen=True)
class ChainJudgement:
    """Of one signer's certificate."""

    anchorage: Anchorage
    chain: Result
    revocation: Result
    related: tuple[x509.Certificate, ...]
    """Every certificate at hand that may stand above it."""


def judge_chain(
    signer: x509.Certificate, known: Knowledge, moment: datetime, *, proven: bool
) -> ChainJudgement:
    """Judge as of `moment`; `proven` says that a time-stamp shows the signature is that old."""
    pool = _pool(signer, known)
    related = _above(signer, pool)
    fault = _anchor(signer, known, moment) if known.trust.roots else PathBuildingError()
    if isinstance(fault, Result):
        return ChainJudgement(Anchorage.ANCHORED, PASSED, fault, related)
    if isinstance(fault, RevokedError):
        told = failed("certificate-revoked", str(fault)[:300])
        return ChainJudgement(Anchorage.ANCHORED, PASSED, told, related)
    no_word = unknown("revocation-unknown", "the certificate leads to no trusted root")
    if isinstance(fault, (ExpiredError, NotYetValidError, _OutOfTime)):
        chain = _out_of_time(signer, moment, proven=proven)
        return ChainJudgement(Anchorage.EXPIRED, chain, no_word, related)
    if isinstance(fault, DisallowedAlgorithmError):
        chain = unknown("algorithm-weak", str(fault)[:300])
        return ChainJudgement(Anchorage.EXPIRED, chain, no_word, related)
    if not isinstance(fault, PathBuildingError) and _leads_to_root(signer, pool, known.trust):
        chain = failed("certificate-chain-broken", str(fault)[:300])
        return ChainJudgement(Anchorage.UNANCHORED, chain, no_word, related)
    return _judge_unanchored(signer, known, pool, related, moment, proven=proven)


def _judge_unanchored(
    signer: x509.Certificate,
    known: Knowledge,
    pool: list[x509.Certificate],
    related: tuple[x509.Certificate, ...],
    moment: datetime,
    *,
    proven: bool,
) -> ChainJudgement:
    if proven and not signer.not_valid_before <= moment <= signer.not_valid_after:
        chain = _out_of_time(signer, moment, proven=True)
        no_word = unknown("revocation-unknown", "the certificate leads to no trusted root")
        return ChainJudgement(Anchorage.UNANCHORED, chain, no_word, related)
    path = _path_up(signer, pool)
    top = path[-1]
    revocation = unknown("revocation-unknown", "the certificate leads to no trusted root")
    if len(path) > 1 and (known.ocsps or known.crls):
        told = _validate(signer, known, (top,), moment)
        if isinstance(told, RevokedError):
            revocation = failed("certificate-revoked", str(told)[:300])
        elif isinstance(told, Result):
            revocation = told
    if len(path) > 1:
        issuer = top.subject.human_friendly[:120]
        return ChainJudgement(
            Anchorage.UNANCHORED,
            unknown("root-not-given", f"the chain ends at {issuer}, which was not given"),
            revocation,
            related,
        )
    if signer.self_issued:
        told = unknown("certificate-self-signed", "the signer's certificate is self-signed")
    else:
        issuer = signer.issuer.human_friendly[:120]
        told = unknown("issuer-missing", f"the certificate of {issuer} is not at hand")
    return ChainJudgement(Anchorage.ALONE, told, revocation, related)


def _out_of_time(signer: x509.Certificate, moment: datetime, *, proven: bool) -> Result:
    validity = f"{format_time(signer.not_valid_before)} to {format_time(signer.not_valid_after)}"
    detail = f"a certificate of the chain is not in force at {format_time(moment)}; the signer's"
    if proven:
        return failed("certificate-not-in-force", f"{detail} is from {validity}")
    return unknown(
        "certificate-expired",
        f"{detail} is from {validity}, and no time-stamp shows when it signed",
    )


def _pool(signer: x509.Certificate, known: Knowledge) -> list[x509.Certificate]:
    unique = {one.dump(): one for one in (*known.trust.certificates, *known.embedded)}
    unique.pop(signer.dump(), None)
    return list(unique.values())[:MAX_POOL]


def _above(signer: x509.Certificate, pool: list[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    """All that have a name of an issuer on the way up, whatever they signed."""
    wanted, found = [signer.issuer], dict[bytes, x509.Certificate]()
    while wanted and len(found) < MAX_POOL:
        name = wanted.pop()
        for one in pool:
            if one.subject == name and one.dump() not in found:
                found[one.dump()] = one
                wanted.append(one.issuer)
    return tuple(found.values())


def _path_up(signer: x509.Certificate, pool: list[x509.Certificate]) -> list[x509.Certificate]:
    """From the signer up, each issued by the next, as far as certificates are at hand."""
    path = [signer]
    while len(path) < MAX_PATH and not path[-1].self_issued:
        issuer = next((one for one in pool if one not in path and _issued(one, path[-1])), None)
        if issuer is None:
            break
        path.append(issuer)
    return path


def _issued(issuer: x509.Certificate, subject: x509.Certificate) -> bool:
    if issuer.subject != subject.issuer:
        return False
    if issuer["tbs_certificate"]["version"].native == "v3" and not issuer.ca:
        return False
    try:
        DefaultSignatureValidator().validate_signature(
            signature=subject["signature_value"].native,
            signed_data=subject["tbs_certificate"].dump(),
            public_key_info=issuer.public_key,
            signature_algorithm=subject["signature_algorithm"],
            context=SignatureValidationContext(contextual_md_algorithm=None, prehashed=False),
        )
    except Exception:
        # The library raises its own classes for keys and algorithms it does not know, besides
        # InvalidSignature: in each case this issuer is not shown to have issued it.
        return False
    return True


def _leads_to_root(
    signer: x509.Certificate, pool: list[x509.Certificate], trust: TrustRoots
) -> bool:
    roots = {root.dump() for root in trust.roots}
    return any(one.dump() in roots for one in _path_up(signer, pool))


def _anchor(signer: x509.Certificate, known: Knowledge, moment: datetime) -> Result | Exception:
    """What is known of revocation if a path to a given root is good, else what it failed by."""
    if any(root.dump() == signer.dump() for root in known.trust.roots):
        # Pinned itself: nothing stands above it, its own dates still bind.
        in_force = signer.not_valid_before <= moment <= signer.not_valid_after
        pinned = unknown("revocation-unknown", "the certificate is a root itself")
        return pinned if in_force else _OutOfTime()
    return _validate(signer, known, known.trust.roots, moment)


def _validate(
    signer: x509.Certificate,
    known: Knowledge,
    roots: tuple[x509.Certificate, ...],
    moment: datetime,
) -> Result | Exception:
    context = _context(known, roots, moment)
    validator = CertificateValidator(signer, validation_context=context)
    try:
        path = drive(validator.async_validate_path())
    except (ValidationError, PathError) as error:
        return error
    return judge_revocation(path, context)


def _context(
    known: Knowledge, roots: tuple[x509.Certificate, ...], moment: datetime
) -> ValidationContext:
    return ValidationContext(
        trust_manager=SimpleTrustManager.build(trust_roots=list(roots)),
        other_certs=[*known.embedded, *known.trust.certificates][:MAX_POOL],
        moment=moment,
        allow_fetching=False,
        revocation_mode="soft-fail",
        ocsps=list(known.ocsps),
        crls=list(known.crls),
    )
