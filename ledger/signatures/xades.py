"""XML signatures in containers (XMLDSig 1.1, XAdES EN 319 132-1).

signxml checks the signature value and every reference; this file says which references may be
there, hands it the container's entries, finds the signer's certificate by the signed properties,
and reads what stands beside: time-stamps, certificates, answers on revocation. Transforms other
than canonicalization are refused, for the library would pass over them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from asn1crypto import crl, ocsp, x509
from cryptography import x509 as crypto_x509
from lxml import etree
from signxml.exceptions import InvalidDigest, InvalidInput, InvalidSignature, SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from ledger.signatures.archive import Archive, ArchiveRefused
from ledger.signatures.chain import Knowledge
from ledger.signatures.cms_signature import CheckedSignature
from ledger.signatures.digest_methods import BY_URI, DigestRefused, digest
from ledger.signatures.document_signature import MOST_STAMPS, complete
from ledger.signatures.inspection import SignatureKind, SignatureReport
from ledger.signatures.signed_xml import (
    DS,
    XmlRefused,
    decode_base64,
    entry_of_uri,
    local_name,
    read_xml,
)
from ledger.signatures.time_stamp import Token, inspect_token, malformed_token, read_token
from ledger.signatures.verdict import PASSED, SKIPPED, Outcome, Result, failed, unknown

MOST_SIGNATURES = 64
MOST_REFERENCES = 1000

C14N = {
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315": (False, False),
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments": (False, True),
    "http://www.w3.org/2001/10/xml-exc-c14n#": (True, False),
    "http://www.w3.org/2001/10/xml-exc-c14n#WithComments": (True, True),
    "http://www.w3.org/2006/12/xml-c14n11": (False, False),
    "http://www.w3.org/2006/12/xml-c14n11#WithComments": (False, True),
}
"""Identifier: exclusive, with comments."""
_INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
_SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"


class _EntryMissing(Exception):
    """A reference names an entry the container lacks."""


_FAULTS: tuple[tuple[type[Exception], str], ...] = (
    (_EntryMissing, "entry-missing"),
    (InvalidDigest, "content-changed"),
    (InvalidSignature, "signature-wrong"),
    (SignXMLException, "signature-malformed"),
    (etree.LxmlError, "signature-malformed"),
    (ValueError, "signature-malformed"),
    (TypeError, "signature-malformed"),
    (KeyError, "signature-malformed"),
)


@dataclass(frozen=True)
class _Reference:
    uri: str
    entry: str | None
    parsed: bool
    """Whether a canonicalization is to be applied to it."""


def inspect_xml_signatures(
    archive: Archive, name: str, known: Knowledge, now: datetime, proof: datetime | None
) -> list[SignatureReport]:
    """Every signature of a signature file; at least one report."""
    try:
        root = read_xml(archive.read(name))
    except (XmlRefused, ArchiveRefused) as error:
        return [_malformed(name, error.code, str(error))]
    elements = [each for each in root.iter(f"{{{DS}}}Signature") if not _is_nested(each)]
    if not 0 < len(elements) <= MOST_SIGNATURES:
        return [_malformed(name, "signature-malformed", f"{len(elements)} signatures in it")]
    return [
        _inspect_one(
            archive, name if len(elements) == 1 else f"{name}#{at}", element, known, now, proof
        )
        for at, element in enumerate(elements)
    ]


def _is_nested(element: etree._Element) -> bool:
    """A counter-signature stands inside another signature and is over that one only."""
    return any(above.tag == f"{{{DS}}}Signature" for above in element.iterancestors())


def _inspect_one(
    archive: Archive,
    name: str,
    element: etree._Element,
    known: Knowledge,
    now: datetime,
    proof: datetime | None,
) -> SignatureReport:
    try:
        beside = _read_beside(element)
        references = _read_references(element)
        certificate, fault = _find_signer(element, known, beside.embedded)
    except ValueError as error:
        return _malformed(name, "signature-malformed", str(error))
    integrity = fault
    if certificate is not None:
        integrity = _verify(archive, element, references, certificate)
        if integrity.outcome is Outcome.PASS:
            integrity = _check_signed_properties(element, references)
    here = known.plus(beside)
    signing_time = _text(element, "SigningTime")
    has_attribute = _signing_certificate(element) is not None
    blank = SignatureReport(
        id=name,
        kind=SignatureKind.SIGNATURE,
        format="XAdES" if has_attribute else "XMLDSig",
        signer=None,
        integrity=integrity,
        chain=SKIPPED,
        revocation=SKIPPED,
        coverage=PASSED,
        claimed_time=_read_time(signing_time),
        covers=tuple(each.entry for each in references if each.entry is not None),
    )
    checked = CheckedSignature(integrity, certificate, has_signing_certificate=has_attribute)
    stamps = _inspect_stamps(name, element, here, now)
    return complete(blank, checked, stamps, here, now, proof)


def _read_references(element: etree._Element) -> list[_Reference]:
    infos = element.findall(f"{{{DS}}}SignedInfo")
    if len(infos) != 1 or len(element.findall(f"{{{DS}}}SignatureValue")) != 1:
        raise ValueError("not one SignedInfo and one SignatureValue")
    found = []
    for reference in infos[0].findall(f"{{{DS}}}Reference"):
        uri = reference.get("URI")
        if not uri:
            raise ValueError("a reference names nothing")
        transforms = [each.get("Algorithm", "") for each in reference.iter(f"{{{DS}}}Transform")]
        for algorithm in transforms:
            if algorithm not in C14N:
                raise ValueError(f"transform {algorithm:.80} is not applied")
        entry = None if uri.startswith("#") else entry_of_uri(uri)
        found.append(_Reference(uri, entry, bool(transforms)))
    if not 0 < len(found) <= MOST_REFERENCES:
        raise ValueError(f"{len(found)} references")
    return found


def _verify(
    archive: Archive,
    element: etree._Element,
    references: list[_Reference],
    certificate: x509.Certificate,
) -> Result:
    by_uri = {each.uri: each for each in references}

    def resolve(uri: str) -> Any:
        reference = by_uri[uri]
        if reference.entry is None or reference.entry not in archive:
            raise _EntryMissing(f"the container has no {uri:.80}")
        data = archive.read(reference.entry)
        return read_xml(data) if reference.parsed else data

    try:
        key = crypto_x509.load_der_x509_certificate(certificate.dump())
        config = SignatureConfiguration(
            location="./",
            expect_references=len(references),
            ignore_ambiguous_key_info=True,
            # The certificate's dates are the chain's matter; the library would ask for today's.
            verification_time=key.not_valid_before_utc,
        )
        XMLVerifier().verify(
            element,
            x509_cert=key,
            uri_resolver=resolve,
            validate_schema=False,
            expect_config=config,
        )
    except Exception as error:
        return _fault_of(error)
    return PASSED


def _fault_of(error: Exception) -> Result:
    """Which fault an error of the library is; for one that is none of a stranger's file, raise."""
    if isinstance(error, InvalidInput):
        weak = "forbidden by configuration" in str(error) or "SHA1" in str(error)
        return failed("algorithm-weak" if weak else "signature-malformed", str(error)[:300])
    if isinstance(error, (XmlRefused, ArchiveRefused)):
        return failed(error.code, str(error))
    for kind, code in _FAULTS:
        if isinstance(error, kind):
            return failed(code, f"{error}"[:300])
    raise error


def _check_signed_properties(element: etree._Element, references: list[_Reference]) -> Result:
    """XAdES 4.4.2: the properties count only if the signature is over them."""
    properties = _descendant(element, "SignedProperties")
    if properties is None:
        return PASSED
    wanted = f"#{properties.get('Id', '')}"
    if any(reference.uri == wanted for reference in references):
        return PASSED
    return failed("signed-properties-unsigned", "the signature is not over its own properties")


def _find_signer(
    element: etree._Element, known: Knowledge, embedded: tuple[x509.Certificate, ...]
) -> tuple[x509.Certificate | None, Result]:
    in_key_info = _certificates(element.find(f"{{{DS}}}KeyInfo"), "X509Certificate")
    pool = [*in_key_info, *embedded, *known.trust.certificates]
    wanted = _signing_certificate(element)
    if wanted is None:
        if in_key_info:
            return in_key_info[0], PASSED
        return None, unknown("signer-certificate-missing", "no certificate in the signature")
    method, value = wanted
    for one in pool:
        if digest(method, one.dump()) == value:
            return one, PASSED
    if pool:
        return None, failed(
            "signing-certificate-differs", "the signed properties name another certificate"
        )
    return None, unknown("signer-certificate-missing", "no certificate in the signature")


def _signing_certificate(element: etree._Element) -> tuple[str, bytes] | None:
    """Algorithm and digest of `SigningCertificate` or `SigningCertificateV2`."""
    properties = _descendant(element, "SignedSignatureProperties")
    if properties is None:
        return None
    for holder in properties:
        if local_name(holder) not in {"SigningCertificate", "SigningCertificateV2"}:
            continue
        cert_digest = _descendant(holder, "CertDigest")
        if cert_digest is None:
            raise ValueError("SigningCertificate without a digest")
        method = next((e for e in cert_digest if local_name(e) == "DigestMethod"), None)
        value = next((e for e in cert_digest if local_name(e) == "DigestValue"), None)
        uri = "" if method is None else method.get("Algorithm", "")
        name = "sha1" if uri == _SHA1 else BY_URI.get(uri)
        if name is None or value is None:
            raise ValueError(f"SigningCertificate with digest algorithm {uri:.80}")
        return name, decode_base64(value.text)
    return None


def _inspect_stamps(
    name: str, element: etree._Element, known: Knowledge, now: datetime
) -> list[SignatureReport]:
    """`SignatureTimeStamp`, over the canonical form of the SignatureValue element."""
    value = element.find(f"{{{DS}}}SignatureValue")
    reports = []
    holders = [
        each
        for each in element.iter()
        if local_name(each) == "SignatureTimeStamp" and value is not None
    ]
    for at, holder in enumerate(holders[:MOST_STAMPS]):
        stamp_name = f"{name}/time-stamp-{at}"
        tokens = [each for each in holder if local_name(each) == "EncapsulatedTimeStamp"]
        method = next((e for e in holder if local_name(e) == "CanonicalizationMethod"), None)
        algorithm = _INCLUSIVE if method is None else method.get("Algorithm", "")
        if len(tokens) != 1 or algorithm not in C14N or value is None:
            reports.append(malformed_token(stamp_name, "not one token, canonicalized as known"))
            continue
        stamped = _canonical(value, algorithm)
        try:
            token = read_token(decode_base64(tokens[0].text))
        except ValueError as error:
            reports.append(malformed_token(stamp_name, str(error)))
            continue
        # X-Road stamps the octets of the value, not the element; both are the signature.
        octets = decode_base64(value.text)
        over = _digester(octets if _is_stamp_of(token, octets) else stamped)
        reports.append(inspect_token(stamp_name, token, over, known, now))
    return reports


def _is_stamp_of(token: Token, data: bytes) -> bool:
    try:
        return digest(token.algorithm, data) == token.imprint
    except DigestRefused:
        return False


def _digester(data: bytes) -> Any:
    return lambda algorithm: digest(algorithm, data)


def _canonical(element: etree._Element, algorithm: str) -> bytes:
    exclusive, comments = C14N[algorithm]
    return etree.tostring(
        element, method="c14n", exclusive=exclusive, with_comments=comments, with_tail=False
    )


def _read_beside(element: etree._Element) -> Knowledge:
    """Certificates and answers on revocation anywhere in the signature; what cannot be read is
    passed over, for it could only help."""
    from ledger.signatures.trust_roots import NO_ROOTS

    certificates = [
        *_certificates(element, "X509Certificate"),
        *_certificates(element, "EncapsulatedX509Certificate"),
    ]
    ocsps = _decoded(element, "EncapsulatedOCSPValue", ocsp.OCSPResponse)
    crls = _decoded(element, "EncapsulatedCRLValue", crl.CertificateList)
    return Knowledge(NO_ROOTS, tuple(certificates), tuple(ocsps), tuple(crls))


def _certificates(element: etree._Element | None, name: str) -> list[x509.Certificate]:
    return [] if element is None else _decoded(element, name, x509.Certificate)


def _decoded(element: etree._Element, name: str, kind: Any) -> list[Any]:
    found = []
    for each in element.iter():
        if local_name(each) != name:
            continue
        try:
            value = kind.load(decode_base64(each.text), strict=True)
            _ = value.native
        except (ValueError, TypeError, KeyError, OverflowError):
            continue
        found.append(value)
    return found[:200]


def _descendant(element: etree._Element, name: str) -> etree._Element | None:
    return next((each for each in element.iter() if local_name(each) == name), None)


def _text(element: etree._Element, name: str) -> str | None:
    found = _descendant(element, name)
    return None if found is None else found.text


def _read_time(text: str | None) -> datetime | None:
    try:
        told = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    return None if told.tzinfo is None else told.astimezone(UTC)


def _malformed(name: str, code: str, detail: str) -> SignatureReport:
    return SignatureReport(
        id=name,
        kind=SignatureKind.SIGNATURE,
        format="XMLDSig",
        signer=None,
        integrity=failed(code, detail),
        chain=SKIPPED,
        revocation=SKIPPED,
        coverage=SKIPPED,
    )
