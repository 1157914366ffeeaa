"""Reading and writing proof bundles."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ledger import canonical
from ledger.errors import InvalidInput, TooLarge
from ledger.identity.organization import OrgId
from ledger.ports import StatusOnChain
from ledger.proof.bundle import MAX_BUNDLE_BYTES, Bundle, StatusEvidence, checksum, parse_bundle
from tests.support.vectors.edits import Edit, drop, put
from tests.support.vectors.world import EXPORTED_AT, World, org, seed


def bundle(**changes: Any) -> Bundle:
    return replace(World().bundle(), **changes)


def declared(kind: int) -> StatusOnChain:
    return StatusOnChain(org("authority"), kind, EXPORTED_AT, seed("notice"), True)


def refusal(data: bytes) -> InvalidInput:
    with pytest.raises(InvalidInput) as refused:
        parse_bundle(data)
    return refused.value


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"anchor": None},
        {"anchor": None, "log": None},
        {"signer": replace(World().bundle().signer, profile=None)},
        {"status": StatusEvidence(0, tuple(map(declared, (1, 2, 3, 4))))},
    ],
    ids=["whole", "not-anchored", "not-in-log", "profile-erased", "every-status"],
)
def test_bundle_encoded_and_parsed_is_the_same(changes: dict[str, Any]) -> None:
    made = bundle(**changes)
    data = made.encode()
    assert parse_bundle(data) == made
    assert parse_bundle(data).encode() == data


def test_bundle_checksum_is_the_documented_digest() -> None:
    body = bundle().to_json()
    stated = body.pop("checksum")
    from hashlib import sha256

    assert stated == sha256(b"provenance/bundle/v1\n" + canonical.encode(body)).hexdigest()


def test_bundle_too_large_is_not_looked_at() -> None:
    error = refusal(b" " * (MAX_BUNDLE_BYTES + 1))
    assert isinstance(error, TooLarge)
    assert error.code == "bundle-too-large"


@pytest.mark.parametrize(
    ("edit", "code", "pointer"),
    [
        (put("urn:uuid:", "record", "id"), "bundle-malformed", "/record/id"),
        (put(1, "record", "id"), "bundle-malformed", "/record/id"),
        (put({}, "record", "members"), "view-malformed", "/record/members"),
        (put(["zz"], "record", "members"), "view-malformed", "/record/members/0"),
        (put([], "record"), "bundle-malformed", "/record"),
        (put("1", "submission", "v"), "submission-malformed", "/submission/v"),
        (put(1, "submission", "index2"), "bundle-malformed", "/submission/index2"),
        (put("x", "submission", "path"), "bundle-malformed", "/submission/path"),
        (put(["00" * 32] * 64, "log", "path"), "bundle-malformed", "/log/path"),
        (put([1], "log", "path"), "bundle-malformed", "/log/path/0"),
        (put(1, "log", "checkpoint"), "bundle-malformed", "/log/checkpoint"),
        (put("31337", "anchor", "chainId"), "bundle-malformed", "/anchor/chainId"),
        (put("11" * 20, "anchor", "registry"), "bundle-malformed", "/anchor/registry"),
        (put("00" * 32, "anchor", "genesis"), "bundle-malformed", "/anchor/genesis"),
        (put(0, "signer", "custodial"), "bundle-malformed", "/signer/custodial"),
        (put(256, "signer", "purposes"), "bundle-malformed", "/signer/purposes"),
        (put({}, "signer", "profile"), "bundle-malformed", "/signer/profile"),
        (put("x", "signer", "profile"), "bundle-malformed", "/signer/profile"),
        (drop("signer", "profile"), "bundle-malformed", "/signer"),
        (put([{}], "status", "entries"), "bundle-malformed", "/status/entries/0"),
        (put(2**53, "status", "checkedAt"), "json-number-out-of-range", "/status/checkedAt"),
        (put("yesterday", "exportedAt"), "bundle-malformed", "/exportedAt"),
        (put("2026-02-30T08:00:00.000Z", "exportedAt"), "bundle-malformed", "/exportedAt"),
        (put("2026-03-01T08:00:00Z", "exportedAt"), "bundle-malformed", "/exportedAt"),
    ],
)
def test_bundle_member_of_wrong_form_refused_with_its_pointer(
    edit: Edit, code: str, pointer: str
) -> None:
    body = bundle().to_json()
    edit(body)
    if code != "json-number-out-of-range":
        body["checksum"] = checksum(body).hex()
        data = canonical.encode(body)
    else:
        data = canonical.encode(bundle().to_json()).replace(
            b'"checkedAt":' + str(EXPORTED_AT).encode(), b'"checkedAt":' + str(2**53).encode()
        )
    error = refusal(data)
    assert (error.code, error.pointer) == (code, pointer)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("kind", "lost"),
        ("kind", 1),
        ("time", -1),
        ("reason", "0x" + "00" * 32),
        ("authority", 1),
        ("org", OrgId(bytes(32)).hex()),
    ],
)
def test_bundle_status_entry_of_wrong_form_refused(name: str, value: object) -> None:
    body = bundle(status=StatusEvidence(0, (declared(1),))).to_json()
    body["status"]["entries"][0][name] = value
    body["checksum"] = checksum(body).hex()
    assert refusal(canonical.encode(body)).pointer == f"/status/entries/0/{name}"
