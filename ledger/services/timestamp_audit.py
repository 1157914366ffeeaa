"""Audit of the time-stamps: is each token still about what it was asked for, and does it hold?

A token proves itself or nothing, so whoever edits one gains only that a later time is proven; the
audit names it all the same. Tokens are numbered without a gap: one that was taken out from between
others is missed. The newest cannot be: what it covered waits again, and the next token covers it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.digest import Digest
from ledger.errors import InvalidInput, VerificationFailed
from ledger.ports import ChainReader
from ledger.services.deployment import Deployment
from ledger.services.finding import Finding
from ledger.storage.timestamps import TimestampRow
from ledger.storage.transaction import Transaction
from ledger.timestamps.roots import load_roots
from ledger.timestamps.statement import Statement, parse_statement
from ledger.timestamps.token import check_token

if TYPE_CHECKING:
    from ledger.services.auditing import AuditReport

_PAGE = 200


class TimestampAudit:
    """Audits the tokens of one installation; reads only. `roots`: where the certificates lie that
    tokens must end in; without them no token can be judged. Raises Misconfigured
    `time-authority-roots-unreadable`."""

    def __init__(self, deployment: Deployment, origin: str, roots: Path | None) -> None:
        self._chain = (deployment.chain_id, deployment.genesis)
        self._origin = origin
        self._roots = () if roots is None else load_roots(roots)

    def audit_stored(
        self, tx: Transaction, report: AuditReport, roots: dict[int, Digest]
    ) -> Iterator[Finding]:
        """Everything that can be told without the chain. `roots`: the true roots of the log, by
        size, at every size that was anchored."""
        expected = 1
        for row in _rows(tx):
            report.timestamps += 1
            if row.id != expected:
                numbers = f"{expected}" if row.id == expected + 1 else f"{expected} to {row.id - 1}"
                yield Finding("timestamp-missing", f"time-stamp {numbers}", "the token is gone")
            expected = row.id + 1
            statement = _read(row)
            if statement is None or not self._is_ours(statement, row):
                yield Finding("timestamp-changed", _name(row), "not the statement it was asked for")
            elif roots.get(statement.head.size) != statement.head.root:
                yield Finding(
                    "timestamp-root", _name(row), "the records do not make the root it stamps"
                )
            yield from self._audit_token(row)
        if report.timestamps and not self._roots:
            report.unchecked.append(
                "time-stamps: no root of their authority is configured "
                "(PROVENANCE_TIME_AUTHORITY_ROOTS)"
            )

    def audit_chain(self, tx: Transaction, reader: ChainReader) -> Iterator[Finding]:
        """That the blocks that were stamped are the chain's. Raises Unavailable where it cannot be
        asked."""
        for row in _rows(tx):
            statement = _read(row)
            if statement is None:
                continue  # named already
            if reader.block_hash(statement.block) != statement.block_hash:
                yield Finding("timestamp-block", _name(row), "the chain has another block there")

    def _is_ours(self, statement: Statement, row: TimestampRow) -> bool:
        return (
            (statement.chain_id, statement.genesis) == self._chain
            and statement.head.origin == self._origin
            and (statement.block, statement.head.size) == (row.block, row.size)
        )

    def _audit_token(self, row: TimestampRow) -> Iterator[Finding]:
        if not self._roots:
            return
        try:
            token = check_token(row.response, row.statement, self._roots)
        except VerificationFailed as error:
            yield Finding("timestamp-token", _name(row), f"{error.detail} ({error.code})")
            return
        if token.time != row.time:
            yield Finding("timestamp-changed", _name(row), "stored with another time than its own")


def _rows(tx: Transaction) -> Iterator[TimestampRow]:
    after = 0
    while page := tx.timestamps.page(after, _PAGE):
        yield from page
        after = page[-1].id


def _read(row: TimestampRow) -> Statement | None:
    try:
        return parse_statement(row.statement)
    except InvalidInput:
        return None


def _name(row: TimestampRow) -> str:
    return f"time-stamp {row.id}"
