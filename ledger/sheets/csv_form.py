"""Writes one activity of a template as CSV: mark, headings, and rows where there are some.

With a byte order mark and semicolons, as programs with Vietnamese settings open it; ours reads the
other forms too.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from ledger.sheets.injection import guard
from ledger.sheets.template import Activity, Template


def write_csv(template: Template, activity: Activity, rows: Iterable[Sequence[str]] = ()) -> bytes:
    """The activity's sheet as UTF-8 with a byte order mark. Cells cannot run as formulas."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([template.mark(activity), activity.about])
    writer.writerow([column.vi for column in activity.columns])
    for row in rows:
        writer.writerow([guard(cell) for cell in row])
    return out.getvalue().encode("utf-8-sig")
