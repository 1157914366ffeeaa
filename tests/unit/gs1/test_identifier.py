from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import InvalidInput
from ledger.gs1.digital_link import DigitalLink
from ledger.gs1.identifier import Identifier, _identifier, find_identifier

ROOT = "https://id.gs1.org"
ITEM = f"{ROOT}/01/09521234001058"


@pytest.mark.parametrize(
    ("text", "uri", "is_instance", "lot"),
    [
        (f"{ITEM}/21/A1", f"{ITEM}/21/A1", True, None),
        (f"{ITEM}/10/L/21/A1", f"{ITEM}/21/A1", True, f"{ITEM}/10/L"),
        (f"{ITEM}/22/V/10/L/21/A1", f"{ITEM}/21/A1", True, f"{ITEM}/10/L"),
        (f"{ITEM}/10/L?17=290300", f"{ITEM}/10/L", False, None),
        (f"{ITEM}/10/A%2fB", f"{ITEM}/10/A%2FB", False, None),
        (ITEM, ITEM, False, None),
        (f"{ITEM}/22/V", ITEM, False, None),
        ("http://shop.example/a/01/09521234001058/21/A1", f"{ITEM}/21/A1", True, None),
        ("urn:epc:id:sgtin:9521234.000105.A1", f"{ITEM}/21/A1", True, None),
        ("urn:epc:class:lgtin:9521234.000105.L", f"{ITEM}/10/L", False, None),
        ("urn:epc:idpat:sgtin:9521234.000105.*", ITEM, False, None),
        (f"{ROOT}/00/095212340000000013", f"{ROOT}/00/095212340000000013", True, None),
        (f"{ROOT}/414/9521234000136", f"{ROOT}/414/9521234000136", True, None),
        ("urn:epc:id:sgln:9521234.00013.BE05", f"{ROOT}/414/9521234000136/254/BE05", True, None),
        (f"{ROOT}/253/9521234000136", f"{ROOT}/253/9521234000136", False, None),
        (f"{ROOT}/253/9521234000136X", f"{ROOT}/253/9521234000136X", True, None),
        (f"{ROOT}/8003/09521234000136", f"{ROOT}/8003/09521234000136", False, None),
        (f"{ROOT}/8010/9521234A", f"{ROOT}/8010/9521234A", False, None),
        (f"{ROOT}/8010/9521234A/8011/1", f"{ROOT}/8010/9521234A/8011/1", True, None),
    ],
)
def test_identifier_any_spelling_one_uri(
    text: str, uri: str, is_instance: bool, lot: str | None
) -> None:
    assert find_identifier(text) == Identifier(uri, is_instance, lot)


@pytest.mark.parametrize(
    "text",
    [
        "https://nongsan.example/lo/CA-2026-01",
        "https://shop.example/shelf/01/hanoi",
        "https://shop.example/order?id=/01/09521234001059",
        "urn:uuid:00000000-0000-4000-8000-000000000001",
        "urn:epc:id:gid:952056.2718.1414",
        "anything",
    ],
)
def test_identifier_without_gs1_key_none(text: str) -> None:
    assert find_identifier(text) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"{ROOT}/01/09521234001059", "gs1-check-digit-wrong"),
        ("https://shop.example/01/09521234001059/21/1", "gs1-check-digit-wrong"),
        ("https://shop.example/01/9521234001058", "gs1-value-malformed"),
        (f"{ROOT}/gtin/09521234001058", "gs1-link-malformed"),
        ("urn:epc:id:sgtin:9521234.0105.A1", "epc-urn-malformed"),
        ("urn:x:" + "a" * 1100, "identifier-too-long"),
    ],
)
def test_identifier_faulty_key_refused(text: str, code: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        find_identifier(text)
    assert raised.value.code == code


SAFE = st.text("ABCabc019.-_~", min_size=1, max_size=20)


@given(st.none() | SAFE, st.none() | SAFE)
def test_identifier_short_way_agrees_with_general_parser(
    lot: str | None, serial: str | None
) -> None:
    qualifiers = [(ai, value) for ai, value in (("10", lot), ("21", serial)) if value is not None]
    if "~" in f"{lot}{serial}":
        return  # ~ is no GS1 character; both ways refuse it
    link = DigitalLink(("01", "09521234001058"), tuple(qualifiers))
    assert find_identifier(link.identity_uri) == _identifier(link)
