"""Vectors that no verifier may let through. A forger can always make the checksum good, so unless
a case is about the checksum or the spelling, it is."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from ledger.identity.eip712 import CURVE_ORDER, Domain
from ledger.identity.organization import Purpose
from ledger.merkle.checkpoint import Checkpoint, sign_checkpoint
from ledger.merkle.note import NoteSigner
from ledger.verify.report import Verdict
from tests.support.vectors.case import Case, Edit, change, drop, every, flip, put
from tests.support.vectors.sound_cases import declared, seen_by_issuer, standing
from tests.support.vectors.world import (
    ANCHORED_AT,
    BLOCK,
    CHAIN_ID,
    CHECKPOINT_LOG,
    LOG_SIGNER,
    ORIGIN,
    REGISTRY,
    SIGNED_AT,
    START,
    World,
    block_hash,
    key,
    org,
    seed,
)


def forged(what: str, why: str, edit: Edit | None = None, **more: Any) -> Case:
    """A case whose verdict is "does not match"."""
    return Case(what=what, why=why, verdict=Verdict.DOES_NOT_MATCH, edit=edit or every(), **more)


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


def _checkpoint(note: str, *, size: int | None = None, root: str | None = None) -> str:
    """The same note with another size or root and the old signature."""
    origin, old_size, old_root, *rest = note.split("\n")
    return "\n".join([origin, str(size or old_size), root or old_root, *rest])


def _signed(origin: str = ORIGIN, signer: NoteSigner = LOG_SIGNER, size: int = 11) -> Edit:
    """A checkpoint over the true root, signed by whom it should not be, or for what it is not."""
    head = Checkpoint(origin, size, World().root())
    return put(sign_checkpoint(head, signer), "log", "checkpoint")


_OTHER_ROOT = base64.b64encode(seed("other root")).decode()


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

SIGNER_CASES = [
    forged(
        "organization-unknown",
        "The registry has no such organization.",
        chain=put([], "organizations"),
    ),
    forged("key-unknown", "The registry has no such key.", chain=put([], "keys")),
    forged(
        "key-of-another",
        "The key is another organization's.",
        chain=put(org("stranger").text, "keys", 0, "org"),
    ),
    forged(
        "key-expired",
        "The key ended the second it was used.",
        world=World().with_key(valid_until=SIGNED_AT),
    ),
    forged(
        "key-not-yet-valid",
        "The key was valid a second later.",
        world=World().with_key(valid_from=SIGNED_AT + 1),
    ),
    forged(
        "key-registered-later",
        "Registered after the anchoring.",
        world=World().with_key(registered_at=ANCHORED_AT + 1),
    ),
    forged(
        "key-compromised-before",
        "Compromised before it signed.",
        world=World().with_key(compromised_at=SIGNED_AT),
    ),
    forged(
        "key-compromised-at-anchoring",
        "Dated before the compromise, anchored after it.",
        world=World().with_key(compromised_at=ANCHORED_AT),
    ),
    forged(
        "key-compromised-while-pending",
        "Compromised before it was ever anchored.",
        put(None, "anchor"),
        world=World().with_key(compromised_at=SIGNED_AT + 1),
        chain=put([], "heads"),
    ),
    forged(
        "purpose-missing",
        "The key may do everything but submit.",
        world=World().with_key(purposes=int(~Purpose.SUBMIT & 15)),
    ),
    forged(
        "custody-lie",
        "The platform's key, passed off as the organization's own.",
        world=World(custody="organization"),
    ),
    forged(
        "custody-modest",
        "The organization's own key, passed off as the platform's.",
        world=World().with_key(custodial=False),
    ),
    forged(
        "custody-edited",
        "Custody is in the log: it cannot be changed afterwards.",
        put("organization", "submission", "custody"),
    ),
    forged(
        "copy-custodial",
        "The bundle's copy of the key entry lies about custody.",
        put(False, "signer", "custodial"),
    ),
    forged("copy-purposes", "The copy lies about purposes.", put(15, "signer", "purposes")),
    forged("copy-valid-from", "The copy lies about the start.", put(START, "signer", "validFrom")),
    forged(
        "copy-ended",
        "The copy has an end the registry does not have.",
        put(START + 9999, "signer", "validUntil"),
    ),
    forged(
        "copy-ends-earlier",
        "The copy ends before the registry's entry: ends move one way.",
        put(START + 9999, "signer", "validUntil"),
        world=World().with_key(valid_until=START + 99999),
    ),
    forged(
        "copy-compromised",
        "The copy is marked compromised, the registry's entry is not.",
        put(START + 9999, "signer", "compromisedAt"),
    ),
    forged(
        "copy-other-address",
        "The copy is of another key.",
        put(key("stranger").address.lower(), "signer", "address"),
    ),
    forged(
        "profile-renamed",
        "Another name over the same signature.",
        put("Hợp tác xã Khác", "signer", "profile", "name"),
    ),
    forged(
        "profile-of-another",
        "The profile of another organization.",
        put(org("stranger").text, "signer", "profile", "org"),
    ),
    forged("profile-salt", "Another salt.", change(flip, "signer", "profile", "salt")),
    forged(
        "organization-suspended",
        "Suspended the second the record was anchored.",
        chain=standing(2, ANCHORED_AT),
    ),
    forged("organization-removed", "Removed before the anchoring.", chain=standing(3, SIGNED_AT)),
    forged(
        "organization-registered-later",
        "Registered after the anchoring.",
        chain=every(
            put(ANCHORED_AT + 1, "organizations", 0, "registeredAt"),
            put(ANCHORED_AT + 1, "organizations", 0, "statusSince"),
        ),
    ),
]

LOG_CASES = [
    forged("leaf-index", "Another leaf.", put(7, "log", "index")),
    forged("leaf-index-outside", "A leaf beyond the tree.", put(11, "log", "index")),
    forged("leaf-index-huge", "The largest index there is.", put(2**53 - 1, "log", "index")),
    forged("path-node", "One bit of the path.", change(flip, "log", "path", 0)),
    forged("path-top-node", "One bit at the top.", change(flip, "log", "path", -1)),
    forged("path-short", "A node missing.", change(lambda p: p[:-1], "log", "path")),
    forged("path-long", "A node too many.", change(lambda p: [*p, p[0]], "log", "path")),
    forged("path-empty", "No path.", put([], "log", "path")),
    forged("path-reversed", "The path upside down.", change(lambda p: p[::-1], "log", "path")),
    forged(
        "size-changed", "A path for another size than the checkpoint's.", put(12, "log", "size")
    ),
    forged("size-zero", "A leaf of the empty tree.", put(0, "log", "size")),
    forged(
        "checkpoint-size",
        "Another size under the old signature.",
        every(
            change(lambda n: _checkpoint(n, size=12), "log", "checkpoint"), put(12, "log", "size")
        ),
    ),
    forged(
        "checkpoint-root",
        "Another root under the old signature.",
        change(lambda n: _checkpoint(n, root=_OTHER_ROOT), "log", "checkpoint"),
    ),
    forged(
        "checkpoint-other-key",
        "Signed by another key under the log's name.",
        _signed(signer=NoteSigner.from_seed(ORIGIN, seed("other log"))),
    ),
    forged(
        "checkpoint-other-origin",
        "The log's key signed another log's head.",
        _signed(origin="elsewhere.example/log"),
    ),
    forged(
        "checkpoint-other-size", "The log's key signed this root at another size.", _signed(size=12)
    ),
    forged(
        "checkpoint-unsigned",
        "No signature line.",
        change(lambda n: n.partition("\n\n")[0] + "\n\n", "log", "checkpoint"),
    ),
    forged("checkpoint-not-a-note", "No note at all.", put("", "log", "checkpoint")),
    forged(
        "checkpoint-leading-zero",
        "A second spelling of the size.",
        change(lambda n: n.replace("\n11\n", "\n011\n"), "log", "checkpoint"),
    ),
]

CHAIN_CASES = [
    forged("head-missing", "No such head on the chain.", chain=put([], "heads")),
    forged(
        "head-other-size",
        "The chain has a head of another size.",
        chain=put(12, "heads", 0, "size"),
    ),
    forged(
        "head-other-root",
        "The chain has another root at this size: two histories.",
        chain=change(flip, "heads", 0, "root"),
    ),
    forged(
        "head-of-another-log",
        "The head is another log's.",
        chain=put(seed("log id").prefixed, "heads", 0, "logId"),
    ),
    forged(
        "pending-head-other-root",
        "Not anchored by its own word; the chain has another root.",
        put(None, "anchor"),
        chain=change(flip, "heads", 0, "root"),
    ),
    forged("claims-other-chain", "The bundle names another chain id.", put(1, "anchor", "chainId")),
    forged(
        "claims-other-genesis",
        "The bundle names another genesis.",
        put(block_hash(0, "other").prefixed, "anchor", "genesis"),
    ),
    forged(
        "claims-other-contract",
        "The bundle names another contract.",
        put("0x" + "99" * 20, "anchor", "checkpointLog"),
    ),
    forged(
        "offline-other-root",
        "The issuer of the trust file saw another root.",
        trust=every(seen_by_issuer(), change(flip, "heads", 0, "root")),
        chain=None,
    ),
    forged(
        "tampered-and-unreachable",
        "A refused proof outranks a silent chain.",
        change(flip, "submission", "path", 0),
        chain=put(True, "unreachable"),
    ),
    forged(
        "tampered-and-recalled",
        "A refused proof outranks a recall.",
        change(flip, "submission", "path", 0),
        chain=declared("authority", "recalled"),
    ),
    forged(
        "tampered-and-foreign",
        "A refused proof outranks not being of this ledger.",
        every(put("elsewhere.example/log", "log", "origin"), change(flip, "submission", "path", 0)),
    ),
    forged(
        "tampered-and-pending",
        "A refused proof outranks waiting.",
        every(put(None, "anchor"), change(flip, "log", "path", 0)),
        chain=put([], "heads"),
    ),
    forged(
        "tampered-and-nodes-disagree",
        "A refused proof outranks nodes that disagree.",
        change(flip, "submission", "nonce"),
        second_chain=every(change(flip, "heads", 0, "root"), put(BLOCK, "heads", 0, "block")),
    ),
]

FORGED = [
    *FORMAT_CASES,
    *MEMBER_CASES,
    *SUBMISSION_CASES,
    *SIGNER_CASES,
    *LOG_CASES,
    *CHAIN_CASES,
]
