"""Encrypted content, wrapped keys and statements of keys, good and bent, for other implementations.

Content is encrypted here in chunks of 64 bytes, so that a case of several chunks can be read. Wraps
come from the transcription of RFC 9180 in tests/support/rfc9180.py with a fixed ephemeral key.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from ledger.digest import sha256
from ledger.envelope.content import HEADER_BYTES, PART, Header, manifest_purpose, seal_with
from ledger.envelope.data_key import DataKey
from ledger.envelope.encryption_key import DecryptionKey
from ledger.envelope.key_statement import KeyStatement
from ledger.identity.eip712 import Domain
from ledger.identity.organization import OrgId
from ledger.identity.private_key import PrivateKey
from ledger.identity.signer import KeySigner
from tests.support import rfc9180
from tests.support.vectors.case import pretty

DATA_KEY = DataKey(bytes(range(32)))
READER = DecryptionKey(bytes(range(32, 64)))
MESSAGE, LEG = bytes([1]) * 32, bytes([2]) * 32
ORG = OrgId(bytes([3]) * 32)
DOMAIN = Domain(190_945, "0x" + "11" * 20)
SIGNER = KeySigner(PrivateKey(bytes([7]) * 32))
_STEP = 64 + 16


def envelope_files() -> Iterator[tuple[str, bytes]]:
    """Name under tests/vectors and content."""
    yield "envelope/content.json", pretty([_spell(case) for case in _contents()])
    yield "envelope/wrapped-key.json", pretty([_spell(case) for case in _wraps()])
    yield "envelope/key-statement.json", pretty(list(_statements()))


def sealed(content: bytes, purpose: bytes = PART, salt: str = "salt") -> bytes:
    """The blob of this content, reproducibly."""
    header = Header(sha256(salt.encode()), 6)
    return b"".join(seal_with(header, DATA_KEY, purpose, BytesIO(content)))


def _contents() -> Iterator[dict[str, Any]]:
    for size in (0, 1, 63, 64, 65, 128, 150):
        content = bytes(range(size))
        yield _content(f"{size} bytes", sealed(content), plaintext=content)
    manifest = b'{"v":1}'
    blob = sealed(manifest, manifest_purpose(MESSAGE))
    yield _content("a manifest", blob, manifest_purpose(MESSAGE), plaintext=manifest)
    other = manifest_purpose(LEG)
    yield _content("the manifest of another message", blob, other, code="envelope-damaged")
    yield _content("a manifest passed off as a part", blob, code="envelope-damaged")
    good = sealed(bytes(range(150)))
    head, chunks = good[:HEADER_BYTES], good[HEADER_BYTES:]
    first, second, third = chunks[:_STEP], chunks[_STEP : 2 * _STEP], chunks[2 * _STEP :]
    foreign = sealed(bytes(range(150)), salt="other")[HEADER_BYTES:]
    damaged, malformed = "envelope-damaged", "envelope-malformed"
    for why, blob, code in (
        ("cut behind a chunk", head + first + second, damaged),
        ("cut within a chunk", good[:-1], damaged),
        ("cut to its header", head, malformed),
        ("cut within its header", head[:-1], malformed),
        ("two chunks changed places", head + second + first + third, damaged),
        ("a chunk repeated", head + first + first + second + third, damaged),
        ("a chunk left out", head + second + third, damaged),
        ("a byte behind the end", good + b"\x00", damaged),
        ("an empty last chunk added", good + third[-16:], damaged),
        ("a chunk of another blob", head + foreign[:_STEP] + second + third, damaged),
        ("another salt", head[:-1] + b"\x00" + chunks, damaged),
        ("another chunk size", head[:15] + b"\x07" + head[16:] + chunks, damaged),
        ("a chunk size out of range", head[:15] + b"\x19" + head[16:] + chunks, malformed),
        ("another version", head[:14] + b"\x02" + head[15:] + chunks, malformed),
        ("one bit of a tag", good[:-1] + bytes([good[-1] ^ 1]), damaged),
    ):
        yield _content(why, blob, code=code)


def _content(why: str, blob: bytes, purpose: bytes = PART, **outcome: Any) -> dict[str, Any]:
    return {"why": why, "dataKey": DATA_KEY.reveal(), "purpose": purpose, "blob": blob, **outcome}


def wrapped(message: bytes = MESSAGE, leg: bytes = LEG) -> bytes:
    """The data key wrapped for that message and leg, reproducibly."""
    info = b"provenance/wrap/v1\n" + message + leg + READER.public.id
    return rfc9180.seal_base(READER.public.public, info, DATA_KEY.reveal(), bytes([9]) * 32)


def _wraps() -> Iterator[dict[str, Any]]:
    good: dict[str, Any] = {
        "secretKey": READER.reveal(),
        "publicKey": READER.public.public,
        "keyId": READER.public.id,
        "message": MESSAGE,
        "leg": LEG,
        "wrapped": wrapped(),
    }
    unreadable = {"code": "wrapped-key-unreadable"}
    own = {"leg": bytes(32), "wrapped": wrapped(leg=bytes(32))}
    yield {"why": "for a leg", **good, "dataKey": DATA_KEY.reveal()}
    yield {"why": "the sender's own copy", **good, **own, "dataKey": DATA_KEY.reveal()}
    yield {"why": "moved to another message", **good, "message": LEG, **unreadable}
    yield {"why": "moved to another leg", **good, "leg": MESSAGE, **unreadable}
    yield {"why": "the sender's copy as a leg's", **good, **own, "leg": LEG, **unreadable}
    for at in (0, 31, 32, 63, 64, 79):
        bent = bytearray(wrapped())
        bent[at] ^= 1
        yield {"why": f"one bit of byte {at}", **good, "wrapped": bytes(bent), **unreadable}


def statement() -> KeyStatement:
    """A key stated for a year."""
    start = 1_790_000_000
    return KeyStatement.sign(ORG, READER.public, start, start + 365 * 86_400, SIGNER, DOMAIN)


def _statements() -> Iterator[dict[str, Any]]:
    at = statement().valid_from + 60
    good: dict[str, Any] = {
        "domain": {"chainId": DOMAIN.chain_id, "verifyingContract": DOMAIN.verifying_contract},
        "at": at,
        "registry": {
            "address": SIGNER.address.lower(),
            "purposes": 8,
            "validFrom": at - 1000,
            "validUntil": 0,
            "compromisedAt": 0,
        },
        "statement": statement().to_json(),
    }
    yield {"why": "signed by an ADMIN key", **good}
    yield {"why": "signed by a LEADER key", **good, "registry": good["registry"] | {"purposes": 64}}
    refused = "encryption-key-unauthorized"
    for why, change in (
        ("a key for submissions only", {"purposes": 1 | 2 | 4 | 16 | 32}),
        ("a signing key not yet in force", {"validFrom": at + 1}),
        ("a signing key that ended", {"validUntil": at}),
        ("a signing key reported compromised", {"compromisedAt": at + 1}),
        ("another signing key", {"address": "0x" + "22" * 20}),
    ):
        yield {"why": why, **good, "registry": good["registry"] | change, "code": refused}
    yield {"why": "a key the registry has not", **good, "registry": None, "code": refused}
    other = DecryptionKey(bytes([5]) * 32).public
    for why, change, code in (
        ("another public key", {"publicKey": other.public.hex()}, "encryption-key-malformed"),
        (
            "another public key with its id",
            {"publicKey": other.public.hex(), "keyId": other.id.hex()},
            "signature-invalid",
        ),
        ("another organization", {"org": "0x" + "04" * 32}, "signature-invalid"),
        ("a longer validity", {"validUntil": at + 400 * 86_400}, "signature-invalid"),
        ("more than three years", {"validUntil": at + 2**30}, "encryption-key-malformed"),
        ("another suite", {"suite": 2}, "encryption-key-malformed"),
    ):
        yield {"why": why, **good, "statement": statement().to_json() | change, "code": code}


def _spell(case: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.hex() if isinstance(value, bytes) else value for name, value in case.items()
    }
