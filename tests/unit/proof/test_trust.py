"""Reading and writing trust files."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from ledger.errors import InvalidInput
from ledger.merkle.note import NoteSigner
from ledger.proof.trust import TrustAnchors, parse_trust
from tests.support.vectors.edits import Edit, drop, every, put, seen_by_issuer
from tests.support.vectors.world import REGISTRY, World, seed


def body() -> dict[str, Any]:
    value = World().trust().to_json()
    seen_by_issuer()(value)
    return value


def test_trust_encoded_and_parsed_is_the_same() -> None:
    trust = parse_trust(json.dumps(body()).encode())
    assert len(trust.heads) == len(trust.organizations) == len(trust.organizations[0].keys) == 1
    assert trust.to_json() == body()
    assert parse_trust(trust.encode()) == trust


def test_trust_any_json_spelling_read() -> None:
    assert parse_trust(json.dumps(body(), indent=4).encode()) == parse_trust(
        json.dumps(body()).encode()
    )


def test_trust_addresses_in_any_spelling_are_one() -> None:
    trust = World().trust()
    mixed = "0x" + "aB" * 20
    with pytest.raises(InvalidInput):
        replace(trust, organization_registry=mixed)
    assert replace(trust, organization_registry=REGISTRY).organization_registry == REGISTRY


@pytest.mark.parametrize(
    ("edit", "pointer"),
    [
        (put("provenance.bundle", "type"), "/type"),
        (put(2, "v"), "/v"),
        (put(True, "v"), "/v"),
        (drop("chain"), ""),
        (put(1, "more"), "/more"),
        (put("http://127.0.0.1", "chain", "rpc"), "/chain/rpc"),
        (put(["ftp://127.0.0.1"], "chain", "rpc"), "/chain/rpc/0"),
        (put(["http://"], "chain", "rpc"), "/chain/rpc/0"),
        (put(["http://[::1"], "chain", "rpc"), "/chain/rpc/0"),
        (put(["http://a", 1], "chain", "rpc"), "/chain/rpc/1"),
        (put(-1, "chain", "id"), "/chain/id"),
        (put("0x", "chain", "genesis"), "/chain/genesis"),
        (put(None, "chain", "engine"), "/chain/engine"),
        (put("0x" + "AA" * 20, "contracts", "recordStatus"), "/contracts/recordStatus"),
        (put("key", "log", "key"), "/log/key"),
        (put("elsewhere.example", "log", "origin"), "/log/key"),
        (
            put(NoteSigner.from_seed("other", seed("log key")).key.vkey, "log", "key"),
            "/log/key",
        ),
        (put("2026", "issuedAt"), "/issuedAt"),
        (put(None, "heads"), "/heads"),
        (put("12", "heads", 0, "size"), "/heads/0/size"),
        (put("00" * 31, "heads", 0, "root"), "/heads/0/root"),
        (put(4, "organizations", 0, "status"), "/organizations/0/status"),
        (drop("organizations", 0, "keys", 0, "purposes"), "/organizations/0/keys/0"),
        (put(1, "organizations", 0, "keys", 0, "custodial"), "/organizations/0/keys/0/custodial"),
    ],
)
def test_trust_member_of_wrong_form_refused_with_its_pointer(edit: Edit, pointer: str) -> None:
    value = body()
    every(edit)(value)
    with pytest.raises(InvalidInput) as refused:
        parse_trust(json.dumps(value).encode())
    assert (refused.value.code, refused.value.pointer) == ("trust-malformed", pointer)


def test_trust_without_anything_seen_is_sound() -> None:
    trust: TrustAnchors = World().trust()
    assert parse_trust(trust.encode()) == trust
