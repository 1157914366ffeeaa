"""What a query may be matched against is exactly what a disclosed view shows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ledger.identity.organization import OrgId
from ledger.records.commitment import commit
from ledger.records.disclosure import disclose
from ledger.records.policy import Audience, visible
from ledger.records.record import Record, RecordId
from tests.support.json_values import bodies, values

KNOWN = ["type", "eventID", "epcList", "readPoint", "ilmd", "sourceList", "errorDeclaration"]
NESTED = st.dictionaries(st.sampled_from(["id", "reason", "vn:x", "a/b"]), values, max_size=3)


@given(
    bodies | st.dictionaries(st.sampled_from([*KNOWN, "vn:price"]), values | NESTED, max_size=6),
    st.sampled_from(list(Audience)),
    st.sampled_from(["epcis.event", "something.else"]),
)
def test_visible_is_what_is_disclosed(body: dict[str, Any], audience: Audience, kind: str) -> None:
    record = Record(
        RecordId(bytes(16)), kind, OrgId(bytes(32)), datetime(2026, 3, 1, tzinfo=UTC), body
    )
    shown = disclose(commit(record.envelope(), bytes(32)), kind, audience).value()
    assert visible(kind, body, audience) == shown.get("body", {})
