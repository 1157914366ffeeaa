"""`provenance label`: a sheet of labels, or one label, without any server.

The address in the codes is that of the server that will answer them: `--url`.
"""

from __future__ import annotations

import os
import sys
import tempfile
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from ledger.cli.options import URL, AsJson
from ledger.cli.output import fail_in_one_line, show_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ledger.labels.label import Label
    from ledger.labels.layout import Layout


@fail_in_one_line
def label(
    link: Annotated[
        str, typer.Argument(help="GS1 Digital Link or its path: /01/{gtin}/10/{lot}, /00/{sscc}.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="File to write: .pdf, .svg or .png.")
    ],
    url: Annotated[
        str, typer.Option("--url", help="Address in the codes.", envvar="PROVENANCE_PUBLIC_URL")
    ] = URL,
    count: Annotated[int, typer.Option(help="Labels of a PDF, up to 10,000.")] = 1,
    serial: Annotated[
        str | None,
        typer.Option(help="First serial number, counting on; for an SSCC any: the next units."),
    ] = None,
    title: Annotated[str, typer.Option(help="The product's name.")] = "",
    layout: Annotated[str, typer.Option(help="a4-8, a4-21, a4-24, a4-40, a4-65, roll-50x30 …")] = (
        "a4-24"
    ),
    level: Annotated[str, typer.Option(help="Error correction: L, M, Q or H.")] = "M",
    as_json: AsJson = False,
) -> None:
    """Print labels with QR codes for a lot, an item or a logistic unit."""
    from ledger.errors import InvalidInput
    from ledger.gs1.digital_link import CANONICAL_STEM, parse_digital_link
    from ledger.labels.label import Label, number_labels
    from ledger.labels.layout import get_layout

    form = output.suffix.lower()
    if form not in (".pdf", ".svg", ".png"):
        raise InvalidInput("label-form-unknown", f"{output.name}: not .pdf, .svg or .png")
    parsed = parse_digital_link(CANONICAL_STEM + link if link.startswith("/") else link)
    first = Label(parsed, url.rstrip("/"), " ".join(title.split()))
    labels = number_labels(first, count if form == ".pdf" else 1, serial=serial)
    paper = get_layout(layout)
    _write(output, _draw(form, labels, paper, level), paper.pages(len(labels)))
    if as_json:
        told = {"file": str(output), "labels": len(labels)}
        show_json({**told, "first": labels[0].uri, "last": labels[-1].uri})
    else:
        print(f"{len(labels)} label{'s' if len(labels) != 1 else ''}: {output}")
    if is_this_machine(url):
        print(
            f"provenance: the codes lead to {url}, which no phone reaches; give --url or set "
            "PROVENANCE_PUBLIC_URL before you print",
            file=sys.stderr,
        )


def is_this_machine(url: str) -> bool:
    """Whether an address leads every reader to its own machine: labels with it are waste paper."""
    host = urlsplit(url).hostname or ""
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


def _draw(form: str, labels: Sequence[Label], layout: Layout, level: str) -> Iterator[bytes]:
    from ledger.labels.image import draw_png, draw_svg
    from ledger.labels.picture import compose
    from ledger.labels.sheet import write_sheet

    if form == ".pdf":
        return write_sheet(labels, layout, level)
    picture = compose(labels[0], layout.label, level)
    return iter([draw_svg(picture).encode() if form == ".svg" else draw_png(picture)])


def _write(output: Path, pieces: Iterator[bytes], pages: int) -> None:
    """The whole file or none: a sheet cut short would print, and lack labels."""
    from ledger.labels.pdf import PAGE_MARK

    shown = pages > 1 and sys.stderr.isatty()
    drawn = 0
    with tempfile.NamedTemporaryFile(dir=output.parent, delete=False) as file:
        try:
            for piece in pieces:
                file.write(piece)
                if shown and PAGE_MARK in piece:
                    drawn += 1
                    print(f"\rpage {drawn} of {pages}", end="", file=sys.stderr, flush=True)
        except BaseException:
            os.unlink(file.name)
            raise
    Path(file.name).chmod(0o644)
    os.replace(file.name, output)
    if shown:
        print("\r", end="", file=sys.stderr)
