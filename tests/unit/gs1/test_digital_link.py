from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import InvalidInput
from ledger.gs1.application_identifiers import table
from ledger.gs1.components import CSET82
from ledger.gs1.digital_link import DigitalLink, find_digital_link, parse_digital_link
from ledger.gs1.keys import check_digit

ITEM = "https://id.gs1.org/01/09521234001058"
UNIT = "https://id.gs1.org/00/095212340000000013"


@pytest.mark.parametrize(
    ("uri", "elements"),
    [
        (f"{ITEM}/22/2A/10/ABC/21/1", "(01)09521234001058(22)2A(10)ABC(21)1"),
        (f"{ITEM}/235/XYZ?10=ABC", "(01)09521234001058(235)XYZ(10)ABC"),
        (f"{ITEM}?&&99=A&x=1&single&98=B#part", "(01)09521234001058(99)A(98)B"),
        (f"{ITEM}?99=a%2Fb", "(01)09521234001058(99)a/b"),
        ("HTTPS://A.EXAMPLE/01/09521234001058", "(01)09521234001058"),
        ("https://a.example:8443/x/y/01/09521234001058", "(01)09521234001058"),
        ("https://a.example/00/faux/00/095212340000000013", "(00)095212340000000013"),
        ("https://a.example/8006/095212340010580102/21/7", "(8006)095212340010580102(21)7"),
        ("https://a.example/8018/952123400000000017/8019/3", "(8018)952123400000000017(8019)3"),
        ("https://a.example/8010/9521234ABC/8011/12", "(8010)9521234ABC(8011)12"),
        ("https://a.example/253/9521234000136DOC-1", "(253)9521234000136DOC-1"),
        ("https://a.example/8003/09521234000136R1", "(8003)09521234000136R1"),
        ("https://a.example/253/9521234000136D?8030=ab", "(253)9521234000136D(8030)ab"),
        ("https://a.example/00/095212340000000013?8030=ab", "(00)095212340000000013(8030)ab"),
        (
            f"{UNIT}?02=09521234001058&37=25&10=L",
            "(00)095212340000000013(02)09521234001058(37)25(10)L",
        ),
        (f"{ITEM}?422=704", "(01)09521234001058(422)704"),
        (
            f"{ITEM}?3103=000195&3922=0299&17=280229",
            "(01)09521234001058(3103)000195(3922)0299(17)280229",
        ),
        ("https://a.example/8004/9521234X", "(8004)9521234X"),
        ("https://a.example/8013/1987654Ad4X4bL5ttr2310c2K", "(8013)1987654Ad4X4bL5ttr2310c2K"),
    ],
)
def test_link_valid_read(uri: str, elements: str) -> None:
    link = parse_digital_link(uri)
    assert link.element_string == elements
    assert parse_digital_link(link.canonical_uri).canonical_uri == link.canonical_uri


@pytest.mark.parametrize(
    ("uri", "code", "message"),
    [
        ("HtTp://a/01/09521234001058", "gs1-link-malformed", "not an http"),
        ("https:///01/09521234001058", "gs1-link-malformed", "no domain"),
        ("https://a", "gs1-link-malformed", "no domain"),
        ("https://a$/01/09521234001058", "gs1-link-malformed", "domain"),
        (f"{ITEM}/10/A%2", "gs1-link-malformed", "percent"),
        (f"{ITEM}/10/Cá", "gs1-link-malformed", "cannot stand in a URI"),
        (f"{ITEM}/10/C%C3%A1", "gs1-value-malformed", "character set 82"),
        (f"{ITEM}/10/C%C3%A1", "gs1-value-malformed", "'á' is not"),
        (f"{ITEM}/10/C%E1%00", "gs1-value-malformed", "'á' is not"),
        (f"{ITEM}/10/%00", "gs1-value-malformed", "character set 82"),
        (f"{ITEM}?99=XYZ+987", "gs1-value-malformed", "character set 82"),
        (f"{ITEM}/10/A/10/B", "gs1-link-malformed", "in this order"),
        (f"{ITEM}/10/A/235/B", "gs1-link-malformed", "in this order"),
        (f"{ITEM}/10/A?10=B", "gs1-link-malformed", "twice"),
        (f"{ITEM}?99=A&99=A", "gs1-link-malformed", "twice"),
        (f"{ITEM}?21=A", "gs1-link-malformed", "cannot be a data attribute"),
        (f"{ITEM}?999=A", "gs1-link-malformed", "no application identifier"),
        (f"{ITEM}?99=", "gs1-link-malformed", "empty"),
        (f"{ITEM}?17=290230", "gs1-value-malformed", "no day 30"),
        (f"{ITEM}?17=29023", "gs1-value-malformed", "too short"),
        (f"{ITEM}?422=999", "gs1-value-malformed", "country"),
        (f"{ITEM}?37=5", "gs1-elements-conflict", "beside"),
        (f"{ITEM}?250=A", "gs1-elements-conflict", "needs"),
        (f"{UNIT}?17=290300", "gs1-elements-conflict", "needs"),
        ("https://a.example/8006/095212340010580201", "gs1-value-malformed", "piece 2 of 1"),
        ("https://a.example/414/9521234000137", "gs1-check-digit-wrong", "should be 6"),
        ("https://a.example/8013/1987654Ad4X4bL5ttr2310c2X", "gs1-check-digit-wrong", "pair"),
        ("https://a.example/8010/9521234abc", "gs1-value-malformed", "character set 39"),
        ("https://a.example/8004/95A1", "gs1-value-malformed", "company prefix"),
        ("https://a.example/8010/9521234ABC/8011/012", "gs1-value-malformed", "start with zero"),
        (f"{ITEM}/21/A?8030=" + "x" * 91, "gs1-value-malformed", "too long"),
        ("https://a.example/253/9521234000136?8030=abc", "gs1-elements-conflict", "single item"),
        (f"{ITEM}/10/" + "a" * 3000, "gs1-link-malformed", "longer than"),
    ],
)
def test_link_faulty_refused_with_code(uri: str, code: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as raised:
        parse_digital_link(uri)
    assert raised.value.code == code


def test_find_link_in_plain_text_none() -> None:
    assert find_digital_link("urn:epc:id:sgtin:9521234.000105.1") is None
    assert find_digital_link("A lot number") is None


def test_canonical_uri_fixed_length_attributes_first() -> None:
    link = parse_digital_link(
        "https://a.example/x/01/09521234001058/10/A%2bB?3922=0299&17=280229&30=4"
    )
    assert link.canonical_uri == (
        "https://id.gs1.org/01/09521234001058/10/A%2BB?17=280229&3922=0299&30=4"
    )
    assert link.identity_uri == "https://id.gs1.org/01/09521234001058/10/A%2BB"
    assert link.stem == "https://a.example/x"


def test_table_every_rule_of_every_identifier_known() -> None:
    from ledger.gs1.components import _RULES

    named = {rule for row in table().values() for part in row.components for rule in part.rules}
    assert named - {"csum", "csumalpha"} == set(_RULES)
    assert len(table()) > 500


GTINS = st.text("0123456789", min_size=13, max_size=13).map(lambda body: body + check_digit(body))
VALUES = st.text(CSET82, min_size=1, max_size=20)


@given(GTINS, VALUES, VALUES)
def test_link_round_trip_keeps_every_character(gtin: str, lot: str, serial: str) -> None:
    link = DigitalLink(("01", gtin), (("10", lot), ("21", serial)))
    read = parse_digital_link(link.canonical_uri)
    assert (read.key, read.qualifiers) == (link.key, link.qualifiers)


@given(st.text(max_size=200))
def test_link_any_text_read_or_refused_never_crashes(text: str) -> None:
    for uri in (text, "https://id.gs1.org/01/" + text, ITEM + "?" + text):
        try:
            parse_digital_link(uri)
        except InvalidInput as fault:
            assert fault.detail  # noqa: PT017 - either outcome is right; a crash is not
