"""`provenance migrate`: bring the database's schema to this version, or tell where it stands.

`up` and `worker` migrate by themselves; this is for operators who do it apart, on a standby or
before a start. A migration is one transaction: it is whole or it did not happen. Exit codes: 0 the
schema is at the wanted revision; 2 it is not (with --check), or the input is wrong; 3 the database
cannot be reached.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.options import DATA, AsJson, DatabaseUrl, DataDir, settings_of
from ledger.cli.output import EXIT_INVALID, fail_in_one_line, show_json
from ledger.errors import Misconfigured

if TYPE_CHECKING:
    from ledger.storage.database import Database


@fail_in_one_line
def migrate(
    data: DataDir = DATA,
    database: DatabaseUrl = None,
    check: Annotated[bool, typer.Option("--check", help="Change nothing; only look.")] = False,
    down_to: Annotated[
        str | None, typer.Option(help="Go back to this revision; `base` drops everything.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before going down.")] = False,
    as_json: AsJson = False,
) -> None:
    """Migrate the database schema."""
    from ledger.storage.database import Database

    db = Database.open(settings_of(data_dir=data, database_url=database).database)
    try:
        before = db.revision()
        problem: Misconfigured | None = None
        if check:
            problem = _check(db)
        elif down_to is not None:
            if not yes:
                typer.confirm(f"Go down from {before} to {down_to} and lose data?", abort=True)
            db.migrate_down(down_to)
        else:
            db.migrate()
        after = db.revision()
    finally:
        db.close()
    if as_json:
        show_json(
            {
                "database": db.dialect,
                "before": before,
                "revision": after,
                "problem": problem.code if problem else None,
            }
        )
    elif problem is not None:
        print(f"{db.dialect}: {problem} [{problem.code}] {problem.advice}")
    else:
        print(f"{db.dialect}: schema at revision {after or 'none'} (was {before or 'none'})")
    if problem is not None:
        raise typer.Exit(EXIT_INVALID)


def _check(db: Database) -> Misconfigured | None:
    try:
        db.check_schema()
    except Misconfigured as error:
        return error
    return None
