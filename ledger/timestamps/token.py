"""Tokens of RFC 3161: asking for one, and checking one against data and trusted roots.

An answer counts only when all of this holds:

* the authority granted it, for exactly our SHA-256 and, when it is asked for, with our nonce: an
  old answer replayed is not a new one;
* the signature and the chain to one of the given roots hold *at the time the token names*, not
  now: a token must not die with the certificate that made it;
* that certificate is for time-stamping and nothing else, and the token itself says by its signing
  certificate attribute (RFC 5035) which one it is: whoever adds certificates changes nothing.

`rfc3161-client` judges signature, chain, purpose, nonce and imprint; the attribute is judged here,
and so is what must be told apart by code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from asn1crypto import tsp
from cryptography.x509 import Certificate
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from ledger.digest import sha256
from ledger.errors import LedgerError, VerificationFailed

MAX_RESPONSE_BYTES = 64 * 1024
"""A token with its chain is 2 to 8 KiB; what is larger is not looked at."""

_SHA256 = "2.16.840.1.101.3.4.2.1"
_GRANTED = 0


@dataclass(frozen=True, slots=True)
class Request:
    """A request on its way: its DER bytes and the nonce its answer must carry."""

    encoded: bytes
    nonce: int


@dataclass(frozen=True, slots=True)
class Token:
    """What a token that holds says: its time (UTC), the policy it was made under, its serial
    number and the name of the certificate that signed it."""

    time: datetime
    policy: str
    serial: int
    authority: str


def make_request(data: bytes) -> Request:
    """A request for the data's SHA-256, with a random 64-bit nonce and the certificates."""
    request = (
        TimestampRequestBuilder()
        .data(data)
        .hash_algorithm(HashAlgorithm.SHA256)
        .nonce(nonce=True)
        .cert_request(cert_request=True)
        .build()
    )
    assert request.nonce is not None
    return Request(request.as_bytes(), request.nonce)


def check_token(
    response: bytes, data: bytes, roots: Sequence[Certificate], nonce: int | None = None
) -> Token:
    """What an authority's whole answer (TimeStampResp, DER) says about the data.

    Raises VerificationFailed `timestamp-malformed`, `timestamp-not-granted`,
    `timestamp-data-differs`, `timestamp-nonce-differs`, `timestamp-signer-unnamed` or
    `timestamp-untrusted`.
    """
    assert roots, "without a root nothing can be believed"
    if len(response) > MAX_RESPONSE_BYTES:
        raise _malformed(f"{len(response)} bytes")
    try:
        return _check(response, data, roots, nonce)
    except LedgerError:
        raise
    except VerificationError as error:
        raise VerificationFailed("timestamp-untrusted", f"{error!s:.200}") from error
    except Exception as error:  # whatever the parsers below say about bytes of strangers
        raise _malformed(f"{type(error).__name__}: {error!s:.120}") from error


def _check(response: bytes, data: bytes, roots: Sequence[Certificate], nonce: int | None) -> Token:
    decoded = decode_timestamp_response(response)
    if decoded.status != _GRANTED:
        why = " ".join(decoded.status_string)
        raise VerificationFailed("timestamp-not-granted", f"status {decoded.status} {why:.200}")
    info = decoded.tst_info
    imprint = info.message_imprint
    if imprint.hash_algorithm.dotted_string != _SHA256 or imprint.message != sha256(data):
        raise VerificationFailed("timestamp-data-differs", "the token is about other data")
    if nonce is not None and info.nonce != nonce:
        raise VerificationFailed("timestamp-nonce-differs", "the answer is to another request")
    authority = _find_signer(response)
    VerifierBuilder(roots=list(roots), nonce=nonce).build().verify(decoded, sha256(data))
    return Token(
        info.gen_time.astimezone(UTC), info.policy.dotted_string, info.serial_number, authority
    )


def _find_signer(response: bytes) -> str:
    """Name of the certificate that the token's own signing certificate attribute points at.

    By SHA-1 or SHA-256, as authorities do: this only points, the signature is checked apart.
    """
    signed: Any = tsp.TimeStampResp.load(response)["time_stamp_token"]["content"]
    (signer,) = signed["signer_infos"]
    sid = signer["sid"].chosen
    named = [
        certificate
        for certificate in (one.chosen for one in signed["certificates"])
        if certificate.issuer == sid["issuer"]
        and certificate.serial_number == sid["serial_number"].native
    ]
    for attribute in signer["signed_attrs"]:
        kind = attribute["type"].native
        if kind not in ("signing_certificate", "signing_certificate_v2"):
            continue
        first = attribute["values"][0]["certs"][0]
        is_old = kind == "signing_certificate"
        if not is_old and first["hash_algorithm"]["algorithm"].native != "sha256":
            continue
        hashes = [one.sha1 if is_old else one.sha256 for one in named]
        if hashes == [first["cert_hash"].native]:
            return str(named[0].subject.human_friendly)
    raise VerificationFailed(
        "timestamp-signer-unnamed", "the token does not say which one certificate signed it"
    )


def _malformed(detail: str) -> VerificationFailed:
    return VerificationFailed("timestamp-malformed", f"no answer of RFC 3161: {detail}")
