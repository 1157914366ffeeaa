"""PDF 1.7 written front to back: a page is sent and forgotten, so ten thousand labels need no more
memory than one sheet.

Only what labels need: filled squares, and text in the two embedded fonts (ISO 32000-1: 7.5 file
structure, 9.7 composite fonts with Identity-H, 9.10.3 ToUnicode so that text can be searched).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from ledger.labels.face import Face, load_face
from ledger.labels.layout import Layout
from ledger.labels.picture import Picture

MEDIA_TYPE = "application/pdf"

PAGE_MARK = b"<< /Type /Page "
"""Begins the dictionary of each page: how often it has come is how many pages have."""

_POINTS = 72 / 25.4
_CATALOG, _PAGES, _RESOURCES = 1, 2, 3
_FACES = (False, True)


def write_pdf(layout: Layout, pages: Iterable[list[Picture]], title: str) -> Iterator[bytes]:
    """The document in pieces, one page or so each."""
    return _Document(layout).pieces(pages, title)


class _Document:
    """One document on its way out: how far it has come, and where each object begins."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._starts: dict[int, int] = {}
        self._position = 0
        self._next = _RESOURCES + 1

    def pieces(self, pages: Iterable[list[Picture]], title: str) -> Iterator[bytes]:
        """Head, fonts, pages, and the table that ties them together."""
        yield self._raw(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
        fonts = {}
        for bold in _FACES:
            fonts[bold] = self._next + 4
            yield b"".join(self._font(load_face(bold)))
        names = " ".join(f"/F{int(bold)} {number} 0 R" for bold, number in fonts.items())
        yield self._object(_RESOURCES, f"<< /Font << {names} >> >>")
        width, height = (side * _POINTS for side in self._layout.page)
        kids = []
        for pictures in pages:
            content = self._take()
            page = self._take()
            kids.append(page)
            yield self._stream(content, "", self._draw(pictures)) + self._object(
                page,
                f"<< /Type /Page /Parent {_PAGES} 0 R /MediaBox [0 0 {width:.3f} {height:.3f}] "
                f"/Resources {_RESOURCES} 0 R /Contents {content} 0 R >>",
            )
        references = " ".join(f"{page} 0 R" for page in kids)
        info = self._take()
        yield (
            self._object(_PAGES, f"<< /Type /Pages /Count {len(kids)} /Kids [{references}] >>")
            + self._object(_CATALOG, f"<< /Type /Catalog /Pages {_PAGES} 0 R /Lang (vi) >>")
            + self._object(info, f"<< /Title <{('﻿' + title).encode('utf-16-be').hex()}> >>")
        )
        yield self._end(info)

    def _draw(self, pictures: list[Picture]) -> bytes:
        height = self._layout.page[1]
        parts = [f"{_POINTS:.6f} 0 0 {_POINTS:.6f} 0 0 cm"]
        for at, picture in enumerate(pictures):
            left, top = self._layout.place(at)
            x, y = picture.code_at
            m = picture.module
            # one unit is one module, downwards from the corner of the code
            parts.append(f"q {m:.5f} 0 0 {-m:.5f} {left + x:.4f} {height - top - y:.4f} cm")
            parts += [f"{start} {row} {length} 1 re" for row, start, length in picture.code.runs()]
            parts.append("f Q BT")
            for line in picture.words:
                glyphs = "".join(f"{gid:04x}" for gid in load_face(line.bold).glyph_ids(line.text))
                parts.append(
                    f"/F{int(line.bold)} {line.size:.4f} Tf 1 0 0 1 {left + line.x:.4f} "
                    f"{height - top - line.y:.4f} Tm <{glyphs}> Tj"
                )
            parts.append("ET")
        return "\n".join(parts).encode("ascii")

    def _font(self, face: Face) -> Iterator[bytes]:
        file, unicode, descriptor, descendant, font = (self._take() for _ in range(5))
        box = " ".join(f"{side:.0f}" for side in face.box)
        widths = " ".join(
            f"{gid} [{face.widths[code]:.1f}]" for code, gid in sorted(face.glyphs.items())
        )
        yield self._stream(file, f"/Length1 {len(face.content)}", face.content)
        yield self._stream(unicode, "", _to_unicode(face))
        yield self._object(
            descriptor,
            f"<< /Type /FontDescriptor /FontName /{face.name} /Flags 4 /FontBBox [{box}] "
            f"/ItalicAngle 0 /Ascent {face.ascent:.0f} /Descent {face.descent:.0f} "
            f"/CapHeight {face.cap_height:.0f} /StemV 87 /FontFile2 {file} 0 R >>",
        )
        yield self._object(
            descendant,
            f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{face.name} /CIDToGIDMap /Identity "
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> "
            f"/FontDescriptor {descriptor} 0 R /W [{widths}] >>",
        )
        yield self._object(
            font,
            f"<< /Type /Font /Subtype /Type0 /BaseFont /{face.name} /Encoding /Identity-H "
            f"/DescendantFonts [{descendant} 0 R] /ToUnicode {unicode} 0 R >>",
        )

    def _take(self) -> int:
        self._next += 1
        return self._next - 1

    def _object(self, number: int, body: str) -> bytes:
        self._starts[number] = self._position
        return self._raw(f"{number} 0 obj\n{body}\nendobj\n".encode("ascii"))

    def _stream(self, number: int, entries: str, content: bytes) -> bytes:
        packed = zlib.compress(content, 6)
        self._starts[number] = self._position
        head = (
            f"{number} 0 obj\n<< /Length {len(packed)} /Filter /FlateDecode {entries} >>\nstream\n"
        )
        return self._raw(head.encode("ascii") + packed + b"\nendstream\nendobj\n")

    def _raw(self, piece: bytes) -> bytes:
        self._position += len(piece)
        return piece

    def _end(self, info: int) -> bytes:
        start = self._position
        rows = "".join(f"{self._starts[number]:010d} 00000 n \n" for number in range(1, self._next))
        return (
            f"xref\n0 {self._next}\n0000000000 65535 f \n{rows}"
            f"trailer\n<< /Size {self._next} /Root {_CATALOG} 0 R /Info {info} 0 R >>\n"
            f"startxref\n{start}\n%%EOF\n"
        ).encode("ascii")


def _to_unicode(face: Face) -> bytes:
    codes: dict[int, int] = {}
    for code, gid in sorted(face.glyphs.items()):
        codes.setdefault(gid, code)  # of several the plain one: the space, not the no-break space
    pairs = [f"<{gid:04x}> <{code:04x}>" for gid, code in codes.items()]
    blocks = "\n".join(
        f"{len(pairs[at : at + 100])} beginbfchar\n" + "\n".join(pairs[at : at + 100])
        + "\nendbfchar"
        for at in range(0, len(pairs), 100)
    )  # fmt: skip
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CMapName /Labels def\n/CMapType 2 def\n"
        "1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n"
        f"{blocks}\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    ).encode("ascii")
