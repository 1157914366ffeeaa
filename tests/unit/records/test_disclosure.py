"""Disclosed views: any subset proves the record, any change does not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger import canonical
from ledger.digest import Digest
from ledger.errors import InvalidInput
from ledger.records.commitment import Commitment, commit
from ledger.records.disclosure import Disclosed, DisclosedView, disclose
from ledger.records.policy import Audience
from tests.support.campaign import scale
from tests.support.json_values import bodies
from tests.unit.records.test_commitment import HONEY, SALT

many = settings(max_examples=scale(100, 20_000), deadline=None)

KIND = "epcis.event"


def _view(commitment: Commitment, shown: set[int]) -> DisclosedView:
    return DisclosedView(
        tuple(
            Disclosed(member.salt, member.pointer, json.loads(member.value_json))
            if index in shown
            else digest
            for index, (member, digest) in enumerate(
                zip(commitment.members, commitment.digests, strict=True)
            )
        )
    )


@many
@given(bodies, st.binary(min_size=32, max_size=32), st.data())
@example({"\ue000": 1, "\U0001f41d": {"\ue000": 0.5}}, SALT, None)
def test_view_of_any_subset_recomputes_commitment(
    body: dict[str, Any], salt: bytes, data: st.DataObject | None
) -> None:
    committed = commit({**HONEY, "body": body}, salt)
    indices = range(len(committed.members))
    shown = set(indices) if data is None else data.draw(st.sets(st.sampled_from(indices)))
    view = _view(committed, shown)
    assert view.commitment() == committed.digest
    assert view.n == len(committed.members)
    wire = canonical.encode(view.to_json())
    again = DisclosedView.from_json(canonical.parse(wire))
    assert again.commitment() == committed.digest
    assert canonical.encode(again.to_json()) == wire
    assert [pointer for pointer, _ in view.members()] == [
        committed.members[index].pointer for index in sorted(shown)
    ]


@many
@given(bodies)
def test_value_of_whole_view_is_the_envelope(body: dict[str, Any]) -> None:
    committed = commit({**HONEY, "body": body}, SALT)
    whole = _view(committed, set(range(len(committed.members))))
    assert whole.value() == {**HONEY, "body": body}


def test_view_every_flipped_bit_is_refused_or_another_record() -> None:
    committed = commit(HONEY, SALT)
    view = _view(committed, {0, 2, 3, 5, 8})
    wire = canonical.encode(view.to_json())
    assert DisclosedView.from_json(canonical.parse(wire)).commitment() == committed.digest
    for bit in range(8 * len(wire)):
        mutated = bytearray(wire)
        mutated[bit // 8] ^= 1 << bit % 8
        try:
            other = DisclosedView.from_json(canonical.parse(bytes(mutated)))
        except InvalidInput:
            continue
        assert other.commitment() != committed.digest


def test_disclose_to_public_withholds_the_rest() -> None:
    committed = commit(
        {**HONEY, "body": {"type": "ObjectEvent", "bizTransactionList": ["secret order"]}}, SALT
    )
    view = disclose(committed, KIND, Audience.PUBLIC)
    assert "secret order" not in json.dumps(view.to_json())
    assert SALT.hex() not in json.dumps(view.to_json())
    assert view.value()["body"] == {"type": "ObjectEvent"}
    assert view.commitment() == committed.digest
    whole = disclose(committed, KIND, Audience.OWNER).value()
    assert whole["body"]["bizTransactionList"] == ["secret order"]


def test_disclose_whole_number_kept_as_float_proves_the_same() -> None:
    committed = commit({**HONEY, "body": {"sensorElementList": [{"value": 26.0}, 1e21]}}, SALT)
    assert disclose(committed, KIND, Audience.PUBLIC).commitment() == committed.digest


D = "00" * 32
S = "11" * 16


@pytest.mark.parametrize(
    ("value", "at"),
    [
        (None, ""),
        ({}, ""),
        ([], ""),
        ([1], "/0"),
        ([None], "/0"),
        ([D[:-1]], "/0"),
        ([D, D.replace("0", "A")], "/1"),
        ([[]], "/0"),
        ([[S, "/a"]], "/0"),
        ([[S, "/a", 1, 2]], "/0"),
        ([{"salt": S}], "/0"),
        ([[S[:-1], "/a", 1]], "/0/0"),
        ([[S.replace("1", "A"), "/a", 1]], "/0/0"),
        ([[1, "/a", 1]], "/0/0"),
        ([[S, "", 1]], "/0/1"),
        ([[S, "a", 1]], "/0/1"),
        ([[S, "/a~", 1]], "/0/1"),
        ([[S, "/a~2", 1]], "/0/1"),
        ([[S, 5, 1]], "/0/1"),
        ([[S, "/x" * 65, 1]], "/0/1"),
        ([[S, "/a", {"b": 1}]], "/0/2"),
        ([[S, "/b", 1], [S, "/a", 1]], "/1/1"),
        ([[S, "/b", 1], D, [S, "/a", 1]], "/2/1"),
        ([[S, "/a", 1], [S, "/a", 1]], "/1/1"),
        ([[S, "/a", 1], [S, "/a", 2]], "/1/1"),
        ([[S, "/\ue000", 1], [S, "/\U0001f41d", 1]], "/1/1"),
        ([[S, "/a", 1], [S, "/a/b", 1]], ""),
        ([[S, "/a", {}], [S, "/a-c", 1], [S, "/a/b/c", 1]], ""),
    ],
)
def test_from_json_of_what_no_record_gives_is_refused(value: Any, at: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        DisclosedView.from_json(value)
    assert (refused.value.code, refused.value.pointer) == ("view-malformed", at)


def test_from_json_reads_names_that_need_escapes() -> None:
    view = DisclosedView.from_json([[S, "/", 0], [S, "/a~1b/c~0d", {}], D, [S, "/x\ny", [1]]])
    assert view.value() == {"": 0, "a/b": {"c~d": {}}, "x\ny": [1]}
    assert view.n == 4


def test_view_of_too_many_members_is_refused() -> None:
    assert DisclosedView((Digest(bytes(32)),) * 100_000).n == 100_000
    with pytest.raises(InvalidInput):
        DisclosedView((Digest(bytes(32)),) * 100_001)
