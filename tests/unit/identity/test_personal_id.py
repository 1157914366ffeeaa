from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import InvalidInput
from ledger.identity.organization import OrgId
from ledger.identity.personal_id import PersonalId

KEY = bytes(range(32))
ORG, OTHER = OrgId(b"\x01" * 32), OrgId(b"\x02" * 32)
NUMBERS = st.builds(
    lambda province, rest: f"{province:03d}{rest:09d}",
    st.integers(1, 96),
    st.integers(0, 10**9 - 1),
)


def test_digest_is_the_documented_one() -> None:
    said = b"provenance/personal-id/v1\n" + ORG + b"038085001234"
    wanted = hmac.new(KEY, said, hashlib.sha256).hexdigest()
    assert PersonalId.parse(" 038 085.001-234 ").digest(KEY, ORG).hex() == wanted


@given(NUMBERS, NUMBERS)
def test_digest_tells_numbers_keys_and_organizations_apart(one: str, other: str) -> None:
    digest = PersonalId(one).digest(KEY, ORG)
    assert PersonalId.parse(f"{one[:3]} {one[3:]}").digest(KEY, ORG) == digest
    assert (PersonalId(other).digest(KEY, ORG) == digest) is (one == other)
    assert PersonalId(one).digest(KEY, OTHER) != digest
    assert PersonalId(one).digest(bytes(32), ORG) != digest
    assert one not in digest.hex()


@pytest.mark.parametrize(
    "text",
    ["", "38085001234", "0380850012345", "000085001234", "097085001234", "03808500123x",
     "٠٣٨٠٨٥٠٠١٢٣٤", "138085001234"],
)  # fmt: skip
def test_what_is_no_personal_number_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        PersonalId.parse(text)
    assert caught.value.code == "personal-id-malformed"
    assert not text or text not in str(caught.value)


def test_number_does_not_show_itself() -> None:
    assert "038" not in repr(PersonalId("038085001234"))
