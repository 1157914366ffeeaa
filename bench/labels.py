"""Ten thousand numbered labels over HTTP, and the same sheet as one would write it first: `qrcode`
and reportlab, an image per label, in a process of its own."""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

import pypdfium2
import zxingcpp

from bench.product import Product
from bench.result import Result, at_least, at_most, informs
from ledger.labels.layout import DEFAULT, LAYOUTS

LABELS = 10_000
PEER_LABELS = 1_000
"""The peer keeps its pace; a tenth tells it."""
RUNS = 3
_LOT = "/01/09521234001058/10/NM-270310"
_TITLE = "Nước mắm cá cơm Ba Làng"
_CHUNK = 1 << 16


def labels(database: str, url: str | None, seed: int) -> Result:
    """The sheet on one database; the database has no part in it."""
    result = Result("labels", seed, database, "anvil")
    firsts, totals, sheet = [], [], b""
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        Product.start(Path(folder), url) as product,
    ):
        _get(product, 1)  # the fonts
        idle = product.http_memory()
        watch = _Memory(product)
        for _ in range(RUNS):
            first, total, sheet = _get(product, LABELS)
            firsts.append(first)
            totals.append(total)
        most = watch.stop()
        root = product.url.upper()
    _check(sheet, root)
    peer = _measure_peer()
    ours = LABELS / statistics.median(totals)
    result.figures = [
        at_most("10,000 labels", statistics.median(totals), "s", 30),
        informs("until the first byte", statistics.median(firsts), "s"),
        informs("labels a second", ours, "/s"),
        informs("qrcode and reportlab, labels a second", peer["rate"], "/s"),
        at_least("ratio to qrcode and reportlab", ours / peer["rate"], "×", 1),
        informs("size of the sheet", len(sheet) / 1e6, "MB"),
        informs("memory of the server above idle, largest seen", most - idle, "MB"),
        informs(f"qrcode and reportlab at {PEER_LABELS:,} labels, peak memory", peer["mb"], "MB"),
    ]
    return result


def _get(product: Product, count: int) -> tuple[float, float, bytes]:
    """Seconds to the first byte and to the last, and the sheet."""
    request = urllib.request.Request(
        f"{product.url}/labels{_LOT}.pdf?count={count}&serial=00001&layout={DEFAULT}",
        headers={"Authorization": f"Bearer {product.key}"},
    )
    started = time.monotonic()
    with urllib.request.urlopen(request, timeout=300) as answer:
        parts = [answer.read1(_CHUNK)]
        first = time.monotonic() - started
        while part := answer.read1(_CHUNK):
            parts.append(part)
    return first, time.monotonic() - started, b"".join(parts)


def _check(sheet: bytes, root: str) -> None:
    """The last page holds the last labels."""
    document = pypdfium2.PdfDocument(sheet)
    per_page = LAYOUTS[DEFAULT].per_page
    assert len(document) == -(-LABELS // per_page)
    page = document[len(document) - 1].render(scale=3).to_pil().convert("L")
    found = {code.text for code in zxingcpp.read_barcodes(page)}
    last = range((len(document) - 1) * per_page + 1, LABELS + 1)
    assert found == {f"{root}{_LOT}/21/{number:05}" for number in last}


class _Memory:
    """The largest memory of the process that draws, looked at now and then."""

    def __init__(self, product: Product) -> None:
        self._product = product
        self._most = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> float:
        """MB."""
        self._stop.set()
        self._thread.join()
        return self._most

    def _run(self) -> None:
        while not self._stop.wait(0.3):
            self._most = max(self._most, self._product.http_memory())


def _measure_peer() -> dict[str, float]:
    command = [sys.executable, "-m", "bench.labels", str(PEER_LABELS)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _draw_naively(count: int) -> float:
    """Labels a second: a picture of each code, drawn on its place beside two lines of text."""
    import qrcode
    from reportlab.lib.units import mm
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    import ledger.labels

    layout = LAYOUTS[DEFAULT]
    fonts = Path(ledger.labels.__file__).parent / "fonts"
    pdfmetrics.registerFont(TTFont("label", str(fonts / "DejaVuSansCondensed.ttf")))
    started = time.monotonic()
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        canvas = Canvas(file.name, pagesize=(layout.page[0] * mm, layout.page[1] * mm))
        for number in range(count):
            at = number % layout.per_page
            if number and at == 0:
                canvas.showPage()
            canvas.setFont("label", 8)
            left, top = layout.place(at)
            side = layout.label[1] - 4
            bottom = (layout.page[1] - top - layout.label[1] + 2) * mm
            image = qrcode.make(f"HTTPS://TRUYXUAT.EXAMPLE.VN{_LOT}/21/{number:05}").get_image()
            canvas.drawImage(ImageReader(image), (left + 2) * mm, bottom, side * mm, side * mm)
            canvas.drawString((left + side + 4) * mm, bottom + 12 * mm, _TITLE)
            canvas.drawString((left + side + 4) * mm, bottom + 6 * mm, f"(21) {number:05}")
        canvas.save()
    return count / (time.monotonic() - started)


if __name__ == "__main__":
    rate = _draw_naively(int(sys.argv[1]))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(json.dumps({"rate": rate, "mb": peak}))
