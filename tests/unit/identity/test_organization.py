"""Organization ids and profiles."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from ledger import canonical
from ledger.errors import InvalidInput
from ledger.identity.organization import OrgId, Profile, Purpose, Role

ORG = OrgId(b"\xab" * 32)
COOPERATIVE = Profile(
    ORG, "Hợp tác xã Mật ong Pù Luông", "Pu Luong Honey Cooperative", "producer", "0f" * 16
)


def test_org_id_round_trips() -> None:
    assert ORG.text == "0x" + "ab" * 32
    assert OrgId.parse(ORG.text) == ORG
    assert OrgId.random() != OrgId.random()


@pytest.mark.parametrize(
    "text", ["", "ab" * 32, "0x" + "AB" * 32, "0x" + "ab" * 31, "0x" + "ab" * 32 + "\n", None, 7]
)
def test_org_id_other_spelling_is_refused(text: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        OrgId.parse(text)  # type: ignore[arg-type]
    assert refused.value.code == "org-id-malformed"


def test_org_id_other_length_is_refused() -> None:
    with pytest.raises(InvalidInput):
        OrgId(b"short")


def test_bits_are_those_of_the_contracts() -> None:
    assert list(Role) == [1, 2, 4, 8, 16]
    assert {purpose.name: purpose.value for purpose in Purpose} == {
        "SUBMIT": 1,
        "PUBLISH": 2,
        "STATUS": 4,
        "ADMIN": 8,
        "CLERK": 16,
        "GATEWAY": 32,
        "LEADER": 64,
    }


def test_profile_round_trips() -> None:
    assert Profile.from_json(COOPERATIVE.to_json()) == COOPERATIVE
    made = Profile.new(ORG, "Quán nhỏ", "Small shop", "shop")
    assert Profile.from_json(made.to_json()) == made
    assert len(made.salt) == 32
    assert made.salt != Profile.new(ORG, "Quán nhỏ", "Small shop", "shop").salt


def test_profile_digest_is_domain_and_canonical_json() -> None:
    expected = hashlib.sha256(
        b"provenance/profile/v1\n" + canonical.encode(COOPERATIVE.to_json())
    ).digest()
    assert COOPERATIVE.digest() == expected


def _with(**changes: Any) -> dict[str, Any]:
    return {**COOPERATIVE.to_json(), **changes}


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        _with(v=2),
        _with(v=True),
        _with(v=1.0),
        _with(more=1),
        _with(name=None),
        _with(name=""),
        _with(name=" \t"),
        _with(name="x" * 201),
        _with(nameEn="x" * 201),
        _with(nameEn=5),
        _with(kind=""),
        _with(kind="x" * 41),
        _with(salt="zz"),
        _with(salt="0F" * 16),
        _with(salt="00" * 15),
        {name: member for name, member in COOPERATIVE.to_json().items() if name != "salt"},
    ],
)
def test_profile_other_form_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        Profile.from_json(value)
    assert refused.value.code == "profile-malformed"


def test_profile_of_malformed_org_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        Profile.from_json(_with(org="0x00"))
    assert refused.value.code == "org-id-malformed"


def test_profile_not_in_nfc_is_refused_not_changed() -> None:
    with pytest.raises(InvalidInput) as refused:
        Profile.from_json(_with(name="Ho\u0323p ta\u0301c xa\u0303"))
    assert refused.value.code == "json-not-normalised"
