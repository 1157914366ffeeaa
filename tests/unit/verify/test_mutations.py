"""Nobody gets a changed bundle through: single bits, random damage, forgers who know the format."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import canonical
from ledger.proof.bundle import checksum
from ledger.verify.report import Report, Verdict
from ledger.verify.verifier import verify
from tests.support.campaign import IS_CAMPAIGN, scaled
from tests.support.recorded_chain import RecordedChain
from tests.support.vectors.edits import flip
from tests.support.vectors.world import HONEY, NOW, World, moment

WORLD = World()
BUNDLE = WORLD.bundle().encode()

NOT_PROVEN = (
    "/exportedAt",
    "/status/checkedAt",
    "/status/entries",
    "/anchor/transaction",
    "/signer/validUntil",
    "/signer/compromisedAt",
)
"""Members that are the exporter's word, and say so in docs/formats/bundle.md; the last two may be
older than the registry's, and are when it has later set an end or a compromise."""


Way = tuple[str | int, ...]


def judge(data: bytes, world: World = WORLD) -> Report:
    return verify(data, world.trust(), RecordedChain(world.chain()), moment(NOW))


def worlds() -> list[World]:
    """Fifty honest bundles of different shapes."""
    made = []
    for n in range(50):
        count = 1 + n % 7
        body = {"type": "ObjectEvent", "n": n, "ilmd": {"vùng": "Thanh Hóa", "lot": f"L{n}"}}
        made.append(
            World(
                count=count,
                position=n % count,
                first_index=n % 5,
                size=n % 5 + count + n * 3,
                body=HONEY if n % 10 == 0 else body,
                hidden=("/body/n",) if n % 2 else (),
            )
        )
    return made


def test_worlds_all_intact() -> None:
    assert {judge(world.bundle().encode(), world).verdict for world in worlds()} == {Verdict.INTACT}


@pytest.mark.parametrize("number", range(50))
def test_verify_single_bit_flipped_refused(number: int) -> None:
    world = worlds()[number]
    good = world.bundle().encode()
    trust, chain, now = world.trust(), RecordedChain(world.chain()), moment(NOW)
    step = 1 if IS_CAMPAIGN or number in (1, 2, 3) else 7
    for bit in range(number % step, 8 * len(good), step):
        data = bytearray(good)
        data[bit // 8] ^= 1 << bit % 8
        assert verify(bytes(data), trust, chain, now).verdict is Verdict.DOES_NOT_MATCH, bit


@settings(max_examples=scaled(300), deadline=None)
@given(st.integers(0, len(BUNDLE)), st.integers(0, 40), st.binary(max_size=40) | st.just(b"0"))
def test_verify_bytes_replaced_refused(at: int, length: int, put: bytes) -> None:
    data = BUNDLE[:at] + put + BUNDLE[at + length :]
    expected = Verdict.INTACT if data == BUNDLE else Verdict.DOES_NOT_MATCH
    assert judge(data).verdict is expected


@settings(max_examples=scaled(200), deadline=None)
@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_verify_anything_at_all_refused_without_raising(data: bytes) -> None:
    assert judge(data).verdict is Verdict.DOES_NOT_MATCH


def members(value: Any, at: Way = ()) -> Iterator[Way]:
    """Every way from the top to a member or item, inner ones included."""
    if at:
        yield at
    if isinstance(value, dict):
        for name in value:
            yield from members(value[name], (*at, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from members(item, (*at, index))


def variants(value: Any) -> Iterator[Any]:
    """Other values a forger might put in the place of this one."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, value - 1, 0 if value else 1, 2**53 - 1)
    elif isinstance(value, float):
        yield value + 1
    elif isinstance(value, str):
        if value and value[-1] in "0123456789abcdef":
            yield flip(value)
        yield from (value + "x", "", value.upper() + " ")
    elif isinstance(value, list):
        yield []
        if value:
            yield from (value[1:], value[:-1], [*value, value[-1]])
        if len(value) > 1:
            yield value[::-1]
    elif isinstance(value, dict):
        yield {}
    if value is not None:
        yield None


def putting(other: Any) -> Callable[[Any, Any], None]:
    return lambda parent, name: parent.__setitem__(name, other)


def forge(bundle: dict[str, Any], way: Way, act: Callable[[Any, Any], None]) -> bytes:
    """The bundle with one member bent and the checksum made good."""
    forged = deepcopy(bundle)
    parent: Any = forged
    for step in way[:-1]:
        parent = parent[step]
    act(parent, way[-1])
    if "checksum" in forged and way != ("checksum",):
        forged["checksum"] = checksum(forged).hex()
    return canonical.encode(forged)


def is_proven(way: Way) -> bool:
    return not canonical.pointer(*way).startswith(NOT_PROVEN)


SOFT: dict[Way, Verdict] = {
    # what a healed rollback or a pending export may also look like
    ("anchor",): Verdict.INTACT,
    ("signer", "profile"): Verdict.INTACT,
    ("anchor", "block"): Verdict.INTACT_WITH_NOTICE,
    ("anchor", "blockHash"): Verdict.INTACT_WITH_NOTICE,
    ("anchor", "blockTime"): Verdict.INTACT_WITH_NOTICE,
    ("signer", "registeredAt"): Verdict.INTACT_WITH_NOTICE,
}
"""Members whose loss or change is no lie about the record: at best this verdict."""


def test_verify_any_member_forged_refused() -> None:
    bundle = json.loads(BUNDLE)
    tried = 0
    for way in members(bundle):
        value: Any = bundle
        for step in way:
            value = value[step]
        for other in variants(value):
            data = forge(bundle, way, putting(other))
            verdict = judge(data).verdict
            tried += 1
            if way in SOFT:
                assert verdict in (Verdict.DOES_NOT_MATCH, SOFT[way]), (way, other)
            elif is_proven(way) and data != BUNDLE:
                assert verdict in (Verdict.DOES_NOT_MATCH, Verdict.UNKNOWN), (way, other)
                if verdict is Verdict.UNKNOWN:
                    assert way == ("log", "origin")
    assert tried > 500


def test_verify_any_member_removed_refused() -> None:
    bundle = json.loads(BUNDLE)
    for way in members(bundle):
        if canonical.pointer(*way).startswith("/status/entries/"):
            continue
        data = forge(bundle, way, lambda parent, name: parent.__delitem__(name))
        assert judge(data).verdict is Verdict.DOES_NOT_MATCH, way


@settings(max_examples=scaled(150), deadline=None)
@given(st.data())
def test_verify_two_members_forged_never_intact(data: st.DataObject) -> None:
    bundle = json.loads(BUNDLE)
    ways = [way for way in members(bundle) if is_proven(way) and way not in SOFT]
    forged = bundle
    for way in data.draw(st.lists(st.sampled_from(ways), min_size=1, max_size=2, unique=True)):
        value: Any = forged
        try:
            for step in way:
                value = value[step]
        except (KeyError, IndexError, TypeError):
            continue
        other = data.draw(st.sampled_from(list(variants(value))))
        forged = json.loads(forge(forged, way, putting(other)))
    if canonical.encode(forged) != BUNDLE:
        assert judge(canonical.encode(forged)).verdict not in (
            Verdict.INTACT,
            Verdict.INTACT_WITH_NOTICE,
        )


ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(-1e9, 1e9)
    | st.text(max_size=20)
    | st.binary(min_size=32, max_size=32).map(bytes.hex),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=scaled(300), deadline=None)
@given(st.data())
def test_verify_any_json_in_the_place_of_a_member_never_raises(data: st.DataObject) -> None:
    body = json.loads(BUNDLE)
    ways = [way for way in members(body) if is_proven(way) and way not in SOFT]
    way = data.draw(st.sampled_from(ways))
    forged = forge(body, way, putting(data.draw(ANY_JSON)))
    if forged != BUNDLE:
        assert judge(forged).verdict in (Verdict.DOES_NOT_MATCH, Verdict.UNKNOWN)


@settings(max_examples=scaled(200), deadline=None)
@given(st.data())
def test_verify_any_number_from_the_chain_never_raises(data: st.DataObject) -> None:
    chain = deepcopy(WORLD.chain())
    numbers = st.sampled_from((0, 1, 2, 7, 2**32, 2**63, 2**64 - 1)) | st.integers(0, 2**64 - 1)
    for kind, name in (
        ("heads", "time"),
        ("heads", "block"),
        ("organizations", "status"),
        ("organizations", "registeredAt"),
        ("organizations", "statusSince"),
        ("keys", "purposes"),
        ("keys", "validFrom"),
        ("keys", "validUntil"),
        ("keys", "registeredAt"),
        ("keys", "compromisedAt"),
    ):
        if data.draw(st.booleans()):
            chain[kind][0][name] = data.draw(numbers)
    report = verify(BUNDLE, WORLD.trust(), RecordedChain(chain), moment(NOW))
    assert report.verdict in Verdict
    json.dumps(report.to_json())


def test_verify_parts_of_two_bundles_mixed_refused() -> None:
    other = replace(WORLD, body={"type": "ObjectEvent", "n": 9}, position=2)
    mine, theirs = json.loads(BUNDLE), json.loads(other.bundle().encode())
    for section in ("record", "submission", "log"):
        mixed = deepcopy(mine)
        mixed[section] = theirs[section]
        mixed["checksum"] = checksum(mixed).hex()
        assert judge(canonical.encode(mixed)).verdict is Verdict.DOES_NOT_MATCH, section
