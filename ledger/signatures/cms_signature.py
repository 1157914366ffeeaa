"""Signatures of the Cryptographic Message Syntax (RFC 5652, CAdES EN 319 122-1): integrity, and
which certificate made it.

The signer is the certificate that the signer identifier names and, where there is one, the signing
certificate attribute (RFC 5035) confirms; a certificate that somebody added later is never taken
for it because it stands first or fits by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from asn1crypto import cms, crl, ocsp, tsp, x509
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.general import (
    MultivaluedAttributeError,
    NonexistentAttributeError,
    check_ess_certid,
    find_cms_attribute_iter,
    find_unique_cms_attribute,
)
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import get_signing_cert_attr, validate_sig_integrity
from pyhanko_certvalidator.errors import AlgorithmNotSupported

from ledger.signatures.digest_methods import DigestRefused, named
from ledger.signatures.verdict import PASSED, Result, failed, unknown

MOST_SIGNERS = 16
MOST_CERTIFICATES = 200

Digester = Callable[[str], bytes]
"""The digest of the signed content, by hashlib's name of the algorithm."""

_ASN1_ERRORS = (ValueError, TypeError, KeyError, OverflowError, AttributeError)


@dataclass(frozen=True)
class CheckedSignature:
    """One signer's part of a signed message."""

    integrity: Result
    certificate: x509.Certificate | None
    claimed_time: datetime | None = None
    has_signing_certificate: bool = False
    """The attribute that CAdES and PAdES require."""
    signature_value: bytes = b""
    tokens: tuple[cms.ContentInfo, ...] = ()
    """Time-stamps over the signature value."""
    embedded: tuple[x509.Certificate, ...] = ()
    ocsps: tuple[ocsp.OCSPResponse, ...] = ()
    crls: tuple[crl.CertificateList, ...] = field(default=())


def read_signed_data(der: bytes) -> cms.SignedData:
    """Of a ContentInfo. Raises ValueError for anything else, or for bytes after it."""
    try:
        info = cms.ContentInfo.load(der, strict=True)
        if info["content_type"].native != "signed_data":
            raise ValueError("not signed data")
        signed = info["content"]
        _ = signed["signer_infos"].native
    except _ASN1_ERRORS as error:
        raise ValueError(f"not a CMS message: {error}"[:200]) from None
    return signed


def certificates_of(signed: cms.SignedData) -> tuple[x509.Certificate, ...]:
    """Embedded certificates that can be read."""
    found = []
    for choice in list(signed["certificates"] or ())[:MOST_CERTIFICATES]:
        if choice.name != "certificate":
            continue
        try:
            _ = choice.chosen.native
        except _ASN1_ERRORS:
            continue
        found.append(choice.chosen)
    return tuple(found)


def check_signers(
    signed: cms.SignedData,
    content_type: str,
    digester: Digester,
    helpers: Iterable[x509.Certificate] = (),
) -> list[CheckedSignature]:
    """Every signer's signature over content of this type. Raises ValueError if the message has no
    signer, or more than are looked at."""
    infos = list(signed["signer_infos"])
    if not 0 < len(infos) <= MOST_SIGNERS:
        raise ValueError(f"{len(infos)} signers")
    embedded = certificates_of(signed)
    # Where certificates are carried, the signer's is among them (RFC 3161, 2.4.1; RFC 5652, 5.1).
    carries = len(signed["certificates"] or ()) > 0
    pool = list({one.dump(): one for one in (embedded if carries else helpers)}.values())
    ocsps, crls = _revocation_of(signed)
    return [
        _check_signer(info, content_type, digester, pool, embedded, ocsps, crls, carries=carries)
        for info in infos
    ]


def _check_signer(
    info: cms.SignerInfo,
    content_type: str,
    digester: Digester,
    pool: list[x509.Certificate],
    embedded: tuple[x509.Certificate, ...],
    ocsps: tuple[ocsp.OCSPResponse, ...],
    crls: tuple[crl.CertificateList, ...],
    *,
    carries: bool,
) -> CheckedSignature:
    integrity, certificate = _check_integrity(info, content_type, digester, pool, carries=carries)
    attributes = info["signed_attrs"]
    more_ocsps, more_crls = _archived_revocation(attributes)
    return CheckedSignature(
        integrity=integrity,
        certificate=certificate,
        claimed_time=_signing_time(attributes),
        has_signing_certificate=_signing_certificate(attributes) is not None,
        signature_value=info["signature"].native,
        tokens=_tokens(info),
        embedded=embedded,
        ocsps=(*ocsps, *more_ocsps),
        crls=(*crls, *more_crls),
    )


def _check_integrity(
    info: cms.SignerInfo,
    content_type: str,
    digester: Digester,
    pool: list[x509.Certificate],
    *,
    carries: bool,
) -> tuple[Result, x509.Certificate | None]:
    try:
        algorithm = named(info["digest_algorithm"]["algorithm"].native)
        certificate, fault = _find_signer(info, pool, carries=carries)
    except DigestRefused as refused:
        told = "algorithm-weak" if refused.weak else "algorithm-unknown"
        return failed(told, str(refused)), None
    except (SignatureValidationError, *_ASN1_ERRORS) as error:
        return failed("signature-malformed", str(error)[:300]), None
    if certificate is None:
        return fault, None
    return _verify(info, certificate, content_type, digester(algorithm)), certificate


def _verify(
    info: cms.SignerInfo, certificate: x509.Certificate, content_type: str, actual: bytes
) -> Result:
    try:
        intact, valid = validate_sig_integrity(info, certificate, content_type, actual)
    except (AlgorithmNotSupported, NotImplementedError) as error:
        return unknown("algorithm-unknown", str(error)[:300])
    except (SignatureValidationError, PdfError, *_ASN1_ERRORS) as error:
        return failed("signature-malformed", str(error)[:300])
    if not valid:
        return failed("signature-wrong", "the signature was not made by this key")
    if not intact:
        return failed("content-changed", "the content is not what was signed")
    return PASSED


def _find_signer(
    info: cms.SignerInfo, pool: list[x509.Certificate], *, carries: bool
) -> tuple[x509.Certificate | None, Result]:
    """A message that carries certificates, and not its signer's, was put together by another."""
    among = [one for one in pool if _is_named(info["sid"], one)]
    if not among:
        missing = "the signer's certificate is not at hand"
        if carries:
            return None, failed("signer-certificate-missing", f"{missing}, and others are")
        return None, unknown("signer-certificate-missing", missing)
    wanted = _signing_certificate(info["signed_attrs"])
    if wanted is None:
        return among[0], PASSED
    for one in among:
        if check_ess_certid(one, wanted["certs"][0]):
            return one, PASSED
    return None, failed(
        "signing-certificate-differs", "the signing certificate attribute names another certificate"
    )


def _is_named(sid: cms.SignerIdentifier, certificate: x509.Certificate) -> bool:
    if sid.name == "issuer_and_serial_number":
        return bool(
            sid.chosen["serial_number"].native == certificate.serial_number
            and sid.chosen["issuer"] == certificate.issuer
        )
    return bool(sid.chosen.native == certificate.key_identifier)


def _signing_certificate(
    attributes: cms.CMSAttributes,
) -> tsp.SigningCertificate | tsp.SigningCertificateV2 | None:
    if not attributes:
        return None
    return get_signing_cert_attr(attributes)


def _signing_time(attributes: cms.CMSAttributes) -> datetime | None:
    if not attributes:
        return None
    try:
        told = find_unique_cms_attribute(attributes, "signing_time").native
    except (NonexistentAttributeError, MultivaluedAttributeError, *_ASN1_ERRORS):
        return None
    return told if isinstance(told, datetime) and told.tzinfo is not None else None


def _tokens(info: cms.SignerInfo) -> tuple[cms.ContentInfo, ...]:
    if not info["unsigned_attrs"]:
        return ()
    try:
        return tuple(find_cms_attribute_iter(info["unsigned_attrs"], "signature_time_stamp_token"))
    except NonexistentAttributeError:
        return ()


def _revocation_of(
    signed: cms.SignedData,
) -> tuple[tuple[ocsp.OCSPResponse, ...], tuple[crl.CertificateList, ...]]:
    """RFC 5652 `crls`, with OCSP answers as other revocation information (RFC 5940)."""
    ocsps: list[ocsp.OCSPResponse] = []
    crls: list[crl.CertificateList] = []
    for choice in signed["crls"] or ():
        try:
            if choice.name == "crl":
                _ = choice.chosen.native
                crls.append(choice.chosen)
            elif choice.chosen["other_rev_info_format"].dotted == "1.3.6.1.5.5.7.16.2":
                answer = ocsp.OCSPResponse.load(choice.chosen["other_rev_info"].dump())
                _ = answer.native
                ocsps.append(answer)
        except (*_ASN1_ERRORS, NotImplementedError):
            continue
    return tuple(ocsps), tuple(crls)


def _archived_revocation(
    attributes: cms.CMSAttributes,
) -> tuple[tuple[ocsp.OCSPResponse, ...], tuple[crl.CertificateList, ...]]:
    """Adobe's attribute, which PDF signers used before PAdES."""
    if not attributes:
        return (), ()
    try:
        archived = find_unique_cms_attribute(attributes, "adobe_revocation_info_archival")
        return tuple(archived["ocsp"] or ()), tuple(archived["crl"] or ())
    except (NonexistentAttributeError, MultivaluedAttributeError, *_ASN1_ERRORS):
        return (), ()
