"""Commitments against an independent transcription of docs/formats/record.md."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger import canonical
from ledger.errors import InvalidInput
from ledger.records.commitment import (
    commit,
    commit_body,
    commit_fast,
    commitment_digest,
    commitment_of,
    derive_salts,
    flatten,
)
from tests.support.campaign import scale
from tests.support.json_values import bodies, texts

SALT = bytes(range(32))

many = settings(max_examples=scale(100, 20_000), deadline=None)
salts = st.binary(min_size=32, max_size=32)

HONEY = {
    "v": 1,
    "kind": "epcis.event",
    "id": "urn:uuid:00010203-0405-0607-0809-0a0b0c0d0e0f",
    "org": "0x" + "ab" * 32,
    "capturedAt": "2026-03-01T08:00:00.000Z",
    "body": {
        "type": "ObjectEvent",
        "action": "ADD",
        "readPoint": {"id": "https://id.gs1.org/414/8938500000003"},
        "epcList": ["https://id.gs1.org/01/08938500000010/21/1"],
        "ilmd": {},
        "ext:pricePerKg": 180000,
    },
}


def _envelope(body: dict[str, Any], **changes: str) -> dict[str, Any]:
    return {**HONEY, **changes, "body": body}


def _transcribed(envelope: dict[str, Any], record_salt: bytes) -> bytes:
    """The format's five steps, written without looking at the implementation."""
    found: list[tuple[str, Any]] = []

    def walk(value: Any, at: str) -> None:
        if isinstance(value, dict) and value:
            for name in value:
                walk(value[name], at + "/" + name.replace("~", "~0").replace("/", "~1"))
        else:
            found.append((at, value))

    walk(envelope, "")
    found.sort(key=lambda member: member[0].encode("utf-16-be"))
    stream = hashlib.shake_256(record_salt + b"provenance/salt/v1").digest(16 * len(found))
    digests = b""
    for number, (pointer, value) in enumerate(found):
        salt = stream[16 * number : 16 * number + 16]
        preimage = b"provenance/member/v1\n" + salt + rfc8785.dumps([pointer, value])
        digests += hashlib.sha256(preimage).digest()
    count = len(found).to_bytes(4, "big")
    return hashlib.sha256(b"provenance/record/v1\n" + count + digests).digest()


@many
@given(bodies, salts)
@example({}, SALT)
@example({"a": {}, "b": {"c": {}}}, SALT)
@example({"a": {"b": 1}, "a-b": 2, "a.b": 3}, SALT)
@example({"\ue000": 1, "\U0001f41d": 2, "z": {"\ue000": 1.0, "\U0001f41d": 2.5}}, SALT)
@example({"x" * 300: 1, "n": [1.0, {"\U0001f41d": 1, "\uffff": 2}]}, SALT)
def test_commit_equals_transcription_on_every_path(body: dict[str, Any], salt: bytes) -> None:
    envelope = _envelope(body)
    expected = _transcribed(envelope, salt)
    assert commit(envelope, salt).digest == expected
    assert commitment_of(envelope, salt) == expected
    parts = (HONEY["id"], HONEY["org"], HONEY["capturedAt"], HONEY["kind"])
    texts = [str(part) for part in parts]
    assert commit_fast(texts[0], texts[1], texts[2], texts[3], body, salt) == expected
    body_json, digest = commit_body(texts[0], texts[1], texts[2], texts[3], body, salt)
    assert (body_json, digest) == (canonical.encode(body), expected)


@given(texts, texts, texts, texts)
def test_commit_fast_binds_envelope_members(
    record_id: str, org: str, captured_at: str, kind: str
) -> None:
    envelope = _envelope({"a": 1}, id=record_id, org=org, capturedAt=captured_at, kind=kind)
    fast = commit_fast(record_id, org, captured_at, kind, {"a": 1}, SALT)
    assert fast == commit(envelope, SALT).digest == _transcribed(envelope, SALT)


def test_commit_of_documented_example_is_the_documented_digest() -> None:
    """The example of docs/formats/record.md."""
    assert (
        commit(HONEY, SALT).digest.hex()
        == "898963b362ce511fb2c7f8c893ca01edfc6effb47d3b53a7f292fed72325df5e"
    )


def test_flatten_orders_by_pointer_not_by_nesting() -> None:
    envelope = {"b": {"x": 1, "a": {}}, "b-c": 2, "a": [{"deep": 1}], "": {"": None}}
    assert flatten(envelope) == [
        ("//", None),
        ("/a", [{"deep": 1}]),
        ("/b-c", 2),
        ("/b/a", {}),
        ("/b/x", 1),
    ]


def test_flatten_escapes_names() -> None:
    assert flatten({"a/b": {"c~d": 1}}) == [("/a~1b/c~0d", 1)]


def test_flatten_of_nothing_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        flatten({})
    assert refused.value.code == "record-malformed"


def test_derive_salts_is_one_stream_of_shake256() -> None:
    stream = hashlib.shake_256(SALT + b"provenance/salt/v1").digest(80)
    assert b"".join(derive_salts(SALT, 5)) == stream
    assert derive_salts(SALT, 5)[:3] == derive_salts(SALT, 3)
    assert len(set(derive_salts(SALT, 1000))) == 1000


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_derive_salts_from_salt_of_other_length_is_a_bug(length: int) -> None:
    with pytest.raises(AssertionError):
        derive_salts(bytes(length), 1)


@many
@given(bodies, salts, st.data())
def test_commit_any_changed_member_changes_commitment(
    body: dict[str, Any], salt: bytes, data: st.DataObject
) -> None:
    committed = commit(_envelope(body), salt)
    assert committed.digests == tuple(member.digest() for member in committed.members)
    assert commitment_digest(committed.digests) == committed.digest
    at = data.draw(st.integers(0, len(committed.digests) - 1))
    changed = list(committed.digests)
    del changed[at]
    assert commitment_digest(changed) != committed.digest
    other = bytes(31) + b"\x01"
    assert commit(_envelope(body), bytes(a ^ b for a, b in zip(salt, other, strict=True))) != (
        committed
    )
