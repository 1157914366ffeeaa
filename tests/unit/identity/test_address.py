"""Addresses: the EIP-55 vectors, and no second spelling."""

from __future__ import annotations

import pytest
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import InvalidInput
from ledger.identity.address import address_bytes, checksum_address, parse_address

EIP55 = [
    "0x52908400098527886E0F7030069857D2E4169EE7",
    "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
    "0xde709f2102306220921060314715629080e2fb77",
    "0x27b1fdb04752bbc536007a920d24acb045561c26",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
]


@pytest.mark.parametrize("address", EIP55)
def test_parse_address_of_the_standard_round_trips(address: str) -> None:
    assert parse_address(address) == address
    assert parse_address(address.lower()) == address
    assert checksum_address(address_bytes(address)) == address


@given(st.binary(min_size=20, max_size=20))
def test_checksum_address_equals_eth_utils(address: bytes) -> None:
    assert checksum_address(address) == to_checksum_address(address)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0x",
        EIP55[4][2:],
        EIP55[4][:-1],
        EIP55[4] + "0",
        EIP55[4] + "\n",
        EIP55[4].upper(),
        "0x" + EIP55[4][2:].upper(),
        EIP55[4].replace("aAeb", "AAeb"),
        EIP55[4].replace("a", "g"),
        None,
        5,
    ],
)
def test_parse_address_other_spelling_is_refused(text: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_address(text)  # type: ignore[arg-type]
    assert refused.value.code == "address-malformed"
