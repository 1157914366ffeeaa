"""Records that evidence commits to besides itself, as the desk keeps them."""

from __future__ import annotations

from typing import Any

from ledger import canonical
from ledger.desk.evidencing import Report
from ledger.desk.store import Transaction


def keep_report(tx: Transaction, leg: bytes, report: Report) -> None:
    """Enter it beside its leg. Kept also where the step was refused, and found here when that is
    signed anew: should it have been taken in nevertheless, nobody else has the salt."""
    tx.execute(
        "INSERT INTO reports VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (
            bytes(report.commitment),
            bytes(leg),
            canonical.encode(report.record.envelope()).decode(),
            report.salt,
        ),
    )


def drop_reports(tx: Transaction, leg: bytes) -> None:
    """The leg never came to be."""
    tx.execute("DELETE FROM reports WHERE leg = ?", (bytes(leg),))


def reports_of(tx: Transaction, leg: bytes) -> dict[bytes, dict[str, Any]]:
    """Those of a leg by their commitment, oldest first."""
    rows = tx.execute(
        "SELECT report, record FROM reports WHERE leg = ? ORDER BY rowid", (bytes(leg),)
    )
    return {
        bytes(one["report"]): canonical.parse(one["record"].encode()) for one in rows.fetchall()
    }
