"""Commitments: a record hashed member by member, so that each can be shown without the others.

::

    members    every value reached through objects only, as [pointer, value]; arrays, scalars and
               empty objects are values. Ordered by pointer in UTF-16 code units.
    salts      SHAKE256(recordSalt ‖ "provenance/salt/v1"), 16 bytes each, in that order
    d_i        SHA256("provenance/member/v1\\n" ‖ salt_i ‖ JCS([pointer_i, value_i]))
    commitment SHA256("provenance/record/v1\\n" ‖ u32be(n) ‖ d_1 ‖ … ‖ d_n)

Who knows a member's value but not its salt cannot tell whether it is in a record: a price cannot
be found by trying all prices. `recordSalt` is 32 random bytes that are never shown; with it every
member can be tested, so it is destroyed with the body when a record is erased.

`commit` is the definition, written to be read. `commit_fast` and `commit_body` run for every
captured event and give the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256, shake_256
from operator import itemgetter
from typing import Any

import orjson

from ledger import canonical
from ledger.digest import Digest
from ledger.errors import InvalidInput

RECORD_SALT_BYTES = 32
SALT_BYTES = 16

MEMBER_DOMAIN = b"provenance/member/v1\n"
RECORD_DOMAIN = b"provenance/record/v1\n"
SALT_DOMAIN = b"provenance/salt/v1"

_SORT = orjson.OPT_SORT_KEYS
_POINTER = itemgetter(0)
_CACHED_POINTER = 200


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a record with its salt; `value_json` is the value in canonical JSON."""

    salt: bytes
    pointer: str
    value_json: bytes

    def digest(self) -> Digest:
        """d_i."""
        return Digest(sha256(member_preimage(self.salt, self.pointer, self.value_json)).digest())


@dataclass(frozen=True, slots=True)
class Commitment:
    """A committed record: its members in order, their digests, and the one digest over them."""

    members: tuple[Member, ...]
    digests: tuple[Digest, ...]
    digest: Digest


def flatten(envelope: dict[str, Any]) -> list[tuple[str, Any]]:
    """The members in order. Raises InvalidInput `record-malformed` for an empty envelope."""
    if not envelope:
        raise InvalidInput("record-malformed", "a record has members")
    members: list[tuple[str, Any]] = []
    _collect("", envelope, members)
    return sorted(members, key=_utf16)


def derive_salts(record_salt: bytes, count: int) -> list[bytes]:
    """The salts of the first `count` members."""
    stream = _salt_stream(record_salt, count)
    return [stream[at : at + SALT_BYTES] for at in range(0, len(stream), SALT_BYTES)]


def member_preimage(salt: bytes, pointer: str, value_json: bytes) -> bytes:
    """What d_i hashes."""
    return MEMBER_DOMAIN + salt + _opening(pointer) + value_json + b"]"


def commitment_digest(digests: list[Digest] | tuple[Digest, ...]) -> Digest:
    """The commitment over the member digests in order."""
    count = len(digests).to_bytes(4, "big")
    return Digest(sha256(RECORD_DOMAIN + count + b"".join(digests)).digest())


def commit(envelope: dict[str, Any], record_salt: bytes) -> Commitment:
    """Commit to an envelope as `Record.envelope` gives it."""
    flat = flatten(envelope)
    members = tuple(
        Member(salt, pointer, canonical.encode(value))
        for salt, (pointer, value) in zip(derive_salts(record_salt, len(flat)), flat, strict=True)
    )
    digests = tuple(member.digest() for member in members)
    return Commitment(members, digests, commitment_digest(digests))


def commitment_of(envelope: dict[str, Any], record_salt: bytes) -> bytes:
    """`commit(…).digest` without the rest."""
    return commit_fast(
        envelope["id"],
        envelope["org"],
        envelope["capturedAt"],
        envelope["kind"],
        envelope["body"],
        record_salt,
    )


def commit_fast(
    record_id: str, org: str, captured_at: str, kind: str, body: dict[str, Any], record_salt: bytes
) -> bytes:
    """`commit(envelope, record_salt).digest` of a version 1 envelope with these members."""
    return commit_body(record_id, org, captured_at, kind, body, record_salt)[1]


def commit_body(
    record_id: str, org: str, captured_at: str, kind: str, body: dict[str, Any], record_salt: bytes
) -> tuple[bytes, bytes]:
    """The body's canonical JSON and the commitment: both for little more than one of them."""
    members: list[tuple[str, Any]] = []
    if body:
        _collect("/body", body, members)
    else:
        members.append(("/body", body))
    members.sort(key=_POINTER)
    openings = [_opening(pointer) for pointer, _ in members]
    if not all(map(bytes.isascii, openings)):
        members.sort(key=_utf16)
        openings = [_opening(pointer) for pointer, _ in members]
    # "/body…" sorts before the other members of the envelope, whatever it holds.
    openings += (b'["/capturedAt",', b'["/id",', b'["/kind",', b'["/org",', b'["/v",')
    values = [value for _, value in members]
    if canonical.is_plain(body):
        # A copy, because orjson hands out its whole buffer: several times what is in it.
        body_json = bytes(memoryview(orjson.dumps(body, option=_SORT)))
        value_jsons = [orjson.dumps(value, option=_SORT) for value in values]
    else:
        body_json = canonical.encode(body)
        value_jsons = [canonical.encode(value) for value in values]
    value_jsons += map(orjson.dumps, (captured_at, record_id, kind, org, 1))
    salts = _salt_stream(record_salt, len(openings))
    digests = [
        sha256(
            b"".join((MEMBER_DOMAIN, salts[at : at + SALT_BYTES], opening, value_json, b"]"))
        ).digest()
        for at, opening, value_json in zip(
            range(0, len(salts), SALT_BYTES), openings, value_jsons, strict=True
        )
    ]
    count = len(digests).to_bytes(4, "big")
    return body_json, sha256(RECORD_DOMAIN + count + b"".join(digests)).digest()


def _collect(at: str, members: dict[str, Any], found: list[tuple[str, Any]]) -> None:
    for name, value in members.items():
        step = canonical.escape_step(name) if "/" in name or "~" in name else name
        here = f"{at}/{step}"
        if type(value) is dict and value:
            _collect(here, value, found)
        else:
            found.append((here, value))


def _utf16(member: tuple[str, Any]) -> bytes:
    return member[0].encode("utf-16-be")


def _salt_stream(record_salt: bytes, count: int) -> bytes:
    assert len(record_salt) == RECORD_SALT_BYTES, "a record salt has 32 bytes"
    return shake_256(record_salt + SALT_DOMAIN).digest(SALT_BYTES * count)


def _opening(pointer: str) -> bytes:
    """`["<pointer>",`: the first half of JCS([pointer, value])."""
    # Strangers choose member names: the memory they can make us keep is bounded.
    return _known_opening(pointer) if len(pointer) <= _CACHED_POINTER else _new_opening(pointer)


def _new_opening(pointer: str) -> bytes:
    return b"[" + orjson.dumps(pointer) + b","


_known_opening = lru_cache(maxsize=4096)(_new_opening)
