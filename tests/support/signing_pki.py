"""An authority with a person and an agency below it, for signing documents in tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from asn1crypto import keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as make_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID
from pyhanko.sign.signers import SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

ISSUED = datetime(2025, 1, 1, tzinfo=UTC)
EXPIRES = datetime(2027, 1, 1, tzinfo=UTC)
_ROOT_EXPIRES = ISSUED + timedelta(days=7300)


@dataclass(frozen=True)
class Holder:
    """A certificate with its key and those above it."""

    certificate: x509.Certificate
    key: EllipticCurvePrivateKey
    above: tuple[x509.Certificate, ...] = ()

    @property
    def der(self) -> bytes:
        """The certificate."""
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        """The certificate, as a folder of roots holds it."""
        return self.certificate.public_bytes(Encoding.PEM)

    def signer(self) -> SimpleSigner:
        """For pyHanko, carrying the certificates above."""
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        for one in self.above:
            store.register(_asn1(one))
        private = self.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return SimpleSigner(
            signing_cert=_asn1(self.certificate),
            signing_key=keys.PrivateKeyInfo.load(private),
            cert_registry=store,
        )


@dataclass(frozen=True)
class SigningPki:
    """A root, a person and an agency."""

    root: Holder
    person: Holder
    agency: Holder

    @classmethod
    def make(cls, name: str = "Test documents", until: datetime = EXPIRES) -> SigningPki:
        """Fresh keys and certificates; those of the signers end at `until`."""
        root = issue(name, None, [], ca=True, until=_ROOT_EXPIRES)
        person = issue(
            "Nguyễn Văn A",
            root,
            [(NameOID.GIVEN_NAME, "A"), (NameOID.USER_ID, "CCCD:038000000000")],
            until=until,
        )
        agency = issue(
            "UBND tỉnh Thanh Hóa", root, [(NameOID.USER_ID, "MST:2800000000")], until=until
        )
        return cls(root, person, agency)

    @property
    def roots(self) -> list[bytes]:
        """For `inspect`."""
        return [self.root.pem]


def issue(
    name: str,
    issuer: Holder | None,
    more: list[tuple[x509.ObjectIdentifier, str]],
    *,
    ca: bool = False,
    until: datetime = EXPIRES,
    since: datetime = ISSUED,
) -> Holder:
    """A certificate; self-signed without an issuer."""
    key = make_key(SECP256R1())
    attributes = [x509.NameAttribute(oid, value) for oid, value in more]
    subject = x509.Name([*attributes, x509.NameAttribute(NameOID.COMMON_NAME, name)])
    above = subject if issuer is None else issuer.certificate.subject
    issuer_key = key if issuer is None else issuer.key
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(_usage(ca=ca), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
        .sign(issuer_key, SHA256())
    )
    chain = () if issuer is None else (issuer.certificate, *issuer.above)
    return Holder(certificate, key, chain)


def answer(
    holder: Holder,
    issuer: Holder,
    at: datetime,
    *,
    revoked: datetime | None = None,
    by: Holder | None = None,
) -> bytes:
    """An OCSP answer about a holder, by its issuer or whom it names, fresh for an hour."""
    status = ocsp.OCSPCertStatus.GOOD if revoked is None else ocsp.OCSPCertStatus.REVOKED
    responder = by or issuer
    built = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            cert=holder.certificate,
            issuer=issuer.certificate,
            algorithm=SHA256(),
            cert_status=status,
            this_update=at,
            next_update=at + timedelta(hours=1),
            revocation_time=revoked,
            revocation_reason=None if revoked is None else x509.ReasonFlags.key_compromise,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, responder.certificate)
        .certificates([responder.certificate])
    )
    return built.sign(responder.key, SHA256()).public_bytes(Encoding.DER)


def _usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=not ca,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
