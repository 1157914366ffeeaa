"""Signed transactions as bytes: back from a node's JSON, and decoded for inspection.

Legacy with EIP-155, and EIP-1559 (type 2) with an empty access list: what this project signs.
Others are refused, because bytes rebuilt wrongly would hash to something else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import rlp
from rlp.exceptions import RLPException

from ledger.chain.quantities import (
    malformed,
    read_data,
    read_digest,
    read_object,
    read_quantity,
)
from ledger.digest import Digest, keccak256
from ledger.errors import InvalidInput, VerificationFailed
from ledger.identity.address import address_bytes, checksum_address
from ledger.identity.eip712 import recover
from ledger.identity.transaction import DYNAMIC_FEE_TYPE, TransactionFields


@dataclass(frozen=True, slots=True)
class SignedTransaction:
    """What signed bytes say, and who signed them."""

    fields: TransactionFields
    sender: str
    hash: Digest


def read_transaction(value: Any) -> bytes:
    """The raw bytes of a transaction object; checked against the hash it states.

    Raises Unavailable when they do not fit or the type is one we do not send.
    """
    fields = read_object(value)
    to = b"" if fields.get("to") is None else read_data(fields["to"])
    data = read_data(fields.get("input"))
    number = {
        name: read_quantity(fields[name])
        for name in ("nonce", "gas", "value", "v", "r", "s", "gasPrice", "chainId")
        if fields.get(name) is not None
    }
    kind = read_quantity(fields.get("type", "0x0"))
    if kind == 0:
        items = [number["nonce"], number["gasPrice"], number["gas"], to, number["value"], data]
        raw = rlp.encode([*items, number["v"], number["r"], number["s"]])
    elif kind == 2 and not fields.get("accessList"):
        tip = read_quantity(fields.get("maxPriorityFeePerGas"))
        cap = read_quantity(fields.get("maxFeePerGas"))
        head = [number["chainId"], number["nonce"], tip, cap, number["gas"], to, number["value"]]
        parity = read_quantity(fields.get("yParity", fields.get("v")))
        raw = DYNAMIC_FEE_TYPE + rlp.encode([*head, data, [], parity, number["r"], number["s"]])
    else:
        raise malformed("a transaction of a type this project sends", kind)
    if keccak256(raw) != read_digest(fields.get("hash")):
        raise malformed("a transaction that fits its hash", fields.get("hash"))
    return bytes(raw)


def decode_transaction(raw: bytes) -> SignedTransaction:
    """Read signed bytes. Raises InvalidInput `transaction-malformed`."""
    try:
        dynamic = raw[:1] == DYNAMIC_FEE_TYPE
        items = rlp.decode(raw[1:] if dynamic else raw, strict=True)
        if dynamic:
            chain, nonce, tip, cap, gas, to, value, data, access, parity, r, s = items
            if access != []:
                raise InvalidInput("transaction-malformed", "an access list is not expected")
            fields = TransactionFields(
                chain_id=_number(chain),
                nonce=_number(nonce),
                to=_destination(to),
                data=bytes(data),
                gas=_number(gas),
                value=_number(value),
                max_fee_per_gas=_number(cap),
                max_priority_fee_per_gas=_number(tip),
            )
            odd = _number(parity)
        else:
            nonce, price, gas, to, value, data, v, r, s = items
            chain_id, odd = divmod(_number(v) - 35, 2)  # EIP-155
            if chain_id < 1:
                raise InvalidInput("transaction-malformed", "not bound to a chain (EIP-155)")
            fields = TransactionFields(
                chain_id=chain_id,
                nonce=_number(nonce),
                to=_destination(to),
                data=bytes(data),
                gas=_number(gas),
                value=_number(value),
                gas_price=_number(price),
            )
        if odd not in (0, 1):
            raise InvalidInput("transaction-malformed", "no such recovery id")
        signature = _word(r) + _word(s) + bytes([27 + odd])
    except (RLPException, ValueError, TypeError) as error:
        raise InvalidInput("transaction-malformed", "not a signed transaction") from error
    try:
        sender = recover(fields.signing_digest(), signature)
    except VerificationFailed as error:
        raise InvalidInput("transaction-malformed", error.detail) from error
    return SignedTransaction(fields, sender, keccak256(raw))


def contract_address(sender: str, nonce: int) -> str:
    """Where a creation by this account at this nonce puts its contract (yellow paper, 7)."""
    return checksum_address(keccak256(rlp.encode([address_bytes(sender), nonce]))[12:])


def _number(item: Any) -> int:
    if not isinstance(item, bytes) or item[:1] == b"\0":
        raise InvalidInput("transaction-malformed", "not an RLP scalar")
    return int.from_bytes(item, "big")


def _word(item: Any) -> bytes:
    return _number(item).to_bytes(32, "big")


def _destination(item: Any) -> str | None:
    if item == b"":
        return None
    if not isinstance(item, bytes) or len(item) != 20:
        raise InvalidInput("transaction-malformed", "not an address")
    return checksum_address(item)
