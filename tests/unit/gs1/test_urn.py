from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import InvalidInput
from ledger.gs1.components import CSET82
from ledger.gs1.urn import find_digital_link_of_urn, find_urn

PAIRS = [
    ("urn:epc:id:sgtin:4012345.012345.12", "/01/04012345123456/21/12"),
    ("urn:epc:id:sgtin:4012345.012345.1%2F2.3", "/01/04012345123456/21/1%2F2.3"),
    ("urn:epc:class:lgtin:4012345.012345.998877", "/01/04012345123456/10/998877"),
    ("urn:epc:idpat:sgtin:4012345.012345.*", "/01/04012345123456"),
    ("urn:epc:id:upui:4012345.012345.AB12", "/01/04012345123456/235/AB12"),
    ("urn:epc:id:sscc:4012345.0000000333", "/00/040123450000003338"),
    ("urn:epc:id:sgln:4012345.00011.987", "/414/4012345000115/254/987"),
    ("urn:epc:id:sgln:4012345.00011.0", "/414/4012345000115"),
    ("urn:epc:id:pgln:4012345.00011", "/417/4012345000115"),
    ("urn:epc:id:grai:4012345.66666.87", "/8003/0401234566666387"),
    ("urn:epc:idpat:grai:4012345.66666.*", "/8003/04012345666663"),
    ("urn:epc:id:giai:4012345.AAbb", "/8004/4012345AAbb"),
    ("urn:epc:id:gsrn:4012345.9876540000", "/8018/401234598765400000"),
    ("urn:epc:id:gsrnp:4012345.0000098765", "/8017/401234500000987658"),
    ("urn:epc:id:gdti:4012345.55555.98", "/253/401234555555498"),
    ("urn:epc:id:cpi:4012345.ABC.123", "/8010/4012345ABC/8011/123"),
    ("urn:epc:idpat:cpi:4012345.ABC.*", "/8010/4012345ABC"),
    ("urn:epc:id:sgcn:4012345.99999.44", "/255/401234599999044"),
    ("urn:epc:id:ginc:4012345.333", "/401/4012345333"),
    ("urn:epc:id:gsin:4012345.999987654", "/402/40123459999876541"),
    ("urn:epc:id:itip:4012345.012345.01.02.999", "/8006/040123451234560102/21/999"),
    ("urn:epc:idpat:itip:4012345.012345.01.02.*", "/8006/040123451234560102"),
]


@pytest.mark.parametrize(("urn", "path"), PAIRS)
def test_urn_and_link_say_the_same_both_ways(urn: str, path: str) -> None:
    link = find_digital_link_of_urn(urn)
    assert link is not None
    assert link.path == path
    assert find_urn(link, 7) == urn


@pytest.mark.parametrize(
    "urn",
    [
        "urn:epc:id:sgtin:4012345.12345.12",
        "urn:epc:id:sgtin:4012345.012345",
        "urn:epc:id:sgtin:4012345.012345.",
        "urn:epc:id:sgtin:4012345..12",
        "urn:epc:id:sgtin:40A2345.012345.12",
        "urn:epc:id:sgtin:4012345.01234X.12",
        "urn:epc:id:sgtin:4012345.012345.a b",
        "urn:epc:id:sgtin:4012345.012345.%zz",
        "urn:epc:id:lgtin:4012345.012345.12",
        "urn:epc:class:sgtin:4012345.012345.12",
        "urn:epc:idpat:sgtin:4012345.*.*",
        "urn:epc:idpat:sgtin:4012345.012345.12",
        "urn:epc:id:unknown:4012345.1",
        "urn:epc:raw:64.x1",
        "urn:epc:id:sgtin",
        "urn:epc:id:sscc:4012345.333",
    ],
)
def test_urn_malformed_refused(urn: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        find_digital_link_of_urn(urn)
    assert raised.value.code in ("epc-urn-malformed", "gs1-value-malformed")


def test_urn_of_foreign_scheme_has_no_link() -> None:
    assert find_digital_link_of_urn("urn:epc:id:gid:952056.2718.1414") is None


@given(
    st.text("0123456789", min_size=7, max_size=7),
    st.text("0123456789", min_size=6, max_size=6),
    st.text(CSET82, min_size=1, max_size=20),
)
def test_urn_any_serial_survives_both_ways(prefix: str, reference: str, serial: str) -> None:
    escaped = quote(serial, safe="!'()*+,:;=")
    urn = f"urn:epc:id:sgtin:{prefix}.{reference}.{escaped}"
    if serial == "*":
        return
    link = find_digital_link_of_urn(urn)
    assert link is not None
    assert dict(link.qualifiers)["21"] == serial
    assert find_urn(link, 7) == urn
