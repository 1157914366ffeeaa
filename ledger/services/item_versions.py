"""The versions of an item of master data: which may follow, and how one is filed.

Whoever signs a version, the platform for an organization or the organization itself, it comes
through here, so that both kinds make one chain of records for each item.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ledger.digest import Digest
from ledger.errors import Conflict, Superseded
from ledger.identity.organization import OrgId
from ledger.masterdata.item import Item, ItemVersion, content_digest, files_in
from ledger.masterdata.place import Place
from ledger.storage.masterdata import MasterRow
from ledger.storage.transaction import Transaction


def lock_items(tx: Transaction, org: OrgId, items: Iterable[Item]) -> None:
    """Hold other changes of these items back until the transaction ends. In one order, so that two
    who change the same items do not wait for each other."""
    for kind, text in sorted({(item.code.kind.value, item.code.text) for item in items}):
        tx.masterdata.lock(org, kind, text)


def find_newest(tx: Transaction, org: OrgId, item: Item) -> MasterRow | None:
    """The version that the item has now."""
    return tx.masterdata.find(org, item.code.kind.value, item.code.text)


def says_the_same(found: MasterRow | None, item: Item) -> bool:
    """Whether the newest version already says this: then there is nothing to record."""
    return found is not None and found.body is not None and found.content == content_digest(item)


def next_version(found: MasterRow | None, item: Item) -> ItemVersion:
    """The item as the version after the one found."""
    if found is None:
        return ItemVersion(item, 1, None)
    return ItemVersion(item, found.version + 1, found.record_id.text)


def check_key_free(tx: Transaction, org: OrgId, item: Item) -> None:
    """One GTIN or GLN names one item of an organization, or a lookup would have two answers.
    Raises Conflict `masterdata-key-taken`."""
    if item.gs1_key is None:
        return
    for other in tx.masterdata.find_by_gs1_key(item.code.kind.value, item.gs1_key, org):
        if other.code != item.code.text:
            raise Conflict(
                "masterdata-key-taken", f"{item.gs1_key} belongs to {other.code!r:.80} already"
            )


def check_follows(tx: Transaction, org: OrgId, said: ItemVersion, at: str) -> None:
    """A version that was signed elsewhere must be the next one, and must change something.

    `at` is the pointer of its body. Raises Superseded `masterdata-superseded`, Conflict
    `masterdata-unchanged` or `masterdata-key-taken`.
    """
    found = find_newest(tx, org, said.item)
    wanted = next_version(found, said.item)
    name = said.item.code.text
    if said.version != wanted.version:
        raise Superseded(
            "masterdata-superseded",
            f"version {said.version} of {name!r:.80}; the next one is {wanted.version}",
            pointer=f"{at}/version",
        )
    if said.previous != wanted.previous:
        raise Superseded(
            "masterdata-superseded",
            f"the newest record of {name!r:.80} is {wanted.previous}",
            pointer=f"{at}/previous",
        )
    if says_the_same(found, said.item):
        raise Conflict(
            "masterdata-unchanged", f"the newest version of {name!r:.80} says the same", pointer=at
        )
    check_key_free(tx, org, said.item)


def file_version(tx: Transaction, org: OrgId, said: ItemVersion, record_pk: int) -> None:
    """Make the record the newest version of its item."""
    tx.masterdata.add_version(
        org=org,
        kind=said.item.code.kind.value,
        code=said.item.code.text,
        gs1_key=said.item.gs1_key,
        version=said.version,
        record_pk=record_pk,
        content=content_digest(said.item),
        parent=_parent_of(said.item),
    )


def find_missing_files(tx: Transaction, body: Mapping[str, Any]) -> list[tuple[str, Digest]]:
    """Pointers and digests of the files that an item names and that nobody has handed in. Taken
    and told, not refused: phones that were offline send photo and record in any order."""
    named = list(files_in(body))
    held = tx.files.held(digest for _, digest in named) if named else set()
    return [(at, digest) for at, digest in named if digest not in held]


def _parent_of(item: Item) -> str | None:
    return item.parent.text if isinstance(item, Place) and item.parent is not None else None
