"""Call data of the exchange, made by hand, is what a library makes of the interface."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ledger.chain.abi import load_interface
from ledger.chain.client import ChainClient
from ledger.chain.exchange_contracts import DocumentExchange
from ledger.exchange.rules import LegAction
from ledger.exchange.signed import LegKey, Opening, Step
from ledger.identity.address import address_bytes
from ledger.identity.organization import OrgId

ADDRESS = "0x" + "11" * 20
_word = st.binary(min_size=32, max_size=32)
_org = _word.map(OrgId)
_key = st.builds(LegKey, _org, _org, _word)
_signature = st.binary(min_size=65, max_size=65)


def _contract() -> DocumentExchange:
    return DocumentExchange(ADDRESS, ChainClient(["http://127.0.0.1:1"]))


def _encoded(name: str, *arguments: Any) -> bytes:
    return load_interface("DocumentExchange").functions[name].encode(arguments)


@given(
    _key, _org, st.sampled_from(LegAction), _word, st.integers(0, 2**16 - 1), _word, _signature,
    st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1),
)  # fmt: skip
def test_a_step_is_encoded_as_the_interface_says(
    key: LegKey,
    org: OrgId,
    action: LegAction,
    word: bytes,
    reason: int,
    link: bytes,
    signature: bytes,
    nonce: int,
    deadline: int,
) -> None:
    step = Step(key, org, org, action, word, nonce, deadline, reason, link)
    expected = _encoded("act", step.arguments, address_bytes(ADDRESS), signature)
    assert _contract().act_call(step, ADDRESS, signature) == expected


@given(_key, _org, _word, st.integers(0, 2**48), st.integers(0, 255), _signature)
def test_an_opening_is_encoded_as_the_interface_says(
    key: LegKey, actor: OrgId, word: bytes, at: int, attempts: int, signature: bytes
) -> None:
    opening = Opening(key, actor, LegAction.SUBMIT, word, word, at, 0, word, at, 7, at, attempts)
    expected = _encoded("open", opening.arguments, address_bytes(ADDRESS), signature)
    assert _contract().open_call(opening, ADDRESS, signature) == expected


@given(st.lists(st.binary(max_size=100), max_size=5))
def test_a_batch_is_encoded_as_the_interface_says(calls: list[bytes]) -> None:
    assert _contract().batch(calls, 0).data == _encoded("multicall", calls)
