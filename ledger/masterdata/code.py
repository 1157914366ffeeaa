"""Codes of products, parties and places: a GS1 key, or a local code of the organization's own.

TCVN 13274 lets a business choose its scheme, and most households have no GTIN, so both stand side
by side. A local code means something within its organization only; elsewhere it is spelled as a
URI on the domain of the installation. Digits alone in the length of the GS1 key are that key:
there is no local code that looks like a GTIN with a wrong check digit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote, unquote

from ledger.errors import InvalidInput
from ledger.gs1.keys import Gln, Gtin
from ledger.identity.organization import OrgId
from ledger.masterdata.kind import Kind
from ledger.masterdata.members import refuse

_LOCAL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,58}[A-Za-z0-9])?")
_DIGITS = re.compile(r"[0-9]+")
_LETTERS = {Kind.PRODUCT: "p", Kind.PARTY: "b", Kind.PLACE: "w"}
_KINDS = {letter: kind for kind, letter in _LETTERS.items()}
_URI = re.compile(
    r"https?://[^/?#]+/o/(?P<org>[0-9a-f]{64})/(?P<kind>[pbw])/(?P<code>[^/?#]+)"
    r"(?:/(?P<part>lot|serial)/(?P<value>[^/?#]+))?"
)


@dataclass(frozen=True, slots=True)
class Code:
    """A checked code; `text` is its one spelling: GTIN with 14 digits, GLN with 13, or local.

    Raises InvalidInput `masterdata-malformed`, `gs1-check-digit-wrong`.
    """

    kind: Kind
    text: str
    is_gs1: bool

    @classmethod
    def parse(cls, kind: Kind, text: str, at: str = "/code") -> Self:
        """Read a GTIN (products), a GLN (parties and places) or a local code."""
        if not isinstance(text, str) or _LOCAL.fullmatch(text) is None:
            refuse(
                "a code is a GS1 key, or 1 to 60 letters a-z, digits, dots, hyphens and "
                "underscores, the first and last of them a letter or digit",
                at,
            )
        if _DIGITS.fullmatch(text) is None:
            return cls(kind, text, is_gs1=False)
        try:
            if kind is Kind.PRODUCT and len(text) in Gtin.lengths:
                return cls(kind, Gtin(text).padded, is_gs1=True)
            if kind is not Kind.PRODUCT and len(text) in Gln.lengths:
                return cls(kind, Gln(text), is_gs1=True)
        except InvalidInput as error:
            raise InvalidInput(error.code, error.detail, pointer=at) from error
        return cls(kind, text, is_gs1=False)

    def gs1_uri(self) -> str | None:
        """Canonical Digital Link of a GS1 key; None for a local code."""
        if not self.is_gs1:
            return None
        key = {Kind.PRODUCT: "01", Kind.PARTY: "417", Kind.PLACE: "414"}[self.kind]
        return f"https://id.gs1.org/{key}/{self.text}"

    def uri(self, org: OrgId, base_url: str) -> str:
        """The URI that events name it by: the canonical Digital Link, or on our own domain
        `{base_url}/o/{org}/p/{code}` (`b` for parties, `w` for places)."""
        found = self.gs1_uri()
        if found is not None:
            return found
        return f"{base_url}/o/{org.hex()}/{_LETTERS[self.kind]}/{quote(self.text, safe='')}"

    def lot_uri(self, org: OrgId, base_url: str, lot: str) -> str:
        """The URI of one lot of a product."""
        step = "10" if self.is_gs1 else "lot"
        return f"{self.uri(org, base_url)}/{step}/{quote(lot, safe='')}"


@dataclass(frozen=True, slots=True)
class LocalUri:
    """A local code read back from its URI; of a product perhaps one lot or one serial number."""

    org: OrgId
    code: Code
    lot: str | None = None
    serial: str | None = None


def find_local_uri(text: str) -> LocalUri | None:
    """What a URI of `Code.uri` or `Code.lot_uri` names; None for any other text."""
    match = _URI.fullmatch(text)
    if match is None:
        return None
    kind = _KINDS[match["kind"]]
    code = unquote(match["code"])
    if _LOCAL.fullmatch(code) is None or (match["part"] and kind is not Kind.PRODUCT):
        return None
    value = unquote(match["value"] or "") or None
    return LocalUri(
        OrgId(bytes.fromhex(match["org"])),
        Code(kind, code, is_gs1=False),
        lot=value if match["part"] == "lot" else None,
        serial=value if match["part"] == "serial" else None,
    )


def read_code(kind: Kind) -> Any:
    """A reader for `Members.find` and `Members.items`."""

    def read(value: Any, at: str) -> Code:
        return Code.parse(kind, value, at)

    return read
