"""The certificates an inspector was given to trust, and those given to help.

A certificate becomes a root by being in the folder and being an authority: self-signed, or a CA
by its basic constraints. All others (a time-stamping authority's own, a responder's) only help to
complete chains. X-Road's shared parameters are read for the certificates of their approved
authorities. Nothing is ever taken from the operating system: who signs for Vietnamese agencies is
not whom browsers trust.
"""

from __future__ import annotations

import binascii
from dataclasses import dataclass

from asn1crypto import pem, x509

from ledger.signatures.signed_xml import XmlRefused, decode_base64, local_name, read_xml

MOST_CERTIFICATES = 2000


class TrustMalformed(Exception):
    """What was given holds no certificate."""


@dataclass(frozen=True)
class TrustRoots:
    """Roots, and helping certificates."""

    roots: tuple[x509.Certificate, ...] = ()
    helpers: tuple[x509.Certificate, ...] = ()
    given: bool = False
    """Whether any were given at all: none is another thing than none that fits."""

    @property
    def certificates(self) -> tuple[x509.Certificate, ...]:
        """All of them."""
        return (*self.roots, *self.helpers)


NO_ROOTS = TrustRoots()


def read_trust(files: list[bytes]) -> TrustRoots:
    """From the contents of files: PEM, DER or shared-params.xml; others are passed over.

    Raises TrustMalformed if there is no certificate in any of them.
    """
    found: dict[bytes, x509.Certificate] = {}
    for data in files:
        for der in _certificates_in(data):
            certificate = _read_certificate(der)
            if certificate is not None and len(found) < MOST_CERTIFICATES:
                found[der] = certificate
    if not found:
        raise TrustMalformed("no certificate in the trust roots")
    roots = tuple(one for one in found.values() if _is_root(one))
    helpers = tuple(one for one in found.values() if not _is_root(one))
    return TrustRoots(roots, helpers, given=True)


def _is_root(certificate: x509.Certificate) -> bool:
    return bool(certificate.ca) or certificate.self_issued


def _certificates_in(data: bytes) -> list[bytes]:
    if b"-----BEGIN" in data:
        try:
            return [
                der for kind, _, der in pem.unarmor(data, multiple=True) if kind == "CERTIFICATE"
            ]
        except (ValueError, binascii.Error):
            return []
    if data.lstrip().startswith(b"<"):
        return _certificates_in_xml(data)
    return [data]


def _certificates_in_xml(data: bytes) -> list[bytes]:
    """Elements `cert` of X-Road's shared parameters: approved CAs with their intermediates, OCSP
    responders and time-stamping authorities."""
    try:
        root = read_xml(data)
    except XmlRefused:
        return []
    found = []
    for element in root.iter():
        if local_name(element) == "cert" and element.text:
            try:
                inner = decode_base64(element.text)
            except ValueError:
                continue
            # X-Road writes the base64 of DER, and some servers the base64 of PEM.
            if not inner.lstrip().startswith(b"<"):
                found += _certificates_in(inner)
    return found


def _read_certificate(der: bytes) -> x509.Certificate | None:
    try:
        certificate = x509.Certificate.load(der, strict=True)
        # asn1crypto parses when asked; ask now, so that a broken file is passed over here.
        _ = certificate.native, certificate.ca, certificate.self_issued
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None
    return certificate
