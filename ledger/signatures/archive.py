"""The zip around a signed container, judged before anything of it is unpacked.

What an attacker would gain: memory and time by a small file that unpacks to a large one; a second
entry of the same name, so that one reader checks the first and another opens the last; a name that
leaves the folder it is unpacked in; and content between or behind the entries. The directory says
how large each entry claims to be; Python's reader stops at the claimed size and checks the
checksum, so a lie there only breaks the entry.
"""

from __future__ import annotations

import zipfile
import zlib
from typing import BinaryIO

MAX_ENTRIES = 1000
MAX_UNPACKED = 512 * 1024 * 1024
MAX_ENTRY = 256 * 1024 * 1024
MAX_RATIO = 200
_SMALL = 1024 * 1024
MAX_NAME = 1024
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_END = b"PK\x05\x06"
_END_BYTES = 22


class ArchiveRefused(Exception):
    """Not a zip, or not one we unpack; `code` is `archive-malformed` or `archive-too-large`."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class Archive:
    """A checked zip; entries without folders, in the order of its directory."""

    def __init__(self, file: BinaryIO) -> None:
        """Raises ArchiveRefused."""
        _check_count(file)
        try:
            self._zip = zipfile.ZipFile(file)
            entries = self._zip.infolist()
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, OverflowError):
            raise ArchiveRefused("archive-malformed", "not a zip, or a damaged one") from None
        _check(entries)
        self._entries = {entry.filename: entry for entry in entries if not entry.is_dir()}
        self.names = tuple(self._entries)

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def size(self, name: str) -> int:
        """Of the entry, unpacked, as claimed."""
        return self._entries[name].file_size

    def read(self, name: str) -> bytes:
        """The entry whole. Raises ArchiveRefused if it is damaged."""
        try:
            return self._zip.read(self._entries[name])
        except (
            zipfile.BadZipFile,
            zlib.error,
            ValueError,
            OSError,
            EOFError,
            RuntimeError,
            NotImplementedError,
        ):
            raise ArchiveRefused("archive-malformed", f"entry {name:.80} is damaged") from None


def _check_count(file: BinaryIO) -> None:
    """How many entries the end of the directory claims (APPNOTE 4.3.16), before Python makes an
    object of each."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END_BYTES - 0xFFFF))
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + _END_BYTES:
        raise ArchiveRefused("archive-malformed", "not a zip, or a damaged one")
    count = int.from_bytes(tail[at + 10 : at + 12], "little")
    directory = int.from_bytes(tail[at + 12 : at + 16], "little")
    # 46 bytes are the least a directory entry has; a count that lies is caught by the size.
    if count > MAX_ENTRIES or directory > MAX_ENTRIES * (46 + MAX_NAME + 512):
        raise ArchiveRefused("archive-too-large", f"more than {MAX_ENTRIES} entries")


def _check(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MAX_ENTRIES:
        raise ArchiveRefused("archive-too-large", f"more than {MAX_ENTRIES} entries")
    total = 0
    seen: set[str] = set()
    for entry in entries:
        name = entry.filename
        if name in seen:
            raise ArchiveRefused("archive-malformed", f"two entries have the name {name:.80}")
        seen.add(name)
        if entry.flag_bits & 1 or entry.compress_type not in _METHODS:
            raise ArchiveRefused("archive-malformed", f"entry {name:.80} is packed in an odd way")
        if _leaves_its_folder(name):
            raise ArchiveRefused("archive-malformed", f"entry name {name!r:.80} is refused")
        total += entry.file_size
        bomb = entry.file_size > _SMALL and entry.file_size > MAX_RATIO * entry.compress_size
        if bomb or entry.file_size > MAX_ENTRY or total > MAX_UNPACKED:
            raise ArchiveRefused("archive-too-large", f"entry {name:.80} unpacks to too much")


def _leaves_its_folder(name: str) -> bool:
    parts = name.split("/")
    return (
        not name
        or len(name) > MAX_NAME
        or name.startswith("/")
        or "\\" in name
        or "\0" in name
        or ".." in parts
        or any(ord(char) < 32 for char in name)
    )
