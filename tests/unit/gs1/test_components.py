from __future__ import annotations

import pytest

from ledger.errors import InvalidInput
from ledger.gs1.application_identifiers import table
from ledger.gs1.components import check_value


@pytest.mark.parametrize(
    ("ai", "value"),
    [
        ("7003", "2903311230"),
        ("7007", "290228290301"),
        ("7011", "280229"),
        ("7011", "2802291200"),
        ("7040", "1AbZ"),
        ("7041", "PX"),
        ("7241", "10"),
        ("7241", "80"),
        ("7250", "20260228"),
        ("7252", "9"),
        ("7256", "Nguy%E1%BB%85n"),
        ("7258", "1/2"),
        ("8001", "00010000100111"),
        ("8007", "GB82WEST12345698765432"),
        ("8008", "2602281159"),
        ("8008", "260228115959"),
        ("8110", "0123456789"),
        ("8112", "0123456789"),
        ("8011", "0"),
        ("8014", "1987654Ad4X4bL5ttr2310c2K"),
        ("4307", "VN"),
        ("4309", "01234567890123456789"),
        ("4321", "1"),
        ("4324", "2602282359"),
        ("4331", "000500-"),
        ("3910", "704100"),
        ("423", "704840"),
        ("7030", "999ABC"),
        ("8030", "abc-_="),
    ],
)
def test_value_in_the_format_of_its_identifier_accepted(ai: str, value: str) -> None:
    check_value(table()[ai], value)


@pytest.mark.parametrize(
    ("ai", "value", "message"),
    [
        ("7003", "2903321230", "no day 32"),
        ("7003", "2903312430", "no hour 24"),
        ("7003", "2903311260", "no minute 60"),
        ("7007", "290200", "no day 00"),
        ("7040", "1AZ%", "importer index"),
        ("7041", "px", "package type"),
        ("7241", "11", "media type"),
        ("7250", "00000228", "no year 0000"),
        ("7250", "20260229", "no day 29"),
        ("7252", "3", "ISO 5218"),
        ("7256", "Nguy%E", "percent escape"),
        ("7258", "3/2", "position in a sequence"),
        ("7258", "1-2", "position in a sequence"),
        ("8001", "00000000100111", "must not be zero"),
        ("8001", "00010000100121", "winding"),
        ("8007", "GB82WEST12345698765433", "check digits"),
        ("8007", "nonsense", "not an IBAN"),
        ("8008", "260228115960", "no second 60"),
        ("8110", "01234A", "digits only"),
        ("8014", "22", "company prefix"),
        ("4307", "XX", "two-letter"),
        ("4309", "99999999990000000000", "latitude"),
        ("4309", "00000000009999999999", "longitude"),
        ("4321", "2", "0 or 1"),
        ("4331", "000500x", "hyphen"),
        ("3910", "000100", "currency"),
        ("423", "704000", "country"),
        ("8003", "19521234000136", "must be 0"),
        ("8030", "ab=c", "base64url"),
        ("30", "1a", "not a digit"),
    ],
)
def test_value_against_a_rule_of_its_identifier_refused(ai: str, value: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as raised:
        check_value(table()[ai], value)
    assert raised.value.context["ai"] == ai
