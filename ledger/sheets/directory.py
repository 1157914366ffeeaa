"""The names an organization uses for its products and places, and the codes behind them.

They come from its master data and from the workbook's own lists. Instead of a name a GTIN or GLN
may be written, a listed local code (docs/formats/masterdata.md), or a web address of one's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import quote

from ledger.epcis.uri import is_uri
from ledger.errors import InvalidInput
from ledger.gs1.components import CSET82
from ledger.gs1.digital_link import CANONICAL_STEM
from ledger.gs1.identifier import find_identifier
from ledger.gs1.keys import Gln, Gtin, Sscc
from ledger.identity.organization import OrgId
from ledger.masterdata.code import Code, find_local_uri
from ledger.masterdata.kind import Kind
from ledger.sheets.cell import fold

_WEB = re.compile(r"https?://", re.IGNORECASE)
_PRODUCT = re.compile(r"https://id\.gs1\.org/(?:01/[0-9]{14}|8010/[^/]+)")
_GLN_WITH_PART = re.compile(r"([0-9]{13})/([-A-Za-z0-9._]{1,20})")
_LOT = re.compile(f"[{re.escape(CSET82)}]{{1,20}}")


class Entry(NamedTuple):
    """One product, place or party: what people call it, and its code as they would type it."""

    name: str
    code: str


class Owner(NamedTuple):
    """Whose local codes these are, and the address they are spelled under."""

    org: OrgId
    base_url: str


class Directory:
    """Finds codes by name. Names compare without regard to case and Unicode form.

    A local code counts only where it is listed: any other word could be one, and would then be
    recorded with the misspelling in it.
    """

    def __init__(self, owner: Owner | None = None, **lists: Iterable[Entry]) -> None:
        self._owner = owner
        self.lists = {Kind(kind): tuple(entries) for kind, entries in lists.items()}
        self._known = {
            kind: {fold(word): entry.code for entry in entries for word in (entry.code, entry.name)}
            for kind, entries in self.lists.items()
        }

    def with_lists(self, lists: Mapping[Kind, Iterable[Entry]]) -> Directory:
        """This directory with the lists of a workbook; the workbook's own names win."""
        both = {
            kind.value: (*self.lists.get(kind, ()), *lists.get(kind, ()))
            for kind in (Kind.PRODUCT, Kind.PLACE, Kind.PARTY)
        }
        return Directory(self._owner, **both)

    def find(self, kind: Kind, text: str) -> str | None:
        """The URI of what a name or code names; None where it is unknown. Raises InvalidInput for
        a code that is wrong."""
        listed = self._known.get(kind, {}).get(fold(text))
        return self.read_code(
            kind, text if listed is None else listed, is_listed=listed is not None
        )

    def read_code(self, kind: Kind, code: str, *, is_listed: bool) -> str | None:
        """`8938505974192` → `https://id.gs1.org/01/08938505974192`; a web address stays; a local
        code, if listed, is spelled under the owner's address. A GLN may have the part of the place
        after a slash."""
        if code.isascii() and code.isdigit() and not is_listed:
            key = Gtin(code).padded if kind is Kind.PRODUCT else Gln(code)
            return f"{CANONICAL_STEM}/{_AI[kind]}/{key}"
        match = _GLN_WITH_PART.fullmatch(code)
        if match is not None and kind is not Kind.PRODUCT:
            part = f"/254/{match[2]}" if kind is Kind.PLACE else ""
            return f"{CANONICAL_STEM}/{_AI[kind]}/{Gln(match[1])}{part}"
        if _WEB.match(code):
            return _web_address(kind, code)
        if not is_listed:
            return None
        found = Code.parse(kind, code)
        if found.is_gs1 or self._owner is None:
            return found.gs1_uri()
        return found.uri(self._owner.org, self._owner.base_url)


_AI = {Kind.PRODUCT: "01", Kind.PLACE: "414", Kind.PARTY: "417"}


def _web_address(kind: Kind, code: str) -> str:
    if not is_uri(code) or "?" in code or "#" in code:
        raise InvalidInput("epcis-uri-malformed", "it is no plain web address")
    found = find_identifier(code)
    if kind is Kind.PRODUCT and found is not None and _PRODUCT.fullmatch(found.uri) is None:
        raise InvalidInput("gs1-key-malformed", "it names a lot or an item, not the product")
    return code.rstrip("/")


def container_uri(code: str) -> str | None:
    """An SSCC, or a URI of one's own."""
    if code.isascii() and code.isdigit():
        return f"{CANONICAL_STEM}/00/{Sscc(code)}"
    return _web_address(Kind.PLACE, code) if _WEB.match(code) else None


def lot_uri(product: str, lot: str) -> str:
    """A lot of a product. The lot was checked by `is_qualifier`."""
    step = "lot" if find_local_uri(product) is not None else "10"
    return f"{product}/{step}/{quote(lot, safe='')}"


def item_uri(product: str, lot: str | None, serial: str) -> str:
    """One item of a product; a Digital Link mentions its lot besides, a local URI cannot."""
    if find_local_uri(product) is not None:
        return f"{product}/serial/{quote(serial, safe='')}"
    of = product if lot is None else lot_uri(product, lot)
    return f"{of}/21/{quote(serial, safe='')}"


def is_qualifier(text: str) -> bool:
    """Whether the text can be a lot or serial number (GS1 character set 82, 1 to 20)."""
    return _LOT.fullmatch(text) is not None


def document_uri(place: str, number: str) -> str:
    """A business document by the place that numbers it (CBV 2.0, 8.5.2), or under the place's own
    URI."""
    stem, _, rest = place.partition("/414/")
    if stem == CANONICAL_STEM:
        return f"urn:epcglobal:cbv:bt:{rest[:13]}:{quote(number, safe='-._')}"
    return f"{place}/bt/{quote(number, safe='')}"
