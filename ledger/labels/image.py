"""One label as SVG or PNG, for a screen, a web shop, or a label printer of one's own."""

from __future__ import annotations

import io
from functools import cache
from xml.sax.saxutils import escape

from PIL import Image, ImageDraw, ImageFont

from ledger.labels.face import load_face
from ledger.labels.picture import Picture

DOTS_PER_MM = 600 / 25.4
"""At 600 dots per inch a module of 0.396 mm has nine of them."""
_WEIGHT = {False: "normal", True: "bold"}


def draw_svg(picture: Picture) -> str:
    """An SVG of the right printed size. Lines are held to the width they were measured with,
    whatever font the viewer has."""
    x, y = picture.code_at
    strokes = "".join(
        f"M{start} {row}h{length}v1h-{length}z" for row, start, length in picture.code.runs()
    )
    lines = "".join(
        f'<text x="{line.x:.3f}" y="{line.y:.3f}" font-size="{line.size:.3f}"'
        f' textLength="{load_face(line.bold).width(line.text, line.size):.3f}"'
        ' lengthAdjust="spacingAndGlyphs"'
        f' font-weight="{_WEIGHT[line.bold]}">{escape(line.text)}</text>'
        for line in picture.words
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{picture.width:g}mm" '
        f'height="{picture.height:g}mm" viewBox="0 0 {picture.width:g} {picture.height:g}" '
        'role="img" font-family="DejaVu Sans Condensed, Arial, sans-serif" xml:space="preserve">'
        f"<title>{escape(picture.code.text)}</title>"
        f'<path fill="#fff" d="M0 0h{picture.width:g}v{picture.height:g}H0z"/>'
        f'<path shape-rendering="crispEdges" '
        f'transform="translate({x:.4f} {y:.4f}) scale({picture.module:.5f})" d="{strokes}"/>'
        f"{lines}</svg>"
    )


def draw_png(picture: Picture) -> bytes:
    """A PNG in black and white whose modules are whole numbers of dots, and which tells its
    resolution."""
    dots = max(1, int(picture.module * DOTS_PER_MM))
    scale = dots / picture.module  # of one mm
    image = Image.new("1", (round(picture.width * scale), round(picture.height * scale)), 1)
    draw = ImageDraw.Draw(image)
    left, top = (round(at * scale) for at in picture.code_at)
    for row, start, length in picture.code.runs():
        corner = (left + start * dots, top + row * dots)
        draw.rectangle((*corner, corner[0] + length * dots - 1, corner[1] + dots - 1), fill=0)
    for line in picture.words:
        font = _font(line.bold, round(line.size * scale, 1))
        draw.text((line.x * scale, line.y * scale), line.text, fill=0, font=font, anchor="ls")
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True, dpi=(scale * 25.4, scale * 25.4))
    return out.getvalue()


@cache
def _font(bold: bool, size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(io.BytesIO(load_face(bold).content), size)
