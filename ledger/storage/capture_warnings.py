"""Warnings of capture jobs: what is odd about stored events and allowed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, insert, select

from ledger.storage.capture_warnings_tables import CaptureWarnings
from ledger.storage.tables import core

_WARNINGS = core(CaptureWarnings)


class CaptureWarningStore:
    """Warnings of capture jobs in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, job_id: str, warnings: Sequence[dict[str, Any]]) -> None:
        """Keep the warnings of a job that ends in this transaction; none leave no row."""
        if warnings:
            text = orjson.dumps(list(warnings)).decode()
            self._connection.execute(insert(_WARNINGS).values(job_id=job_id, warnings=text))

    def find(self, job_id: str) -> Sequence[dict[str, Any]]:
        """The warnings of a job, in document order."""
        text = self._connection.execute(
            select(_WARNINGS.c.warnings).where(_WARNINGS.c.job_id == job_id)
        ).scalar()
        found: list[dict[str, Any]] = orjson.loads(text or "[]")
        return found
