"""A real time-stamping authority on loopback HTTP, with a certificate chain of its own.

Tokens are built by pyHanko's own authority; what an authority may do wrong is a `Fault`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from asn1crypto import algos, cms, keys, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

ISSUED = datetime(2025, 1, 1, tzinfo=UTC)
"""When the certificates of these authorities begin."""


class Fault(Enum):
    """What goes wrong with an answer."""

    NONE = "none"
    WRONG_NONCE = "wrong nonce"
    NO_NONCE = "no nonce"
    WRONG_IMPRINT = "wrong imprint"
    REJECTED = "rejected"
    GARBAGE = "garbage"
    ERROR = "error 503"
    HUGE = "huge"
    NO_PURPOSE = "signed by a certificate that may not stamp time"
    SHADOWED = "the same, hidden behind a certificate of the same name that may"
    NO_ATTRIBUTE = "does not say which certificate signed"


@dataclass(frozen=True)
class Pki:
    """A root, a signer of time-stamps below it, and a signer of other things."""

    root: x509.Certificate
    root_key: RSAPrivateKey
    stamper: x509.Certificate
    stamper_key: RSAPrivateKey
    other: x509.Certificate
    other_key: RSAPrivateKey

    @classmethod
    def make(cls, name: str = "Test authority", *, until: datetime | None = None) -> Pki:
        """Fresh keys and certificates; the stamper's ends at `until`."""
        root_key, stamper_key, other_key = (_key() for _ in range(3))
        root = _certificate(f"{name} root", root_key, None, root_key, ca=True)
        stamper = _certificate(
            name,
            stamper_key,
            root,
            root_key,
            purpose=ExtendedKeyUsageOID.TIME_STAMPING,
            until=until,
        )
        other = _certificate(
            f"{name} web", other_key, root, root_key, purpose=ExtendedKeyUsageOID.SERVER_AUTH
        )
        return cls(root, root_key, stamper, stamper_key, other, other_key)

    def write_root(self, path: Path) -> Path:
        """The root as a PEM file."""
        path.write_bytes(self.root.public_bytes(Encoding.PEM))
        return path

    def shadow(self) -> x509.Certificate:
        """A self-made certificate with issuer and serial number of `other` that may stamp time."""
        return _certificate(
            "shadow",
            self.other_key,
            self.root,
            self.other_key,
            purpose=ExtendedKeyUsageOID.TIME_STAMPING,
            serial=self.other.serial_number,
        )


class TimeAuthority:
    """Answers requests; `fault`, `now`, `hold` and `pki` may be changed while it runs."""

    def __init__(self, pki: Pki, now: Callable[[], datetime] | None = None) -> None:
        self.pki = pki
        self.now = now or (lambda: datetime.now(UTC))
        self.fault = Fault.NONE
        self.answered = 0
        self.asked = 0
        self.hold: threading.Event | None = None
        """While set, answers wait for this event."""

    def answer(self, request: bytes) -> bytes:
        """A TimeStampResp for a TimeStampReq, DER."""
        asked = tsp.TimeStampReq.load(request)
        match self.fault:
            case Fault.GARBAGE:
                return b"\x30\x03\x02\x01\x00"
            case Fault.HUGE:
                return b"\x30" * (1 << 21)
            case Fault.REJECTED:
                status = {"status": "rejection", "status_string": ["not today"]}
                inner = tsp.PKIStatusInfo(status).dump()
                return bytes([0x30, len(inner), *inner])
            case Fault.WRONG_NONCE:
                asked["nonce"] = 4711
            case Fault.NO_NONCE:
                asked = tsp.TimeStampReq(
                    {"version": "v1", "message_imprint": asked["message_imprint"]}
                )
            case Fault.WRONG_IMPRINT:
                asked["message_imprint"] = tsp.MessageImprint(
                    {
                        "hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
                        "hashed_message": bytes(32),
                    }
                )
        return bytes(self._stamper().request_tsa_response(asked).dump())

    def _stamper(self) -> DummyTimeStamper:
        pki, extra = self.pki, []
        certificate, key = pki.stamper, pki.stamper_key
        if self.fault in (Fault.NO_PURPOSE, Fault.SHADOWED):
            certificate, key = pki.other, pki.other_key
        if self.fault is Fault.SHADOWED:
            extra = [_asn1(pki.shadow())]
        kind = _WithoutAttribute if self.fault is Fault.NO_ATTRIBUTE else DummyTimeStamper
        return kind(
            _asn1(certificate),
            keys.PrivateKeyInfo.load(
                key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
            ),
            certs_to_embed=_store(extra),
            fixed_dt=self.now(),
        )


class _WithoutAttribute(DummyTimeStamper):
    def _sign_tst_info(
        self, tst_info_data: bytes, md_algorithm: str, dt: datetime
    ) -> tuple[bytes, cms.CMSAttributes]:
        _, whole = super()._sign_tst_info(tst_info_data, md_algorithm, dt)
        kept = cms.CMSAttributes(
            [one for one in whole if one["type"].native != "signing_certificate"]
        )
        key = load_der_private_key(self.tsa_key.dump(), None)
        assert isinstance(key, RSAPrivateKey)
        return key.sign(kept.dump(), PKCS1v15(), SHA256()), kept


@contextmanager
def serving(authority: TimeAuthority) -> Iterator[str]:
    """The authority on loopback HTTP; gives its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            authority.asked += 1
            if authority.hold is not None:
                authority.hold.wait(30)
            if authority.fault is Fault.ERROR:
                self.send_error(503)
                return
            assert self.headers["Content-Type"] == "application/timestamp-query"
            answer = authority.answer(body)
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)
            authority.answered += 1

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/tsa"
    finally:
        server.shutdown()
        server.server_close()


def _key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def _store(certificates: list[asn1_x509.Certificate]) -> SimpleCertificateStore:
    found = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    for certificate in certificates:
        found.register(certificate)
    return found


def _certificate(
    name: str,
    key: RSAPrivateKey,
    issuer: x509.Certificate | None,
    issuer_key: RSAPrivateKey,
    *,
    ca: bool = False,
    purpose: x509.ObjectIdentifier | None = None,
    until: datetime | None = None,
    serial: int | None = None,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.subject)
        .public_key(key.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(ISSUED)
        .not_valid_after(until or ISSUED + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not ca,
                content_commitment=not ca,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=ca,
                crl_sign=ca,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
    )
    if purpose is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=True)
    return builder.sign(issuer_key, SHA256())
