"""Submissions: an organization's signature over a batch of commitments.

::

    {"v":1,"org":"0x…","root":hex,"count":n,"signedAt":unix seconds,"nonce":hex,
     "custody":"organization"|"platform","signer":"0x…","signature":"0x…"}

`root` is the RFC 9162 tree hash over the commitments in order. The signature is EIP-712 over
org, root, count, signedAt and nonce (`ledger.identity.eip712`). Custody and signer are not signed
but are part of the digest in every log entry: they cannot be changed once the log has them, and
whoever checks compares them with the registry.

Log entry: commitment ‖ SHA256(JCS(submission)), 64 bytes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NoReturn, Self, cast

from ledger import canonical
from ledger.digest import DIGEST_BYTES, Digest, sha256
from ledger.errors import InvalidInput, VerificationFailed
from ledger.identity.address import parse_address
from ledger.identity.eip712 import SIGNATURE_BYTES, Domain, recover, submission_digest
from ledger.identity.organization import OrgId
from ledger.identity.signer import DigestSigner
from ledger.merkle.hashes import leaf_hash, tree_root

Custody = Literal["organization", "platform"]
"""Who holds the signing key."""

CUSTODIES = ("organization", "platform")

ENTRY_BYTES = 2 * DIGEST_BYTES

_MEMBERS = ("v", "org", "root", "count", "signedAt", "nonce", "custody", "signer", "signature")
_ADDRESS = re.compile(r"0x[0-9a-f]{40}")
_SIGNATURE = re.compile(r"0x[0-9a-f]{130}")


@dataclass(frozen=True, slots=True)
class Submission:
    """One signed batch. `signed_at` in unix seconds; `signer` is the checksummed address.

    Well-formed, not yet checked: see `check_signature`. Raises InvalidInput
    `submission-malformed`.
    """

    org: OrgId
    root: Digest
    count: int
    signed_at: int
    nonce: bytes
    custody: Custody
    signer: str
    signature: bytes

    def __post_init__(self) -> None:
        largest = canonical.MAX_SAFE_INTEGER
        if type(self.count) is not int or not 0 < self.count <= largest:
            _refuse("count", "a submission has at least one record")
        if type(self.signed_at) is not int or not 0 <= self.signed_at <= largest:
            _refuse("signedAt", "not a time in unix seconds")
        if len(self.nonce) != DIGEST_BYTES:
            _refuse("nonce", "a nonce has 32 bytes")
        if self.custody not in CUSTODIES:
            _refuse("custody", "custody is organization or platform")
        if len(self.signature) != SIGNATURE_BYTES:
            _refuse("signature", "a signature has 65 bytes")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Read exactly the members `to_json` writes, each in its one spelling."""
        if not isinstance(value, dict) or set(value) != set(_MEMBERS):
            raise InvalidInput("submission-malformed", "not the members of a submission")
        if type(value["v"]) is not int or value["v"] != 1:
            _refuse("v", "only version 1 is known")
        for name, form in (("signer", _ADDRESS), ("signature", _SIGNATURE)):
            if not isinstance(value[name], str) or form.fullmatch(value[name]) is None:
                _refuse(name, "not 0x and lower-case hexadecimal digits of the right number")
        return cls(
            org=OrgId.parse(value["org"]),
            root=Digest.from_hex(value["root"]),
            count=value["count"],
            signed_at=value["signedAt"],
            nonce=bytes(Digest.from_hex(value["nonce"])),
            custody=cast("Custody", value["custody"]),
            signer=parse_address(value["signer"]),
            signature=bytes.fromhex(value["signature"][2:]),
        )

    def to_json(self) -> dict[str, Any]:
        """The JSON whose canonical bytes are hashed into every entry."""
        return {
            "v": 1,
            "org": self.org.text,
            "root": self.root.hex(),
            "count": self.count,
            "signedAt": self.signed_at,
            "nonce": self.nonce.hex(),
            "custody": self.custody,
            "signer": self.signer.lower(),
            "signature": "0x" + self.signature.hex(),
        }

    def digest(self) -> Digest:
        """SHA256(JCS(submission with signature))."""
        return sha256(canonical.encode(self.to_json()))


def submission_root(commitments: Sequence[bytes]) -> Digest:
    """RFC 9162 tree hash over commitments in order."""
    return tree_root([leaf_hash(commitment) for commitment in commitments])


def build(
    *,
    org: OrgId,
    commitments: Sequence[bytes],
    signed_at: int,
    nonce: bytes,
    custody: Custody,
    signer: DigestSigner,
    domain: Domain,
) -> Submission:
    """Sign a batch of at least one commitment. Raises Unavailable as the signer does."""
    root = submission_root(commitments)
    digest = submission_digest(domain, org, root, len(commitments), signed_at, nonce)
    return Submission(
        org=org,
        root=root,
        count=len(commitments),
        signed_at=signed_at,
        nonce=nonce,
        custody=custody,
        signer=signer.address,
        signature=signer.sign_digest(digest),
    )


def check_signature(submission: Submission, domain: Domain) -> None:
    """The signature is the named signer's over exactly this submission in this domain.

    Whose key that is, is for the registry to say. Raises VerificationFailed
    `signature-malformed` or `signature-invalid`.
    """
    digest = submission_digest(
        domain,
        submission.org,
        submission.root,
        submission.count,
        submission.signed_at,
        submission.nonce,
    )
    found = recover(digest, submission.signature)
    if found.lower() != submission.signer.lower():
        raise VerificationFailed(
            "signature-invalid", f"the signature is not one of {submission.signer}"
        )


def entry(commitment: bytes, submission_digest: bytes) -> bytes:
    """The 64 bytes of one log entry."""
    assert len(commitment) == len(submission_digest) == DIGEST_BYTES, "two digests"
    return commitment + submission_digest


def _refuse(name: str, detail: str) -> NoReturn:
    raise InvalidInput("submission-malformed", detail, pointer=f"/{name}")
