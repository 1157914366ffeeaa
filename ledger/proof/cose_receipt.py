"""RFC 9942 COSE Receipt: the log's part of a bundle as CBOR that foreign tools read.

::

    18([ h'{1: -8, 395: 1, 4: kid}',                        EdDSA, RFC9162_SHA256, log key id
         {396: {-1: [h'[size, index, [path…]]']}},          one inclusion proof
         nil,                                               the root, detached
         signature ])                                       over the root, by the log's key

The payload is the root that the path leads to from the leaf of the logged 64-byte entry; it is
recomputed, never carried. `kid` is the 4-byte key ID the same key has in signed notes. The bytes
signed begin with 0x84, which no signed note can (it is not UTF-8): one key for both is safe.

An inclusion path is `[+ bstr]`, so a tree of one leaf has no receipt. One receipt has one
spelling, RFC 8949 section 4.2.1 deterministic encoding; any other is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger.digest import DIGEST_BYTES, Digest
from ledger.errors import InvalidInput, NotFound, VerificationFailed
from ledger.merkle.hashes import leaf_hash
from ledger.merkle.note import NoteKey
from ledger.merkle.proofs import inclusion_root

MEDIA_TYPE = "application/scitt-receipt+cose"

MAX_RECEIPT_BYTES = 64 * 1024

_COSE_SIGN1 = 18
_ALGORITHM, _KEY_ID, _STRUCTURE, _PROOFS = 1, 4, 395, 396
_EDDSA = -8
_RFC9162_SHA256 = 1
_INCLUSION = -1
_SIGNATURE_BYTES = 64
_MOST_PATH = 63
_LARGEST_INDEX = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Receipt:
    """One receipt as read; nothing in it is known to be true."""

    key_id: bytes
    size: int
    index: int
    path: tuple[Digest, ...]
    signature: bytes

    def encode(self) -> bytes:
        """The deterministic CBOR."""
        proof = _encode([self.size, self.index, [bytes(node) for node in self.path]])
        body = [
            _protected(self.key_id),
            {_PROOFS: {_INCLUSION: [proof]}},
            None,
            self.signature,
        ]
        return _encode(cbor2.CBORTag(_COSE_SIGN1, body))


def issue_receipt(
    entry: bytes,
    *,
    index: int,
    size: int,
    path: tuple[Digest, ...],
    key: NoteKey,
    sign: Callable[[bytes], bytes],
) -> Receipt:
    """A receipt for the entry; `sign` makes the log key's Ed25519 signature.

    Raises NotFound `receipt-not-expressible` for a tree of one leaf, and VerificationFailed for a
    path that proves nothing: what we sign, we check.
    """
    if size == 1:
        raise NotFound("receipt-not-expressible", "a tree of one leaf has no COSE receipt")
    root = inclusion_root(leaf_hash(entry), index, size, path)
    return Receipt(key.key_id, size, index, path, sign(signed_bytes(key.key_id, root)))


def parse_receipt(data: bytes) -> Receipt:
    """Read a receipt. Raises InvalidInput `receipt-malformed`."""
    if len(data) > MAX_RECEIPT_BYTES:
        raise _malformed(f"{len(data)} bytes; at most {MAX_RECEIPT_BYTES} are read")
    tagged = _decode(data)
    if not isinstance(tagged, cbor2.CBORTag) or tagged.tag != _COSE_SIGN1:
        raise _malformed("not a tagged COSE_Sign1")
    match tagged.value:
        case [bytes(protected), {396: {-1: [bytes(proof)]}}, None, bytes(signature)]:
            header = _decode(protected)
        case _:
            raise _malformed("not protected header, one inclusion proof, nil, signature")
    match header:
        case {4: bytes(key_id)} if protected == _protected(key_id):
            pass
        case _:
            raise _malformed("the protected header is not EdDSA over RFC9162_SHA256 with a key id")
    match _decode(proof):
        case [int(size), int(index), [_, *_] as path]:
            receipt = Receipt(key_id, int(size), int(index), _read_path(path), signature)
        case _:
            raise _malformed("the inclusion proof is not size, index and at least one hash")
    if len(signature) != _SIGNATURE_BYTES:
        raise _malformed("an Ed25519 signature has 64 bytes")
    if not 0 <= index < size <= _LARGEST_INDEX or receipt.encode() != data:
        # The patterns above take true for 1 and further members; the one spelling does not.
        raise _malformed("not the deterministic encoding of a receipt")
    return receipt


def check_receipt(receipt: Receipt, entry: bytes, key: NoteKey) -> Digest:
    """The root under which the log's key has signed the entry in.

    Raises VerificationFailed `inclusion-proof-invalid`, `receipt-key-foreign` or
    `receipt-signature-invalid`.
    """
    if receipt.key_id != key.key_id:
        raise VerificationFailed("receipt-key-foreign", "signed by a key other than the log's")
    root = inclusion_root(leaf_hash(entry), receipt.index, receipt.size, receipt.path)
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(
            receipt.signature, signed_bytes(receipt.key_id, root)
        )
    except (InvalidSignature, ValueError) as error:
        raise VerificationFailed(
            "receipt-signature-invalid", "the log's key has not signed the root this path leads to"
        ) from error
    return root


def signed_bytes(key_id: bytes, root: Digest) -> bytes:
    """RFC 9052 section 4.4 Sig_structure of a receipt over this root."""
    return _encode(["Signature1", _protected(key_id), b"", bytes(root)])


def _protected(key_id: bytes) -> bytes:
    return _encode({_ALGORITHM: _EDDSA, _KEY_ID: key_id, _STRUCTURE: _RFC9162_SHA256})


def _read_path(path: list[Any]) -> tuple[Digest, ...]:
    if len(path) > _MOST_PATH:
        raise _malformed(f"more than {_MOST_PATH} hashes")
    if any(type(node) is not bytes or len(node) != DIGEST_BYTES for node in path):
        raise _malformed("a hash of the path does not have 32 bytes")
    return tuple(map(Digest, path))


def _encode(value: Any) -> bytes:
    return cbor2.dumps(value, canonical=True)


def _decode(data: bytes) -> Any:
    try:
        return cbor2.loads(data)
    except Exception as error:  # cbor2 lets errors of many kinds through, by version
        raise _malformed("not CBOR") from error


def _malformed(detail: str) -> InvalidInput:
    return InvalidInput("receipt-malformed", detail)
