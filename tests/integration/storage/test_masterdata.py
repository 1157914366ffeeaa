"""Versions of master data, found, listed, chained and audited, on both databases."""

from __future__ import annotations

import secrets

import pytest
from sqlalchemy import Executable, delete, update

from ledger import canonical
from ledger.errors import Conflict
from ledger.identity.organization import OrgId
from ledger.services.masterdata_audit import audit_masterdata
from ledger.storage.database import Database
from ledger.storage.masterdata_tables import MasterItems, MasterVersions
from ledger.storage.tables import core
from tests.support.stored import NOW, digest, found, submission


def add(db: Database, org: OrgId, code: str, version: int, gs1_key: str | None = None) -> int:
    body = canonical.encode({"code": code, "name": "Nước mắm", "version": version})
    with db.write() as tx:
        pk = tx.submissions.add(submission(org, 1))
        (record_pk,) = tx.records.add_many(
            [(secrets.token_bytes(16), pk, 0, "masterdata.product", NOW, body, b"s" * 32)]
        )
        tx.masterdata.lock(org, "product", code)
        tx.masterdata.add_version(
            org=org,
            kind="product",
            code=code,
            gs1_key=gs1_key,
            version=version,
            record_pk=record_pk,
            content=digest(),
        )
    return record_pk


def codes(db: Database) -> list[str]:
    with db.read() as tx:
        return sorted(finding.code for finding in audit_masterdata(tx))


def test_newest_version_is_found_and_all_are_kept(db: Database) -> None:
    org, other = found(db), found(db)
    add(db, org, "nm-1", 1)
    newest = add(db, org, "nm-1", 2, "08938500000010")
    add(db, org, "nm-2", 1)
    add(db, other, "khac", 1, "08938500000010")
    with db.read() as tx:
        row = tx.masterdata.find(org, "product", "nm-1")
        assert row is not None
        assert (row.version, row.record_pk, row.leaf_index) == (2, newest, None)
        assert tx.masterdata.find(other, "product", "nm-1") is None
        assert tx.masterdata.find(org, "party", "nm-1") is None
        listed = tx.masterdata.list(org, "product", 10, None)
        assert [one.code for one in listed] == ["nm-1", "nm-2"]
        assert [one.code for one in tx.masterdata.list(org, "product", 10, "nm-1")] == ["nm-2"]
        history = tx.masterdata.history(org, "product", "nm-1", 10, None)
        assert [one.version for one in history] == [2, 1]
        assert [one.version for one in tx.masterdata.history(org, "product", "nm-1", 10, 2)] == [1]
        shared = tx.masterdata.find_by_gs1_key("product", "08938500000010")
        assert [one.org for one in shared] == [org, other]
        assert len(tx.masterdata.find_by_gs1_key("product", "08938500000010", other)) == 1
    assert codes(db) == []


def test_version_that_is_there_is_not_overwritten(db: Database) -> None:
    org = found(db)
    add(db, org, "nm-1", 1)
    with pytest.raises(Conflict):
        add(db, org, "nm-1", 1)
    assert codes(db) == []


def test_audit_names_every_edit_of_the_index(db: Database) -> None:
    org = found(db)
    add(db, org, "nm-1", 1)
    add(db, org, "nm-1", 2)
    items, versions = core(MasterItems), core(MasterVersions)
    edits: list[tuple[Executable, list[str] | None]] = [
        (update(items).values(version=1), ["master-stale"]),
        (delete(items), ["master-stale"]),
        (update(versions).where(versions.c.version == 1).values(version=7), None),
        (delete(versions).where(versions.c.version == 1), ["master-missing"]),
        (delete(versions).where(versions.c.version == 2), ["master-missing", "master-stale"]),
        (update(versions).where(versions.c.version == 1).values(record_pk=5), None),
    ]
    for edit, named in edits:
        seen = codes_after(db, edit)
        assert seen
        assert named is None or seen == named
    assert codes(db) == []


def codes_after(db: Database, edit: Executable) -> list[str]:
    """What the audit finds after an edit that is then rolled back."""
    with db.write() as tx:
        savepoint = tx.connection.begin_nested()
        tx.connection.execute(edit)
        seen = sorted(finding.code for finding in audit_masterdata(tx))
        savepoint.rollback()
    return seen
