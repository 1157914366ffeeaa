"""Signed readings: RFC 7515 compact, RFC 8037 keys; what is forged or malformed is refused."""

from __future__ import annotations

import base64

import pytest

from ledger.epcis.device_reading import (
    MAX_BYTES,
    MAX_REPORTS,
    Subject,
    encode_base64url,
    read_signed,
    sensor_event,
    thumbprint,
)
from ledger.epcis.document import check_events, read_event
from ledger.epcis.event import Event
from ledger.errors import InvalidInput, VerificationFailed
from tests.support.devices import DEVICE_ID, PLACE, Device
from tests.support.epcis import BOTTLE, LOT, NOW

SUBJECT = Subject(DEVICE_ID, PLACE, [LOT, BOTTLE])
TIME = "2026-03-01T08:00:00+07:00"


def test_key_and_signature_of_rfc_8037() -> None:
    """Appendix A.3 and A.4 of RFC 8037, whose header has no kid: the parts are checked alone."""
    public = base64.urlsafe_b64decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
    assert thumbprint(public) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_reading_becomes_a_valid_event_that_carries_it() -> None:
    device = Device()
    signed = read_signed(device.reading(7, TIME, 4.5).encode())
    signed.verify(device.public_key)
    event = sensor_event(signed, "0xorg", SUBJECT)
    import orjson

    (checked,) = check_events(read_event(orjson.dumps(event)), NOW)
    assert isinstance(checked, Event), checked
    assert event["eventTimeZoneOffset"] == "+07:00"
    assert event["epcList"] == [BOTTLE]
    assert event["quantityList"] == [{"epcClass": LOT}]
    assert event["device:reading"] == signed.text
    again = sensor_event(read_signed(signed.text.encode()), "0xorg", SUBJECT)
    assert again == event


def test_counter_and_organization_make_the_id() -> None:
    device = Device()
    ids = {
        sensor_event(read_signed(device.reading(n, TIME, 4.5).encode()), org, SUBJECT)["eventID"]
        for n in (1, 2)
        for org in ("0xa", "0xb")
    }
    assert len(ids) == 4


def test_signature_of_another_key_or_text_refused() -> None:
    device, other = Device(), Device()
    text = device.reading(1, TIME, 4.5)
    with pytest.raises(VerificationFailed):
        read_signed(text.encode()).verify(other.public_key)
    head, _, tail = text.split(".")
    forged = f"{head}.{encode_base64url(b'{}')}.{tail}"
    with pytest.raises(VerificationFailed):
        read_signed(forged.encode()).verify(device.public_key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.b",
        "a.b.c.d",
        "đ.b.c",
        "!.b.c",
        "e30=.e30.e30",
        f"{encode_base64url(b'{}')}.e30.e30",
        Device().sign({}, alg="none"),
        Device().sign({}, crit=["x"]),
        "." * (MAX_BYTES + 1),
    ],
)
def test_what_is_no_reading_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        read_signed(text.encode())


@pytest.mark.parametrize(
    "payload",
    [
        [],
        {},
        {"counter": -1, "time": TIME, "reports": [{}]},
        {"counter": 1.5, "time": TIME, "reports": [{}]},
        {"counter": True, "time": TIME, "reports": [{}]},
        {"counter": 1, "time": "now", "reports": [{}]},
        {"counter": 1, "time": TIME, "reports": []},
        {"counter": 1, "time": TIME, "reports": [{}] * (MAX_REPORTS + 1)},
        {"counter": 1, "time": TIME, "reports": [{}], "items": ["urn:x:y"]},
    ],
)
def test_payloads_that_tell_nothing_refused(payload: object) -> None:
    with pytest.raises(InvalidInput):
        sensor_event(read_signed(Device().sign(payload).encode()), "0xorg", SUBJECT)
