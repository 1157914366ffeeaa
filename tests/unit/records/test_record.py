"""Records and their ids."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import InvalidInput
from ledger.identity.organization import OrgId
from ledger.records.record import Record, RecordId, record_id_text

RECORD_ID = RecordId(bytes(range(16)))
ORG = OrgId(b"\x01" * 32)
AT = datetime(2026, 3, 1, 8, tzinfo=UTC)


def test_record_id_is_spelled_as_uuid_urn() -> None:
    assert RECORD_ID.text == "urn:uuid:00010203-0405-0607-0809-0a0b0c0d0e0f"
    assert RECORD_ID.text == uuid.UUID(bytes=RECORD_ID.bytes16).urn
    assert record_id_text(RECORD_ID.bytes16) == RECORD_ID.text
    assert RecordId.parse(RECORD_ID.text) == RECORD_ID
    assert type(RECORD_ID.bytes16) is bytes


def test_record_id_random_uses_every_bit() -> None:
    ids = [int.from_bytes(RecordId.random(), "big") for _ in range(200)]
    ever_one, ever_zero = 0, 0
    for number in ids:
        ever_one |= number
        ever_zero |= ~number
    assert ever_one == 2**128 - 1
    assert ever_zero & (2**128 - 1) == 2**128 - 1


@given(st.integers(0, 253_402_300_799_999))
def test_record_id_at_is_uuid_7_of_that_millisecond(milliseconds: int) -> None:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    made = uuid.UUID(bytes=bytes(RecordId.at(at)))
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == milliseconds


def test_record_id_at_draws_all_other_bits() -> None:
    ids = [int.from_bytes(RecordId.at(AT), "big") for _ in range(200)]
    fixed = (2**48 - 1) << 80 | 0xF << 76 | 0b11 << 62
    ever_one, ever_zero = 0, 0
    for number in ids:
        ever_one |= number
        ever_zero |= ~number
    assert ever_one | fixed == 2**128 - 1
    assert (ever_zero | fixed) & (2**128 - 1) == 2**128 - 1
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    "text",
    [
        "",
        RECORD_ID.text[9:],
        RECORD_ID.text.upper(),
        RECORD_ID.text.replace("a", "A"),
        RECORD_ID.text.replace("-", ""),
        RECORD_ID.text + "\n",
        RECORD_ID.text + "0",
        "urn:uuid:{" + RECORD_ID.text[9:] + "}",
        None,
    ],
)
def test_record_id_other_spelling_is_refused(text: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        RecordId.parse(text)  # type: ignore[arg-type]
    assert refused.value.code == "record-id-malformed"


def test_record_id_other_length_is_refused() -> None:
    with pytest.raises(InvalidInput):
        RecordId(bytes(15))


def test_envelope_is_version_1() -> None:
    record = Record(RECORD_ID, "epcis.event", ORG, AT, {"type": "ObjectEvent"})
    assert record.envelope() == {
        "v": 1,
        "kind": "epcis.event",
        "id": RECORD_ID.text,
        "org": ORG.text,
        "capturedAt": "2026-03-01T08:00:00.000Z",
        "body": {"type": "ObjectEvent"},
    }


@pytest.mark.parametrize("kind", ["", "Epcis", "epcis..event", ".x", "x.", "a b", "x" * 41, "é"])
def test_record_of_malformed_kind_is_refused(kind: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Record(RECORD_ID, kind, ORG, AT, {})
    assert refused.value.code == "record-malformed"


def test_record_at_time_without_zone_is_refused() -> None:
    with pytest.raises(InvalidInput):
        Record(RECORD_ID, "epcis.event", ORG, AT.replace(tzinfo=None), {})
