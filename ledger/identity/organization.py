"""Organizations: their ids, public profiles and the history of their signing keys."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from enum import IntFlag
from typing import Any, Self

from ledger import canonical
from ledger.digest import Digest, sha256
from ledger.errors import InvalidInput

_TEXT = re.compile(r"0x[0-9a-f]{64}")
_SALT = re.compile(r"[0-9a-f]{32,64}")


class OrgId(bytes):
    """A random 32-byte organization id; says nothing about who it is."""

    __slots__ = ()

    def __new__(cls, value: bytes) -> Self:
        """Check the length, once."""
        if len(value) != 32:
            raise InvalidInput("org-id-malformed", "an organization id has 32 bytes")
        return super().__new__(cls, value)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `0x` and 64 lower-case hex digits."""
        if not isinstance(text, str) or _TEXT.fullmatch(text) is None:
            raise InvalidInput("org-id-malformed", "not 0x and 64 lower-case hexadecimal digits")
        return cls(bytes.fromhex(text[2:]))

    @classmethod
    def random(cls) -> Self:
        """A fresh id from the operating system's randomness."""
        return cls(secrets.token_bytes(32))

    @property
    def text(self) -> str:
        """The one spelling: `0x` and 64 lower-case hex digits."""
        return "0x" + self.hex()


class Role(IntFlag):
    """What an organization is in the consortium; bits as in OrganizationRegistry."""

    PRODUCER = 1
    AGENCY = 2
    AUTHORITY = 4
    OPERATOR = 8
    AUDITOR = 16


class Purpose(IntFlag):
    """What a key may do for its organization; bits as in OrganizationRegistry."""

    SUBMIT = 1
    PUBLISH = 2
    STATUS = 4
    ADMIN = 8
    CLERK = 16
    GATEWAY = 32
    LEADER = 64


@dataclass(frozen=True, slots=True)
class Profile:
    """The public face of an organization.

    Only its salted digest is on chain, so a household's name can be erased with the salt while
    every signature stays checkable.
    """

    org: OrgId
    name: str
    name_en: str
    kind: str
    salt: str

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > 200 or len(self.name_en) > 200:
            raise InvalidInput("profile-malformed", "a name has 1 to 200 characters")
        if not self.kind or len(self.kind) > 40 or _SALT.fullmatch(self.salt) is None:
            raise InvalidInput("profile-malformed", "kind or salt is not in the profile's form")
        canonical.check_normalised([self.name, self.name_en, self.kind])

    @classmethod
    def new(cls, org: OrgId, name: str, name_en: str, kind: str) -> Self:
        """A profile with a fresh 16-byte salt."""
        return cls(org, name, name_en, kind, secrets.token_hex(16))

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Read exactly the members `to_json` writes."""
        names = {"v", "org", "name", "nameEn", "kind", "salt"}
        if not isinstance(value, dict) or set(value) != names or value["v"] != 1:
            raise InvalidInput("profile-malformed", "not a version 1 profile")
        texts = [value[name] for name in ("name", "nameEn", "kind", "salt")]
        if type(value["v"]) is not int or not all(isinstance(text, str) for text in texts):
            raise InvalidInput("profile-malformed", "a member has the wrong type")
        return cls(OrgId.parse(value["org"]), *texts)

    def to_json(self) -> dict[str, Any]:
        """The JSON whose canonical bytes are hashed."""
        return {
            "v": 1,
            "org": self.org.text,
            "name": self.name,
            "nameEn": self.name_en,
            "kind": self.kind,
            "salt": self.salt,
        }

    def digest(self) -> Digest:
        """What OrganizationRegistry keeps: SHA256("provenance/profile/v1\\n" ‖ JCS)."""
        return sha256(b"provenance/profile/v1\n", canonical.encode(self.to_json()))


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """One signing key of an organization as the registry keeps it.

    Valid for signatures claimed in [valid_from, valid_until); 0 means open. `registered_at` is
    the block time of the registration: nothing anchored before it can have used the key.
    All times in unix seconds.
    """

    address: str
    custodial: bool
    purposes: int
    valid_from: int
    valid_until: int
    registered_at: int
    compromised_at: int
