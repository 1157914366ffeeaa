"""Digest algorithms by their names in CMS, X.509 and XML, and which of them still prove anything.

MD5 is never read; SHA-1 only where it names a certificate (RFC 5035 keeps the old attribute), for
there the certificate itself is at hand.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import BinaryIO

_XMLENC = "http://www.w3.org/2001/04/xmlenc#"
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_MORE_2007 = "http://www.w3.org/2007/05/xmldsig-more#"

BY_URI = {
    f"{_MORE}sha224": "sha224",
    f"{_XMLENC}sha256": "sha256",
    f"{_MORE}sha384": "sha384",
    f"{_XMLENC}sha512": "sha512",
    f"{_MORE_2007}sha3-256": "sha3_256",
    f"{_MORE_2007}sha3-384": "sha3_384",
    f"{_MORE_2007}sha3-512": "sha3_512",
}
"""RFC 9231: the identifiers of XML signatures."""

STRONG = frozenset(BY_URI.values())
WEAK = frozenset({"md2", "md4", "md5", "sha1"})

_CHUNK = 1 << 20


class DigestRefused(Exception):
    """The algorithm is weak or not known; `weak` says which."""

    def __init__(self, name: str) -> None:
        super().__init__(f"digest algorithm {name:.80}")
        self.weak = name in WEAK or name.endswith(("#sha1", "#md5"))


def named(name: str) -> str:
    """hashlib's name for the name asn1crypto gives. Raises DigestRefused."""
    spelled = name.replace("-", "_") if name.startswith("sha3") else name
    if spelled not in STRONG:
        raise DigestRefused(name)
    return spelled


def of_uri(uri: str) -> str:
    """hashlib's name for an identifier of XML signatures. Raises DigestRefused."""
    if uri not in BY_URI:
        raise DigestRefused(uri)
    return BY_URI[uri]


def digest(name: str, *parts: bytes) -> bytes:
    """Of the parts, one after the other. `name` is hashlib's."""
    state = hashlib.new(name)
    for part in parts:
        state.update(part)
    return state.digest()


def digest_stream(name: str, chunks: Iterable[bytes]) -> bytes:
    """Of chunks, without holding them."""
    state = hashlib.new(name)
    for chunk in chunks:
        state.update(chunk)
    return state.digest()


def chunks_of(file: BinaryIO) -> Iterable[bytes]:
    """The file from its start, a mebibyte at a time."""
    file.seek(0)
    while chunk := file.read(_CHUNK):
        yield chunk
