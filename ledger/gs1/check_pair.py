"""The two check characters of alphanumeric keys (GS1 General Specifications, section 7.9.5)."""

from __future__ import annotations

_ALPHABET = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
_CHECK = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def _primes(count: int) -> list[int]:
    found: list[int] = []
    candidate = 2
    while len(found) < count:
        if all(candidate % prime for prime in found):
            found.append(candidate)
        candidate += 1
    return found


_WEIGHTS = _primes(97)


def check_pair(body: str) -> str:
    """The pair that completes `body`: prime weights from the right, modulo 1021."""
    total = sum(
        _ALPHABET.index(char) * weight
        for char, weight in zip(reversed(body), _WEIGHTS, strict=False)
    )
    total %= 1021
    return _CHECK[total >> 5] + _CHECK[total & 31]


def has_check_pair(value: str) -> bool:
    """Whether the last two characters complete the others, all of which are in set 82."""
    body = value[:-2]
    return (
        len(value) >= 2
        and all(char in _ALPHABET for char in body)
        and check_pair(body) == value[-2:]
    )
