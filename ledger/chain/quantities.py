"""Values as JSON-RPC spells them, read strictly.

Ethereum JSON-RPC: a quantity is `0x` and hex without leading zeros, data is `0x` and an even number
of hex digits. A node that answers anything else is not understood, and what is not understood is
Unavailable: never zero, never empty.
"""

from __future__ import annotations

import re
from typing import Any

from ledger.digest import Digest
from ledger.errors import Unavailable
from ledger.identity.address import checksum_address

_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


def malformed(what: str, value: object) -> Unavailable:
    """The error for an answer that is not in the protocol's form."""
    return Unavailable(
        "chain-answer-malformed", f"a chain node gave {value!r:.80} where {what} belongs"
    )


def read_quantity(value: Any) -> int:
    """A number. Leading zeros are let pass (some engines write timestamps so)."""
    if not isinstance(value, str) or _QUANTITY.fullmatch(value) is None:
        raise malformed("a quantity", value)
    return int(value, 16)


def read_data(value: Any) -> bytes:
    """Bytes of any length."""
    if not isinstance(value, str) or not value.startswith("0x"):
        raise malformed("data", value)
    try:
        data = bytes.fromhex(value[2:])
    except ValueError:
        raise malformed("data", value) from None
    # `fromhex` passes over spaces. Ten times as fast as asking a regular expression first: a block
    # of the exchange holds megabytes.
    if len(value) != 2 + 2 * len(data):
        raise malformed("data", value)
    return data


def read_digest(value: Any) -> Digest:
    """Exactly 32 bytes."""
    data = read_data(value)
    if len(data) != 32:
        raise malformed("32 bytes", value)
    return Digest(data)


def read_address(value: Any) -> str:
    """An address, given back with its EIP-55 checksum."""
    if not isinstance(value, str) or _ADDRESS.fullmatch(value) is None:
        raise malformed("an address", value)
    return checksum_address(bytes.fromhex(value[2:]))


def read_object(value: Any) -> dict[str, Any]:
    """A JSON object."""
    if not isinstance(value, dict):
        raise malformed("an object", value)
    return value


def read_list(value: Any) -> list[Any]:
    """A JSON array."""
    if not isinstance(value, list):
        raise malformed("an array", value)
    return value


def write_data(value: bytes) -> str:
    """`0x` and lower-case hex."""
    return "0x" + bytes(value).hex()


def write_block(number: int | str) -> str:
    """A block parameter: a tag such as `latest`, or a number."""
    return number if isinstance(number, str) else hex(number)
