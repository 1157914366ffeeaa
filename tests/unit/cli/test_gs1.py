"""`provenance gs1`: links and keys judged without a server."""

from __future__ import annotations

import pytest

from tests.unit.cli.conftest import Run


def test_parse_valid_link_told_in_canonical_form(run: Run) -> None:
    ran = run("gs1", "parse", "https://shop.example/p/01/09521234001058/10/A+B?17=290300", "--json")
    assert ran.code == 0
    assert ran.json == {
        "valid": True,
        "element_string": "(01)09521234001058(10)A+B(17)290300",
        "canonical_uri": "https://id.gs1.org/01/09521234001058/10/A%2BB?17=290300",
        "message": "",
    }


@pytest.mark.parametrize(
    ("uri", "named"),
    [
        ("https://id.gs1.org/01/09521234001059", "should be 8"),
        ("https://id.gs1.org/01/09521234001058/21/1/10/A", "in this order"),
        ("https://id.gs1.org/8018/952123400000000000?02=09521234001058", "(02)"),
        ("https://id.gs1.org/01/09521234001058/10/%e1%ba%a1", "character set 82"),
        ("https://id.gs1.org/01/09521234001058/10/ạ", "cannot stand in a URI"),
    ],
)
def test_parse_invalid_link_fails_with_one_message(uri: str, named: str, run: Run) -> None:
    ran = run("gs1", "parse", uri, "--json")
    assert ran.code == 1
    assert ran.err == ""
    assert not ran.json["valid"]
    assert ran.json["element_string"] == ran.json["canonical_uri"] == ""
    assert named in ran.json["message"]


def test_check_wrong_digit_names_the_right_one(run: Run) -> None:
    ran = run("gs1", "check", "gln", "9521234000137", "--json")
    assert ran.code == 1
    assert ran.json["key"] == "GLN"
    assert ran.json["expected_check_digit"] == "6"
    assert run("gs1", "check", "GLN", "9521234000136").out.startswith("valid")


def test_check_unknown_kind_is_bad_usage(run: Run) -> None:
    ran = run("gs1", "check", "ISBN", "9521234001058", "--json")
    assert ran.code == 2
    assert "[gs1-key-malformed]" in ran.error
