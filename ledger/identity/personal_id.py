"""Personal numbers: told apart by a keyed digest, never kept.

::

    digest  HMAC-SHA256(key, "provenance/personal-id/v1\\n" ‖ org ‖ number)

A personal number has so little in it (province, century and sex, year, six digits) that a plain or
salted hash of one is found by trying them all. So the digest is keyed, with 32 bytes that are kept
with the signing keys and nowhere near the records; and it is of one organization: what another
makes of the same number is another digest, and cannot be compared.
"""

from __future__ import annotations

import hmac
import re
from hashlib import sha256 as sha256_of
from typing import Self

from ledger.digest import Digest
from ledger.errors import InvalidInput
from ledger.identity.organization import OrgId

KEY_BYTES = 32

_FORM = re.compile(r"0[0-9]{2}[0-9]{9}")
_DOMAIN = b"provenance/personal-id/v1\n"
_LAST_PROVINCE = 96


class PersonalId:
    """A Vietnamese personal number (số định danh cá nhân, Decree 137/2015 Art. 13): 12 digits, the
    first three the province of registration, 001 to 096.

    Does not show itself in logs or tracebacks. Raises InvalidInput `personal-id-malformed`, never
    repeating what it was given.
    """

    __slots__ = ("_number",)

    def __init__(self, number: str) -> None:
        if _FORM.fullmatch(number) is None or not 0 < int(number[:3]) <= _LAST_PROVINCE:
            raise InvalidInput(
                "personal-id-malformed", "not the 12 digits of a Vietnamese personal number"
            )
        self._number = number

    def __repr__(self) -> str:
        return "PersonalId(…)"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read it as people write it, perhaps in groups."""
        return cls(re.sub(r"[ .-]", "", text.strip()))

    def digest(self, key: bytes, org: OrgId) -> Digest:
        """`personalIdDigest` of a party of that organization, under a key of 32 bytes."""
        assert len(key) == KEY_BYTES, "a key has 32 bytes"
        message = _DOMAIN + bytes(org) + self._number.encode()
        return Digest(hmac.new(key, message, sha256_of).digest())
