"""`provenance document statistics`: the monthly outputs of Decree 30, computed and compared.

Works on the installation, as an auditor does who has its database: nothing but the events is asked.
Exit codes: 0 written, or the signed record says exactly this; 1 it says something else; 5 nobody
signed that month.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.options import DATA, AsJson, DatabaseUrl, DataDir, settings_of
from ledger.cli.output import EXIT_FAILED, fail_in_one_line, show_json
from ledger.errors import InvalidInput, Misconfigured

if TYPE_CHECKING:
    from ledger.exchange.statistics import Statistics


@fail_in_one_line
def statistics(
    month: Annotated[str, typer.Argument(help="Month in Vietnam, for example 2026-03.")],
    organization: Annotated[str, typer.Option(help="Whose: 0x and 64 digits.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the outputs into this folder.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Compare with the record that was signed.")
    ] = False,
    data: DataDir = DATA,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Compute the statistics of a month from what the chain has, and compare."""
    from ledger.app import App
    from ledger.exchange.history import Month
    from ledger.identity.organization import OrgId

    org, of = OrgId.parse(organization), Month.parse(month)
    with App.connect(settings_of(data_dir=data, database_url=database)) as app:
        found = app.exchange_statistics.compute_any(org, of)
        record = None
        if check:
            try:
                record = app.exchange_statistics.check(org, of).record_id.text
            except InvalidInput as error:
                if error.code != "statistics-differ":
                    raise
                print(f"the signed record differs at {error.pointer}: {error.detail}")
                raise typer.Exit(EXIT_FAILED) from None
    if output is not None:
        _write(found, output)
    if as_json:
        show_json({"organization": org.text, "record": record, **found.summary()})
    else:
        print(f"{of.text}: {found.legs} legs, {found.events} events, basis {found.basis.hex()}")
        for name, table in found.outputs.items():
            print(f"  {name}: {len(table.rows)} rows")
        if record is not None:
            print(f"  as signed: {record}")


def _write(found: Statistics, folder: Path) -> None:
    from ledger.exchange.statistics import write_csv, write_json
    from ledger.sheets.statistics import write_statistics

    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{found.month.text}.json").write_bytes(write_json(found))
        (folder / f"{found.month.text}.xlsx").write_bytes(write_statistics(found))
        for name, table in found.outputs.items():
            (folder / f"{found.month.text}-{name}.csv").write_bytes(write_csv(table))
    except OSError as error:
        raise Misconfigured("file-unwritable", f"{folder}: {error.strerror}") from error
