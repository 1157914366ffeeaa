"""A signer behind JSON-RPC: Web3Signer, a node with an unlocked account, an HSM's gateway.

It is trusted with its key and with nothing else. What it signs is decided here: the returned
transaction is decoded and every field compared with what was asked, and its signature must be the
account's. A signer that raises the gas price or turns the address around is found out before
anything leaves.

EIP-712 digests cannot be signed by asking for the digest (`eth_sign` adds a prefix), so
organization keys at a remote signer go through `eth_signTypedData_v4` with the whole typed data.
"""

from __future__ import annotations

from typing import Any

from ledger.chain.quantities import read_data, write_data
from ledger.chain.rpc import JsonRpc, NodeError
from ledger.chain.wire import decode_transaction
from ledger.errors import InvalidInput, Misconfigured, Unavailable, VerificationFailed
from ledger.identity.address import parse_address
from ledger.identity.eip712 import CURVE_ORDER, recover
from ledger.identity.transaction import TransactionFields


class RemoteSigner:
    """Signs for one account through `eth_signTransaction`. A `Signer`.

    Raises Unavailable `signer-unavailable` when it gives no signature, VerificationFailed
    `signer-answer-wrong` when it gives another one than asked for.
    """

    def __init__(self, url: str, address: str, *, timeout: float = 10.0) -> None:
        self._rpc = JsonRpc(url, timeout=timeout)
        self._address = parse_address(address)

    @property
    def address(self) -> str:
        """See Signer."""
        return self._address

    def sign_transaction(self, transaction: TransactionFields) -> bytes:
        """The raw signed bytes, whatever form the signer wraps them in."""
        answer = self._ask("eth_signTransaction", _request(self._address, transaction))
        if isinstance(answer, dict):
            answer = answer.get("raw")
        raw = self._read(answer)
        try:
            signed = decode_transaction(raw)
        except InvalidInput as error:
            raise VerificationFailed(
                "signer-answer-wrong", f"the remote signer gave no transaction: {error.detail}"
            ) from error
        for name in TransactionFields.__dataclass_fields__:
            asked, got = getattr(transaction, name), getattr(signed.fields, name)
            if name == "to" and asked is not None:
                asked = parse_address(asked)
            if asked != got:
                raise VerificationFailed(
                    "signer-answer-wrong", f"the remote signer changed {name}: {got!r:.80}"
                )
        if signed.sender != self._address:
            raise VerificationFailed(
                "signer-answer-wrong", f"the remote signer signed as {signed.sender}"
            )
        return raw

    def sign_digest(self, digest: bytes) -> bytes:  # noqa: ARG002 - the Signer door
        """Always raises Misconfigured: a remote signer is shown what it signs."""
        raise Misconfigured(
            "signer-digest-unsupported",
            "a remote signer signs typed data, not bare digests",
        )

    def sign_typed_data(self, typed: dict[str, Any], digest: bytes) -> bytes:
        """Sign EIP-712 typed data whose digest we computed ourselves: r ‖ s ‖ v, low s.

        The recovered address must be the account's over *our* digest, so a signer that encodes
        the data otherwise, or signs other data, is refused.
        """
        signature = self._read(self._ask("eth_signTypedData_v4", self._address, typed))
        if len(signature) != 65:
            raise VerificationFailed("signer-answer-wrong", "a signature has 65 bytes")
        r, s, v = signature[:32], int.from_bytes(signature[32:64], "big"), signature[64]
        if s >= CURVE_ORDER:
            raise VerificationFailed("signer-answer-wrong", "s is beyond the curve's order")
        v = v + 27 if v < 27 else v
        if s > CURVE_ORDER // 2:
            # Hardware does not care which of the two it gives; verifiers accept only the lower.
            s, v = CURVE_ORDER - s, 55 - v
        normal = r + s.to_bytes(32, "big") + bytes([v & 0xFF])
        try:
            signer = recover(digest, normal)
        except VerificationFailed as error:
            raise VerificationFailed("signer-answer-wrong", error.detail) from error
        if signer != self._address:
            raise VerificationFailed(
                "signer-answer-wrong", "the remote signer's signature is not over this data"
            )
        return normal

    def close(self) -> None:
        """Drop pooled connections."""
        self._rpc.close()

    def _ask(self, method: str, *params: Any) -> Any:
        try:
            return self._rpc.call(method, *params)
        except NodeError as error:
            raise Unavailable(
                "signer-unavailable", f"the remote signer refused: {error.text:.200}"
            ) from error
        except Unavailable as error:
            raise Unavailable("signer-unavailable", f"remote signer: {error.detail}") from error

    @staticmethod
    def _read(answer: Any) -> bytes:
        try:
            return read_data(answer)
        except Unavailable as error:
            raise VerificationFailed("signer-answer-wrong", error.detail) from error


def _request(sender: str, transaction: TransactionFields) -> dict[str, str]:
    request = {
        "from": sender,
        "nonce": hex(transaction.nonce),
        "gas": hex(transaction.gas),
        "value": hex(transaction.value),
        "data": write_data(transaction.data),
        "chainId": hex(transaction.chain_id),
    }
    if transaction.to is not None:
        request["to"] = transaction.to
    if transaction.gas_price is not None:
        request["gasPrice"] = hex(transaction.gas_price)
    if transaction.max_fee_per_gas is not None:
        request["maxFeePerGas"] = hex(transaction.max_fee_per_gas)
    if transaction.max_priority_fee_per_gas is not None:
        request["maxPriorityFeePerGas"] = hex(transaction.max_priority_fee_per_gas)
    return request
