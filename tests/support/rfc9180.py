"""RFC 9180 base mode written down as it stands there, for DHKEM(X25519, HKDF-SHA256), HKDF-SHA256
and AES-256-GCM: the oracle for what `cryptography` does, and, with a fixed ephemeral key, the maker
of reproducible vectors.
"""

from __future__ import annotations

import hashlib
import hmac

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_KEM = b"KEM\x00\x20"
_HPKE = b"HPKE\x00\x20\x00\x01\x00\x02"


def seal_base(public: bytes, info: bytes, plaintext: bytes, ephemeral: bytes) -> bytes:
    """Section 6.1 with empty associated data: enc ‖ ciphertext."""
    secret = X25519PrivateKey.from_private_bytes(ephemeral)
    enc = secret.public_key().public_bytes_raw()
    shared = _shared(secret.exchange(X25519PublicKey.from_public_bytes(public)), enc + public)
    key, nonce = _key_schedule(shared, info)
    return enc + AESGCM(key).encrypt(nonce, plaintext, b"")


def open_base(sealed: bytes, secret: bytes, info: bytes) -> bytes:
    """Section 6.1."""
    own = X25519PrivateKey.from_private_bytes(secret)
    enc, public = sealed[:32], own.public_key().public_bytes_raw()
    shared = _shared(own.exchange(X25519PublicKey.from_public_bytes(enc)), enc + public)
    key, nonce = _key_schedule(shared, info)
    return AESGCM(key).decrypt(nonce, sealed[32:], b"")


def _shared(dh: bytes, kem_context: bytes) -> bytes:
    """Section 4.1, ExtractAndExpand."""
    prk = _labeled_extract(_KEM, b"", b"eae_prk", dh)
    return _labeled_expand(_KEM, prk, b"shared_secret", kem_context, 32)


def _key_schedule(shared: bytes, info: bytes) -> tuple[bytes, bytes]:
    """Section 5.1 in mode_base: key and the nonce of the first message."""
    context = (
        b"\x00"
        + _labeled_extract(_HPKE, b"", b"psk_id_hash", b"")
        + _labeled_extract(_HPKE, b"", b"info_hash", info)
    )
    secret = _labeled_extract(_HPKE, shared, b"secret", b"")
    return (
        _labeled_expand(_HPKE, secret, b"key", context, 32),
        _labeled_expand(_HPKE, secret, b"base_nonce", context, 12),
    )


def _labeled_extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, "sha256")


def _labeled_expand(suite: bytes, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
    assert length <= hashlib.sha256().digest_size
    labeled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return hmac.digest(prk, labeled + b"\x01", "sha256")[:length]
