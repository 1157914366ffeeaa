"""Forged files, records and submissions: no verifier may let one through.

A forger can always make the checksum good, so unless a case is about checksum or spelling, it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ledger.identity.eip712 import CURVE_ORDER, Domain
from tests.support.vectors.case import forged
from tests.support.vectors.edits import (
    Edit,
    change,
    drop,
    every,
    flip,
    put,
)
from tests.support.vectors.world import (
    CHAIN_ID,
    CHECKPOINT_LOG,
    REGISTRY,
    SIGNED_AT,
    World,
    key,
    org,
)


def _shown(pointer: str) -> Callable[[dict[str, Any]], int]:
    """Place of a disclosed member in the view."""

    def find(bundle: dict[str, Any]) -> int:
        members = bundle["record"]["members"]
        return next(i for i, item in enumerate(members) if item[1:2] == [pointer])

    return find


def _member(pointer: str, at: int, function: Callable[[Any], Any]) -> Edit:
    """Changes salt (0), pointer (1) or value (2) of a disclosed member."""

    def edit(bundle: dict[str, Any]) -> None:
        item = bundle["record"]["members"][_shown(pointer)(bundle)]
        item[at] = function(item[at])

    return edit


def _members(function: Callable[[list[Any]], list[Any]]) -> Edit:
    return change(function, "record", "members")


def _withhold(pointer: str) -> World:
    return World(hidden=(*World().hidden, pointer))


def _swapped(members: list[Any], first: int, second: int) -> list[Any]:
    members[first], members[second] = members[second], members[first]
    return members


def _high_s(signature: str) -> str:
    """The other signature of the same message: r ‖ n−s ‖ v'."""
    raw = bytes.fromhex(signature[2:])
    other = CURVE_ORDER - int.from_bytes(raw[32:64], "big")
    return "0x" + (raw[:32] + other.to_bytes(32, "big") + bytes([55 - raw[64]])).hex()


def _turn_checksum(data: bytes) -> bytes:
    """The bundle with the last bit of its checksum turned."""
    value = json.loads(data)
    old = value["checksum"]
    return data.replace(old.encode(), flip(old).encode())


FORMAT_CASES = [
    forged("not-json", "Not JSON at all.", damage=lambda _: b"intact"),
    forged("empty", "No bytes.", damage=lambda _: b""),
    forged("cut-short", "The last byte is missing.", damage=lambda data: data[:-1]),
    forged("line-feed-added", "One byte more.", damage=lambda data: data + b"\n"),
    forged(
        "indented",
        "The same JSON, spelled prettily.",
        damage=lambda data: json.dumps(json.loads(data), indent=1).encode(),
    ),
    forged(
        "escaped-letter",
        "One letter spelled as an escape.",
        damage=lambda data: data.replace(b'"type":"prov', b'"type":"\\u0070rov'),
    ),
    forged(
        "member-twice",
        "Two members with one name.",
        damage=lambda data: data.replace(b'{"anchor":', b'{"anchor":null,"anchor":', 1),
    ),
    forged(
        "not-normalised",
        "A name in NFD instead of NFC.",
        damage=lambda data: data.replace("ợ".encode(), "o\u031b\u0323".encode()),
    ),
    forged(
        "checksum-wrong",
        "One bit of the checksum turned.",
        damage=_turn_checksum,
    ),
    forged(
        "checksum-of-another",
        "A member changed and the checksum left.",
        damage=lambda data: data.replace(b'"commissioning"', b'"observing"'),
    ),
    forged("version-2", "A version this verifier does not know.", put(2, "v")),
    forged("version-true", "true is not 1.", put(True, "v")),
    forged("other-type", "Not a bundle.", put("provenance.trust", "type")),
    forged("an-array", "Not an object.", damage=lambda _: b"[]"),
    forged("member-unknown", "A member no bundle has.", put("yes", "trustMe")),
    forged("section-missing", "No status.", drop("status")),
    forged("log-missing", "Anchored, and not in the log.", put(None, "log")),
    forged("index-negative", "An index below zero.", put(-1, "log", "index")),
    forged("index-true", "true is not an index.", put(True, "log", "index")),
    forged("index-fractional", "1.5 is not an index.", put(1.5, "submission", "index")),
    forged("hex-upper-case", "A digest in capitals.", change(str.upper, "submission", "path", 0)),
    forged(
        "hex-prefixed", "0x where there is none.", change(lambda t: "0x" + t, "submission", "nonce")
    ),
    forged("node-short", "A path node of 31 bytes.", change(lambda t: t[2:], "log", "path", 0)),
    forged(
        "address-mixed-case",
        "A second spelling of an address.",
        put(key("producer").address, "signer", "address"),
    ),
    forged("custody-unknown", "Nobody holds the key.", put("nobody", "submission", "custody")),
    forged(
        "time-other-spelling",
        "A zone instead of Z.",
        put("2026-03-01T15:00:00.000+07:00", "exportedAt"),
    ),
]


MEMBER_CASES = [
    forged(
        "value-changed", "Another region.", _member("/body/ilmd/region", 2, lambda _: "Nghệ An")
    ),
    forged("number-changed", "Other moisture.", _member("/body/ilmd/moisture", 2, lambda _: 17.4)),
    forged("value-retyped", "The number as a string.", _member("/body/ilmd/moisture", 2, str)),
    forged("salt-changed", "One bit of a salt.", _member("/body/ilmd/region", 0, flip)),
    forged("salt-short", "A salt of 15 bytes.", _member("/body/ilmd/region", 0, lambda t: t[2:])),
    forged(
        "pointer-renamed",
        "Another name, same place.",
        _member("/body/ilmd/region", 1, lambda _: "/body/ilmd/source"),
    ),
    forged(
        "digest-changed",
        "One bit of a withheld member's digest.",
        _members(lambda m: [flip(i) if isinstance(i, str) else i for i in m]),
    ),
    forged("order-swapped", "Two members change places.", _members(lambda m: _swapped(m, -2, -3))),
    forged(
        "pointer-twice",
        "One pointer shown twice, with two values.",
        _members(lambda m: [*m, [m[-1][0], m[-1][1], 2]]),
    ),
    forged("member-dropped", "One member less.", _members(lambda m: m[1:])),
    forged(
        "digest-dropped",
        "A withheld member less.",
        _members(lambda m: [i for i in m if not isinstance(i, str)]),
    ),
    forged("digest-added", "A withheld member more.", _members(lambda m: [*m, "00" * 32])),
    forged(
        "value-and-object",
        "One pointer inside another.",
        _members(lambda m: [*m[:-1], ["00" * 16, "/org/name", "x"], m[-1]]),
    ),
    forged(
        "object-as-value",
        "An object that should have been flattened.",
        _member("/body/ilmd/region", 2, lambda v: {"name": v}),
    ),
    forged("nothing-shown", "No members.", _members(lambda _: [])),
    forged(
        "id-of-another",
        "The bundle is labelled with another record's id.",
        put("urn:uuid:00000000-0000-0000-0000-000000000000", "record", "id"),
    ),
    forged(
        "id-withheld",
        "The record's own id is withheld, so the label could say anything.",
        world=_withhold("/id"),
    ),
    forged("org-withheld", "Whose record it is, is withheld.", world=_withhold("/org")),
    forged("kind-withheld", "What kind of record it is, is withheld.", world=_withhold("/kind")),
    forged(
        "org-of-another",
        "Committed as another organization's record, submitted by this one.",
        world=World(record_org="stranger"),
    ),
]

SUBMISSION_CASES = [
    forged("path-node", "One bit of the path.", change(flip, "submission", "path", 0)),
    forged("path-short", "A node missing.", change(lambda p: p[:-1], "submission", "path")),
    forged("path-long", "A node too many.", change(lambda p: [*p, p[-1]], "submission", "path")),
    forged("path-index", "Another index.", put(0, "submission", "index")),
    forged("path-index-outside", "An index beyond the batch.", put(3, "submission", "index")),
    forged("count-changed", "Another count, which is signed.", put(4, "submission", "count")),
    forged("count-zero", "A batch of nothing.", put(0, "submission", "count")),
    forged("root-changed", "Another root.", change(flip, "submission", "root")),
    forged("nonce-changed", "Another nonce, which is signed.", change(flip, "submission", "nonce")),
    forged(
        "date-changed", "Signed a second earlier.", put(SIGNED_AT - 1, "submission", "signedAt")
    ),
    forged(
        "org-changed",
        "Attributed to another organization.",
        put(org("stranger").text, "submission", "org"),
    ),
    forged(
        "signature-bit",
        "One bit of the signature.",
        change(lambda t: t[:10] + flip(t[10:40]) + t[40:], "submission", "signature"),
    ),
    forged(
        "signature-high-s",
        "The same signature's malleable twin.",
        change(_high_s, "submission", "signature"),
    ),
    forged(
        "signature-v-0",
        "v 0 instead of 27.",
        change(lambda t: t[:-2] + "00", "submission", "signature"),
    ),
    forged(
        "signature-zero", "No signature.", put("0x" + "00" * 64 + "1b", "submission", "signature")
    ),
    forged(
        "signature-by-another",
        "Signed by somebody else's key, honestly named.",
        world=World(signing_key="stranger"),
    ),
    forged(
        "signer-renamed",
        "Signed by somebody else's key under the producer's name.",
        every(put(key("producer").address.lower(), "submission", "signer")),
        world=World(signing_key="stranger"),
    ),
    forged(
        "domain-other-chain", "Signed for another chain.", world=World(domain=Domain(1, REGISTRY))
    ),
    forged(
        "domain-other-contract",
        "Signed for another contract.",
        world=World(domain=Domain(CHAIN_ID, CHECKPOINT_LOG)),
    ),
]
