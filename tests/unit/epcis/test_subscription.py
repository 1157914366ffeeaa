from __future__ import annotations

from typing import Any

import pytest

from ledger.epcis.subscription import Subscription
from ledger.errors import InvalidInput

DEST = "https://client.example.com/queryCallback"


def test_subscription_to_a_stream_read() -> None:
    found = Subscription.read({"dest": DEST, "signatureToken": "13df38d8", "stream": True})
    assert (found.dest, found.token) == (DEST, "13df38d8")
    assert found.timing.schedule is None
    assert not found.timing.report_if_empty
    assert found.timing.initial_record_time is None


def test_subscription_by_schedule_read() -> None:
    found = Subscription.read(
        {
            "dest": DEST,
            "schedule": {"hour": "1", "minute": "5"},
            "reportIfEmpty": True,
            "initialRecordTime": "2026-03-01T00:00:00+07:00",
            "stream": False,
        }
    )
    assert found.timing.schedule is not None
    assert found.timing.schedule.to_json() == {"hour": "1", "minute": "5"}
    assert found.timing.report_if_empty
    assert found.timing.initial_record_time is not None


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"stream": None}, ""),
        ({"stream": False}, ""),
        ({"schedule": {"hour": "1"}}, ""),
        ({"stream": "true"}, "/stream"),
        ({"dest": None}, "/dest"),
        ({"dest": 7}, "/dest"),
        ({"dest": "client.example.com"}, "/dest"),
        ({"dest": "ftp://client.example.com/"}, "/dest"),
        ({"dest": "https:///path"}, "/dest"),
        ({"dest": "https://user:word@client.example.com/"}, "/dest"),
        ({"dest": "https://client.example.com:99999/"}, "/dest"),
        ({"dest": "https://client.example.com:0/"}, "/dest"),
        ({"dest": "https://client.example.com/a b"}, "/dest"),
        ({"dest": "https://client.example.com/\r\nX: 1"}, "/dest"),
        ({"dest": "https://client.example.com/" + "a" * 3_000}, "/dest"),
        ({"signatureToken": ""}, "/signatureToken"),
        ({"signatureToken": 7}, "/signatureToken"),
        ({"reportIfEmpty": "yes"}, "/reportIfEmpty"),
        ({"initialRecordTime": "yesterday"}, "/initialRecordTime"),
        ({"secret": "x"}, "/secret"),
    ],
)
def test_subscription_malformed_refused_there(changes: dict[str, Any], pointer: str) -> None:
    raw = {"dest": DEST, "stream": True, **changes}
    with pytest.raises(InvalidInput) as raised:
        Subscription.read({name: value for name, value in raw.items() if value is not None})
    assert raised.value.code == "subscription-controls-malformed"
    assert raised.value.pointer == pointer


def test_subscription_that_is_no_object_refused() -> None:
    with pytest.raises(InvalidInput):
        Subscription.read([DEST])
