"""Signers and the transactions they sign, against eth-account."""

from __future__ import annotations

from typing import Any

import pytest
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import InvalidInput
from ledger.identity.private_key import PrivateKey
from ledger.identity.signer import KeySigner
from ledger.identity.transaction import TransactionFields, transaction_hash

KEY = PrivateKey(b"k" * 32)
TO = "0x5FbDB2315678afecb367f032d93F642f64180aa3"


def _theirs(fields: dict[str, Any]) -> Any:
    return Account.from_key(KEY.reveal()).sign_transaction(fields)


@given(
    st.integers(1, 2**40),
    st.integers(0, 2**64 - 2),
    st.one_of(st.none(), st.just(TO)),
    st.binary(max_size=300),
    st.integers(21_000, 30_000_000),
    st.integers(0, 2**90),
    st.integers(0, 2**64),
)
def test_sign_transaction_legacy_equals_eth_account(
    chain_id: int, nonce: int, to: str | None, data: bytes, gas: int, value: int, price: int
) -> None:
    raw = KeySigner(KEY).sign_transaction(
        TransactionFields(chain_id, nonce, to, data, gas, value, gas_price=price)
    )
    fields = {
        "chainId": chain_id,
        "nonce": nonce,
        "data": data,
        "gas": gas,
        "value": value,
        "gasPrice": price,
    }
    theirs = _theirs(fields if to is None else {**fields, "to": to})
    assert raw == bytes(theirs.raw_transaction)
    assert transaction_hash(raw) == bytes(theirs.hash)


@given(
    st.integers(1, 2**40),
    st.integers(0, 2**64 - 2),
    st.one_of(st.none(), st.just(TO)),
    st.binary(max_size=300),
    st.integers(0, 2**64),
    st.integers(0, 2**64),
)
def test_sign_transaction_dynamic_fee_equals_eth_account(
    chain_id: int, nonce: int, to: str | None, data: bytes, priority: int, base: int
) -> None:
    raw = KeySigner(KEY).sign_transaction(
        TransactionFields(
            chain_id=chain_id,
            nonce=nonce,
            to=to,
            data=data,
            gas=100_000,
            max_fee_per_gas=base + priority,
            max_priority_fee_per_gas=priority,
        )
    )
    fields = {
        "type": 2,
        "chainId": chain_id,
        "nonce": nonce,
        "data": data,
        "gas": 100_000,
        "value": 0,
        "maxFeePerGas": base + priority,
        "maxPriorityFeePerGas": priority,
    }
    theirs = _theirs(fields if to is None else {**fields, "to": to})
    assert raw == bytes(theirs.raw_transaction)
    assert transaction_hash(raw) == bytes(theirs.hash)


@pytest.mark.parametrize(
    "fees",
    [
        {},
        {"gas_price": 1, "max_fee_per_gas": 1},
        {"gas_price": 1, "max_priority_fee_per_gas": 1},
        {"gas_price": 1, "max_fee_per_gas": 1, "max_priority_fee_per_gas": 1},
        {"max_fee_per_gas": 1},
        {"max_priority_fee_per_gas": 1},
        {"gas_price": -1},
        {"gas_price": 0, "value": -1},
        {"max_fee_per_gas": -1, "max_priority_fee_per_gas": 0},
    ],
)
def test_transaction_with_other_fees_is_refused(fees: dict[str, int]) -> None:
    with pytest.raises(InvalidInput) as refused:
        TransactionFields(1, 0, TO, b"", 21_000, **fees)
    assert refused.value.code == "transaction-malformed"


def test_key_signer_shows_address_only() -> None:
    signer = KeySigner(KEY)
    assert signer.address == KEY.address
    assert signer.sign_digest(bytes(32)) == KEY.sign_digest(bytes(32))
    assert KEY.reveal().hex() not in repr(signer)
    assert KEY.address in repr(signer)
