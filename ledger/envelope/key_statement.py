"""Published encryption keys: an organization states its key, signed by a key of the registry.

::

    {"v":1,"org":"0x…","keyId":hex,"suite":1,"publicKey":hex,"validFrom":unix seconds,
     "validUntil":unix seconds,"signer":"0x…","signature":"0x…"}

EIP-712 in the domain of OrganizationRegistry. Whoever encrypts checks it against the registry, so
that whoever keeps the statements (the operator) cannot have anybody encrypt to a key of theirs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NoReturn, Self

from ledger.digest import Digest, keccak256
from ledger.envelope.encryption_key import EncryptionKey
from ledger.errors import Forbidden, InvalidInput, VerificationFailed
from ledger.identity.address import parse_address
from ledger.identity.eip712 import SIGNATURE_BYTES, Domain, recover, typed_digest
from ledger.identity.organization import KeyEntry, OrgId, Purpose
from ledger.identity.signer import DigestSigner

KEY_STATEMENT_TYPE = (
    "EncryptionKey(bytes32 org,bytes32 keyId,uint16 suite,bytes publicKey,uint64 validFrom,"
    "uint64 validUntil)"
)
MOST_SECONDS = 3 * 366 * 86_400
"""Longest validity: a statement whose successor is withheld from a sender ends by itself."""

PUBLISHERS = Purpose.ADMIN | Purpose.LEADER
"""A key that publishes has one of these purposes."""

_TYPE = keccak256(KEY_STATEMENT_TYPE.encode())
_MEMBERS = {
    "v", "org", "keyId", "suite", "publicKey", "validFrom", "validUntil", "signer", "signature",
}  # fmt: skip
_PUBLIC = re.compile(r"(?:[0-9a-f]{2}){1,4096}")
_ADDRESS = re.compile(r"0x[0-9a-f]{40}")
_SIGNATURE = re.compile(r"0x[0-9a-f]{130}")


@dataclass(frozen=True, slots=True)
class KeyStatement:
    """A key stated to be encrypted to from `valid_from` until before `valid_until`, unix seconds.

    Well-formed, not checked yet: see `check`. `signer` is the checksummed address. Raises
    InvalidInput `encryption-key-malformed`.
    """

    org: OrgId
    key: EncryptionKey
    valid_from: int
    valid_until: int
    signer: str
    signature: bytes

    def __post_init__(self) -> None:
        if not 0 <= self.valid_from < self.valid_until <= self.valid_from + MOST_SECONDS:
            _refuse("validUntil", "a key is valid for some time, and for at most three years")
        if len(self.signature) != SIGNATURE_BYTES:
            _refuse("signature", "a signature has 65 bytes")

    @classmethod
    def sign(
        cls,
        org: OrgId,
        key: EncryptionKey,
        valid_from: int,
        valid_until: int,
        signer: DigestSigner,
        domain: Domain,
    ) -> Self:
        """State a key; `domain` of OrganizationRegistry. Raises Unavailable as the signer does."""
        digest = _digest(domain, org, key, valid_from, valid_until)
        signature = signer.sign_digest(digest)
        return cls(org, key, valid_from, valid_until, signer.address, signature)

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Read exactly the members `to_json` writes, each in its one spelling."""
        if not isinstance(value, dict) or set(value) != _MEMBERS or value["v"] != 1:
            raise InvalidInput("encryption-key-malformed", "not a version 1 statement of a key")
        for name in ("v", "suite", "validFrom", "validUntil"):
            if type(value[name]) is not int or not 0 <= value[name] < 2**48:
                _refuse(name, "not a number of its size")
        for name, form in (
            ("publicKey", _PUBLIC),
            ("signer", _ADDRESS),
            ("signature", _SIGNATURE),
        ):
            if not isinstance(value[name], str) or form.fullmatch(value[name]) is None:
                _refuse(name, "not lower-case hexadecimal digits of the right number")
        key = EncryptionKey(value["suite"], bytes.fromhex(value["publicKey"]))
        if Digest.from_hex(value["keyId"]) != key.id:
            _refuse("keyId", "not the id of this key")
        return cls(
            org=OrgId.parse(value["org"]),
            key=key,
            valid_from=value["validFrom"],
            valid_until=value["validUntil"],
            signer=parse_address(value["signer"]),
            signature=bytes.fromhex(value["signature"][2:]),
        )

    def to_json(self) -> dict[str, Any]:
        """The wire form."""
        return {
            "v": 1,
            "org": self.org.text,
            "keyId": self.key.id.hex(),
            "suite": self.key.suite,
            "publicKey": self.key.public.hex(),
            "validFrom": self.valid_from,
            "validUntil": self.valid_until,
            "signer": self.signer.lower(),
            "signature": "0x" + self.signature.hex(),
        }

    def is_valid_at(self, at: int) -> bool:
        """Whether the key is to be encrypted to at that time, unix seconds."""
        return self.valid_from <= at < self.valid_until

    def check(self, domain: Domain, signer: KeyEntry | None, at: int) -> None:
        """That the organization says so now; `signer` is the registry's entry of `self.signer`.

        Raises VerificationFailed `signature-malformed` or `signature-invalid`, Forbidden
        `encryption-key-unauthorized` where the signing key is not in force for this at `at` (unix
        seconds) or was ever reported compromised.
        """
        digest = _digest(domain, self.org, self.key, self.valid_from, self.valid_until)
        if recover(digest, self.signature) != self.signer:
            raise VerificationFailed("signature-invalid", f"not a signature of {self.signer}")
        in_force = (
            signer is not None
            and parse_address(signer.address) == self.signer
            and signer.purposes & PUBLISHERS
            and signer.valid_from <= at
            and (signer.valid_until == 0 or at < signer.valid_until)
            and signer.compromised_at == 0
        )
        if not in_force:
            raise Forbidden(
                "encryption-key-unauthorized",
                f"{self.signer} is no ADMIN or LEADER key in force of {self.org.text}",
            )


def _digest(
    domain: Domain, org: OrgId, key: EncryptionKey, valid_from: int, valid_until: int
) -> Digest:
    public = keccak256(key.public)
    return typed_digest(domain, _TYPE, org, key.id, key.suite, public, valid_from, valid_until)


def _refuse(name: str, detail: str) -> NoReturn:
    raise InvalidInput("encryption-key-malformed", detail, pointer=f"/{name}")
