"""Account addresses of the EVM: 20 bytes, spelled with the EIP-55 checksum inside the project.

In our JSON formats an address is spelled in lower case, as every other hex there.
"""

from __future__ import annotations

import re
from functools import lru_cache

from ledger.digest import keccak256
from ledger.errors import InvalidInput

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


@lru_cache(maxsize=4096)
def checksum_address(address: bytes) -> str:
    """The EIP-55 spelling of 20 bytes. Remembered: few accounts make up most of a chain's logs."""
    assert len(address) == 20, "an address has 20 bytes"
    digits = address.hex()
    marks = keccak256(digits.encode()).hex()
    return "0x" + "".join(
        digit.upper() if mark >= "8" else digit for digit, mark in zip(digits, marks, strict=False)
    )


def address_of(public_key: bytes) -> str:
    """The address of an uncompressed secp256k1 public key (65 bytes, 0x04 first)."""
    assert len(public_key) == 65, "an uncompressed public key has 65 bytes"
    return checksum_address(keccak256(public_key[1:])[12:])


def parse_address(text: str) -> str:
    """Read an address in lower case or with a correct checksum; gives the checksummed spelling.

    Raises InvalidInput `address-malformed`.
    """
    if not isinstance(text, str) or _ADDRESS.fullmatch(text) is None:
        raise InvalidInput("address-malformed", "not 0x and 40 hexadecimal digits")
    spelled = checksum_address(bytes.fromhex(text[2:]))
    if text not in (spelled, spelled.lower()):
        raise InvalidInput("address-malformed", f"the checksum of {text} is wrong")
    return spelled


def address_bytes(text: str) -> bytes:
    """The 20 bytes of what `parse_address` reads."""
    return bytes.fromhex(parse_address(text)[2:])
