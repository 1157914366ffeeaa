"""XML of a stranger, read with limits, and the small words of XML signatures.

What an attacker would gain: entities that grow or fetch, two elements with one Id (the signature
is over one, the reader takes the other), and time by nesting. So document types are refused, Ids
must be unique, and depth and size are bounded.
"""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import unquote_to_bytes

from lxml import etree

MAX_XML_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 100
MAX_ELEMENTS = 100_000

DS = "http://www.w3.org/2000/09/xmldsig#"
_ID_NAMES = ("Id", "ID", "id")
_SPACE = re.compile(r"[ \t\r\n]+")


class XmlRefused(Exception):
    """Not XML we read; the code is one of `xml-malformed`, `xml-doctype`, `xml-id-repeated`."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def read_xml(data: bytes) -> etree._Element:
    """The root element. Raises XmlRefused."""
    if len(data) > MAX_XML_BYTES:
        raise XmlRefused("xml-malformed", f"{len(data)} bytes; at most {MAX_XML_BYTES}")
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise XmlRefused("xml-doctype", "a document type is declared")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=False
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise XmlRefused("xml-malformed", str(error).splitlines()[0][:200]) from None
    # An encoding of its own (UTF-16) hides a document type from the look at the bytes.
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]
        raise XmlRefused("xml-doctype", "a document type is declared")
    _check_shape(root)
    return root


def _check_shape(root: etree._Element) -> None:
    seen: set[str] = set()
    elements = depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            depth -= 1
            continue
        elements += 1
        depth += 1
        if elements > MAX_ELEMENTS:
            raise XmlRefused("xml-malformed", f"more than {MAX_ELEMENTS} elements")
        if depth > MAX_DEPTH:
            raise XmlRefused("xml-malformed", f"nested deeper than {MAX_DEPTH}")
        for name in _ID_NAMES:
            value = element.get(name)
            if value is None:
                continue
            if value in seen:
                raise XmlRefused("xml-id-repeated", f"two elements have the Id {value:.60}")
            seen.add(value)


def local_name(element: etree._Element) -> str:
    """The name without its namespace; empty for comments and processing instructions."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def namespace_of(element: etree._Element) -> str:
    """The namespace, or nothing."""
    return (etree.QName(element).namespace or "") if isinstance(element.tag, str) else ""


def decode_base64(text: str | None) -> bytes:
    """Base64 with any white space between (`&#13;` is a carriage return, which some signers write
    into digests). Raises ValueError for anything else that is no base64."""
    try:
        return base64.b64decode(_SPACE.sub("", text or ""), validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None


def entry_of_uri(uri: str) -> str:
    """The container's entry a reference names: percent-decoded (RFC 3986, never `+` for a blank),
    without a leading `/` or `./`. Raises ValueError if it names none."""
    path = uri.partition("#")[0]
    try:
        name = unquote_to_bytes(path).decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError(f"not UTF-8 once decoded: {uri:.80}") from None
    name = name.removeprefix("./").removeprefix("/")
    if not name or ":" in path.partition("/")[0] or ".." in name.split("/") or "\\" in name:
        raise ValueError(f"names no entry: {uri:.80}")
    return name
