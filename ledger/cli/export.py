"""`provenance export`: the public records of one day as files that anyone can check offline.

The leading worker does this by itself, an hour after each day (UTC) has ended; this is for a day
further back. The files are EPCIS 2.0 and CSV, the checkpoint, and one proof bundle per record,
which `provenance verify` checks with a trust file. Exit codes: 0 published; 3 the day is not over,
or not all of it anchored yet.
"""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.options import DATA, AsJson, DatabaseUrl, DataDir, settings_of
from ledger.cli.output import fail_in_one_line, show_json


@fail_in_one_line
def export(
    day: Annotated[str, typer.Argument(help="The day in UTC, for example 2026-03-01.")],
    data: DataDir = DATA,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Publish the open data of one day."""
    from ledger.app import App
    from ledger.opendata.dataset import parse_day

    with App.connect(settings_of(data_dir=data, database_url=database)) as app:
        dataset = app.publishing.publish(parse_day(day))
        folder = app.settings.opendata_path / dataset.day.isoformat()
    if as_json:
        show_json({"folder": str(folder), **dataset.to_json()})
    else:
        print(f"{folder}: {dataset.records} records, {dataset.events} of them events")
