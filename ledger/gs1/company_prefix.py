"""GS1 company prefixes: the leading digits of a key, which say whose key it is.

GS1 General Specifications, section 1.4.4. Where in a key the prefix begins depends on the key: an
SSCC has its extension digit before it, a GTIN its indicator, a GRAI a zero.
"""

from __future__ import annotations

import re
from typing import Self

from ledger.errors import InvalidInput
from ledger.gs1.digital_link import DigitalLink

SHORTEST = 4
LONGEST = 18
"""A prefix as long as a whole key stands for a key that GS1 issued singly."""

_FORM = re.compile(f"[0-9]{{{SHORTEST},{LONGEST}}}")
_LEADING = frozenset({"00", "01", "8003", "8006"})
"""Keys with one digit before the company prefix."""


class CompanyPrefix(str):
    """A prefix of 4 to 12 digits, or the digits of one whole key."""

    __slots__ = ()

    def __new__(cls, value: str) -> Self:
        """Raises InvalidInput `prefix-malformed`."""
        if _FORM.fullmatch(value) is None:
            raise InvalidInput(
                "prefix-malformed", f"{value!r:.40} is not {SHORTEST} to {LONGEST} digits"
            )
        return super().__new__(cls, value)


def owned_digits(link: DigitalLink) -> str:
    """The digits of the key that begin with its company prefix."""
    ai, value = link.key
    digits = re.match(r"[0-9]*", value[1:] if ai in _LEADING else value)
    assert digits is not None
    return digits[0][:LONGEST]


def prefixes_of(digits: str) -> tuple[str, ...]:
    """Every prefix that would cover a key with these digits, longest first."""
    return tuple(digits[:length] for length in range(len(digits), SHORTEST - 1, -1))
