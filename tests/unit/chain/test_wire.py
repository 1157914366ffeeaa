from __future__ import annotations

import pytest
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st
from web3 import Web3

from ledger.chain.wire import contract_address, decode_transaction, read_transaction
from ledger.errors import InvalidInput, Unavailable
from ledger.identity.private_key import PrivateKey
from ledger.identity.transaction import TransactionFields

KEY = PrivateKey(b"\x11" * 32)
OTHER = PrivateKey(b"\x12" * 32).address

fields = st.builds(
    TransactionFields,
    chain_id=st.integers(1, 2**31),
    nonce=st.integers(0, 2**32),
    to=st.sampled_from([None, OTHER]),
    data=st.binary(max_size=80),
    gas=st.integers(21000, 2**24),
    value=st.integers(0, 2**64),
    gas_price=st.integers(0, 2**40),
) | st.builds(
    TransactionFields,
    chain_id=st.integers(1, 2**31),
    nonce=st.integers(0, 2**32),
    to=st.sampled_from([None, OTHER]),
    data=st.binary(max_size=80),
    gas=st.integers(21000, 2**24),
    max_fee_per_gas=st.integers(0, 2**40),
    max_priority_fee_per_gas=st.integers(0, 2**20),
)


@given(fields)
def test_decode_gives_back_what_was_signed(transaction: TransactionFields) -> None:
    raw = transaction.sign(KEY.sign_digest)
    decoded = decode_transaction(raw)
    assert decoded.fields == transaction
    assert decoded.sender == KEY.address == Account.recover_transaction(raw)


@given(fields, st.data())
def test_decode_of_a_flipped_bit_never_gives_the_same_meaning(
    transaction: TransactionFields, data: st.DataObject
) -> None:
    raw = bytearray(transaction.sign(KEY.sign_digest))
    position = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[position // 8] ^= 1 << position % 8
    try:
        decoded = decode_transaction(bytes(raw))
    except InvalidInput:
        return
    assert (decoded.fields, decoded.sender) != (transaction, KEY.address)


def test_read_transaction_rebuilds_the_bytes_and_checks_the_hash() -> None:
    legacy = TransactionFields(5, 1, OTHER, b"\x01", 50000, gas_price=0).sign(KEY.sign_digest)
    signed = decode_transaction(legacy)
    v, r, s = _signature(legacy)
    told = {
        "type": "0x0",
        "nonce": "0x1",
        "gasPrice": "0x0",
        "gas": hex(50000),
        "to": OTHER,
        "value": "0x0",
        "input": "0x01",
        "v": hex(v),
        "r": hex(r),
        "s": hex(s),
        "hash": signed.hash.prefixed,
    }
    assert read_transaction(told) == legacy
    for name, wrong in (("gas", "0x1"), ("input", "0x"), ("hash", "0x" + "00" * 32)):
        with pytest.raises(Unavailable):
            read_transaction({**told, name: wrong})
    with pytest.raises(Unavailable):
        read_transaction({**told, "type": "0x3"})


@pytest.mark.parametrize("raw", [b"", b"\x02", b"\xc0", b"\x01\xc0", b"\xf8"])
def test_decode_of_other_bytes_is_invalid_input(raw: bytes) -> None:
    with pytest.raises(InvalidInput):
        decode_transaction(raw)


def test_decode_of_a_replayable_transaction_is_refused() -> None:
    unbound = Account.from_key(KEY.reveal()).sign_transaction(
        {"nonce": 0, "gasPrice": 0, "gas": 21000, "to": OTHER, "value": 0, "data": b""}
    )
    with pytest.raises(InvalidInput):
        decode_transaction(bytes(unbound.raw_transaction))


def test_contract_address_follows_account_and_nonce() -> None:
    # The published example of CREATE addresses: 0x6ac7…, nonces 0 and 1.
    sender = Web3.to_checksum_address("0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0")
    assert contract_address(sender, 0) == "0xcd234A471b72ba2F1Ccf0A70FCABA648a5eeCD8d"
    assert contract_address(sender, 1) == "0x343c43A37D37dfF08AE8C4A11544c718AbB4fCF8"


def _signature(raw: bytes) -> tuple[int, int, int]:
    import rlp

    items = rlp.decode(raw)
    v, r, s = (int.from_bytes(item, "big") for item in items[6:9])
    return v, r, s
