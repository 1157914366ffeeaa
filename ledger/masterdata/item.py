"""One version of a party, place or product as it is recorded.

The body of its record is the item's own JSON with two members more: `version`, counted from 1, and
from the second on `previous`, the id of the record it replaces. So the history is chained by
signed records, and a version that was quietly dropped leaves a gap.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

from ledger import canonical
from ledger.canonical import escape_step
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


def files_in(body: Any, at: str = "") -> Iterator[tuple[str, Digest]]:
    """The files that an item, or what is seen of one, names: pointer and digest of each."""
    if isinstance(body, dict):
        if "sha256" in body and "mediaType" in body:
            yield at, Digest.from_hex(body["sha256"])
        for name, member in body.items():
            yield from files_in(member, f"{at}/{escape_step(name)}")
    elif isinstance(body, list):
        for index, member in enumerate(body):
            yield from files_in(member, f"{at}/{index}")


@dataclass(frozen=True, slots=True)
class ItemVersion:
    """An item as one record states it. `previous` is the id of the record it replaces."""

    item: Item
    version: int
    previous: str | None

    @classmethod
    def read(cls, kind: Kind, body: Any) -> Self:
        """Read the body of a record that was made elsewhere: exactly what `body_of` writes.

        Nothing is completed or trimmed here, because what is signed cannot be changed any more.
        Raises InvalidInput `masterdata-malformed` with a pointer relative to the body.
        """
        if not isinstance(body, dict) or "code" not in body:
            refuse("the body of such a record has a code", "/code")
        code = Code.parse(kind, body["code"])
        if code.text != body["code"]:
            refuse(f"this code is spelled {code.text}", "/code")
        version, previous = body.get("version"), body.get("previous")
        if type(version) is not int or version < 1:
            refuse("versions are counted from 1", "/version")
        if (previous is None) is not (version == 1):
            refuse("every version but the first names the record it replaces", "/previous")
        found = cls(read_item(code, body), version, previous)
        written = body_of(found.item, version, previous)
        for name in sorted({*written, *body}):
            if name not in written or name not in body or _differ(written[name], body[name]):
                refuse(
                    "not the one spelling this member has: no null, no space at its ends, "
                    "defaults written out",
                    f"/{escape_step(name)}",
                )
        return found


def _differ(one: Any, other: Any) -> bool:
    return canonical.encode(one) != canonical.encode(other)


def content_digest(item: Item) -> Digest:
    """What makes two versions the same: SHA-256 of the canonical JSON without version and
    predecessor."""
    return sha256(canonical.encode(item.to_json()))
