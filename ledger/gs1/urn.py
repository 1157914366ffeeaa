"""EPC URNs and the Digital Links that say the same (GS1 EPC Tag Data Standard 2.0, section 7).

A URN splits a key at the company prefix and leaves its check digit out; a Digital Link does the
opposite. So the way to a URN needs the length of the company prefix, which only its owner knows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import quote

from ledger.errors import InvalidInput
from ledger.gs1.application_identifiers import table
from ledger.gs1.components import check_value
from ledger.gs1.digital_link import DigitalLink, Element, unescape
from ledger.gs1.keys import check_digit

PREFIX = "urn:epc:"

_KINDS = ("id:", "class:", "idpat:")
_COMPONENT = re.compile(r"(?:[-A-Za-z0-9!'()*+,.:;=_]|%[0-9A-Fa-f]{2})*")
_OPAQUE = frozenset({"adi", "bic", "gid", "imovn", "usdod"})
"""EPC schemes that are not built on GS1 keys: they are kept as they stand."""


@dataclass(frozen=True, slots=True)
class _Scheme:
    """How the dot-separated parts of one scheme become elements."""

    parts: int
    digits: int  # of company prefix and reference together; 0: no such rule
    build: Callable[[list[str]], tuple[Element, ...]]


def find_digital_link_of_urn(urn: str) -> DigitalLink | None:
    """The Digital Link of an EPC URN; None for schemes that are not built on a GS1 key.

    A pattern (`urn:epc:idpat:…*`) stands for its class. Raises InvalidInput `epc-urn-malformed`.
    """
    kind, found, rest = _split(urn)
    if not found:
        return None
    scheme_name, parts = rest
    scheme = _SCHEMES[scheme_name]
    if kind == "class:" and scheme_name != "lgtin":
        _refuse(urn, f"there is no class {scheme_name}")
    if kind != "class:" and scheme_name == "lgtin":
        _refuse(urn, "a lot is a class: urn:epc:class:lgtin")
    if len(parts) != scheme.parts:
        _refuse(urn, f"{scheme_name} has {scheme.parts} parts separated by dots")
    is_class = kind == "idpat:"
    if is_class:
        if parts[-1] != "*" or "*" in parts[:-1]:
            _refuse(urn, "only a pattern whose last part alone is * names a class")
        parts = [*parts[:-1], ""]
    elif "" in parts:
        _refuse(urn, "a part is empty")
    if not (parts[0].isascii() and parts[0].isdigit() and 4 <= len(parts[0]) <= 12):
        _refuse(urn, "the company prefix has 4 to 12 digits")
    if scheme.digits:
        reference = parts[1]
        if not (reference.isascii() and (reference.isdigit() or not reference)):
            _refuse(urn, "the reference holds digits only")
        if len(parts[0]) + len(reference) != scheme.digits:
            _refuse(urn, f"company prefix and reference have {scheme.digits} digits together")
    elements = tuple((ai, value) for ai, value in scheme.build(parts) if value)
    rows = table()
    for ai, value in elements:
        check_value(rows[ai], value)
    return DigitalLink(elements[0], elements[1:])


def find_urn(link: DigitalLink, prefix_length: int) -> str | None:
    """The EPC URN of what a Digital Link identifies; None where the standard has none.

    `prefix_length` is the number of digits of the owner's company prefix.
    """
    key, value = link.key
    writer = _WRITERS.get(key)
    return None if writer is None else writer(value, dict(link.qualifiers), prefix_length)


def _write_item(gtin: str, qualifiers: dict[str, str], length: int) -> str:
    head = _indicated(gtin, length)
    for ai, kind in (("235", "id:upui"), ("21", "id:sgtin"), ("10", "class:lgtin")):
        if ai in qualifiers:
            return f"{PREFIX}{kind}:{head}.{_escape(qualifiers[ai])}"
    return f"{PREFIX}idpat:sgtin:{head}.*"


def _write_piece(value: str, qualifiers: dict[str, str], length: int) -> str | None:
    head = f"{_indicated(value[:14], length)}.{value[14:16]}.{value[16:]}"
    if "21" in qualifiers:
        return f"{PREFIX}id:itip:{head}.{_escape(qualifiers['21'])}"
    return None if "10" in qualifiers else f"{PREFIX}idpat:itip:{head}.*"


def _write_unit(value: str, _: dict[str, str], length: int) -> str:
    return f"{PREFIX}id:sscc:{value[1 : 1 + length]}.{value[0]}{value[1 + length : -1]}"


def _write_part(value: str, qualifiers: dict[str, str], length: int) -> str:
    head = f"{value[:length]}.{_escape(value[length:])}"
    if "8011" in qualifiers:
        return f"{PREFIX}id:cpi:{head}.{qualifiers['8011']}"
    return f"{PREFIX}idpat:cpi:{head}.*"


def _write_place(value: str, qualifiers: dict[str, str], length: int) -> str:
    extension = _escape(qualifiers.get("254", "0"))
    return f"{PREFIX}id:sgln:{value[:length]}.{value[length:-1]}.{extension}"


_Writer = Callable[[str, dict[str, str], int], str | None]


def _typed(scheme: str, start: int) -> _Writer:
    def write(value: str, _: dict[str, str], length: int) -> str:
        body, serial = value[start : start + 12], value[start + 13 :]
        head = f"{scheme}:{body[:length]}.{body[length:]}"
        if serial:
            return f"{PREFIX}id:{head}.{_escape(serial)}"
        return f"{PREFIX}idpat:{head}.*"

    return write


def _checked(scheme: str) -> _Writer:
    return lambda value, _, length: f"{PREFIX}id:{scheme}:{value[:length]}.{value[length:-1]}"


def _plain(scheme: str) -> _Writer:
    return lambda value, _, length: (
        f"{PREFIX}id:{scheme}:{value[:length]}.{_escape(value[length:])}"
    )


_WRITERS: dict[str, _Writer] = {
    "00": _write_unit,
    "01": _write_item,
    "253": _typed("gdti", 0),
    "255": _typed("sgcn", 0),
    "401": _plain("ginc"),
    "402": _checked("gsin"),
    "414": _write_place,
    "417": _checked("pgln"),
    "8003": _typed("grai", 1),
    "8004": _plain("giai"),
    "8006": _write_piece,
    "8010": _write_part,
    "8017": _checked("gsrnp"),
    "8018": _checked("gsrn"),
}


def is_class_pattern(urn: str) -> bool:
    """Whether a URN names a class or pattern and not one thing."""
    return urn.startswith(("urn:epc:class:", "urn:epc:idpat:"))


def _split(urn: str) -> tuple[str, bool, tuple[str, list[str]]]:
    rest = urn.removeprefix(PREFIX)
    for kind in _KINDS:
        if rest.startswith(kind):
            scheme, colon, body = rest.removeprefix(kind).partition(":")
            if scheme in _OPAQUE:
                return kind, False, (scheme, [])
            if scheme not in _SCHEMES or not colon:
                _refuse(urn, f"unknown EPC scheme {scheme!r:.20}")
            if _COMPONENT.fullmatch(body) is None:
                _refuse(urn, "holds a character that must be written as %XX")
            # The serial is last and may itself hold dots.
            parts = body.split(".", _SCHEMES[scheme].parts - 1)
            return kind, True, (scheme, [_unescape(part) for part in parts])
    return _refuse(urn, "not urn:epc:id:, urn:epc:class: or urn:epc:idpat:")


def _indicated(gtin: str, prefix_length: int) -> str:
    return f"{gtin[1 : 1 + prefix_length]}.{gtin[0]}{gtin[1 + prefix_length : -1]}"


def _with_check(digits: str) -> str:
    return digits + check_digit(digits)


def _gtin(parts: list[str]) -> str:
    return _with_check(parts[1][0] + parts[0] + parts[1][1:])


def _joined(parts: list[str]) -> str:
    return _with_check(parts[0] + parts[1])


_SCHEMES: dict[str, _Scheme] = {
    "sgtin": _Scheme(3, 13, lambda p: (("01", _gtin(p)), ("21", p[2]))),
    "lgtin": _Scheme(3, 13, lambda p: (("01", _gtin(p)), ("10", p[2]))),
    "upui": _Scheme(3, 13, lambda p: (("01", _gtin(p)), ("235", p[2]))),
    "itip": _Scheme(5, 13, lambda p: (("8006", _gtin(p) + p[2] + p[3]), ("21", p[4]))),
    "sscc": _Scheme(2, 17, lambda p: (("00", _gtin(p)),)),
    "sgln": _Scheme(3, 12, lambda p: (("414", _joined(p)), ("254", "" if p[2] == "0" else p[2]))),
    "pgln": _Scheme(2, 12, lambda p: (("417", _joined(p)),)),
    "grai": _Scheme(3, 12, lambda p: (("8003", "0" + _joined(p) + p[2]),)),
    "gdti": _Scheme(3, 12, lambda p: (("253", _joined(p) + p[2]),)),
    "sgcn": _Scheme(3, 12, lambda p: (("255", _joined(p) + p[2]),)),
    "gsin": _Scheme(2, 16, lambda p: (("402", _joined(p)),)),
    "gsrn": _Scheme(2, 17, lambda p: (("8018", _joined(p)),)),
    "gsrnp": _Scheme(2, 17, lambda p: (("8017", _joined(p)),)),
    "giai": _Scheme(2, 0, lambda p: (("8004", p[0] + p[1]),)),
    "ginc": _Scheme(2, 0, lambda p: (("401", p[0] + p[1]),)),
    "cpi": _Scheme(3, 0, lambda p: (("8010", p[0] + p[1]), ("8011", p[2]))),
}


def _unescape(part: str) -> str:
    return unescape(part) if "%" in part else part


def _escape(value: str) -> str:
    return quote(value, safe="!'()*+,:;=")


def _refuse(urn: str, why: str) -> NoReturn:
    raise InvalidInput("epc-urn-malformed", f"{urn!r:.80}: {why}")
