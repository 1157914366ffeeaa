"""Bundles of log entries, C2SP tlog-tiles v0.1.0: big-endian uint16 length, entry, and so on."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.errors import InvalidInput

MAX_ENTRY_BYTES = 2**16 - 1


def encode_entries(entries: Iterable[bytes]) -> bytes:
    """The bundle of these entries, in order; each has at most 65,535 bytes."""
    return b"".join([len(entry).to_bytes(2, "big") + entry for entry in entries])


def parse_entries(data: bytes) -> list[bytes]:
    """The entries of a bundle. Raises InvalidInput `entries-malformed` when it ends early."""
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        begin = at + 2
        at = begin + int.from_bytes(data[at:begin], "big")
        if begin > len(data) or at > len(data):
            raise InvalidInput("entries-malformed", f"entry {len(entries)} is cut short")
        entries.append(data[begin:at])
    return entries
