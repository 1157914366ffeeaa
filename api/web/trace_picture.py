"""A trace as a picture: SVG made on the server, legible at the width of a phone, without script.

Time runs downwards: what went in stands above what came out. Each row of boxes is one step away
from the subject; what a row has no room for is counted in one box. Everything drawn is something
`/trace` tells the same visitor.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote
from xml.etree.ElementTree import Element, SubElement, tostring

from api.web.dates import spell_date
from api.web.words import Words
from ledger.epcis.trace import Direction, Trace
from ledger.services.tracing import TraceView

WIDTH = 360
_MARGIN, _GAP, _BOX_WIDTH, _BOX_HEIGHT = 8, 12, 166, 56
_ROW_GAP = 34
_PER_LINE = 2
MOST_PER_RANK = 6
MOST_RANKS = 40
_LETTERS = 22
"""Characters that fit into a box at the size used."""
_UNDRAWABLE = re.compile(r"[^\x20-\ud7ff\ue000-\ufffd]")
_NAME = re.compile(r"https?://[^/]+/(00|01|414|417|8003|8004|8006)/(\d+)(?:/(10|21)/(.+))?")


@dataclass(frozen=True, slots=True)
class _Box:
    """A rectangle with its lines of text; `things` are the keys it stands for."""

    things: tuple[str, ...]
    lines: tuple[str, ...]
    is_subject: bool
    x: int
    y: int


def draw_trace(view: TraceView, words: Words) -> bytes:
    """The SVG document."""
    trace = view.trace
    title = words.say(f"trace.title.{trace.direction.value}", name=_name(trace.subject, words)[0])
    boxes, height = _place(trace, _facts(view, words), words)
    notes = _notes(trace, words)
    total = height + 20 * len(notes) + _MARGIN
    svg = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {WIDTH} {total}",
            "width": str(WIDTH),
            "height": str(total),
            "role": "img",
            "lang": words.language,
            "font-family": "system-ui, sans-serif",
            "font-size": "13",
        },
    )
    SubElement(svg, "title").text = _drawable(title)
    SubElement(svg, "rect", {"width": "100%", "height": "100%", "fill": "#ffffff"})
    _write(svg, _MARGIN, 24, _shorten(title, 48), weight="600")
    _draw_links(svg, trace, boxes)
    for box in boxes:
        _draw_box(svg, box)
    for number, note in enumerate(notes):
        _write(svg, _MARGIN, height + 20 * number + 8, _shorten(note, 52), fill="#8a3a00")
    drawn: bytes = tostring(svg, encoding="utf-8", xml_declaration=True)
    return drawn


def _facts(view: TraceView, words: Words) -> Mapping[str, str]:
    """Of each thing the day and the recorder of the step that brought it about, else of the first
    step that names it."""
    found: dict[str, str] = {}

    def note(keys: Iterable[str], time: str, org: str) -> None:
        profile = view.profiles.get(org)
        who = "" if profile is None else profile.name
        if words.language == "en" and profile is not None and profile.name_en:
            who = profile.name_en
        for key in keys:
            found.setdefault(key, f"{spell_date(words.language, time[:10])} {who}".strip())

    for process in view.trace.processes:
        step = process.steps[-1]
        note((thing.key for thing in process.outputs), step.time, step.org.text)
    for step in view.trace.steps:
        note((thing.key for thing in step.named()), step.time, step.org.text)
    return found


def _place(trace: Trace, facts: Mapping[str, str], words: Words) -> tuple[list[_Box], int]:
    ranks = _rank(trace)
    if trace.direction is Direction.BACK:
        ranks.reverse()
    boxes: list[_Box] = []
    y = 40
    for rank in ranks:
        room = MOST_PER_RANK if len(rank) <= MOST_PER_RANK else MOST_PER_RANK - 1
        shown, hidden = rank[:room], rank[room:]
        cells: list[tuple[tuple[str, ...], tuple[str, ...]]] = [
            ((key,), (*_name(key, words), facts.get(key, ""))) for key in shown
        ]
        if hidden:
            cells.append((tuple(hidden), (words.say("trace.more", count=len(hidden)), "", "")))
        for number, (things, lines) in enumerate(cells):
            line, column = divmod(number, _PER_LINE)
            alone = len(cells) == 1
            boxes.append(
                _Box(
                    things,
                    lines,
                    things == (trace.subject,),
                    (WIDTH - _BOX_WIDTH) // 2 if alone else _MARGIN + column * (_BOX_WIDTH + _GAP),
                    y + line * (_BOX_HEIGHT + _GAP),
                )
            )
        lines_used = -(-len(cells) // _PER_LINE)
        y += lines_used * (_BOX_HEIGHT + _GAP) + _ROW_GAP
    return boxes, y


def _rank(trace: Trace) -> list[Sequence[str]]:
    """Things by their distance from the subject, nearest first; each once, so cycles end here
    too. What no transformation leads to (an item's lot, a container's contents) comes next to the
    subject."""
    back = trace.direction is Direction.BACK
    nexts: dict[str, dict[str, None]] = {}
    far: set[str] = set()
    for process in trace.processes:
        near_things, far_things = process.inputs, process.outputs
        if back:
            near_things, far_things = far_things, near_things
        for near in near_things:
            for thing in far_things:
                nexts.setdefault(near.key, {})[thing.key] = None
                far.add(thing.key)
    wanted = set(trace.items)
    first = {trace.subject: None} | dict.fromkeys(item for item in trace.items if item not in far)
    ranks: list[Sequence[str]] = [[trace.subject]]
    beside = [key for key in first if key != trace.subject]
    seen = set(first)
    rank = list(first)
    if beside:
        ranks.append(beside)
    while rank and len(ranks) < MOST_RANKS:
        following = dict.fromkeys(
            key for one in rank for key in nexts.get(one, ()) if key in wanted and key not in seen
        )
        if not following:
            break
        seen |= following.keys()
        rank = list(following)
        ranks.append(sorted(rank))
    return ranks


def _notes(trace: Trace, words: Words) -> list[str]:
    notes = []
    if trace.containers:
        notes.append(words.say("trace.containers", count=len(trace.containers)))
    counted: dict[str, int] = {}
    for caution in trace.cautions:
        counted[caution.code.value] = counted.get(caution.code.value, 0) + 1
    notes += [
        words.say(f"trace.warning.{code}", count=count) for code, count in sorted(counted.items())
    ]
    return notes


def _name(key: str, words: Words) -> tuple[str, str]:
    """What a key is called, in two lines."""
    match = _NAME.fullmatch(key)
    if match is None:
        return _drawable(unquote(key.rstrip("/").rpartition("/")[2])) or key, ""
    ai, number, qualifier, value = match.groups()
    if qualifier is not None:
        name = _drawable(unquote(value))
        is_lot = qualifier == "10"
        shown = words.say("trace.lot", name=name) if is_lot else words.say("trace.item", name=name)
        return shown, f"GTIN {number}"
    if ai == "00":
        return words.say("trace.container"), f"SSCC {number}"
    return words.say("trace.thing"), f"({ai}) {number}"


def _draw_links(svg: Element, trace: Trace, boxes: Sequence[_Box]) -> None:
    at = {key: box for box in boxes for key in box.things}
    drawn: set[tuple[int, int, int, int]] = set()
    for process in trace.processes:
        for source in process.inputs:
            for target in process.outputs:
                start, end = at.get(source.key), at.get(target.key)
                if start is None or end is None or start is end:
                    continue
                line = (
                    start.x + _BOX_WIDTH // 2,
                    start.y + _BOX_HEIGHT,
                    end.x + _BOX_WIDTH // 2,
                    end.y,
                )
                if line not in drawn:
                    drawn.add(line)
                    _draw_line(svg, *line)


def _draw_line(svg: Element, x1: int, y1: int, x2: int, y2: int) -> None:
    middle = (y1 + y2) // 2
    SubElement(
        svg,
        "path",
        {
            "d": f"M{x1} {y1}C{x1} {middle} {x2} {middle} {x2} {y2}",
            "fill": "none",
            "stroke": "#6b7a72",
            "stroke-width": "1.5",
        },
    )


def _draw_box(svg: Element, box: _Box) -> None:
    group = SubElement(svg, "g")
    SubElement(group, "title").text = _drawable(" ".join(line for line in box.lines if line))
    SubElement(
        group,
        "rect",
        {
            "x": str(box.x),
            "y": str(box.y),
            "width": str(_BOX_WIDTH),
            "height": str(_BOX_HEIGHT),
            "rx": "6",
            "fill": "#e3f1e8" if box.is_subject else "#ffffff",
            "stroke": "#1f5c3d",
            "stroke-width": "2" if box.is_subject else "1",
        },
    )
    for number, line in enumerate(box.lines):
        if line:
            weight = "600" if number == 0 else "400"
            text = _shorten(line, _LETTERS)
            _write(group, box.x + 8, box.y + 18 + 16 * number, text, weight=weight, size=12)


def _write(
    parent: Element,
    x: int,
    y: int,
    text: str,
    *,
    weight: str = "400",
    fill: str = "#1c2b23",
    size: int = 13,
) -> None:
    place = {"x": str(x), "y": str(y), "fill": fill, "font-weight": weight, "font-size": str(size)}
    SubElement(parent, "text", place).text = _drawable(text)


def _shorten(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 1] + "…"


def _drawable(text: str) -> str:
    """Without characters that XML cannot hold."""
    return _UNDRAWABLE.sub("", text)
