"""The zip around an .xlsx, judged before anything of it is unpacked.

What an attacker would gain: memory and time by a small file that unpacks to a large one, programs
that run where the file is opened again (macros), and requests from our network (external links).
The directory of the zip says how large each part claims to be; Python's reader stops at the claimed
size, so a lie there only cuts the part short and fails its checksum.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import NoReturn

from ledger.sheets.fault import refusal

MAX_BYTES = 16 * 1024 * 1024
"""Of the file as it is handed in."""
MAX_ENTRIES = 200
MAX_UNPACKED = 96 * 1024 * 1024
MAX_RATIO = 200
"""A part of a mebibyte or more may be so many times larger than what is packed; tables of repeated
values reach 40."""
_SMALL = 1024 * 1024

_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Archive:
    """A checked zip. `read` gives a part whole."""

    def __init__(self, body: bytes) -> None:
        """Raises InvalidInput `sheet-file-unknown`, `sheet-archive-refused`; TooLarge."""
        if len(body) > MAX_BYTES:
            raise refusal(
                "sheet-too-large", what_vi="tệp", what="the file", most=f"{MAX_BYTES >> 20} MiB"
            )
        if body.startswith(_OLE2):
            raise refusal(
                "sheet-file-unknown",
                reason_vi="định dạng .xls cũ hoặc có mật khẩu",
                reason="an old .xls, or a file with a password",
            )
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(body))
            entries = self._zip.infolist()
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
            raise refusal(
                "sheet-file-unknown", reason_vi="tệp hỏng", reason="it is damaged"
            ) from None
        self.names = frozenset(entry.filename for entry in entries)
        self._check_kind(entries)
        self._check_sizes(entries)

    def read(self, name: str) -> bytes | None:
        """A part, or None where there is none. Raises InvalidInput `sheet-archive-refused`."""
        if name not in self.names:
            return None
        try:
            data = self._zip.read(name)
        except (
            zipfile.BadZipFile,
            zlib.error,
            ValueError,
            OSError,
            EOFError,
            RuntimeError,
            NotImplementedError,
        ):
            _refuse("một phần của tệp bị hỏng", f"its part {name:.60} is damaged")
        # A document type is where XML hides bombs and requests; no program writes one here.
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data or b"\0" in data[:64]:
            _refuse("có khai báo DOCTYPE hoặc bảng mã lạ", f"its part {name:.60} has a DOCTYPE")
        return data

    def _check_kind(self, entries: list[zipfile.ZipInfo]) -> None:
        if "mimetype" in self.names and "[Content_Types].xml" not in self.names:
            raise refusal(
                "sheet-file-unknown", reason_vi="định dạng OpenDocument", reason="OpenDocument"
            )
        if "xl/workbook.xml" not in self.names:
            raise refusal(
                "sheet-file-unknown", reason_vi="không phải bảng tính", reason="no workbook in it"
            )
        for entry in entries:
            name = entry.filename.lower()
            if "vbaproject" in name or "/macrosheets/" in name or "/activex/" in name:
                _refuse("có macro", "it contains macros")
            if "/externallinks/" in name or name.endswith("connections.xml"):
                _refuse("có liên kết ra ngoài", "it contains links to other files")
            if "/embeddings/" in name:
                _refuse("có tệp nhúng", "it contains embedded files")

    def _check_sizes(self, entries: list[zipfile.ZipInfo]) -> None:
        if len(entries) > MAX_ENTRIES:
            _refuse("quá nhiều phần", f"{len(entries)} parts; at most {MAX_ENTRIES}")
        if len(self.names) != len(entries):
            _refuse("hai phần cùng tên", "two of its parts have one name")
        total = 0
        for entry in entries:
            if entry.flag_bits & 1 or entry.compress_type not in _METHODS:
                _refuse("nén hoặc mã hóa kiểu lạ", "it is encrypted or packed in an odd way")
            total += entry.file_size
            if entry.file_size > _SMALL and entry.file_size > MAX_RATIO * entry.compress_size:
                _refuse("nén quá chặt, như bom zip", "it unpacks to far more than its size")
        if total > MAX_UNPACKED:
            _refuse("giải nén ra quá lớn", f"it unpacks to more than {MAX_UNPACKED >> 20} MiB")


def _refuse(vi: str, en: str) -> NoReturn:
    raise refusal("sheet-archive-refused", reason_vi=vi, reason=en)
