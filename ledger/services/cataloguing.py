"""Cataloguing: parties, places and products, each change a record of its own.

A change is accepted once: the same content again is answered with the version that is there, so a
phone that has lost the answer may simply ask again. Who changes names the version the change was
based on; if another change came first, nothing is stored and nothing overwritten.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from ledger import canonical
from ledger.digest import Digest
from ledger.errors import NotFound, Superseded
from ledger.identity.organization import OrgId
from ledger.masterdata.code import Code
from ledger.masterdata.item import Item, body_of, item_of_body, read_item
from ledger.masterdata.kind import Kind
from ledger.masterdata.product import Product
from ledger.records.policy import Audience
from ledger.records.record import RecordId
from ledger.services.audience import audience_of
from ledger.services.caller import Caller, Scope
from ledger.services.capturing import charge
from ledger.services.disclosing import disclosed_body
from ledger.services.intake import Intake
from ledger.services.item_versions import (
    check_key_free,
    file_version,
    find_missing_files,
    find_newest,
    lock_items,
    next_version,
    says_the_same,
)
from ledger.services.proving import state_of
from ledger.services.recording import add_record
from ledger.storage.database import Database
from ledger.storage.masterdata import MasterRow
from ledger.storage.transaction import Transaction

MOST_LISTED = 10_000
"""Products of one organization that are read at once."""


@dataclass(frozen=True, slots=True)
class ItemView:
    """One version of an item as its reader may see it. `value` is the body of its record."""

    org: OrgId
    code: str
    version: int
    record_id: RecordId
    captured_at: datetime
    audience: Audience
    state: Literal["accepted", "sequenced", "anchored"]
    value: dict[str, Any]
    missing_files: tuple[tuple[str, Digest], ...] = ()
    """Pointers and digests of files that it names and that are not kept here now: a phone may hand
    a photo in after the record that names it, or never."""

    @property
    def etag(self) -> str:
        """Names this version of this item: the record's random id, quoted (RFC 9110 8.8.3)."""
        return f'"{self.record_id.hex()}"'


@dataclass(frozen=True, slots=True)
class Put:
    """What became of a change. `created` is True where the item is new, `changed` where a record
    was written."""

    item: ItemView
    created: bool
    changed: bool


class Cataloguing:
    """Keeps the master data of all organizations."""

    def __init__(self, db: Database, intake: Intake, events_per_day: int) -> None:
        self._db = db
        self._intake = intake
        self._events_per_day = events_per_day

    def put(
        self,
        caller: Caller,
        kind: Kind,
        code: str,
        body: bytes,
        *,
        if_match: str | None = None,
        only_new: bool = False,
    ) -> Put:
        """Record what the caller's organization says about an item; durable when this returns.

        `if_match` is the ETag the change is based on; `only_new` refuses to replace anything.
        Raises InvalidInput with a pointer, Superseded `masterdata-superseded`, what `Intake.sign`
        raises, QuotaExceeded.
        """
        caller.require(Scope.CAPTURE)
        item = read_item(Code.parse(kind, code), canonical.parse(body))
        captured_at = self._intake.now()
        org = caller.org
        with self._db.write() as tx:
            tx.organizations.check_active(org)
            lock_items(tx, org, [item])
            found = find_newest(tx, org, item)
            if found is not None and says_the_same(found, item):
                return Put(self._view(tx, found, caller), created=False, changed=False)
            _check_base(found, if_match, only_new=only_new)
            check_key_free(tx, org, item)
            charge(tx, org, captured_at, 1, self._events_per_day)
            said = next_version(found, item)
            record = add_record(
                tx,
                self._intake,
                org=org,
                kind=kind.record_kind,
                body=body_of(item, said.version, said.previous),
                captured_at=captured_at,
            )
            file_version(tx, org, said, record.pk)
            stored = find_newest(tx, org, item)
            assert stored is not None, "written in this transaction"
            return Put(self._view(tx, stored, caller), created=found is None, changed=True)

    def get(self, kind: Kind, org: OrgId, code: str, caller: Caller | None) -> ItemView:
        """The newest version, as far as the caller may see it. `code` may be the GS1 key of an
        item that is stored under a local code. Raises NotFound `masterdata-unknown`."""
        wanted = Code.parse(kind, code)
        with self._db.read() as tx:
            row = _find(tx, org, wanted)
            if row is None or row.body is None:
                raise NotFound("masterdata-unknown", f"no {kind.value} {wanted.text}")
            return self._view(tx, row, caller)

    def history(
        self,
        kind: Kind,
        org: OrgId,
        code: str,
        caller: Caller | None,
        *,
        limit: int,
        before: int | None = None,
    ) -> list[ItemView]:
        """All versions that are not erased, newest first. Raises NotFound `masterdata-unknown`."""
        wanted = Code.parse(kind, code)
        with self._db.read() as tx:
            newest = _find(tx, org, wanted)
            if newest is None:
                raise NotFound("masterdata-unknown", f"no {kind.value} {wanted.text}")
            rows = tx.masterdata.history(org, kind.value, newest.code, limit, before)
            return [self._view(tx, row, caller) for row in rows if row.body is not None]

    def list_items(
        self, kind: Kind, org: OrgId, caller: Caller | None, *, limit: int, after: str | None = None
    ) -> list[ItemView]:
        """The organization's items of a kind by code, newest versions, those after `after`."""
        with self._db.read() as tx:
            rows = tx.masterdata.list(org, kind.value, limit, after)
            return [self._view(tx, row, caller) for row in rows if row.body is not None]

    def find_item(self, kind: Kind, org: OrgId, code: str) -> Item | None:
        """The whole item under a code or GS1 key, or None: for services that act for `org`."""
        with self._db.read() as tx:
            row = _find(tx, org, Code.parse(kind, code))
        return None if row is None else _item(row)

    def find_product(self, org: OrgId, code: str) -> Product | None:
        """The whole product under a code or GTIN, or None."""
        found = self.find_item(Kind.PRODUCT, org, code)
        assert found is None or isinstance(found, Product)
        return found

    def list_products(self, org: OrgId) -> list[Product]:
        """Every product of the organization, by code."""
        with self._db.read() as tx:
            rows = tx.masterdata.list(org, Kind.PRODUCT.value, MOST_LISTED, None)
        found = (_item(row) for row in rows)
        return [item for item in found if isinstance(item, Product)]

    def published(self, kind: Kind, gs1_key: str) -> list[ItemView]:
        """What any organization says in public about a GTIN (14 digits) or GLN; who said it first
        comes first."""
        with self._db.read() as tx:
            rows = tx.masterdata.find_by_gs1_key(kind.value, gs1_key)
            return [self._view(tx, row, None) for row in rows if row.body is not None]

    def descriptions(self, orgs: Sequence[OrgId], code: str) -> list[ItemView]:
        """What each of these organizations says in public about a product, by GTIN or by a code
        of its own; those that say nothing are left out."""
        wanted = Code.parse(Kind.PRODUCT, code)
        with self._db.read() as tx:
            rows = [_find(tx, org, wanted) for org in orgs]
            return [self._view(tx, row, None) for row in rows if row is not None and row.body]

    def _view(self, tx: Transaction, row: MasterRow, caller: Caller | None) -> ItemView:
        assert row.body is not None
        assert row.salt is not None
        audience = audience_of(caller, row.org)
        index = row.leaf_index
        anchored = index is not None and tx.anchors.find_covering(index) is not None
        value = disclosed_body(
            record_id=row.record_id,
            kind=Kind(row.kind).record_kind,
            org=row.org,
            captured_at=row.captured_at,
            body=row.body,
            salt=row.salt,
            audience=audience,
        )
        return ItemView(
            org=row.org,
            code=row.code,
            version=row.version,
            record_id=row.record_id,
            captured_at=row.captured_at,
            audience=audience,
            state=state_of(index, anchored),
            value=value,
            missing_files=tuple(find_missing_files(tx, value)),
        )


def _find(tx: Transaction, org: OrgId, code: Code) -> MasterRow | None:
    found = tx.masterdata.find(org, code.kind.value, code.text)
    if found is None and code.is_gs1:
        rows: Sequence[MasterRow] = tx.masterdata.find_by_gs1_key(code.kind.value, code.text, org)
        found = rows[0] if rows else None
    return found


def _item(row: MasterRow) -> Item | None:
    if row.body is None:
        return None
    return item_of_body(Kind(row.kind), canonical.parse(row.body))


def _check_base(found: MasterRow | None, if_match: str | None, *, only_new: bool) -> None:
    if only_new and found is not None:
        raise Superseded("masterdata-superseded", "the item is there already")
    if if_match is None:
        return
    if found is None:
        raise Superseded("masterdata-superseded", "the item is not there yet")
    newest = f'"{found.record_id.hex()}"'
    if if_match.strip() != "*" and newest not in {tag.strip() for tag in if_match.split(",")}:
        raise Superseded(
            "masterdata-superseded", f"the newest is version {found.version}, ETag {newest}"
        )
