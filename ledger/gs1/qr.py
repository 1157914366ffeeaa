"""QR Codes that carry Digital Links (ISO/IEC 18004; GS1 General Specifications, section 5.11).

A code is read from worn cartons by cheap cameras: it needs its quiet zone of four modules, modules
of at least 0.396 mm, and enough error correction. Scheme and domain are written in capitals, which
changes nothing for a browser and lets the denser alphanumeric mode of the code hold them.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from math import isqrt
from xml.sax.saxutils import escape

import zxingcpp
from PIL import Image

from ledger.errors import InvalidInput

QUIET_ZONE = 4
"""Light modules that must surround the code."""

MODULE_MM = 0.495
"""Side of one module in print: between GS1's minimum of 0.396 mm and maximum of 0.990 mm."""

LEVELS = ("L", "M", "Q", "H")
"""How much of a code may be lost: 7, 15, 25 and 30 %."""

_DARK = 0
_DARK_RUN = re.compile(rb"\x01+")


@dataclass(frozen=True, slots=True)
class QrCode:
    """The modules of one code, quiet zone included; True is dark."""

    text: str
    rows: tuple[tuple[bool, ...], ...]

    @property
    def size(self) -> int:
        """Modules per side, quiet zone included."""
        return len(self.rows)

    def runs(self) -> list[tuple[int, int, int]]:
        """The dark runs of all rows: (row, first module, modules)."""
        return [
            (y, start, length) for y, row in enumerate(self.rows) for start, length in _runs(row)
        ]

    def svg(self, module_mm: float = MODULE_MM) -> str:
        """An SVG of the right printed size: one path on white."""
        side = round(self.size * module_mm, 3)
        strokes = "".join(f"M{start} {y}h{length}v1h-{length}z" for y, start, length in self.runs())
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{side}mm" height="{side}mm" '
            f'viewBox="0 0 {self.size} {self.size}" shape-rendering="crispEdges" role="img">'
            f"<title>{escape(self.text)}</title>"
            f'<path fill="#fff" d="M0 0h{self.size}v{self.size}H0z"/>'
            f'<path fill="#000" d="{strokes}"/></svg>'
        )

    def png(self, scale: int = 8) -> bytes:
        """A PNG in black and white, `scale` pixels per module."""
        image = Image.new("1", (self.size, self.size), 1)
        image.putdata([0 if dark else 1 for row in self.rows for dark in row])
        big = image.resize((self.size * scale, self.size * scale), Image.Resampling.NEAREST)
        out = io.BytesIO()
        big.save(out, "PNG", optimize=True)
        return out.getvalue()


def encode_qr(text: str, level: str = "M") -> QrCode:
    """The smallest code that holds the text.

    Raises InvalidInput `qr-too-large`, or `qr-level-unknown` for a level other than L, M, Q, H.
    """
    drawn = _draw(text, level)
    side = isqrt(len(drawn))
    margin = (False,) * QUIET_ZONE
    light = (False,) * (side + 2 * QUIET_ZONE)
    rows = [
        (*margin, *(dot == _DARK for dot in drawn[at : at + side]), *margin)
        for at in range(0, len(drawn), side)
    ]
    return QrCode(text, (*(light,) * QUIET_ZONE, *rows, *(light,) * QUIET_ZONE))


def measure_qr(text: str, level: str = "M") -> int:
    """Modules per side of the code that `encode_qr` would make, quiet zone included."""
    return isqrt(len(_draw(text, level))) + 2 * QUIET_ZONE


def capitalised(uri: str) -> str:
    """The URI with scheme and domain in capitals; the path keeps its case, for it has a meaning."""
    scheme, separator, rest = uri.partition("://")
    if not separator:
        return uri
    domain, slash, path = rest.partition("/")
    return f"{scheme.upper()}://{domain.upper()}{slash}{path}"


def _draw(text: str, level: str) -> bytes:
    """One byte per module, row by row, without quiet zone."""
    if level not in LEVELS:
        raise InvalidInput("qr-level-unknown", f"{level!r:.20} is none of L, M, Q, H")
    try:
        code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=level)
    except ValueError as error:
        raise InvalidInput(
            "qr-too-large", f"{len(text.encode())} bytes do not fit a QR Code of level {level}"
        ) from error
    # its stubs do not say that an image is a buffer
    return bytes(memoryview(code.to_image(scale=1, add_quiet_zones=False)))  # type: ignore[arg-type]


def _runs(row: tuple[bool, ...]) -> list[tuple[int, int]]:
    found = _DARK_RUN.finditer(bytes(row))
    return [(run.start(), run.end() - run.start()) for run in found]
