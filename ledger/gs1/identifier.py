"""Any spelling of a GS1 identifier → what it identifies, in one canonical spelling.

The same crate may be written as an EPC URN, as a Digital Link of the brand's own domain and as
one of id.gs1.org. Indexes, joins and comparisons use `Identifier.uri`: the Digital Link on
https://id.gs1.org at the finest level the identifier reaches, without attributes. A lot that
stands beside a serial number is kept apart in `lot_uri`, because GTIN and serial alone name the
thing.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from ledger.errors import InvalidInput
from ledger.gs1.digital_link import CANONICAL_STEM, DigitalLink, parse_digital_link
from ledger.gs1.keys import has_check_digit
from ledger.gs1.urn import PREFIX, find_digital_link_of_urn

MAX_LENGTH = 1024
"""Characters of the longest identifier kept; it must fit a database index on both engines."""

_WEB = re.compile(r"https?://", re.IGNORECASE)

# On the id domains of GS1 every path must be a Digital Link. Elsewhere `/01/` may be the number of
# somebody's shelf: only an AI followed by the digits of a company prefix claims to be a GS1 key.
_CLAIM = re.compile(
    r"https?://id\.gs1\.[a-z.]+/"
    r"|[^?#]*/(?:00|01|8006|8013|8010|414|415|417|8017|8018|255|253|401|402|8003|8004)/[0-9]{6}",
    re.IGNORECASE,
)

# The spellings that make up nearly all traffic, read without the general parser: no escapes, no
# attributes, no leading path. Whatever does not fit exactly goes the long way.
_COMMON = re.compile(
    r"https?://[-A-Za-z0-9.:]+"
    r"(?:/(01)/(\d{14})(?:/10/([-A-Za-z0-9._]{1,20}))?(?:/21/([-A-Za-z0-9._]{1,20}))?"
    r"|/(00|414|417)/(\d{13}|\d{18}))",
    re.ASCII,
)


class Identifier(NamedTuple):
    """What a GS1 identifier names."""

    uri: str  # canonical, finest level
    is_instance: bool  # one thing, not a class or lot of things
    lot_uri: str | None = None  # the lot that the identifier mentions besides


@lru_cache(maxsize=2_048)
def find_identifier(text: str) -> Identifier | None:
    """What `text` identifies, or None if it carries no GS1 key (a local code, any other URI).

    Raises InvalidInput `identifier-too-long`, or with the code of the parser concerned where a GS1
    key is there and wrong.
    """
    if len(text) > MAX_LENGTH:
        raise InvalidInput(
            "identifier-too-long", f"{len(text)} characters; at most {MAX_LENGTH} are kept"
        )
    common = _COMMON.fullmatch(text)
    if common is not None:
        found = _read_common(common)
        if found is not None:
            return found
    if text.startswith(PREFIX):
        link = find_digital_link_of_urn(text)
        return None if link is None else _identifier(link)
    if _WEB.match(text) is None or _CLAIM.match(text) is None:
        return None
    return _identifier(parse_digital_link(text))


def _read_common(match: re.Match[str]) -> Identifier | None:
    gtin_ai, gtin, lot, serial, other_ai, other = match.groups()
    if gtin_ai is not None:
        if not has_check_digit(gtin) or not gtin[1:5].isdigit():
            return None
        item = f"{CANONICAL_STEM}/01/{gtin}"
        lot_uri = None if lot is None else f"{item}/10/{lot}"
        if serial is not None:
            return Identifier(f"{item}/21/{serial}", True, lot_uri)
        return Identifier(lot_uri or item, False)
    if len(other) != (18 if other_ai == "00" else 13) or not has_check_digit(other):
        return None
    return Identifier(f"{CANONICAL_STEM}/{other_ai}/{other}", True)


def _identifier(link: DigitalLink) -> Identifier:
    key, value = link.key
    present = {name for name, _ in link.qualifiers}
    if key in ("01", "8006"):
        lot_uri = _uri(link, "10") if "10" in present else None
        for name in ("21", "235"):
            if name in present:
                return Identifier(_uri(link, name), True, lot_uri)
        return Identifier(lot_uri or _uri(link), False)
    if key in _SERIAL_AFTER:
        return Identifier(_uri(link), len(value) > _SERIAL_AFTER[key])
    is_instance = key != "8013" and (key != "8010" or "8011" in present)
    return Identifier(_uri(link, "254", "8011", "8019"), is_instance)


_SERIAL_AFTER = {"253": 13, "255": 13, "8003": 14}
"""Keys whose serial part follows the key itself: without it they name a type."""


def _uri(link: DigitalLink, *names: str) -> str:
    kept = tuple(element for element in link.qualifiers if element[0] in names)
    return DigitalLink(link.key, kept).identity_uri
