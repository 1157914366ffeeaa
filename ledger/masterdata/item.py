"""One version of a party, place or product as it is recorded.

The body of its record is the item's own JSON with two members more: `version`, counted from 1, and
from the second on `previous`, the id of the record it replaces. So the history is chained by
signed records, and a version that was quietly dropped leaves a gap.
"""

from __future__ import annotations

from typing import Any

from ledger import canonical
from ledger.digest import Digest, sha256
from ledger.masterdata.code import Code
from ledger.masterdata.kind import Kind
from ledger.masterdata.members import refuse
from ledger.masterdata.party import Party
from ledger.masterdata.place import Place
from ledger.masterdata.product import Product

Item = Party | Place | Product

_ADDED = ("code", "version", "previous")


def read_item(code: Code, value: Any) -> Item:
    """Read what somebody says about the item with this code.

    A `code` that stands in it as well must be the same; `version` and `previous` are the ledger's
    to say and passed over, so that what was read can be changed and sent back. Raises InvalidInput
    `masterdata-malformed`.
    """
    if isinstance(value, dict):
        if "code" in value and Code.parse(code.kind, value["code"]) != code:
            refuse("another code than the one it is stored under", "/code")
        value = {name: member for name, member in value.items() if name not in _ADDED}
    if code.kind is Kind.PARTY:
        return Party.read(code, value)
    if code.kind is Kind.PLACE:
        return Place.read(code, value)
    return Product.read(code, value)


def item_of_body(kind: Kind, body: dict[str, Any]) -> Item:
    """The item in the body of a record."""
    return read_item(Code.parse(kind, body["code"]), body)


def body_of(item: Item, version: int, previous: str | None) -> dict[str, Any]:
    """The body of the record of that version."""
    body = {**item.to_json(), "version": version}
    return body if previous is None else {**body, "previous": previous}


def content_digest(item: Item) -> Digest:
    """What makes two versions the same: SHA-256 of the canonical JSON without version and
    predecessor."""
    return sha256(canonical.encode(item.to_json()))
