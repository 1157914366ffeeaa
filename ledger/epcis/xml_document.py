"""EPCIS documents in XML: EPCIS 2.0, and 1.x as far as 2.0 knows what was meant.

The reader takes the document piece by piece and never holds more than one event as a tree. What an
attacker could gain from XML is taken away before the parser sees the first element: a document
type declaration (entities, bombs, files and addresses of others) is refused unless it is
empty, and with it every encoding but UTF-8, because another could hide one. Beyond that the parser
resolves nothing, fetches nothing, and keeps its own limits.

Documents of 1.x are read in any order of elements, because their schema is another; events must
pass the same checks afterwards.
"""

from __future__ import annotations

import re
from typing import Any, NoReturn, cast
from unicodedata import is_normalized

from lxml import etree
from lxml.etree import _Element as Element

from ledger import canonical
from ledger.epcis.context import STANDARD, Context
from ledger.epcis.document import EpcisDocument, Limits, check_size
from ledger.epcis.envelope import check_envelope
from ledger.epcis.fields import refuse, shown
from ledger.epcis.schema import XML_FIELDS
from ledger.epcis.xml_event import MAX_NAMESPACES, read_event_element, refuse_at
from ledger.epcis.xml_fields import EXTENSIONS
from ledger.epcis.xml_header import read_header
from ledger.epcis.xml_names import EPCIS_1, EPCIS_2, QUERY_1, QUERY_2, field_name, split_tag
from ledger.errors import InvalidInput, TooLarge

MAX_PIECE = 8 * 1024 * 1024
"""Bytes that may pass without a new event: the most that is ever held as a tree."""

_CHUNK = 64 * 1024
_WRAPPERS = 8  # of the schema's evolution, around one another
_ROOTS = {
    f"{{{namespace}}}{name}": (name, namespace in (EPCIS_2, QUERY_2))
    for namespaces, name in (
        ((EPCIS_1, EPCIS_2), "EPCISDocument"),
        ((QUERY_1, QUERY_2), "EPCISQueryDocument"),
    )
    for namespace in namespaces
}
_PATHS = {
    "EPCISDocument": ["EventList", "EPCISBody", "EPCISDocument"],
    "EPCISQueryDocument": [
        "EventList", "resultsBody", "QueryResults", "EPCISBody", "EPCISQueryDocument",
    ],
}  # fmt: skip
_POINTERS = {
    "EPCISDocument": "/epcisBody/eventList",
    "EPCISQueryDocument": "/epcisBody/queryResults/resultsBody/eventList",
}

_LANDMARKS = (*_ROOTS, "{*}EventList")

_MISC = rb"(?:\s|<!--(?:[^-]|-[^-])*+-->|<\?(?![xX][mM][lL]\s)(?:[^?]|\?(?!>))*+\?>)*+"
_PROLOG = re.compile(
    rb"(?:\xef\xbb\xbf)?(<\?xml\s[^>]*?\?>)?"
    + _MISC
    # A document type that only names itself declares nothing; GS1's own examples have one.
    + rb"(?:<!DOCTYPE\s+[-\w:.]+\s*>"
    + _MISC
    + rb")?"
)
_ENCODING = re.compile(rb"encoding\s*=\s*[\"']([-A-Za-z0-9._]*)[\"']")


def read_xml_document(
    body: bytes, *, limits: Limits | None = None, ordered: bool = True
) -> EpcisDocument:
    """Read an EPCISDocument or EPCISQueryDocument into the JSON form of its events.

    In the place of an event that cannot be read stands the InvalidInput that says why, so that the
    others can still be captured. `ordered` is False for whoever only wants to understand a
    document: fields of 2.0 events may then stand in any order.

    Raises TooLarge, or InvalidInput `xml-malformed`, `xml-doctype-refused`,
    `xml-encoding-unsupported`, `xml-namespaces-too-many`, `epcis-document-unsupported` or of the
    envelope.
    """
    limits = limits or Limits()
    check_size(body, limits)
    check_prolog(body)
    reader = _DocumentReader(limits, ordered, is_normalized("NFC", body.decode()))
    try:
        return reader.read(body)
    except etree.XMLSyntaxError as error:
        raise malformed(error) from None


def read_xml_event(body: bytes) -> EpcisDocument:
    """Read one bare event element as a document of one event, its fields in any order: the
    standard knows no such document. Raises as `read_xml_document`."""
    if len(body) > MAX_PIECE:
        raise TooLarge("capture-too-large", f"{len(body)} bytes in one event", limit=MAX_PIECE)
    check_prolog(body)
    try:
        element = etree.fromstring(body, etree.XMLParser(**_SAFELY))
    except etree.XMLSyntaxError as error:
        raise malformed(error) from None
    if not split_tag(element.tag)[1].endswith("Event"):
        _refuse_root(element)
    event = canonical.normalise(read_event_element(element, ordered=False))
    return EpcisDocument(Context(), [event], "", {}, XML_FIELDS)


def check_prolog(body: bytes) -> None:
    """Refuse what could make a parser do more than read: a DOCTYPE, a hidden encoding."""
    prolog = _PROLOG.match(body)
    assert prolog is not None, "every part of it is optional"
    encoding = _ENCODING.search(prolog[1] or b"")
    if encoding is not None and encoding[1].lower() not in (b"utf-8", b"us-ascii", b"ascii"):
        _refuse_encoding(encoding[1].decode())
    try:
        body.decode()
    except UnicodeDecodeError as error:
        _refuse_encoding(f"byte {error.start} is not UTF-8")
    if body[prolog.end() : prolog.end() + 2] == b"<!":
        line = body.count(b"\n", 0, prolog.end()) + 1
        raise InvalidInput(
            "xml-doctype-refused", f"line {line}: a document type declaration is not read here"
        )


def malformed(error: etree.XMLSyntaxError) -> InvalidInput:
    """A parser's complaint as an error of ours."""
    line, column = error.position
    text = " ".join((error.msg or "not well-formed").split())
    detail = f"line {line}, column {column}: {text:.200}"
    if text.startswith("Excessive depth"):
        # libxml2 gives up at 256 levels, which no document of the standard comes near
        return InvalidInput("xml-depth-exceeded", detail)
    return InvalidInput("xml-malformed", detail)


_SAFELY: dict[str, Any] = {
    "resolve_entities": False,
    "load_dtd": False,
    "dtd_validation": False,
    "attribute_defaults": False,
    "no_network": True,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}


class _DocumentReader:
    """Reads one document; knows how far it is."""

    def __init__(self, limits: Limits, ordered: bool, is_normal: bool) -> None:
        self._limits = limits
        self._ordered = ordered
        self._is_normal = is_normal
        self._events: list[Any] = []
        self._lines: list[int] = []
        self._kind = ""
        self._list: Element | None = None
        self._done: Element | None = None  # the last child of the list that was read

    def read(self, body: bytes) -> EpcisDocument:
        parser = etree.XMLPullParser(events=("start",), tag=_LANDMARKS, **_SAFELY)
        quiet_since = 0
        for at in range(0, len(body), _CHUNK):
            parser.feed(body[at : at + _CHUNK])
            if self._advance(parser):
                quiet_since = at
            elif at - quiet_since > MAX_PIECE:
                raise TooLarge(
                    "capture-event-too-large",
                    f"more than {MAX_PIECE} bytes without a new event",
                    limit=MAX_PIECE,
                )
        root = parser.close()
        self._advance(parser)
        if not self._kind:
            self._begin(root)
        if self._list is None:
            refuse("epcis-document-unsupported", "the body holds no EventList")
        self._take(self._list, finished=True)
        return self._document(root)

    def _advance(self, parser: etree.XMLPullParser) -> bool:
        """Take in what has arrived; whether an event was complete."""
        for _, found in parser.read_events():
            element = cast("Element", found)
            if not self._kind:
                self._begin(element.getroottree().getroot())
            path = [field_name(one.tag) for one in (element, *element.iterancestors())]
            if self._list is None and path == _PATHS[self._kind]:
                self._list = element
        return self._list is not None and self._take(self._list, finished=False)

    def _begin(self, root: Element) -> None:
        if root.tag not in _ROOTS:
            _refuse_root(root)
        self._kind, is_2_0 = _ROOTS[root.tag]
        self._ordered = self._ordered and is_2_0
        if len(root.nsmap) > MAX_NAMESPACES:
            refuse_at(root, "xml-namespaces-too-many", f"{len(root.nsmap)} namespaces")

    def _take(self, events: Element, *, finished: bool) -> bool:
        """Read the events that are complete: those another one follows, at the end all."""
        before = len(self._events)
        following = self._done.getnext() if self._done is not None else _first(events)
        while following is not None and (finished or following.getnext() is not None):
            self._read(following, 0)
            following.clear(keep_tail=True)  # type: ignore[call-arg] # its stubs are older
            self._done = following
            following = following.getnext()
        return len(self._events) > before

    def _read(self, element: Element, depth: int) -> None:
        if field_name(element.tag) in EXTENSIONS and depth < _WRAPPERS:
            for child in element:
                self._read(child, depth + 1)
            return
        if len(self._events) >= self._limits.max_events:
            raise TooLarge(
                "capture-too-many-events",
                f"more events than the {self._limits.max_events} that one capture takes",
                pointer=_POINTERS[self._kind],
                limit=self._limits.max_events,
            )
        self._lines.append(cast("int", element.sourceline))
        event: Any
        try:
            event = read_event_element(element, ordered=self._ordered)
            if not self._is_normal:
                event = canonical.normalise(event)
        except InvalidInput as fault:
            fault.pointer = fault.pointer or ""
            event = fault.with_traceback(None)
        self._events.append(event)

    def _document(self, root: Element) -> EpcisDocument:
        header = {
            "@context": STANDARD,
            "type": self._kind,
            **{
                name: value
                for name in ("schemaVersion", "creationDate")
                if (value := root.get(name)) is not None
            },
            **read_header(root),
        }
        envelope = {**header, "type": "EPCISDocument", "epcisBody": {"eventList": []}}
        check_envelope(envelope, Context())
        return EpcisDocument(
            Context(), self._events, _POINTERS[self._kind], header, XML_FIELDS, self._lines
        )


def _first(element: Element) -> Element | None:
    return element[0] if len(element) else None


def _refuse_root(root: Element) -> NoReturn:
    namespace, name = split_tag(root.tag)
    refuse(
        "epcis-document-unsupported",
        f"line {root.sourceline}: the root is {shown(name)} of namespace {shown(namespace)}",
    )


def _refuse_encoding(detail: str) -> NoReturn:
    raise InvalidInput("xml-encoding-unsupported", f"only UTF-8 is read: {detail:.80}")
