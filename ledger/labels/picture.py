"""Where on a label its code and its words stand. All lengths in millimetres, from the left and top.

The code gets the height of the label, or on an upright one its width, and modules as large as that
allows and GS1 does (General Specifications, section 5.12: 0.396 to 0.990 mm at a till, up to 1.5 mm
on a pallet); its quiet zone is part of it. The words get what is left, as large as they fit. A
product's name may be cut short; the key never is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ledger.errors import InvalidInput
from ledger.gs1.qr import QrCode, encode_qr, measure_qr
from ledger.labels.face import Face, load_face
from ledger.labels.label import AnyLabel

SMALLEST_MODULE = 0.396
LARGEST_MODULE = 0.990
LARGEST_MODULE_OF_UNIT = 1.500
"""Of a logistic unit (AI 00), which is scanned from further away."""

_SMALLEST_PADDING = 1.0
_PADDING_SHARE = 0.03
_CODE_SHARE = 0.56
"""Of a label's width, beside the words."""
_UPRIGHT = 1.25
"""A label less wide than this many heights has its words below the code."""
_POINT = 25.4 / 72
_SIZES = tuple(half * _POINT / 2 for half in range(36, 8, -1))  # 18 to 4.5 points
_LEADING = 1.2

_Text = tuple[str, float]
"""A text and how wide it is at size 1: measured once for all sizes that are tried."""


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text; `y` is its baseline."""

    x: float
    y: float
    size: float
    bold: bool
    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """One label, ready to be drawn."""

    width: float
    height: float
    code: QrCode
    code_at: tuple[float, float]
    module: float
    words: tuple[Words, ...]


def check_fits(label: AnyLabel, size: tuple[float, float], level: str) -> None:
    """Raise InvalidInput `label-too-small` or `qr-too-large` unless the label can be drawn.

    Costs little of what drawing costs, so that a whole sheet is checked before its first page.
    """
    _place(label, size, measure_qr(label.uri, level))


def compose(label: AnyLabel, size: tuple[float, float], level: str) -> Picture:
    """The label at this width and height. Raises as `check_fits`."""
    code = encode_qr(label.uri, level)
    code_at, module, words = _place(label, size, code.size)
    return Picture(*size, code, code_at, module, words)


def _place(
    label: AnyLabel, size: tuple[float, float], modules: int
) -> tuple[tuple[float, float], float, tuple[Words, ...]]:
    width, height = size
    padding = max(_SMALLEST_PADDING, _PADDING_SHARE * min(size))
    inner_width, inner_height = width - 2 * padding, height - 2 * padding
    upright = width < _UPRIGHT * height
    room = min(inner_width, inner_height * 0.7 if upright else inner_height)
    if not upright:
        room = min(room, inner_width * _CODE_SHARE)
    largest = LARGEST_MODULE_OF_UNIT if label.is_unit else LARGEST_MODULE
    module = min(largest, room / modules)
    if module < SMALLEST_MODULE:
        raise InvalidInput(
            "label-too-small",
            f"a code of {modules} modules needs {modules * SMALLEST_MODULE:.1f} mm; "
            f"a label of {width:g} × {height:g} mm has {room:.1f} mm for it",
        )
    side = module * modules
    if upright:
        code_at = ((width - side) / 2, padding)
        box = (padding, padding + side, inner_width, inner_height - side)
    else:
        code_at = (padding, (height - side) / 2)
        box = (padding + side, padding, inner_width - side, inner_height)
    return code_at, module, _set_words(label, box, centred=not upright)


def _set_words(
    label: AnyLabel, box: tuple[float, float, float, float], *, centred: bool
) -> tuple[Words, ...]:
    """The largest size at which all words fit and no key is broken; else the largest at which it
    is. At the smallest size the name is cut short."""
    regular, bold = load_face(False), load_face(True)
    _, top, width, height = box
    elements = _measure(regular, label.elements)
    title = _measure(bold, label.title.split())
    for may_break in (False, True):
        for size in _SIZES:
            if not may_break and any(wide * size > width for _, wide in elements):
                continue
            keys = [part for text in elements for part in _break(regular, text, size, width)]
            name = _wrap(bold, title, size, width)
            room = int(height / (size * _LEADING)) - len(keys)
            if size == _SIZES[-1] and 0 <= room < len(name):
                name = _shorten(bold, name[:room], size, width)
            if len(name) <= room:
                lines = [(True, text) for text in name] + [(False, text) for text in keys]
                slack = (height - len(lines) * size * _LEADING) / 2 if centred else 0.0
                return tuple(
                    Words(box[0], top + slack + (at + 0.85) * size * _LEADING, size, *line)
                    for at, line in enumerate(lines)
                )
    raise InvalidInput(
        "label-too-small",
        f"the key does not fit into {width:.1f} × {height:.1f} mm beside the code",
    )


def _measure(face: Face, texts: Iterable[str]) -> list[_Text]:
    return [(text, face.width(text, 1)) for text in texts]


def _break(face: Face, text: _Text, size: float, width: float) -> list[str]:
    """Cut anywhere: digits have no words."""
    whole, wide = text
    if wide * size <= width:
        return [whole]
    lines = [""]
    for char in whole:
        if lines[-1] and face.width(lines[-1] + char, size) > width:
            lines.append("")
        lines[-1] += char
    return lines


def _wrap(face: Face, words: list[_Text], size: float, width: float) -> list[str]:
    lines: list[str] = []
    space = face.width(" ", 1)
    taken = 0.0
    for word, wide in words:
        if lines and (taken + space + wide) * size <= width:
            lines[-1] += f" {word}"
            taken += space + wide
        else:
            lines += _break(face, (word, wide), size, width)
            taken = face.width(lines[-1], 1)
    return lines


def _shorten(face: Face, lines: list[str], size: float, width: float) -> list[str]:
    if not lines:
        return []
    last = lines[-1]
    while last and face.width(last + "…", size) > width:
        last = last[:-1]
    return [*lines[:-1], last + "…"]
