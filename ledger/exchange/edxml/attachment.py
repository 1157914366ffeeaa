"""Files inside an edXML: base64, sometimes of a ZIP archive around the one file.

`edXMLManifest/Reference` names them, `AttachmentEncoded/Attachment` outside the envelope holds
them; both are joined by ContentId.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree
from lxml.etree import _Element as Element

from ledger.errors import InvalidInput, TooLarge
from ledger.exchange.edxml.leaves import NAMESPACE, children, clean, refuse
from ledger.exchange.edxml.order import spell
from ledger.exchange.message import MOST_PARTS

MOST_NAME = 200
MAX_CONTENT = 128 * 1024 * 1024
"""Bytes of one file after decoding and unpacking."""

UNKNOWN_TYPE = "application/octet-stream"

_AT = "/edXML/AttachmentEncoded/Attachment"
_SPACE = re.compile(r"\s+")
_ZIPPED = b"PK\x03\x04"
_ARCHIVES = ("zip", "docx", "xlsx", "pptx", "odt", "ods", "odp", "asice", "asics", "jar", "epub")
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file: its ContentId without `cid:`, its name without folders, and its bytes."""

    id: str
    name: str
    media_type: str
    content: bytes


def read_attachments(root: Element) -> tuple[Attachment, ...]:
    """The files of a root element, in their order.

    Raises InvalidInput `edxml-malformed`, TooLarge `edxml-too-large`.
    """
    found = [
        attachment
        for encoded in children(root, "AttachmentEncoded")
        for attachment in children(encoded, "Attachment")
    ]
    if len(found) > MOST_PARTS:
        raise TooLarge("edxml-too-large", f"more than {MOST_PARTS} files", limit=MOST_PARTS)
    files = tuple(_read(element, f"{_AT}[{n}]") for n, element in enumerate(found, start=1))
    if len({file.id for file in files}) < len(files):
        refuse("two files have the same ContentId", _AT)
    return files


def write_attachments(files: Iterable[Attachment], *, zipped: bool) -> Element:
    """The element `AttachmentEncoded`; `zipped` for axes that want each file in an archive."""
    encoded = etree.fromstring(f'<AttachmentEncoded xmlns="{NAMESPACE}"/>')
    for file in files:
        attachment = etree.SubElement(encoded, f"{{{NAMESPACE}}}Attachment")
        content = _pack(file) if zipped else file.content
        for name, text in (
            ("ContentType", file.media_type),
            ("ContentId", file.id),
            ("ContentTransferEncoded", base64.b64encode(content).decode()),
            ("AttachmentName", file.name),
        ):
            spell(etree.SubElement(attachment, f"{{{NAMESPACE}}}{name}"), text)
    return encoded


def content_id(text: str) -> str:
    """A ContentId without the scheme that references give it."""
    return text.removeprefix("cid:")


def _read(element: Element, at: str) -> Attachment:
    texts = {
        name: clean(found[0])
        for name in ("ContentId", "ContentType", "AttachmentName")
        if (found := children(element, name))
    }
    name = _file_name(texts.get("AttachmentName", ""), f"{at}/AttachmentName")
    identifier = content_id(texts.get("ContentId", ""))
    media_type = texts.get("ContentType") or UNKNOWN_TYPE
    if not 0 < len(identifier) <= MOST_NAME or len(media_type) > MOST_NAME:
        refuse(f"ContentId has 1 to {MOST_NAME} characters, ContentType at most as many", at)
    encoded = children(element, "ContentTransferEncoded")
    if not encoded:
        refuse("this element is required", f"{at}/ContentTransferEncoded")
    try:
        content = base64.b64decode(_SPACE.sub("", encoded[0].text or ""), validate=True)
    except (binascii.Error, ValueError):
        refuse("this is not base64", f"{at}/ContentTransferEncoded")
    if content.startswith(_ZIPPED):
        content = _unpack(content, name, media_type, f"{at}/ContentTransferEncoded")
    return Attachment(identifier, name, media_type, content)


def _file_name(text: str, at: str) -> str:
    # Some builders write where the file lay on the sender's disk; nobody is to write there.
    name = re.split(r"[/\\]", text)[-1].strip()
    if not 0 < len(name) <= MOST_NAME or name in (".", "..") or not name.isprintable():
        refuse(f"a file's name has 1 to {MOST_NAME} characters, and none for control", at)
    return name


def _unpack(content: bytes, name: str, media_type: str, at: str) -> bytes:
    """The one file in an archive around it; the archive itself where that is what is sent."""
    meant = name.rpartition(".")[2].lower() in _ARCHIVES or "zip" in media_type
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if meant and [entry.filename for entry in entries] != [name]:
                return content
            if len(entries) != 1 or entries[0].flag_bits & 1:
                refuse("the archive around a file holds that file, and it is not encrypted", at)
            with archive.open(entries[0]) as file:
                # The size an archive claims is its author's word: what is read is counted.
                unpacked = file.read(MAX_CONTENT + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError):
        if meant:
            return content
        raise InvalidInput("edxml-malformed", "the archive is damaged", pointer=at) from None
    if len(unpacked) > MAX_CONTENT:
        raise TooLarge("edxml-too-large", f"a file of more than {MAX_CONTENT} bytes", pointer=at)
    return unpacked


def _pack(file: Attachment) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(file.name, _EPOCH), file.content)
    return packed.getvalue()
