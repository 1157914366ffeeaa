"""Audit, the index of master data: a version that cannot be found is as good as hidden."""

from __future__ import annotations

from collections.abc import Iterator

from ledger import canonical
from ledger.errors import LedgerError
from ledger.masterdata.kind import Kind
from ledger.services.finding import Finding
from ledger.storage.transaction import Transaction

_PLACE = Kind.PLACE.record_kind


def audit_masterdata(tx: Transaction) -> Iterator[Finding]:
    """Every record of master data against the version it is filed as, and the newest of each."""
    versions = {row.record_pk: row for row in tx.masterdata.versions()}
    newest: dict[tuple[bytes, str, str], tuple[int, int]] = {}
    parents: dict[int, str | None] = {}
    for row in versions.values():
        place = (bytes(row.org), row.kind, row.code)
        newest[place] = max(newest.get(place, (0, 0)), (row.version, row.record_pk))
    for record in tx.masterdata.recorded():
        filed = versions.pop(record.record_pk, None)
        name = record.record_id.text
        if filed is None:
            yield Finding("master-missing", name, "not in the index of master data")
            continue
        if record.body is None:
            continue
        try:
            body = canonical.parse(record.body)
        except LedgerError:
            continue  # told by the audit of records
        if record.kind == _PLACE:
            parents[record.record_pk] = body.get("parent")
        said = (f"masterdata.{filed.kind}", filed.code, filed.version)
        if (record.kind, body.get("code"), body.get("version")) != said:
            yield Finding("master-changed", name, f"filed as {filed.code} version {filed.version}")
    for filed in versions.values():
        yield Finding("master-surplus", f"{filed.kind} {filed.code}", "filed without a record")
    for item in tx.masterdata.newest():
        place = (bytes(item.org), item.kind, item.code)
        if newest.pop(place, None) != (item.version, item.record_pk):
            yield Finding("master-stale", f"{item.kind} {item.code}", "not the newest version")
        elif parents.get(item.record_pk, item.parent) != item.parent:
            yield Finding(
                "master-changed", f"{item.kind} {item.code}", "filed within another place"
            )
    for _, kind, code in newest:
        yield Finding("master-stale", f"{kind} {code}", "its newest version is filed nowhere")
