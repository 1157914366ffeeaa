"""GS1 Digital Link URIs: the one parser for all of them (GS1 Digital Link: URI Syntax 1.6.0).

`https://{domain}[/path]/{key}/{value}[/{qualifier}/{value}]*[?{attribute}={value}&…]`

The key is the rightmost primary-key AI of the path, so any domain and any leading path will do.
Qualifiers stand in the order the key prescribes, attributes in the query; numeric query names must
be assigned AIs, others are left alone. Values are percent-decoded before they are checked. Word
forms (`/gtin/`) and shortened GTINs, gone from the standard since 1.3 and 1.4, are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import quote, unquote_to_bytes

from ledger.errors import InvalidInput
from ledger.gs1.application_identifiers import ApplicationIdentifier, matches, table
from ledger.gs1.components import check_value

CANONICAL_STEM = "https://id.gs1.org"

MAX_LENGTH = 2048
"""Characters of the longest URI read; the longest meaningful one has a few hundred."""

_HEAD = re.compile(r"(?:https?|HTTPS?)://")
_CHARACTERS = re.compile(r"[-A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%]*")
_DOMAIN = re.compile(r"[-A-Za-z0-9.:\[\]]+")
_PLAIN = re.compile(r"[-A-Za-z0-9._~]*")
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")

Element = tuple[str, str]
"""An AI and its value, decoded."""


@dataclass(frozen=True, slots=True)
class DigitalLink:
    """A checked Digital Link: what it identifies and what it says about it."""

    key: Element
    qualifiers: tuple[Element, ...] = ()
    attributes: tuple[Element, ...] = ()
    stem: str = CANONICAL_STEM

    @property
    def path(self) -> str:
        """`/01/…/10/…`: key and qualifiers, escaped."""
        return "".join(map(path_of, (self.key, *self.qualifiers)))

    @property
    def identity_uri(self) -> str:
        """The identified thing alone: canonical domain, no attributes."""
        return CANONICAL_STEM + self.path

    @property
    def canonical_uri(self) -> str:
        """Canonical domain, attributes kept, fixed-length ones first (URI Syntax, section 5.8)."""
        rows = table()
        ordered = sorted(self.attributes, key=lambda element: not rows[element[0]].fixed_length)
        query = "&".join(
            f"{ai}={quote(value, safe=' ').replace(' ', '+')}" for ai, value in ordered
        )
        return self.identity_uri + (f"?{query}" if query else "")

    @property
    def element_string(self) -> str:
        """Human-readable element string: `(01)09521234001058(10)ABC`."""
        return "".join(
            f"({ai}){value}" for ai, value in (self.key, *self.qualifiers, *self.attributes)
        )


def path_of(element: Element) -> str:
    """`/10/…`: one element of a path, escaped."""
    ai, value = element
    return f"/{ai}/{value if _PLAIN.fullmatch(value) else quote(value, safe='')}"


def find_digital_link(text: str) -> DigitalLink | None:
    """The Digital Link in `text`, or None where the text does not even claim to be a web URI.

    Raises InvalidInput like `parse_digital_link` where it does and is not one.
    """
    return parse_digital_link(text) if _HEAD.match(text) else None


def parse_digital_link(text: str) -> DigitalLink:
    """Read a Digital Link URI.

    Raises InvalidInput `gs1-link-malformed`, `gs1-value-malformed`, `gs1-check-digit-wrong`,
    `gs1-elements-conflict`, each with the AI concerned in the message.
    """
    if len(text) > MAX_LENGTH:
        _refuse(f"the URI is longer than {MAX_LENGTH} characters")
    legal = _CHARACTERS.match(text)
    assert legal is not None
    if legal.end() < len(text):
        _refuse(f"{text[legal.end()]!r} cannot stand in a URI; escape it with %")
    head = _HEAD.match(text)
    if head is None:
        _refuse("not an http or https URI")
    domain, slash, rest = text[head.end() :].partition("/")
    if not domain or not slash:
        _refuse("there is no domain followed by a path")
    if _DOMAIN.fullmatch(domain) is None:
        _refuse("the domain holds a character it cannot have")
    path, _, query = rest.partition("#")[0].partition("?")
    stem, elements = _read_path(path)
    attributes = _read_query(query)
    _check_order(elements)
    _check_attributes(elements, attributes)
    for ai, value in (*elements, *attributes):
        check_value(table()[ai], value)
    _check_associations([*elements, *attributes])
    prefix = text[: head.end()] + domain + stem
    return DigitalLink(elements[0], tuple(elements[1:]), tuple(attributes), prefix)


def _read_path(path: str) -> tuple[str, list[Element]]:
    """Walk the pairs from the right until a primary key: everything left of it is the stem."""
    rows = table()
    segments = path.split("/")
    at = len(segments) - 2
    while at >= 0:
        row = rows.get(segments[at])
        if row is None:
            break
        if row.is_primary_key:
            pairs = zip(segments[at::2], segments[at + 1 :: 2], strict=True)
            elements = [(ai, _decode(ai, value)) for ai, value in pairs]
            return "".join(f"/{segment}" for segment in segments[:at]), elements
        at -= 2
    return _refuse("no GS1 key in the path")


def _read_query(query: str) -> list[Element]:
    rows = table()
    elements: list[Element] = []
    for parameter in query.split("&"):
        name, equals, value = parameter.partition("=")
        if not equals or not name.isdigit():
            continue
        if name not in rows:
            _refuse(f"({name}) in the query is no application identifier")
        elements.append((name, _decode(name, value.replace("+", " "))))
    return elements


def _decode(ai: str, value: str) -> str:
    if not value:
        _refuse(f"AI ({ai}): the value is empty")
    if _ESCAPE.search(value):
        _refuse(f"AI ({ai}): an incomplete percent escape")
    return unescape(value)


def unescape(value: str) -> str:
    """The text behind percent escapes. What is no UTF-8 keeps one character per byte: everything
    beyond ASCII is refused by the charset anyway, and shown as it was typed where that can be."""
    found = unquote_to_bytes(value)
    try:
        return found.decode()
    except UnicodeDecodeError:
        return found.decode("latin-1")


def _check_order(elements: list[Element]) -> None:
    key, *qualifiers = (ai for ai, _ in elements)
    if not table()[key].allows(tuple(qualifiers)):
        listed = ", ".join(f"({ai})" for ai in qualifiers)
        _refuse(f"AI ({key}) cannot be followed by {listed} in this order")


def _check_attributes(elements: list[Element], attributes: list[Element]) -> None:
    rows = table()
    path = [ai for ai, _ in elements]
    seen = set(path)
    for ai, _ in attributes:
        if ai in seen:
            _refuse(f"AI ({ai}) stands twice")
        seen.add(ai)
        if not rows[ai].attribute:
            _refuse(f"AI ({ai}) cannot be a data attribute")
        for at in range(1, len(path) + 1):
            if rows[path[0]].allows((*path[1:at], ai, *path[at:])):
                _refuse(f"AI ({ai}) belongs into the path, not into the query")


def _check_associations(elements: list[Element]) -> None:
    """GS1 General Specifications, section 4.13: forbidden and mandatory companions."""
    rows = table()
    present = [ai for ai, _ in elements]
    for ai, _ in elements:
        row = rows[ai]
        for other in present:
            if other != ai and any(matches(pattern, other) for pattern in row.excludes):
                _conflict(f"AI ({ai}) cannot stand beside ({other})")
        for alternatives in row.requires:
            if not any(_are_present(group, ai, present) for group in alternatives):
                wanted = " or ".join("+".join(group) for group in alternatives)
                _conflict(f"AI ({ai}) needs {wanted} beside it")
    if "8030" in present:
        for ai, value in elements:
            if ai in _SERIALISABLE and not _is_serialised(rows[ai], value):
                _conflict(f"AI (8030) signs a single item; ({ai}) has no serial number")


_SERIALISABLE = ("253", "255", "8003")


def _is_serialised(row: ApplicationIdentifier, value: str) -> bool:
    return len(value) > sum(part.minimum for part in row.components if not part.optional)


def _are_present(group: tuple[str, ...], ai: str, present: list[str]) -> bool:
    return all(
        any(other != ai and matches(pattern, other) for other in present) for pattern in group
    )


def _refuse(detail: str) -> NoReturn:
    raise InvalidInput("gs1-link-malformed", detail)


def _conflict(detail: str) -> NoReturn:
    raise InvalidInput("gs1-elements-conflict", detail)
