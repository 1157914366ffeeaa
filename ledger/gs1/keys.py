"""GS1 keys and their check digits (GS1 General Specifications, section 7.9.1).

A check digit finds every single wrong digit and most swapped neighbours; it says nothing about
who issued the key. Each key here is a value type: if one exists, its length and its check digit
are right.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import ClassVar, Self

from ledger.errors import InvalidInput

_DIGITS = re.compile(r"[0-9]+")  # not \d and not str.isdigit: those read ０ and ٠ as digits


def check_digit(digits: str) -> str:
    """The digit that completes `digits`: modulo 10, weights 3, 1, 3, … from the right."""
    values = digits.encode("ascii")
    odd, even = values[-1::-2], values[-2::-2]
    total = 3 * (sum(odd) - 48 * len(odd)) + sum(even) - 48 * len(even)
    return str(-total % 10)


@lru_cache(maxsize=2_048)  # the products and places of one capture repeat thousands of times
def has_check_digit(digits: str) -> bool:
    """Whether the last of these ASCII digits completes the others."""
    return check_digit(digits[:-1]) == digits[-1]


def require_check_digit(name: str, digits: str) -> None:
    """Raise InvalidInput `gs1-check-digit-wrong`, naming the digit that would be right."""
    expected = check_digit(digits[:-1])
    if digits[-1] != expected:
        raise InvalidInput(
            "gs1-check-digit-wrong",
            f"{name} {digits}: the check digit is {digits[-1]} and should be {expected}",
            expected=expected,
        )


class NumericKey(str):
    """A key of digits whose last is the check digit.

    Raises InvalidInput `gs1-key-malformed` for length or characters, `gs1-check-digit-wrong`.
    """

    __slots__ = ()
    name: ClassVar[str] = "GS1 key"
    lengths: ClassVar[tuple[int, ...]] = ()

    def __new__(cls, value: str) -> Self:
        """Check length and check digit, once."""
        if not isinstance(value, str) or _DIGITS.fullmatch(value) is None:
            raise InvalidInput("gs1-key-malformed", f"{cls.name} {value!r:.40}: digits 0-9 only")
        if len(value) not in cls.lengths:
            wanted = " or ".join(str(length) for length in cls.lengths)
            raise InvalidInput(
                "gs1-key-malformed",
                f"{cls.name} {value:.40}: {len(value)} digits, there must be {wanted}",
            )
        require_check_digit(cls.name, value)
        return super().__new__(cls, value)


class Gtin(NumericKey):
    """Global Trade Item Number in any of its four lengths."""

    __slots__ = ()
    name = "GTIN"
    lengths: ClassVar[tuple[int, ...]] = (8, 12, 13, 14)

    @property
    def padded(self) -> Gtin:
        """The same number with 14 digits, the one form that Digital Links carry."""
        return Gtin(self.rjust(14, "0"))


class Gtin8(Gtin):
    """GTIN-8."""

    __slots__ = ()
    name = "GTIN-8"
    lengths = (8,)


class Gtin12(Gtin):
    """GTIN-12."""

    __slots__ = ()
    name = "GTIN-12"
    lengths = (12,)


class Gtin13(Gtin):
    """GTIN-13."""

    __slots__ = ()
    name = "GTIN-13"
    lengths = (13,)


class Gtin14(Gtin):
    """GTIN-14."""

    __slots__ = ()
    name = "GTIN-14"
    lengths = (14,)


class Gln(NumericKey):
    """Global Location Number: a place or a party."""

    __slots__ = ()
    name = "GLN"
    lengths = (13,)


class Sscc(NumericKey):
    """Serial Shipping Container Code: one logistic unit."""

    __slots__ = ()
    name = "SSCC"
    lengths = (18,)


class Gsrn(NumericKey):
    """Global Service Relation Number."""

    __slots__ = ()
    name = "GSRN"
    lengths = (18,)


class Gsin(NumericKey):
    """Global Shipment Identification Number."""

    __slots__ = ()
    name = "GSIN"
    lengths = (17,)


KINDS: dict[str, type[NumericKey]] = {
    kind.name: kind for kind in (Gtin, Gtin8, Gtin12, Gtin13, Gtin14, Gln, Sscc, Gsrn, Gsin)
}
"""Every kind of key by the name people call it."""


def get_kind(name: str) -> type[NumericKey]:
    """The kind of key that people call so. Raises InvalidInput `gs1-key-malformed`."""
    found = KINDS.get(name.upper())
    if found is None:
        raise InvalidInput(
            "gs1-key-malformed", f"unknown kind {name!r:.20}; known are {', '.join(KINDS)}"
        )
    return found


def parse_key(kind: str, value: str) -> NumericKey:
    """Read a key of a named kind, for example `parse_key("GLN", "9521234000136")`."""
    return get_kind(kind)(value)
