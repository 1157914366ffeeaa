"""The container of a leg's bundle: an ASiC-E file (ETSI EN 319 162) that has exactly one spelling.

A ZIP (APPNOTE 6.3) of stored entries, `mimetype` first, the others by name, no dates, no extras, no
comments; last `META-INF/ASiCManifest.xml` with the SHA-256 of every other entry. Nothing is
compressed, so nothing can be larger than the file it came in. Reading packs what was read again and
compares: a flipped bit, a byte before or after, an entry that the manifest does not name are all
refused.

Every fault raises InvalidInput `container-…`.
"""

from __future__ import annotations

import base64
import re
import struct
import zlib
from collections.abc import Mapping

from ledger.digest import sha256
from ledger.errors import InvalidInput, TooLarge

MEDIA_TYPE = "application/vnd.etsi.asic-e+zip"
MAX_CONTAINER_BYTES = 64 * 1024 * 1024
"""A leg with its evidence is some 100 KiB; the rest is for the documents themselves."""
MOST_ENTRIES = 4_000

MIMETYPE = "mimetype"
MANIFEST = "META-INF/ASiCManifest.xml"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}(?:/[A-Za-z0-9][A-Za-z0-9._-]{0,63}){0,2}")
_TYPES = {
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".tsr": "application/timestamp-reply",
    ".crt": "application/pkix-cert",
}
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
_VERSION, _FIRST_DAY = 20, 0x21
"""Needed to extract; and 1980-01-01, the zero of ZIP's calendar."""


def pack(entries: Mapping[str, bytes], signature: str) -> bytes:
    """The file of these entries. `signature` is the one that holds the parties' signatures, as the
    manifest's SigReference names it."""
    assert signature in entries
    assert all(_NAME.fullmatch(name) and name not in (MIMETYPE, MANIFEST) for name in entries)
    ordered = {MIMETYPE: MEDIA_TYPE.encode()} | {name: entries[name] for name in sorted(entries)}
    return _zip(ordered | {MANIFEST: _manifest(ordered, signature)})


def unpack(data: bytes, signature: str) -> dict[str, bytes]:
    """The entries of a file, without `mimetype` and manifest.

    Raises InvalidInput `container-too-large`, `container-malformed`, `container-entry-unsigned`
    for one that the manifest does not name, `container-entry-differs` for one that is not what the
    manifest says, `container-not-canonical` for any other spelling.
    """
    if len(data) > MAX_CONTAINER_BYTES:
        raise TooLarge("container-too-large", f"{len(data)} bytes")
    found = _walk(data)
    if found.get(MIMETYPE) != MEDIA_TYPE.encode():
        raise InvalidInput("container-malformed", "the first entry does not say ASiC-E")
    if MANIFEST not in found or signature not in found:
        raise InvalidInput("container-malformed", f"no {MANIFEST}, or no {signature}")
    manifest = found.pop(MANIFEST)
    _check_manifest(found, manifest, signature)
    del found[MIMETYPE]
    if any(_NAME.fullmatch(name) is None for name in found) or pack(found, signature) != data:
        raise InvalidInput("container-not-canonical", "not the spelling of these entries")
    return found


def _walk(data: bytes) -> dict[str, bytes]:
    """Entries by their local headers, one after the other. What these leave out, or say otherwise
    than the directory, is seen when the file is packed again."""
    found: dict[str, bytes] = {}
    at = 0
    while data[at : at + 4] == b"PK\x03\x04" and len(data) >= at + _LOCAL.size:
        *_, size, _, name_length, extra = _LOCAL.unpack_from(data, at)
        start = at + _LOCAL.size + name_length + extra
        name = data[at + _LOCAL.size : at + _LOCAL.size + name_length].decode("ascii", "replace")
        if name in found or len(found) >= MOST_ENTRIES or start + size > len(data):
            raise InvalidInput("container-malformed", f"entry {name!r:.80}: twice, or cut off")
        found[name] = data[start : start + size]
        at = start + size
    return found


def _check_manifest(found: Mapping[str, bytes], manifest: bytes, signature: str) -> None:
    if manifest == _manifest(found, signature):
        return
    for name, content in found.items():
        if name == MIMETYPE:
            continue
        if f' URI="{name}" '.encode() not in manifest:
            raise InvalidInput("container-entry-unsigned", f"not in the manifest: {name!r:.80}")
        if _reference(name, content).encode() not in manifest:
            raise InvalidInput(
                "container-entry-differs", f"{name!r:.80} is not what the manifest says"
            )
    raise InvalidInput("container-malformed", "the manifest is not that of these entries")


def _manifest(entries: Mapping[str, bytes], signature: str) -> bytes:
    """ASiCManifest of EN 319 162-1 A.4, its references in the order of the entries."""
    return "".join(
        (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" '
            'xmlns:ds="http://www.w3.org/2000/09/xmldsig#">\n'
            f'<asic:SigReference URI="{signature}" MimeType="{_type_of(signature)}"/>\n',
            *(_reference(name, content) for name, content in entries.items() if name != MIMETYPE),
            "</asic:ASiCManifest>\n",
        )
    ).encode()


def _reference(name: str, content: bytes) -> str:
    digest = base64.b64encode(sha256(content)).decode()
    return (
        f'<asic:DataObjectReference URI="{name}" MimeType="{_type_of(name)}">'
        '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
        f"<ds:DigestValue>{digest}</ds:DigestValue></asic:DataObjectReference>\n"
    )


def _type_of(name: str) -> str:
    return _TYPES.get(name[name.rfind(".") :], "application/octet-stream")


def _zip(entries: Mapping[str, bytes]) -> bytes:
    body, directory = bytearray(), bytearray()
    for name, content in entries.items():
        spelt = name.encode("ascii")
        crc, size, start = zlib.crc32(content), len(content), len(body)
        stamp = (0, _FIRST_DAY, crc, size, size, len(spelt), 0)
        body += _LOCAL.pack(b"PK\x03\x04", _VERSION, 0, 0, *stamp) + spelt + content
        directory += _CENTRAL.pack(
            b"PK\x01\x02", _VERSION, _VERSION, 0, 0, *stamp, 0, 0, 0, 0, start
        )
        directory += spelt
    count, start, size = len(entries), len(body), len(directory)
    return bytes(body + directory + _END.pack(b"PK\x05\x06", 0, 0, count, count, size, start, 0))
