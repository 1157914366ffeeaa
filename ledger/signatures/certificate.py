"""Certificates as they are reported, and what one says about its holder."""

from __future__ import annotations

import hashlib

from asn1crypto import core, x509

from ledger.digest import Digest
from ledger.signatures.inspection import Holder, Signer

_QC_STATEMENTS = "1.3.6.1.5.5.7.1.3"
_QC_TYPE = "0.4.0.1862.1.6"
_SIGNATURE_OF_PERSON = "0.4.0.1862.1.6.1"
_SEAL_OF_ORGANIZATION = "0.4.0.1862.1.6.2"
_PERSON_NUMBERS = ("CMND:", "CCCD:", "HC:")
_ORGANIZATION_NUMBERS = ("MST:", "MNS:", "MQH:", "MDD:")
_MOST_TEXT = 300


def describe(certificate: x509.Certificate) -> Signer:
    """What is told about the certificate that signed."""
    subject = certificate.subject
    native = _names(subject)
    name = (native.get("common_name") or native.get("organization_name") or [""])[-1]
    return Signer(
        name=name[:_MOST_TEXT],
        subject=subject.human_friendly[:_MOST_TEXT],
        issuer=certificate.issuer.human_friendly[:_MOST_TEXT],
        serial=str(certificate.serial_number),
        holder=holder_of(certificate),
        not_before=certificate.not_valid_before,
        not_after=certificate.not_valid_after,
        fingerprint=Digest(hashlib.sha256(certificate.dump()).digest()),
    )


def holder_of(certificate: x509.Certificate) -> Holder:
    """Person or organization, by what the issuer wrote, in this order: the type of a qualified
    certificate (ETSI EN 319 412-5), the numbers Vietnamese authorities put into UID (citizen or
    passport number; tax code, budget code; a person's besides an organization's is a person's, for
    those who sign in an organization have both), the names of a natural person or the identifier
    of a legal one (ETSI EN 319 412-2 and -3). Else unknown: never guessed from a display name, nor
    from CN and O, which people in an organization and the organization itself fill alike."""
    by_type = _holder_by_type(certificate)
    if by_type is not Holder.UNKNOWN:
        return by_type
    native = _names(certificate.subject)
    numbers = [one.strip().upper() for one in native.get("user_id", ())]
    if any(one.startswith(_PERSON_NUMBERS) for one in numbers):
        return Holder.PERSON
    if any(one.startswith(_ORGANIZATION_NUMBERS) for one in numbers):
        return Holder.ORGANIZATION
    if native.get("given_name") or native.get("surname"):
        return Holder.PERSON
    if native.get("organization_identifier"):
        return Holder.ORGANIZATION
    return Holder.UNKNOWN


def is_time_stamping(certificate: x509.Certificate) -> bool:
    """RFC 3161, 2.3: the extended key usage is critical and names time-stamping alone."""
    usage = certificate.extended_key_usage_value
    critical = "extended_key_usage" in certificate.critical_extensions
    return usage is not None and critical and usage.native == ["time_stamping"]


def may_sign(certificate: x509.Certificate) -> bool:
    """A key usage, where there is one, allows signing."""
    usage = certificate.key_usage_value
    return usage is None or bool({"digital_signature", "non_repudiation"} & set(usage.native))


def _names(name: x509.Name) -> dict[str, list[str]]:
    """The values of each attribute in their order, by asn1crypto's name of it."""
    found: dict[str, list[str]] = {}
    for names in name.chosen:
        for one in names:
            try:
                value = str(one["value"].native)
                found.setdefault(str(one["type"].native), []).append(value)
            except (ValueError, UnicodeError):
                continue
    return found


def _holder_by_type(certificate: x509.Certificate) -> Holder:
    for extension in certificate["tbs_certificate"]["extensions"] or ():
        if extension["extn_id"].dotted != _QC_STATEMENTS:
            continue
        try:
            types = set(_qualified_types(extension["extn_value"].native_bytes))
        except (AttributeError, ValueError, TypeError):
            types = set(_qualified_types(bytes(extension["extn_value"])))
        if types == {_SIGNATURE_OF_PERSON}:
            return Holder.PERSON
        if types == {_SEAL_OF_ORGANIZATION}:
            return Holder.ORGANIZATION
    return Holder.UNKNOWN


class _Identifiers(core.SequenceOf):  # type: ignore[misc]
    _child_spec = core.ObjectIdentifier


class _Statement(core.Sequence):  # type: ignore[misc]
    _fields = [  # noqa: RUF012 - how asn1crypto is told
        ("id", core.ObjectIdentifier),
        ("info", core.Any, {"optional": True}),
    ]


class _Statements(core.SequenceOf):  # type: ignore[misc]
    _child_spec = _Statement


def _qualified_types(der: bytes) -> list[str]:
    for statement in _Statements.load(der):
        if statement["id"].native == _QC_TYPE:
            return [one.native for one in _Identifiers.load(statement["info"].dump())]
    return []
