"""The two fonts of labels: how wide a text is, and which glyphs it needs.

DejaVu Sans Condensed, embedded whole in what is printed, so that a Vietnamese name looks alike on
every printer. See fonts/LICENSE.txt.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_FILES = {False: "DejaVuSansCondensed.ttf", True: "DejaVuSansCondensed-Bold.ttf"}
_MISSING = "?"


@dataclass(frozen=True)
class Face:
    """One font. Widths and the like are in thousandths of the size."""

    name: str
    content: bytes
    glyphs: dict[int, int]
    widths: dict[int, float]
    ascent: float
    descent: float
    cap_height: float
    box: tuple[float, float, float, float]

    def width(self, text: str, size: float) -> float:
        """How wide the text is, in the unit of `size`."""
        missing = self.widths[ord(_MISSING)]
        return sum(self.widths.get(ord(char), missing) for char in text) * size / 1000

    def glyph_ids(self, text: str) -> list[int]:
        """The glyphs of a text; a question mark for a character the font has not."""
        missing = self.glyphs[ord(_MISSING)]
        return [self.glyphs.get(ord(char), missing) for char in text]


@cache
def load_face(bold: bool) -> Face:
    """The regular or the bold font."""
    # Loaded by those who print: ten megabytes of every process otherwise.
    from reportlab.pdfbase.ttfonts import TTFontFile

    name = _FILES[bold]
    content = files(__package__).joinpath("fonts", name).read_bytes()
    parsed = TTFontFile(io.BytesIO(content))
    return Face(
        name=name.removesuffix(".ttf"),
        content=content,
        glyphs=dict(parsed.charToGlyph),
        widths=dict(parsed.charWidths),
        ascent=parsed.ascent,
        descent=parsed.descent,
        cap_height=parsed.capHeight,
        box=(parsed.bbox[0], parsed.bbox[1], parsed.bbox[2], parsed.bbox[3]),
    )
