"""What one label says: the address in its code, the product's name, the key in digits.

GS1 General Specifications, section 4.14 (human-readable interpretation): every element of the code
stands beside it, its AI in parentheses. The code holds the Digital Link with scheme and domain in
capitals, which the denser alphanumeric mode can carry (section 5.11).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ledger.errors import InvalidInput, TooLarge
from ledger.gs1.digital_link import DigitalLink, parse_digital_link
from ledger.gs1.keys import check_digit
from ledger.gs1.qr import capitalised

MOST_LABELS = 10_000
LONGEST_TITLE = 120

_LAST_NUMBER = re.compile(r"(.*?)([0-9]*)")


@dataclass(frozen=True, slots=True)
class Label:
    """One label. `root` is the resolver's address, without a trailing slash."""

    link: DigitalLink
    root: str
    title: str = ""

    @property
    def uri(self) -> str:
        """What the code says."""
        _, mark, query = self.link.canonical_uri.partition("?")
        return capitalised(self.root + self.link.path) + mark + query

    @property
    def elements(self) -> tuple[str, ...]:
        """The human-readable interpretation, one element a line."""
        link = self.link
        return tuple(
            f"({ai}) {value}" for ai, value in (link.key, *link.qualifiers, *link.attributes)
        )

    @property
    def is_unit(self) -> bool:
        """Whether it is for a logistic unit, which is scanned from further away."""
        return self.link.key[0] == "00"


@dataclass(frozen=True, slots=True)
class OwnCodeLabel:
    """One label of a lot whose product has no GTIN. `address` is that of the lot's page."""

    address: str
    code: str
    lot: str
    title: str = ""

    @property
    def uri(self) -> str:
        """What the code says."""
        return capitalised(self.address)

    @property
    def elements(self) -> tuple[str, ...]:
        """Code and lot. No application identifiers: it is no key of GS1's."""
        return (self.code, f"Lô {self.lot}")

    @property
    def is_unit(self) -> bool:
        """It is for a lot."""
        return False


AnyLabel = Label | OwnCodeLabel


def number_labels(first: Label, count: int, *, serial: str | None = None) -> Sequence[Label]:
    """`count` labels: all alike, or numbered.

    With `serial` the first item's serial number (AI 21) is that, and each next one is one more in
    its trailing digits: `NM-099`, `NM-100`. Logistic units (AI 00) then count upwards from the
    label's own SSCC, whatever `serial` says. Raises TooLarge `labels-too-many`, InvalidInput
    `label-numbering-impossible` or as the parser of Digital Links.
    """
    if not 1 <= count <= MOST_LABELS:
        raise TooLarge("labels-too-many", f"{count} labels; a sheet has 1 to {MOST_LABELS}")
    if serial is None:
        return [first] * count
    if first.link.key[0] == "00":
        return [replace(first, link=link) for link in _units(first.link, count)]
    if any(ai in ("21", "235") for ai, _ in first.link.qualifiers):
        raise InvalidInput(
            "label-numbering-impossible", "the link already names one item by its serial number"
        )
    return [replace(first, link=_with_serial(first.link, text)) for text in _serials(serial, count)]


def _serials(first: str, count: int) -> Iterator[str]:
    match = _LAST_NUMBER.fullmatch(first)
    assert match is not None
    head, digits = match.groups()
    if not digits and count > 1:
        raise InvalidInput(
            "label-numbering-impossible", f"{first!r:.30} does not end in digits to count on from"
        )
    if not digits:
        yield first
        return
    for number in range(int(digits), int(digits) + count):
        yield f"{head}{number:0{len(digits)}d}"


def _with_serial(link: DigitalLink, serial: str) -> DigitalLink:
    numbered = DigitalLink(link.key, (*link.qualifiers, ("21", serial)), link.attributes)
    return parse_digital_link(numbered.canonical_uri)


def _units(link: DigitalLink, count: int) -> Iterator[DigitalLink]:
    digits = link.key[1][:-1]
    if int(digits) + count > 10 ** len(digits):
        raise InvalidInput("label-numbering-impossible", "there are no SSCCs after the last one")
    for number in range(int(digits), int(digits) + count):
        text = f"{number:0{len(digits)}d}"
        yield DigitalLink(("00", text + check_digit(text)), (), link.attributes)
