"""Paper: sheets of A4 with labels of the usual sizes, and rolls of one label after another.

All lengths in millimetres. The sheets are those sold under the numbers of the L7000 series, which
leave the edge of the paper free that office printers cannot reach.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the labels of a page are."""

    page: tuple[float, float]
    columns: int
    rows: int
    label: tuple[float, float]
    corner: tuple[float, float] = (0.0, 0.0)
    """Left and top of the first label."""
    pitch: tuple[float, float] = (0.0, 0.0)
    """From one label to the next."""

    @property
    def per_page(self) -> int:
        """Labels on one page."""
        return self.columns * self.rows

    def pages(self, labels: int) -> int:
        """Pages that so many labels take."""
        return -(-labels // self.per_page)

    def place(self, at: int) -> tuple[float, float]:
        """Left and top of a label of the page, row by row."""
        row, column = divmod(at, self.columns)
        return (
            self.corner[0] + column * self.pitch[0],
            self.corner[1] + row * self.pitch[1],
        )


_A4 = (210.0, 297.0)

LAYOUTS: dict[str, Layout] = {
    "a4-8": Layout(_A4, 2, 4, (99.1, 67.7), (4.65, 13.1), (101.6, 67.7)),
    "a4-21": Layout(_A4, 3, 7, (63.5, 38.1), (7.25, 15.15), (66.0, 38.1)),
    "a4-24": Layout(_A4, 3, 8, (63.5, 33.9), (7.25, 12.9), (66.0, 33.9)),
    "a4-40": Layout(_A4, 4, 10, (45.7, 25.4), (9.7, 21.5), (48.3, 25.4)),
    "a4-65": Layout(_A4, 5, 13, (38.1, 21.2), (4.75, 10.7), (40.6, 21.2)),
    "roll-50x30": Layout((50.0, 30.0), 1, 1, (50.0, 30.0)),
    "roll-70x50": Layout((70.0, 50.0), 1, 1, (70.0, 50.0)),
    "roll-100x50": Layout((100.0, 50.0), 1, 1, (100.0, 50.0)),
    "roll-100x150": Layout((100.0, 150.0), 1, 1, (100.0, 150.0)),
}
"""Layouts by the name people ask for them."""

DEFAULT = "a4-24"


def get_layout(name: str) -> Layout:
    """The layout of this name. Raises InvalidInput `label-layout-unknown`."""
    found = LAYOUTS.get(name)
    if found is None:
        raise InvalidInput(
            "label-layout-unknown", f"{name!r:.40} is none of {', '.join(sorted(LAYOUTS))}"
        )
    return found
