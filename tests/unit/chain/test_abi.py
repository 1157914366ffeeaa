"""Our encoding against web3.py's, for every function of every contract."""

from __future__ import annotations

import json
import random
from importlib import resources
from typing import Any

import pytest
from eth_abi.abi import encode
from web3 import Web3

from ledger.chain.abi import CONTRACTS, load_interface, name_revert
from ledger.chain.client import CallReverted
from ledger.chain.contracts import AUTHORITY
from ledger.digest import keccak256
from ledger.errors import InvalidInput, Misconfigured, Unavailable
from ledger.identity.organization import Role


def sample(kind: str, chance: random.Random) -> Any:
    if kind.endswith("[]"):
        return [sample(kind[:-2], chance) for _ in range(3)]
    if kind.startswith("("):
        return tuple(sample(part, chance) for part in kind[1:-1].split(","))
    if kind.startswith("uint"):
        return chance.randrange(1 << int(kind[4:]))
    if kind == "address":
        return Web3.to_checksum_address(chance.randbytes(20))
    if kind == "bool":
        return chance.random() < 0.5
    if kind == "string":
        return "Thanh Hóa"
    if kind == "bytes":
        return chance.randbytes(65)
    return chance.randbytes(int(kind.removeprefix("bytes")))


def plain(value: Any) -> Any:
    """Arrays as tuples, addresses in lower case."""
    if isinstance(value, list | tuple):
        return tuple(plain(one) for one in value)
    return value.lower() if isinstance(value, str) else value


@pytest.mark.parametrize("name", CONTRACTS)
def test_encode_every_function_as_web3_does(name: str) -> None:
    file = resources.files("ledger.chain") / "artifacts" / f"{name}.json"
    contract = Web3().eth.contract(abi=json.loads(file.read_text())["abi"])
    chance = random.Random(7)
    for function in load_interface(name).functions.values():
        arguments = [sample(kind, chance) for kind in function.inputs]
        signature = f"{function.name}({','.join(function.inputs)})"
        oracle = contract.get_function_by_signature(signature)(*arguments)
        assert "0x" + function.encode(arguments).hex() == oracle._encode_transaction_data()
        values = tuple(sample(kind, chance) for kind in function.outputs)
        decoded = function.decode(encode(function.outputs, values))
        assert plain(decoded) == plain(values)


def test_creation_code_appends_the_constructor_arguments() -> None:
    interface = load_interface("CheckpointLog")
    code = interface.creation_code(b"\x11" * 20)
    assert code == interface.bytecode + bytes(12) + b"\x11" * 20


def test_name_revert_gives_error_and_arguments() -> None:
    selector = keccak256(b"CheckpointProofLength(uint256,uint256)")[:4]
    named = name_revert(CallReverted(selector + encode(["uint256"] * 2, [3, 2]), "reverted"))
    assert (named.name, named.arguments) == ("CheckpointProofLength", (3, 2))
    assert named.detail == "the contract refused: CheckpointProofLength(3, 2)"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (bytes.fromhex("08c379a0") + encode(["string"], ["no"]), "Error"),
        (bytes.fromhex("4e487b71") + encode(["uint256"], [17]), "Panic"),
        (b"", ""),
        (b"\x01\x02\x03\x04", ""),
        (bytes.fromhex("08c379a0") + b"\xff", ""),
    ],
)
def test_name_revert_of_built_in_hidden_or_broken_bytes(data: bytes, name: str) -> None:
    assert name_revert(CallReverted(data, "reverted")).name == name


@pytest.mark.parametrize("arguments", [[], [b"\x01" * 31, 1], [b"\x01" * 32, -1], ["x", 2**64]])
def test_encode_what_does_not_fit_is_invalid_input(arguments: list[Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        load_interface("CheckpointLog").functions["findHead"].encode(arguments)
    assert refused.value.code == "contract-call-malformed"


@pytest.mark.parametrize("data", [b"", b"\x00" * 31, b"\xff" * 128])
def test_decode_what_does_not_fit_is_unavailable(data: bytes) -> None:
    with pytest.raises(Unavailable):
        load_interface("CheckpointLog").functions["findHead"].decode(data)


def test_load_unknown_contract_is_misconfigured() -> None:
    with pytest.raises(Misconfigured):
        load_interface("Nothing")


def test_authority_bit_is_the_registry_s() -> None:
    assert AUTHORITY == Role.AUTHORITY
