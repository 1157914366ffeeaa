"""Contract interfaces: encoding calls, decoding results, naming reverts.

The artifacts beside this file are written by scripts/compile_contracts.py; nothing here compiles.
A revert is decoded against the errors of all our contracts together, because a call may fail in a
contract it calls in turn (an AccessManager behind a registry, say).
"""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from eth_abi.abi import decode as abi_decode
from eth_abi.abi import encode as abi_encode
from eth_abi.exceptions import DecodingError, EncodingError

from ledger.chain.client import CallReverted
from ledger.digest import keccak256
from ledger.errors import Conflict, InvalidInput, Misconfigured, Unavailable

CONTRACTS = (
    "AccessManager",
    "OrganizationRegistry",
    "CheckpointLog",
    "RecordStatus",
    "Mandates",
    "DocumentExchange",
)

_BUILT_IN = {
    bytes.fromhex("08c379a0"): ("Error", ("string",)),
    bytes.fromhex("4e487b71"): ("Panic", ("uint256",)),
}


class ContractReverted(Conflict):
    """A contract refused, by name. `name` is the Solidity error ("" when the node hid it),
    `arguments` its values: bytes, int, str or bool."""

    def __init__(self, name: str, arguments: tuple[Any, ...], text: str) -> None:
        shown = ", ".join("0x" + a.hex() if isinstance(a, bytes) else str(a) for a in arguments)
        super().__init__(
            "contract-reverted",
            f"the contract refused: {name}({shown})" if name else text,
            error=name,
        )
        self.name = name
        self.arguments = arguments


@dataclass(frozen=True, slots=True)
class Function:
    """One function or error: selector and types."""

    name: str
    selector: bytes
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    def encode(self, arguments: Sequence[Any]) -> bytes:
        """Call data. Raises InvalidInput `contract-call-malformed` when a value does not fit."""
        return self.selector + _encode(self.name, self.inputs, arguments)

    def decode(self, data: bytes) -> tuple[Any, ...]:
        """Returned values. Raises Unavailable when the bytes do not fit; empty bytes most often
        mean that no contract stands at the address."""
        if not data and self.outputs:
            raise Unavailable("contract-missing", f"{self.name} answered nothing: no contract")
        return _decode(self.name, self.outputs, data)


@dataclass(frozen=True, slots=True)
class Interface:
    """A compiled contract."""

    name: str
    bytecode: bytes
    constructor: tuple[str, ...]
    functions: dict[str, Function]
    errors: dict[bytes, Function]
    events: dict[str, bytes]

    def creation_code(self, *arguments: Any) -> bytes:
        """Bytes that create the contract with these constructor arguments."""
        return self.bytecode + _encode(f"{self.name} constructor", self.constructor, arguments)


@functools.cache
def load_interface(name: str) -> Interface:
    """Read a packaged artifact."""
    file = resources.files("ledger.chain") / "artifacts" / f"{name}.json"
    try:
        artifact = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise Misconfigured(
            "contract-missing", f"the contract {name} is not part of this installation"
        ) from error
    found: dict[str, list[Function]] = {"function": [], "error": [], "event": []}
    constructor: tuple[str, ...] = ()
    for item in artifact["abi"]:
        if item["type"] == "constructor":
            constructor = _types(item["inputs"])
        elif item["type"] in found:
            inputs = _types(item["inputs"])
            digest = keccak256(f"{item['name']}({','.join(inputs)})".encode())
            outputs = _types(item.get("outputs", []))
            selector = bytes(digest) if item["type"] == "event" else digest[:4]
            found[item["type"]].append(Function(item["name"], selector, inputs, outputs))
    return Interface(
        name=name,
        bytecode=bytes.fromhex(artifact["bytecode"].removeprefix("0x")),
        constructor=constructor,
        functions={function.name: function for function in found["function"]},
        errors={error.selector: error for error in found["error"]},
        events={event.name: event.selector for event in found["event"]},
    )


@functools.cache
def _all_errors() -> dict[bytes, Function]:
    errors = {
        selector: Function(name, selector, inputs, ())
        for selector, (name, inputs) in _BUILT_IN.items()
    }
    for name in CONTRACTS:
        errors.update(load_interface(name).errors)
    return errors


def name_revert(reverted: CallReverted) -> ContractReverted:
    """The contract's own error behind revert bytes; nameless when the node did not give them."""
    known = _all_errors().get(reverted.data[:4])
    if known is None:
        return ContractReverted("", (), reverted.detail)
    try:
        arguments = _decode(known.name, known.inputs, reverted.data[4:])
    except Unavailable:
        return ContractReverted("", (), reverted.detail)
    return ContractReverted(known.name, arguments, reverted.detail)


def _types(items: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(_type(item) for item in items)


def _type(item: dict[str, Any]) -> str:
    kind: str = item["type"]
    if not kind.startswith("tuple"):
        return kind
    return "(" + ",".join(_types(item["components"])) + ")" + kind.removeprefix("tuple")


def _encode(what: str, types: Sequence[str], arguments: Sequence[Any]) -> bytes:
    for kind, value in zip(types, arguments, strict=False):
        # eth_abi pads short values silently; a digest that lost a byte must not become another.
        if kind == "bytes32" and not (isinstance(value, bytes) and len(value) == 32):
            raise InvalidInput("contract-call-malformed", f"{what}: not 32 bytes")
        if kind == "bytes32[]" and any(len(one) != 32 for one in value):
            raise InvalidInput("contract-call-malformed", f"{what}: not all of 32 bytes")
    try:
        return abi_encode(types, arguments)
    except (EncodingError, ValueError, TypeError, OverflowError) as error:
        raise InvalidInput("contract-call-malformed", f"{what}: {error}") from error


def _decode(what: str, types: Sequence[str], data: bytes) -> tuple[Any, ...]:
    try:
        return tuple(abi_decode(types, data))
    except (DecodingError, ValueError, OverflowError) as error:
        raise Unavailable(
            "chain-answer-malformed", f"{what}: the answer does not fit the interface"
        ) from error
