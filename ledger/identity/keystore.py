"""The platform's keys: one random seed in one encrypted file, every key derived from it.

File: canonical JSON ::

    {"v":1,"type":"provenance.keystore",
     "kdf":{"name":"scrypt","n":32768,"r":8,"p":1,"salt":hex},
     "cipher":{"name":"aes-256-gcm","nonce":hex},
     "ciphertext":hex}

The key of the cipher is scrypt(password, salt) (RFC 7914); everything but the ciphertext is
authenticated with it, so nobody can weaken the parameters of a file unnoticed. Keys are
HKDF-SHA256(seed, info) (RFC 5869): info "provenance/key/v1/" + path gives 48 bytes, taken modulo
n-1 plus 1 for a secp256k1 key (FIPS 186-5 A.2.1, extra random bits); "provenance/seed/v1/" + path
gives 32 bytes for an Ed25519 seed.

Who gets file and password holds every custodial key; one without the other is worth nothing.
Backing up the file once is enough for ever: no key is kept beside it.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from ledger import canonical
from ledger.errors import InvalidInput, Misconfigured
from ledger.identity.eip712 import CURVE_ORDER
from ledger.identity.private_key import PrivateKey

SCRYPT_N = 2**15
"""Default cost: 32 MiB and about a tenth of a second; recorded in each file."""

_R, _P = 8, 1
_LEAST_N, _MOST_N = 2**10, 2**20
_MOST_BYTES = 4096


class Keystore:
    """An opened keystore. Raises Misconfigured `keystore-…` where it cannot be opened or made."""

    __slots__ = ("_seed",)

    def __init__(self, seed: bytes) -> None:
        assert len(seed) == 32, "a seed has 32 bytes"
        self._seed = seed

    def __repr__(self) -> str:
        return "Keystore(…)"

    @classmethod
    def create(cls, path: Path, password: str, n: int = SCRYPT_N) -> Self:
        """Make a seed and its file, readable by this user alone.

        The file appears whole or not at all, and never replaces another: losing a seed would
        lose every custodial key.
        """
        seed = secrets.token_bytes(32)
        _write_once(path, _seal(seed, password, n))
        return cls(seed)

    @classmethod
    def open(cls, path: Path, password: str) -> Self:
        """Decrypt the seed of an existing file."""
        try:
            with path.open("rb") as file:
                data = file.read(_MOST_BYTES + 1)
        except OSError as error:
            raise Misconfigured("keystore-missing", f"cannot read {path}: {error}") from error
        return cls(_unseal(data, password))

    def derive(self, path: str) -> PrivateKey:
        """The secp256k1 key of that path, always the same: `chain/publisher`, `chain/admin`,
        `org/<org id in hex>/<n>`."""
        wide = self._expand(b"provenance/key/v1/" + path.encode(), 48)
        scalar = int.from_bytes(wide, "big") % (CURVE_ORDER - 1) + 1
        return PrivateKey(scalar.to_bytes(32, "big"))

    def derive_seed(self, path: str) -> bytes:
        """The Ed25519 seed of that path, always the same: `log/ed25519`."""
        return self._expand(b"provenance/seed/v1/" + path.encode(), 32)

    def _expand(self, info: bytes, length: int) -> bytes:
        return HKDF(SHA256(), length, salt=None, info=info).derive(self._seed)


def _seal(seed: bytes, password: str, n: int) -> bytes:
    assert _LEAST_N <= n <= _MOST_N, "scrypt cost out of range"
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    header: dict[str, Any] = {
        "v": 1,
        "type": "provenance.keystore",
        "kdf": {"name": "scrypt", "n": n, "r": _R, "p": _P, "salt": salt.hex()},
        "cipher": {"name": "aes-256-gcm", "nonce": nonce.hex()},
    }
    sealed = AESGCM(_stretch(password, salt, n)).encrypt(nonce, seed, canonical.encode(header))
    return canonical.encode({**header, "ciphertext": sealed.hex()}) + b"\n"


def _unseal(data: bytes, password: str) -> bytes:
    if len(data) > _MOST_BYTES:
        raise Misconfigured("keystore-malformed", "the file is too large for a keystore")
    try:
        header = canonical.parse(data)
        sealed = bytes.fromhex(header.pop("ciphertext"))
        kdf, cipher = header["kdf"], header["cipher"]
        n, salt, nonce = kdf["n"], bytes.fromhex(kdf["salt"]), bytes.fromhex(cipher["nonce"])
        form = {
            "v": 1,
            "type": "provenance.keystore",
            "kdf": {"name": "scrypt", "n": n, "r": _R, "p": _P, "salt": kdf["salt"]},
            "cipher": {"name": "aes-256-gcm", "nonce": cipher["nonce"]},
        }
    except (InvalidInput, AttributeError, KeyError, TypeError, ValueError) as error:
        raise Misconfigured("keystore-malformed", "the file is not a keystore") from error
    # A file that asks for other work than we ever write is damaged, or meant to exhaust us.
    if header != form or type(n) is not int or not _LEAST_N <= n <= _MOST_N or n & (n - 1):
        raise Misconfigured("keystore-malformed", "the file is not a version 1 keystore")
    if len(salt) != 16 or len(nonce) != 12 or len(sealed) != 48:
        raise Misconfigured("keystore-malformed", "a part of the file has the wrong length")
    try:
        cipher_key = AESGCM(_stretch(password, salt, n))
        return cipher_key.decrypt(nonce, sealed, canonical.encode(header))
    except InvalidTag as error:
        raise Misconfigured(
            "keystore-password-wrong", "the password is wrong, or the file was changed"
        ) from error


def _stretch(password: str, salt: bytes, n: int) -> bytes:
    return Scrypt(salt, 32, n=n, r=_R, p=_P).derive(password.encode())


def _write_once(path: Path, data: bytes) -> None:
    """Write to a neighbour, sync, then link: a crash leaves the whole file or none."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)  # fails where something stands already, unlike a rename
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except FileExistsError as error:
        raise Misconfigured("keystore-exists", f"{path} is there already") from error
    except OSError as error:
        raise Misconfigured("keystore-unwritable", f"cannot write {path}: {error}") from error
    finally:
        with suppress(OSError):
            temporary.unlink()
