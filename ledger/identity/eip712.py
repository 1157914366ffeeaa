"""What organizations sign: EIP-712 typed data, and who signed it.

The domain is {name "Provenance Ledger", version "1", chainId, verifyingContract}: of the
OrganizationRegistry for submissions, of RecordStatus for declarations, of DocumentExchange and
Mandates for documents. A signature made for one
chain or one contract is therefore worth nothing on another.

Every value here has a fixed size, so `encodeData` is plain concatenation of 32-byte words; the
digest is keccak256(0x1901 ‖ domain separator ‖ struct hash).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from coincurve import PublicKey

from ledger.digest import Digest, keccak256
from ledger.errors import VerificationFailed
from ledger.identity.address import address_bytes, address_of
from ledger.identity.organization import OrgId

DOMAIN_NAME = "Provenance Ledger"
DOMAIN_VERSION = "1"

SUBMISSION_TYPE = "Submission(bytes32 org,bytes32 root,uint64 count,uint64 signedAt,bytes32 nonce)"
STATUS_TYPE = (
    "Status(bytes32 org,bytes32 subject,uint8 kind,bytes32 reason,bytes32 nonce,uint64 deadline)"
)
RECALL_PROPOSAL_TYPE = "RecallProposal(bytes32 org,uint8 kind,bytes32 reason,uint64 signedAt)"

SIGNATURE_BYTES = 65

CURVE_ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141
"""Number of points of secp256k1 (SEC 2, section 2.4.1)."""

_DOMAIN_TYPE = keccak256(
    b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)
_NAME = keccak256(DOMAIN_NAME.encode())
_VERSION = keccak256(DOMAIN_VERSION.encode())
_SUBMISSION = keccak256(SUBMISSION_TYPE.encode())
_STATUS = keccak256(STATUS_TYPE.encode())
_RECALL_PROPOSAL = keccak256(RECALL_PROPOSAL_TYPE.encode())


@dataclass(frozen=True, slots=True)
class Domain:
    """Where a signature counts: a chain and a contract (address as `parse_address` reads it)."""

    chain_id: int
    verifying_contract: str
    separator: Digest = field(init=False, repr=False, compare=False)
    """hashStruct of the domain."""

    def __post_init__(self) -> None:
        contract = address_bytes(self.verifying_contract).rjust(32, b"\x00")
        separator = keccak256(
            _DOMAIN_TYPE + _NAME + _VERSION + self.chain_id.to_bytes(32, "big") + contract
        )
        object.__setattr__(self, "separator", separator)


def submission_digest(
    domain: Domain, org: OrgId, root: bytes, count: int, signed_at: int, nonce: bytes
) -> Digest:
    """What the signature of a submission signs. `signed_at` in unix seconds."""
    return _digest(
        domain, _SUBMISSION, org, _word(root), _uint(count, 64), _uint(signed_at, 64), _word(nonce)
    )


def status_digest(
    domain: Domain,
    org: OrgId,
    subject: bytes,
    kind: int,
    reason: bytes,
    nonce: bytes,
    deadline: int,
) -> Digest:
    """What the signature of a declaration signs (IRecordStatus.declare). `deadline` in unix
    seconds."""
    return _digest(
        domain,
        _STATUS,
        org,
        _word(subject),
        _uint(kind, 8),
        _word(reason),
        _word(nonce),
        _uint(deadline, 64),
    )


def recall_proposal_digest(
    domain: Domain, org: OrgId, kind: int, reason: bytes, signed_at: int
) -> Digest:
    """What the first of two people of an authority signs (docs/formats/recall.md). `signed_at` in
    unix seconds."""
    return _digest(
        domain, _RECALL_PROPOSAL, org, _uint(kind, 8), _word(reason), _uint(signed_at, 64)
    )


def typed_digest(domain: Domain, type_hash: bytes, *members: bytes | int) -> Digest:
    """The digest of a struct whose members each take one word: bytes32 as they are, numbers
    big-endian. The caller has checked that a number fits its type."""
    return _digest(
        domain,
        type_hash,
        *(_uint(m, 256) if isinstance(m, int) else _word(m) for m in members),
    )


def recover(digest: bytes, signature: bytes) -> str:
    """The checksummed address whose key made this signature (65 bytes r ‖ s ‖ v).

    One signature has one spelling: s in the lower half (EIP-2) and v 27 or 28, or anyone could
    make a second valid submission out of a first. Raises VerificationFailed
    `signature-malformed` or `signature-invalid`.
    """
    if len(signature) != SIGNATURE_BYTES:
        raise VerificationFailed(
            "signature-malformed", f"a signature has 65 bytes, this has {len(signature)}"
        )
    if signature[64] not in (27, 28):
        raise VerificationFailed("signature-malformed", f"v is {signature[64]}, not 27 or 28")
    if int.from_bytes(signature[32:64], "big") > CURVE_ORDER // 2:
        raise VerificationFailed("signature-malformed", "s is in the upper half")
    recoverable = signature[:64] + bytes([signature[64] - 27])
    try:
        key = PublicKey.from_signature_and_message(recoverable, digest, hasher=None)
    except Exception as error:  # coincurve raises bare Exception for r or s out of range
        raise VerificationFailed("signature-invalid", "no key can have made this") from error
    return address_of(key.format(compressed=False))


def _digest(domain: Domain, *words: bytes) -> Digest:
    return keccak256(b"\x19\x01" + domain.separator + keccak256(b"".join(words)))


def _word(value: bytes) -> bytes:
    assert len(value) == 32, "bytes32"
    return value


def _uint(value: int, bits: int) -> bytes:
    assert 0 <= value < 1 << bits, f"uint{bits}"
    return value.to_bytes(32, "big")
