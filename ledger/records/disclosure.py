"""Disclosed views: some members of a record with their salts, of the others only the digest.

JSON: an array in the order of the commitment, each item `[salt, pointer, value]` (salt 32 hex
digits) or a digest (64 hex digits). Whoever holds the view can compute the commitment and so see
that nothing shown was changed; of what is withheld they learn only how many members there are.

A view is checked as it is read: no record flattens into members out of order, into one inside
another, or into an object with members of its own. A view that says so was made up, and could
show one thing to a reader of `value` and another to a reader of the list.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, Self

import orjson

from ledger import canonical
from ledger.canonical import MAX_DEPTH, JsonValue
from ledger.digest import Digest
from ledger.errors import InvalidInput
from ledger.records.commitment import SALT_BYTES, Commitment, Member, commitment_digest
from ledger.records.policy import Audience, is_disclosed

MAX_MEMBERS = 100_000

_SALT = re.compile(r"[0-9a-f]{32}")
_POINTER = re.compile(r"(?:/(?:[^~/]|~[01])*)+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Disclosed:
    """One member that is shown."""

    salt: bytes
    pointer: str
    value: JsonValue

    def digest(self) -> Digest:
        """Its digest in the commitment."""
        return Member(self.salt, self.pointer, canonical.encode(self.value)).digest()

    def steps(self) -> list[str]:
        """Names on the way to the member, unescaped (RFC 6901 section 4)."""
        return [step.replace("~1", "/").replace("~0", "~") for step in self.pointer[1:].split("/")]


@dataclass(frozen=True, slots=True)
class DisclosedView:
    """All members of one record in order, shown or withheld.

    Raises InvalidInput `view-malformed` with the pointer of the fault.
    """

    items: tuple[Disclosed | Digest, ...]

    def __post_init__(self) -> None:
        if not 0 < len(self.items) <= MAX_MEMBERS:
            _refuse(f"a record has 1 to {MAX_MEMBERS} members", "")
        _check_order(self.items)

    @property
    def n(self) -> int:
        """How many members the record has, withheld ones included."""
        return len(self.items)

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Read the JSON array; its values are as `canonical.parse` returns them."""
        if not isinstance(value, list):
            _refuse("the members are not an array", "")
        return cls(tuple(_read_item(item, index) for index, item in enumerate(value)))

    def to_json(self) -> list[Any]:
        """The JSON array."""
        return [
            item.hex() if isinstance(item, Digest) else [item.salt.hex(), item.pointer, item.value]
            for item in self.items
        ]

    def members(self) -> list[tuple[str, JsonValue]]:
        """Pointers and values of what is shown, in order."""
        return [(item.pointer, item.value) for item in self.items if isinstance(item, Disclosed)]

    def commitment(self) -> Digest:
        """The commitment of the only record this can be a view of."""
        return commitment_digest(
            [item if isinstance(item, Digest) else item.digest() for item in self.items]
        )

    def without(self, pointer: str) -> Self:
        """The same view, giving the same commitment, that withholds this member too."""
        return type(self)(
            tuple(
                item.digest() if isinstance(item, Disclosed) and item.pointer == pointer else item
                for item in self.items
            )
        )

    def value(self) -> dict[str, JsonValue]:
        """What is shown, nested again as in the record's envelope."""
        envelope: dict[str, JsonValue] = {}
        for item in self.items:
            if isinstance(item, Disclosed):
                *way, last = item.steps()
                at = envelope
                for step in way:
                    at = at.setdefault(step, {})
                at[last] = item.value
        return envelope


def disclose(commitment: Commitment, kind: str, audience: Audience) -> DisclosedView:
    """What the default policy of that kind shows to that audience."""
    return DisclosedView(
        tuple(
            Disclosed(member.salt, member.pointer, orjson.loads(member.value_json))
            if is_disclosed(kind, member.pointer, audience)
            else digest
            for member, digest in zip(commitment.members, commitment.digests, strict=True)
        )
    )


def _read_item(item: Any, index: int) -> Disclosed | Digest:
    if isinstance(item, str):
        try:
            return Digest.from_hex(item)
        except InvalidInput as error:
            raise InvalidInput("view-malformed", error.detail, pointer=f"/{index}") from error
    if not isinstance(item, list) or len(item) != 3:
        _refuse("neither a digest nor salt, pointer and value", f"/{index}")
    salt, pointer, value = item
    if not isinstance(salt, str) or _SALT.fullmatch(salt) is None:
        _refuse(f"a salt is {2 * SALT_BYTES} lower-case hexadecimal digits", f"/{index}/0")
    if not isinstance(pointer, str) or _POINTER.fullmatch(pointer) is None:
        _refuse("not the JSON pointer of a member", f"/{index}/1")
    if isinstance(value, dict) and value:
        _refuse("an object with members is not one member", f"/{index}/2")
    return Disclosed(bytes.fromhex(salt), pointer, value)


def _check_order(items: Sequence[Disclosed | Digest]) -> None:
    before = b""
    ways: set[str] = set()
    shown: set[str] = set()
    for index, item in enumerate(items):
        if not isinstance(item, Disclosed):
            continue
        if item.pointer.count("/") > MAX_DEPTH:
            _refuse(f"more than {MAX_DEPTH} levels deep", f"/{index}/1")
        place = item.pointer.encode("utf-16-be")
        if place <= before:
            _refuse("the members are not in the order of their pointers", f"/{index}/1")
        before = place
        shown.add(item.pointer)
        way = item.pointer.rpartition("/")[0]
        while way and way not in ways:
            ways.add(way)
            way = way.rpartition("/")[0]
    inside = ways & shown
    if inside:
        _refuse(f"{min(inside)!r:.80} is shown as a value and as an object", "")


def _refuse(detail: str, pointer: str) -> NoReturn:
    raise InvalidInput("view-malformed", detail, pointer=pointer)
