"""Sheets: many labels, page after page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ledger.labels.label import AnyLabel
from ledger.labels.layout import Layout
from ledger.labels.pdf import write_pdf
from ledger.labels.picture import Picture, check_fits, compose


def write_sheet(labels: Sequence[AnyLabel], layout: Layout, level: str = "M") -> Iterator[bytes]:
    """The PDF of these labels in pieces, one page each and little around them.

    Everything that can be wrong is found before the first piece. Raises InvalidInput
    `label-too-small`, `qr-too-large`, `qr-level-unknown`.
    """
    for label in dict.fromkeys(labels):
        check_fits(label, layout.label, level)
    return write_pdf(layout, _pages(labels, layout, level), labels[0].title or labels[0].uri)


def _pages(labels: Sequence[AnyLabel], layout: Layout, level: str) -> Iterator[list[Picture]]:
    for start in range(0, len(labels), layout.per_page):
        drawn: dict[AnyLabel, Picture] = {}
        page = []
        for label in labels[start : start + layout.per_page]:
            if label not in drawn:
                drawn[label] = compose(label, layout.label, level)
            page.append(drawn[label])
        yield page
