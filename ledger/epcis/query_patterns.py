"""MATCH_ parameters: identifiers and patterns of identifiers (EPCIS 2.0, section 8.2.7.1.1).

A value is an identifier however it is spelled, `urn:epc:idpat:…` with `*` at its end, or the
Digital Link of a product or lot, which every item of it fits. Where classes are asked for, a
product is a class of its own and not its lots; those are `urn:epc:idpat:lgtin:….*`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ledger.epcis.fields import shown
from ledger.epcis.query_values import Test, refuse
from ledger.epcis.uri import is_uri
from ledger.errors import InvalidInput
from ledger.gs1.digital_link import CANONICAL_STEM
from ledger.gs1.identifier import Identifier, find_identifier
from ledger.gs1.urn import find_digital_link_of_urn

_PATTERN = "urn:epc:idpat:"
_WHOLE_PREFIX = re.compile(r"urn:epc:idpat:([a-z]{3,5}):([0-9]{4,12})(?:\.\*)+")

_PREFIX_AT = {
    "sgtin": ("01", 1, "21"), "lgtin": ("01", 1, "10"), "upui": ("01", 1, "235"),
    "itip": ("8006", 1, "21"), "cpi": ("8010", 0, "8011"), "sscc": ("00", 1, ""),
    "sgln": ("414", 0, ""), "pgln": ("417", 0, ""), "grai": ("8003", 1, ""),
    "gdti": ("253", 0, ""), "sgcn": ("255", 0, ""), "gsin": ("402", 0, ""),
    "gsrn": ("8018", 0, ""), "gsrnp": ("8017", 0, ""), "giai": ("8004", 0, ""),
    "ginc": ("401", 0, ""),
}  # fmt: skip
"""Key of each EPC scheme, where the company prefix begins in it, and the qualifier it needs."""


class Matching(NamedTuple):
    """Whether an identifier fits, and under which keys all that can fit are filed; None where
    only a search can tell."""

    test: Test
    keys: frozenset[str] | None


def matches(parameter: str, values: Sequence[str], *, classes: bool) -> Matching:
    """Whether an identifier is one of these or fits one of these patterns."""
    keys: set[str] = set()
    fits: list[Callable[[str], bool]] = []
    for value in values:
        if not is_uri(value) and not value.startswith(_PATTERN):
            refuse(parameter, f"{shown(value)} is not a URI")
        try:
            _read(parameter, value, classes, keys, fits)
        except InvalidInput as fault:
            refuse(parameter, fault.detail)

    def test(value: Any) -> bool:
        if type(value) is not str:
            return False
        found = _find(value)
        if found.uri in keys or (found.lot_uri is not None and found.lot_uri in keys):
            return True
        return any(fit(found.uri) for fit in fits)

    return Matching(test, None if fits else frozenset(keys))


def _read(
    parameter: str,
    value: str,
    classes: bool,
    keys: set[str],
    fits: list[Callable[[str], bool]],
) -> None:
    whole = _WHOLE_PREFIX.fullmatch(value)
    if whole is not None:
        if whole[1] not in _PREFIX_AT:
            refuse(parameter, f"{value!r:.80} names no scheme of GS1")
        fits.append(_of_company(whole[1], whole[2]))
        return
    if value.startswith(f"{_PATTERN}lgtin:"):
        product = find_digital_link_of_urn(value.replace(":lgtin:", ":sgtin:", 1))
        assert product is not None
        fits.append(_below(f"{product.identity_uri}/10/"))
        return
    found = find_identifier(value)
    if found is None:
        if value.startswith(_PATTERN):
            refuse(parameter, f"{value!r:.80} is a pattern of no GS1 scheme")
        keys.add(value)
        return
    keys.add(found.uri)
    if not found.is_instance and not classes and "/10/" not in found.uri:
        fits.append(_below(found.uri))


def _below(stem: str) -> Callable[[str], bool]:
    return lambda key: key.startswith(stem)


def _of_company(scheme: str, prefix: str) -> Callable[[str], bool]:
    ai, at, qualifier = _PREFIX_AT[scheme]
    head = f"{CANONICAL_STEM}/{ai}/"
    at += len(head)
    needed = f"/{qualifier}/"

    def fit(key: str) -> bool:
        return (
            key.startswith(head)
            and key.startswith(prefix, at)
            and (not qualifier or needed in key[at:])
        )

    return fit


def _find(value: str) -> Identifier:
    try:
        found = find_identifier(value)
    except InvalidInput:
        found = None
    return Identifier(value, True) if found is None else found
