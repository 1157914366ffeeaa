"""RLP (Ethereum yellow paper, appendix B), read strictly: one value has one spelling.

Byte strings and lists of such, nothing else. Written here because a verifier starts for one file:
what the library brings along takes longer to load than the file to judge.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from ledger.errors import InvalidInput

Item: TypeAlias = "bytes | list[Item]"

_STRING, _LIST = 0x80, 0xC0
_SHORT = 55
_MOST_DEPTH = 16


def encode(item: bytes | Sequence[bytes] | Item) -> bytes:
    """The bytes of a string, or of a list."""
    if isinstance(item, bytes):
        if len(item) == 1 and item[0] < _STRING:
            return item
        return _head(len(item), _STRING) + item
    body = b"".join(encode(one) for one in item)
    return _head(len(body), _LIST) + body


def decode(data: bytes) -> Item:
    """The one item that these bytes are. Raises InvalidInput `rlp-malformed`."""
    item, end = _read(data, 0, len(data), 0)
    if end != len(data):
        raise _malformed("bytes after the end")
    return item


def _head(length: int, kind: int) -> bytes:
    if length <= _SHORT:
        return bytes([kind + length])
    spelt = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([kind + _SHORT + len(spelt)]) + spelt


def _read(data: bytes, at: int, end: int, depth: int) -> tuple[Item, int]:
    if at >= end or depth > _MOST_DEPTH:
        raise _malformed("cut off, or too deep")
    first = data[at]
    if first < _STRING:
        return data[at : at + 1], at + 1
    kind = _LIST if first >= _LIST else _STRING
    length, start = first - kind, at + 1
    if length > _SHORT:
        width = length - _SHORT
        spelt = data[start : min(start + width, end)]
        length, start = int.from_bytes(spelt, "big"), start + width
        if len(spelt) != width or spelt[0] == 0 or length <= _SHORT:
            raise _malformed("a length has another spelling")
    stop = start + length
    if stop > end:
        raise _malformed("cut off")
    if kind == _STRING:
        if length == 1 and data[start] < _STRING:
            raise _malformed("a byte has another spelling")
        return data[start:stop], stop
    items: list[Item] = []
    while start < stop:
        item, start = _read(data, start, stop, depth + 1)
        items.append(item)
    return items, stop


def _malformed(detail: str) -> InvalidInput:
    return InvalidInput("rlp-malformed", detail)
