"""Codes: GS1 keys and local codes, told apart and spelled one way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import InvalidInput
from ledger.gs1.digital_link import parse_digital_link
from ledger.gs1.identifier import find_identifier
from ledger.identity.organization import OrgId
from ledger.masterdata.code import Code, find_local_uri
from ledger.masterdata.kind import Kind

ORG = OrgId(b"\x11" * 32)
BASE = "https://truyxuat.example.vn"

LOCAL = st.from_regex(r"[A-Za-z](?:[A-Za-z0-9._-]{0,58}[A-Za-z0-9])?", fullmatch=True)


@pytest.mark.parametrize(
    ("kind", "text", "spelled"),
    [
        (Kind.PRODUCT, "8938500000010", "08938500000010"),
        (Kind.PRODUCT, "08938500000010", "08938500000010"),
        (Kind.PLACE, "8938500000003", "8938500000003"),
        (Kind.PARTY, "8938500000003", "8938500000003"),
    ],
)
def test_gs1_key_has_one_spelling(kind: Kind, text: str, spelled: str) -> None:
    code = Code.parse(kind, text)
    assert (code.text, code.is_gs1) == (spelled, True)
    uri = code.gs1_uri()
    assert uri == code.uri(ORG, BASE) == parse_digital_link(uri or "").identity_uri


@pytest.mark.parametrize("text", ["NM-BL-01", "nm_1.5", "7", "123456", "a" * 60])
def test_local_code_is_kept_as_it_is(text: str) -> None:
    code = Code.parse(Kind.PRODUCT, text)
    assert (code.text, code.is_gs1, code.gs1_uri()) == (text, False, None)


@pytest.mark.parametrize(
    ("kind", "text", "error"),
    [
        (Kind.PRODUCT, "8938500000011", "gs1-check-digit-wrong"),
        (Kind.PLACE, "8938500000004", "gs1-check-digit-wrong"),
        (Kind.PRODUCT, "", "masterdata-malformed"),
        (Kind.PRODUCT, "-a", "masterdata-malformed"),
        (Kind.PRODUCT, "a/b", "masterdata-malformed"),
        (Kind.PRODUCT, "a b", "masterdata-malformed"),
        (Kind.PRODUCT, "nước", "masterdata-malformed"),
        (Kind.PRODUCT, "a" * 61, "masterdata-malformed"),
        (Kind.PRODUCT, "０8938500000010", "masterdata-malformed"),
    ],
)
def test_malformed_code_refused_with_pointer(kind: Kind, text: str, error: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Code.parse(kind, text)
    assert (caught.value.code, caught.value.pointer) == (error, "/code")


@given(LOCAL, st.sampled_from(Kind), st.one_of(st.none(), st.text(min_size=1, max_size=20)))
def test_local_uri_reads_back(text: str, kind: Kind, lot: str | None) -> None:
    code = Code.parse(kind, text)
    uri = code.uri(ORG, BASE)
    found = find_local_uri(uri)
    assert found is not None
    assert (found.org, found.code, found.lot) == (ORG, code, None)
    assert find_identifier(uri) is None, "it must not be taken for a GS1 key"
    if kind is Kind.PRODUCT and lot is not None:
        of_lot = find_local_uri(code.lot_uri(ORG, BASE, lot))
        assert of_lot is not None
        assert (of_lot.code, of_lot.lot) == (code, lot)


@pytest.mark.parametrize(
    "text",
    [
        "https://id.gs1.org/01/08938500000010",
        f"https://x.vn/o/{'11' * 32}/q/a",
        f"https://x.vn/o/{'11' * 31}/p/a",
        f"https://x.vn/o/{'11' * 32}/b/a/lot/1",
        f"https://x.vn/o/{'11' * 32}/p/%2F",
        "urn:uuid:1",
    ],
)
def test_other_uri_is_no_local_code(text: str) -> None:
    assert find_local_uri(text) is None


def test_lot_of_a_gtin_is_its_digital_link() -> None:
    code = Code.parse(Kind.PRODUCT, "8938500000010")
    assert code.lot_uri(ORG, BASE, "A/1") == "https://id.gs1.org/01/08938500000010/10/A%2F1"
