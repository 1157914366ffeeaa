"""Audit: rebuild everything from the records and name every difference.

Records → commitments → submissions → log → checkpoints → anchors → chain: each stage is computed
anew from the one before and compared with what is stored. What cannot be looked at (an unreachable
chain) is told as unchecked, never as found well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ledger.chain.contracts import CheckpointLog
from ledger.digest import Digest
from ledger.errors import InvalidInput, LedgerError
from ledger.identity.eip712 import Domain
from ledger.merkle.note import NoteKey
from ledger.ports import ChainReader
from ledger.services.chain_audit import audit_chain
from ledger.services.exchange_audit import ExchangeAudit
from ledger.services.finding import Finding
from ledger.services.log_audit import audit_log
from ledger.services.masterdata_audit import audit_masterdata
from ledger.services.record_audit import audit_index, audit_records
from ledger.services.timestamp_audit import TimestampAudit
from ledger.storage.database import Database

MOST_FINDINGS = 10_000


@dataclass(slots=True)
class AuditReport:
    """What an audit looked at and what it found. `is_clean` needs everything to be looked at."""

    records: int = 0
    submissions: int = 0
    leaves: int = 0
    checkpoints: int = 0
    anchors: int = 0
    legs: int = 0
    leg_events: int = 0
    timestamps: int = 0
    findings: list[Finding] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Nothing differs and nothing was left out."""
        return not self.findings and not self.unchecked


class Auditing:
    """Audits one installation; reads only."""

    def __init__(
        self,
        db: Database,
        reader: ChainReader,
        contract: CheckpointLog,
        log_key: NoteKey,
        log_id: Digest,
        domain: Domain,
        exchange: ExchangeAudit,
        timestamps: TimestampAudit,
    ) -> None:
        self._db = db
        self._exchange = exchange
        self._timestamps = timestamps
        self._reader = reader
        self._contract = contract
        self._log_key = log_key
        self._log_id = log_id
        self._domain = domain

    def audit(self, progress: Callable[[str], None] = lambda _: None) -> AuditReport:
        """Everything, in one consistent snapshot of the database.

        The chain is asked last, so heads that were anchored meanwhile are not held against it.
        """
        report = AuditReport()
        with self._db.read() as tx:
            progress("records")
            self._collect(report, "records", audit_records(tx, self._domain, report))
            progress("event index")
            self._collect(report, "event index", audit_index(tx))
            progress("master data")
            self._collect(report, "master data", audit_masterdata(tx))
            progress("log")
            roots: dict[int, Digest] = {}
            self._collect(report, "log", audit_log(tx, self._log_key, report, roots))
            progress("exchange of documents")
            self._collect(report, "exchange", self._exchange.audit_stored(tx, report))
            progress("time-stamps")
            stored = self._timestamps.audit_stored(tx, report, roots)
            self._collect(report, "time-stamps", stored)
            progress("chain")
            try:
                self._collect(
                    report,
                    "chain",
                    audit_chain(tx, self._reader, self._contract, self._log_id, report, roots),
                )
                self._collect(report, "exchange on chain", self._exchange.audit_chain(tx))
                stamped = self._timestamps.audit_chain(tx, self._reader)
                self._collect(report, "time-stamps on chain", stamped)
            except LedgerError as error:
                report.unchecked.append(f"chain: {error.detail}")
        return report

    def _collect(self, report: AuditReport, part: str, findings: Iterator[Finding]) -> None:
        try:
            for finding in findings:
                if len(report.findings) >= MOST_FINDINGS:
                    report.unchecked.append(
                        f"more than {MOST_FINDINGS} findings: the rest is not told"
                    )
                    return
                report.findings.append(finding)
        except (TypeError, ValueError, InvalidInput) as error:
            # A value of a size or type that nothing of ours writes; what follows is not looked at.
            report.findings.append(
                Finding("row-malformed", part, f"cannot be read: {error!s:.200}")
            )
            report.unchecked.append(f"{part}: not to its end, a row cannot be read")
