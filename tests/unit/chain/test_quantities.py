from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ledger.chain.quantities import (
    read_address,
    read_data,
    read_digest,
    read_list,
    read_object,
    read_quantity,
    write_block,
    write_data,
)
from ledger.errors import Unavailable


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (read_quantity, "0x0", 0),
        (read_quantity, "0x10", 16),
        (read_quantity, "0x00ff", 255),
        (read_data, "0x", b""),
        (read_data, "0xAB01", b"\xab\x01"),
        (
            read_address,
            "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        ),
        (read_object, {"a": 1}, {"a": 1}),
        (read_list, [], []),
    ],
)
def test_read_well_formed_gives_the_value(
    read: Callable[[Any], Any], value: Any, expected: Any
) -> None:
    assert read(value) == expected


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (read_quantity, None),
        (read_quantity, 1),
        (read_quantity, "1"),
        (read_quantity, "0x"),
        (read_quantity, "0x" + "f" * 65),
        (read_quantity, "0x1\n"),
        (read_data, "0xabc"),
        (read_data, "ab"),
        (read_data, "0xab 01"),
        (read_data, "0xab\n"),
        (read_data, None),
        (read_digest, "0x" + "00" * 31),
        (read_digest, None),
        (read_address, "0x00"),
        (read_object, []),
        (read_list, {}),
    ],
)
def test_read_malformed_is_unavailable_not_zero(read: Callable[[Any], Any], value: Any) -> None:
    with pytest.raises(Unavailable) as refused:
        read(value)
    assert refused.value.code == "chain-answer-malformed"


def test_write_spells_as_the_protocol_does() -> None:
    assert write_data(b"\x01\xab") == "0x01ab"
    assert write_block(16) == "0x10"
    assert write_block("latest") == "latest"
