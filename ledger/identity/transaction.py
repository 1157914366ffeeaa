"""Ethereum transactions as this project sends them, and their signed bytes.

Legacy with EIP-155 replay protection where the network has no fee market (`gas_price`, 0 on a
permissioned chain), EIP-1559 (type 2, empty access list) where it has one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ledger.digest import Digest, keccak256
from ledger.errors import InvalidInput
from ledger.identity.address import address_bytes

_Item = bytes | list[bytes]

DYNAMIC_FEE_TYPE = b"\x02"


@dataclass(frozen=True, slots=True)
class TransactionFields:
    """A transaction before signing. `to` None creates a contract; fees in wei per gas.

    Raises InvalidInput `transaction-malformed`.
    """

    chain_id: int
    nonce: int
    to: str | None
    data: bytes
    gas: int
    value: int = 0
    gas_price: int | None = None
    max_fee_per_gas: int | None = None
    max_priority_fee_per_gas: int | None = None

    def __post_init__(self) -> None:
        numbers = (self.chain_id, self.nonce, self.gas, self.value, *self._fees())
        if any(number < 0 for number in numbers):
            raise InvalidInput("transaction-malformed", "a number is negative")

    def sign(self, sign_digest: Callable[[bytes], bytes]) -> bytes:
        """The raw signed bytes, given who signs digests (r ‖ s ‖ v with v 27 or 28)."""
        signature = sign_digest(self.signing_digest())
        r = _integer(int.from_bytes(signature[:32], "big"))
        s = _integer(int.from_bytes(signature[32:64], "big"))
        parity = signature[64] - 27
        if self.gas_price is None:
            items = [*self._dynamic_items(), _integer(parity), r, s]
            return DYNAMIC_FEE_TYPE + _encode(items)
        v = self.chain_id * 2 + 35 + parity  # EIP-155
        return _encode([*self._legacy_items(), _integer(v), r, s])

    def signing_digest(self) -> Digest:
        """What the sender signs."""
        if self.gas_price is None:
            return keccak256(DYNAMIC_FEE_TYPE + _encode(self._dynamic_items()))
        return keccak256(_encode([*self._legacy_items(), _integer(self.chain_id), b"", b""]))

    def _fees(self) -> tuple[int, ...]:
        dynamic = (self.max_fee_per_gas, self.max_priority_fee_per_gas)
        if self.gas_price is not None and dynamic == (None, None):
            return (self.gas_price,)
        if self.gas_price is None and dynamic[0] is not None and dynamic[1] is not None:
            return (dynamic[0], dynamic[1])
        raise InvalidInput("transaction-malformed", "neither one gas price nor two EIP-1559 fees")

    def _legacy_items(self) -> list[_Item]:
        assert self.gas_price is not None
        return [
            _integer(self.nonce),
            _integer(self.gas_price),
            _integer(self.gas),
            self._destination(),
            _integer(self.value),
            self.data,
        ]

    def _dynamic_items(self) -> list[_Item]:
        max_fee, priority_fee = self._fees()
        return [
            _integer(self.chain_id),
            _integer(self.nonce),
            _integer(priority_fee),
            _integer(max_fee),
            _integer(self.gas),
            self._destination(),
            _integer(self.value),
            self.data,
            [],
        ]

    def _destination(self) -> bytes:
        return b"" if self.to is None else address_bytes(self.to)


def transaction_hash(raw: bytes) -> Digest:
    """The hash a network knows the signed bytes by."""
    return keccak256(raw)


def _integer(value: int) -> bytes:
    """RLP's scalar: big-endian without leading zeros, nothing for 0."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def _encode(items: list[_Item]) -> bytes:
    import rlp  # here, because what it brings along would slow every start of a command

    return bytes(rlp.encode(items))
