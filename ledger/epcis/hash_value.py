"""How one value stands in the string an event hash is taken of (CBV 2.0, section 8.9).

Whatever means the same is spelled the same: times in UTC to the millisecond, numbers without
needless zeros, words of the standard as URIs, GS1 identifiers as Digital Links on id.gs1.org at
their finest level. Where the rules lose information (`00123` and `123` are one number) they are
followed all the same: an event hash finds duplicates, it proves nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from ledger.epcis.uri import is_uri
from ledger.epcis.vocabulary import CBV
from ledger.errors import InvalidInput
from ledger.gs1.identifier import find_identifier

VOC = "https://gs1.org/voc/"
"""Where the words of the GS1 Web Vocabulary live, as CBV 2.0 spells it."""

_TIME = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE
)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_MOST_DIGITS = 400
"""Longer runs of digits are text: nobody measures with them, and they cost quadratic time."""

_SPELLINGS = (
    ("urn:epcglobal:cbv:bizstep:", f"{CBV}BizStep-"),
    ("urn:epcglobal:cbv:disp:", f"{CBV}Disp-"),
    ("urn:epcglobal:cbv:btt:", f"{CBV}BTT-"),
    ("urn:epcglobal:cbv:sdt:", f"{CBV}SDT-"),
    ("urn:epcglobal:cbv:er:", f"{CBV}ER-"),
    ("cbv:", CBV),
    ("gs1:", VOC),
    ("https://ref.gs1.org/voc/", VOC),
    ("https://www.gs1.org/voc/", VOC),
)


def value_text(value: Any) -> str:
    """Any value; None and blank text leave nothing."""
    if value is None:
        return ""
    if value is True or value is False:
        return "true" if value else "false"
    text = value.strip() if isinstance(value, str) else str(value)
    if _NUMBER.fullmatch(text) is not None:
        return _number(text)
    if ":" not in text:
        return text
    word = spell_out(text)
    return _identifier(text) if word is text else word


def spell_out(text: str) -> str:
    """The URI of a standard word in any of its spellings; other text comes back as it is."""
    for spelling, uri in _SPELLINGS:
        if text.startswith(spelling):
            return uri + text[len(spelling) :]
    return text


def time_text(value: Any) -> str:
    """A time in UTC with three decimals, the fourth rounding up from 5."""
    text = str(value).strip()
    found = _TIME.fullmatch(text)
    if found is None:
        return text
    whole, fraction, zone = found.groups()
    digits = (fraction or "").ljust(4, "0")
    milliseconds = int(digits[:3]) + (digits[3] >= "5")
    try:
        at = datetime.fromisoformat(whole.upper() + zone.upper().replace("Z", "+00:00"))
        at = at.astimezone(UTC) + timedelta(milliseconds=milliseconds)
    except (ValueError, OverflowError):
        return text
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z".rjust(24, "0")


def word_text(stem: str) -> Callable[[Any], str]:
    """A field whose bare words belong to the vocabulary that begins with this stem."""

    def text_of(value: Any) -> str:
        if isinstance(value, str) and value and not is_uri(value):
            return stem + value.strip()
        return value_text(value)

    return text_of


def _number(text: str) -> str:
    if len(text) > _MOST_DIGITS:
        return text
    try:
        # Through binary floating point, as the reference does: the corpus holds it to be so.
        number = float(text)
    except ValueError:
        return text
    if math.isinf(number):
        return text
    return str(int(number)) if number.is_integer() else str(number)


def _identifier(text: str) -> str:
    try:
        found = find_identifier(text)
    except InvalidInput:  # only looks like a GS1 key
        return text
    return text if found is None else found.uri
