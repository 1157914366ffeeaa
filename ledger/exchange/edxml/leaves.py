"""An edXML file as the texts of its leaves, each under its path.

edXML is a tree of texts in which nothing else carries meaning: no mixed content, no attributes that
matter. So a header is read into a table ``path -> text``, a document takes out what it knows, and
what is left is kept under its path and written back where it was. A path is that of XPath without
prefixes: ``MessageHeader/To[2]/OrganId``; the first of several has no number.

What an attacker could gain from XML is taken away first: a document type declaration (entities,
files and addresses of others) is refused, size, depth and number of elements are bounded, and the
parser resolves nothing and fetches nothing. Namespaces are read liberally, as builders in use
disagree: QCVN 102's or none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NoReturn, TypeVar
from unicodedata import normalize

from lxml import etree
from lxml.etree import _Element as Element

from ledger.errors import InvalidInput, TooLarge

T = TypeVar("T")

NAMESPACE = "http://www.mic.gov.vn/TBT/QCVN_102_2016"

MAX_BYTES = 128 * 1024 * 1024
"""Attachments travel inside as base64, and the whole is held in memory."""
MAX_DEPTH = 16
MAX_ELEMENTS = 20_000

HEADER = "/edXML/edXMLEnvelope/edXMLHeader"

_CHUNK = 1 << 20
_DOCTYPE = re.compile(rb"<!(?!--|\[CDATA\[)")
_ENCODING = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']*)[\"']")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def parse(body: bytes) -> Element:
    """The root element `edXML`. Raises TooLarge, InvalidInput `xml-malformed`,
    `xml-doctype-refused`, `xml-encoding-unsupported`, `xml-depth-exceeded`, `edxml-malformed`."""
    if len(body) > MAX_BYTES:
        raise TooLarge("edxml-too-large", f"{len(body)} bytes", limit=MAX_BYTES)
    body = body.removeprefix(b"\xef\xbb\xbf")
    encoding = _ENCODING.match(body)
    if encoding is not None and encoding[1].lower() not in (b"utf-8", b"us-ascii", b"ascii"):
        raise InvalidInput("xml-encoding-unsupported", "edXML is read in UTF-8 only")
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise InvalidInput("xml-encoding-unsupported", f"byte {error.start} is not UTF-8") from None
    # Also one that only stands in a comment: nobody needs it there, and no parser is to decide it.
    if _DOCTYPE.search(body) is not None:
        raise InvalidInput("xml-doctype-refused", "a document type declaration is not read here")
    try:
        root = _parse_bounded(body)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        text = " ".join((error.msg or "not well-formed").split())
        raise InvalidInput("xml-malformed", f"line {line}, column {column}: {text:.200}") from None
    if name_of(root) != "edXML":
        refuse("the root is not edXML", "/")
    return root


def _parse_bounded(body: bytes) -> Element:
    parser = etree.XMLPullParser(
        events=("start", "end"),
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        no_network=True,
        # A file in base64 is one text far longer than the parser takes by itself; size, depth and
        # number of elements are bounded here instead.
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
    )
    depth = elements = 0
    for at in range(0, len(body), _CHUNK):
        parser.feed(body[at : at + _CHUNK])
        for event, _ in parser.read_events():
            depth += 1 if event == "start" else -1
            elements += event == "start"
            if depth > MAX_DEPTH:
                raise InvalidInput("xml-depth-exceeded", f"more than {MAX_DEPTH} levels")
            if elements > MAX_ELEMENTS:
                raise TooLarge("edxml-too-large", f"more than {MAX_ELEMENTS} elements")
    return parser.close()


def name_of(element: Element) -> str:
    """The name without namespace; empty for an element of a foreign namespace."""
    name = etree.QName(element.tag)
    return name.localname if name.namespace in (NAMESPACE, None) else ""


def children(element: Element, name: str) -> list[Element]:
    """The children of that name."""
    return [child for child in element if name_of(child) == name]


def child(element: Element, name: str, at: str) -> Element:
    """The first child of that name of the element at that pointer."""
    found = children(element, name)
    if not found:
        refuse("this element is required", f"{at}/{name}")
    return found[0]


def clean(element: Element) -> str:
    """The element's text in NFC, without space at its ends or carriage returns."""
    return normalize("NFC", (element.text or "").replace("\r", "")).strip()


def refuse(detail: str, pointer: str) -> NoReturn:
    """Raise InvalidInput `edxml-malformed` at an XPath without prefixes."""
    raise malformed(detail, pointer)


def malformed(detail: str, pointer: str) -> InvalidInput:
    """The error that `refuse` raises."""
    return InvalidInput("edxml-malformed", detail, pointer=pointer)


def needed(value: T | None, pointer: str) -> T:
    """The value, where there is one."""
    if value is None:
        refuse("this element is required", pointer)
    return value


class Leaves:
    """The texts below an element by their paths; whoever reads takes them out."""

    def __init__(self, element: Element, at: str) -> None:
        self.at = at
        self.foreign: list[str] = []
        """Pointers of elements in namespaces that are not edXML's: signatures above all."""
        self._texts: dict[str, str] = {}
        for path, text in self._walk(element, ""):
            self._texts[path] = text

    def _walk(self, element: Element, path: str) -> Iterator[tuple[str, str]]:
        seen: dict[str, int] = {}
        for inner in element:
            name = _ALIASES.get(name_of(inner), name_of(inner))
            if not name or name == "Signature":
                self.foreign.append(
                    f"{self.at}{path and '/' + path}/{etree.QName(inner).localname}"
                )
                continue
            number = seen.get(name, 0) + 1
            here = f"{path}/{name}" if path else name
            if number > 1:
                here += f"[{number}]"
            text = clean(inner)
            found = list(self._walk(inner, here)) if len(inner) else [(here, text)] if text else []
            # An empty element says nothing and takes no number.
            seen[name] = number if found else number - 1
            yield from found

    def find(self, path: str, most: int) -> str | None:
        """Take the text of at most so many characters; None where there is none."""
        text = self._texts.pop(path, None)
        if text is not None and (len(text) > most or _CONTROL.search(text)):
            refuse(
                f"a text here has 1 to {most} characters, and none for control", self.place(path)
            )
        return text

    def text(self, path: str, most: int) -> str:
        """The same, and there must be one."""
        return needed(self.find(path, most), self.place(path))

    def peek(self, path: str) -> str:
        """The text without taking it; empty where there is none."""
        return self._texts.get(path, "")

    def each(self, path: str) -> list[str]:
        """The paths of an element that may be repeated, as far as they hold anything."""
        form = re.compile(re.escape(path) + r"(?:\[(\d+)\])?(?=/|$)")
        numbers = {int(found[1] or 1) for found in map(form.match, self._texts) if found}
        return [path if number == 1 else f"{path}[{number}]" for number in sorted(numbers)]

    def rest(self, most: int, most_items: int) -> dict[str, str]:
        """What nobody took."""
        if len(self._texts) > most_items:
            refuse(f"more than {most_items} texts that have no name here", self.at)
        return {path: text for path in list(self._texts) if (text := self.find(path, most))}

    def place(self, path: str) -> str:
        """The pointer of a path."""
        return f"{self.at}/{path}"


_ALIASES = {
    "Business": "Bussiness",
    "BusinessDocType": "BussinessDocType",
    "BusinessDocReason": "BussinessDocReason",
    "BusinessDocumentInfo": "BussinessDocumentInfo",
    "TimeStamp": "Timestamp",
    "OrgId": "OrganId",
}
"""Spellings of builders in use; the official one is on the right, misspelled as it is."""
