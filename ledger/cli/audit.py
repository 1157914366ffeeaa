"""`provenance audit`: rebuild everything from the records and name every difference.

Reads the installation's database and asks its chain; changes nothing, and may run beside a running
server. Exit codes: 0 nothing differs; 1 findings; 3 none so far, but something could not be
looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from ledger.cli.options import DATA, AsJson, DatabaseUrl, DataDir, settings_of
from ledger.cli.output import EXIT_FAILED, EXIT_UNAVAILABLE, Steps, fail_in_one_line, show_json

if TYPE_CHECKING:
    from ledger.services.auditing import AuditReport


@fail_in_one_line
def audit(data: DataDir = DATA, database: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Compare records, log, checkpoints, legs of documents and chain."""
    from ledger.app import App

    steps = Steps(silent=as_json)
    with App.connect(settings_of(data_dir=data, database_url=database)) as app:
        report = app.auditing.audit(lambda stage: steps.say(f"looking at the {stage}"))
    if as_json:
        show_json(_to_json(report))
    else:
        _print(report)
    if report.findings:
        raise typer.Exit(EXIT_FAILED)
    if report.unchecked:
        raise typer.Exit(EXIT_UNAVAILABLE)


def _to_json(report: AuditReport) -> dict[str, Any]:
    return {
        "clean": report.is_clean,
        "records": report.records,
        "submissions": report.submissions,
        "leaves": report.leaves,
        "checkpoints": report.checkpoints,
        "anchors": report.anchors,
        "legs": report.legs,
        "legEvents": report.leg_events,
        "timestamps": report.timestamps,
        "findings": [
            {"code": found.code, "subject": found.subject, "detail": found.detail}
            for found in report.findings
        ],
        "unchecked": report.unchecked,
    }


def _print(report: AuditReport) -> None:
    for found in report.findings:
        print(f"x {found.subject}: {found.detail} [{found.code}]")
    for left_out in report.unchecked:
        print(f"? {left_out}")
    print(
        f"{report.records} records in {report.submissions} submissions, {report.leaves} leaves, "
        f"{report.checkpoints} checkpoints, {report.anchors} heads on chain, "
        f"{report.leg_events} events of {report.legs} legs, {report.timestamps} time-stamps: "
        f"{len(report.findings)} findings, {len(report.unchecked)} not looked at"
    )
