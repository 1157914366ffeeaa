"""Accept, Content-Type and the GS1 version headers."""

from __future__ import annotations

import pytest

from api.negotiation import (
    check_content_type,
    check_gs1_versions,
    choose_epc_format,
    choose_media_type,
)
from ledger.epcis.translation import EpcFormat
from ledger.errors import NotAcceptable, UnsupportedMedia

OFFERED = ("application/vnd.provenance.bundle+json", "text/plain", "application/cose")


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, OFFERED[0]),
        ("", OFFERED[0]),
        ("*/*", OFFERED[0]),
        ("text/*", "text/plain"),
        ("TEXT/PLAIN", "text/plain"),
        ("application/cose;q=0.9, text/plain;q=0.8", "application/cose"),
        ("application/cose;q=0.1, */*;q=0.2", OFFERED[0]),
        ("*/*;q=1, application/vnd.provenance.bundle+json;q=0", "text/plain"),
        ("image/png, application/*;q=0.5", OFFERED[0]),
    ],
)
def test_choose_media_type_by_quality_and_specificity(accept: str | None, chosen: str) -> None:
    assert choose_media_type(accept, OFFERED) == chosen


@pytest.mark.parametrize("accept", ["image/png", "text/plain;q=0", "*/*;q=0", "text/plain;q=nan%"])
def test_choose_media_type_nothing_wanted_refused(accept: str) -> None:
    with pytest.raises(NotAcceptable) as caught:
        choose_media_type(accept, OFFERED)
    assert caught.value.code == "media-type-not-acceptable"
    assert "application/cose" in caught.value.advice


@pytest.mark.parametrize(
    "value",
    [
        "application/ld+json",
        "Application/LD+JSON; charset=UTF-8",
        'application/json; charset="utf-8"',
    ],
)
def test_check_content_type_known_accepted(value: str) -> None:
    assert check_content_type(value, ("application/json", "application/ld+json")) in value.lower()


@pytest.mark.parametrize(
    "value", [None, "", "text/xml", "application/json; charset=latin-1", "application/jsonx"]
)
def test_check_content_type_other_refused(value: str | None) -> None:
    with pytest.raises(UnsupportedMedia):
        check_content_type(value, ("application/json",))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"gs1-epcis-version": "2.0"},
        {"gs1-epcis-version": "2.0.1", "gs1-cbv-version": "2"},
        {"gs1-epcis-min": "1.2", "gs1-epcis-max": "2.0"},
        {"gs1-epcis-min": "2.0.0"},
        {"gs1-cbv-max": "3.1"},
    ],
)
def test_check_gs1_versions_containing_two_accepted(headers: dict[str, str]) -> None:
    check_gs1_versions(headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"gs1-epcis-version": "1.2"},
        {"gs1-epcis-version": "2.1"},
        {"gs1-cbv-version": "latest"},
        {"gs1-epcis-min": "2.1"},
        {"gs1-epcis-max": "1.2"},
        {"gs1-cbv-max": ""},
        {"gs1-cbv-version": "2." + "0" * 40},
    ],
)
def test_check_gs1_versions_other_refused(headers: dict[str, str]) -> None:
    with pytest.raises(NotAcceptable) as caught:
        check_gs1_versions(headers)
    assert caught.value.code == "gs1-version-unsupported"


def test_choose_epc_format_unknown_refused() -> None:
    assert choose_epc_format({}) is EpcFormat.DIGITAL_LINK
    assert choose_epc_format({"gs1-epc-format": "Never_Translates"}) is EpcFormat.NEVER
    with pytest.raises(NotAcceptable):
        choose_epc_format({"gs1-epc-format": "Always_Barcodes"})
