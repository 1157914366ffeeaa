"""The life of the contracts on every EVM they must run on, with a base fee and without."""

from __future__ import annotations

from typing import Any

import pytest
from eth_utils.crypto import keccak
from web3.exceptions import ContractCustomError

from tests.support import rfc9162
from tests.support.contract_chain import (
    ACTIVE,
    AUTHORITY,
    PRODUCER,
    PUBLISH,
    RECALLED,
    STATUS,
    SUBMIT,
    SUSPENDED,
    ContractChain,
    load_artifact,
    make_account,
    sign_status,
)

pytestmark = pytest.mark.chain

ENTRIES = [b"entry %d" % n for n in range(12)]


def root(size: int) -> bytes:
    return rfc9162.tree_root(ENTRIES[:size])


def refused_with(chain: ContractChain, call: Any, sender: str) -> tuple[str, list[Any]]:
    """Call without sending; give the name and arguments of the custom error it meets."""
    with pytest.raises(ContractCustomError) as caught:
        call.call({"from": sender})
    data = caught.value.data
    assert isinstance(data, str)
    for contract in (chain.log, chain.registry, chain.status):
        for entry in contract.abi:
            if entry["type"] == "error":
                types = [item["type"] for item in entry["inputs"]]
                signature = f"{entry['name']}({','.join(types)})"
                if data[2:10] == keccak(text=signature)[:4].hex():
                    decoded = chain.web3.codec.decode(types, bytes.fromhex(data[10:]))
                    return entry["name"], list(decoded)
    raise AssertionError(f"unknown error {data}")


def test_heads_are_appended_repeated_and_defended(any_chain: ContractChain) -> None:
    chain, log = any_chain, any_chain.log.functions
    log_id, publisher = chain.open_log("life of a log")
    first = chain.send(publisher, log.append(log_id, 5, root(5), []))
    proof = rfc9162.consistency_proof(5, ENTRIES)
    grown = chain.send(publisher, log.append(log_id, 12, root(12), proof))

    events = chain.log.events.HeadAppended().process_receipt(grown)
    assert [dict(event["args"]) for event in events] == [
        {"logId": log_id, "size": 12, "root": root(12), "oldSize": 5, "ordinal": 1}
    ]
    assert log.rootAt(log_id, 5).call() == root(5)
    assert log.head(log_id).call()[2] == grown["blockNumber"]
    assert log.findHead(log_id, 5).call()[2] == first["blockNumber"]

    repeated = chain.send(publisher, log.append(log_id, 12, root(12), proof))
    assert len(chain.log.events.HeadRepeated().process_receipt(repeated)) == 1
    assert log.headCount(log_id).call() == 2

    account = publisher.address
    forged = b"\xaa" * 32
    for call, expected in [
        (
            log.append(log_id, 12, forged, proof),
            ("CheckpointRootConflict", [log_id, 12, forged, root(12)]),
        ),
        (log.append(log_id, 7, forged, []), ("CheckpointSizeNotGrowing", [log_id, 7, 12])),
        (log.append(log_id, 13, forged, []), ("CheckpointProofLength", [3, 0])),
        (
            log.append(log_id, 13, forged, [forged] * 3),
            ("CheckpointProofInvalid", [log_id, 12, 13]),
        ),
        (log.append(log_id, 2**63, forged, []), ("CheckpointSizeTooLarge", [log_id, 2**63])),
        (log.append(forged, 1, root(1), []), ("CheckpointLogUnknown", [forged])),
    ]:
        assert refused_with(chain, call, account) == expected
    stranger = make_account("stranger").address
    name, arguments = refused_with(chain, log.append(log_id, 13, forged, []), stranger)
    assert name == "CheckpointPublisherUnauthorized"
    assert arguments == [log_id, stranger.lower()]


def test_keys_are_added_ended_and_marked(any_chain: ContractChain) -> None:
    chain, registry = any_chain, any_chain.registry.functions
    org = chain.register("life of a key", roles=PRODUCER | AUTHORITY)
    signer = chain.add_key(org, SUBMIT | STATUS).address
    assert registry.organization(org).call()[0] == ACTIVE
    assert registry.hasRole(org, AUTHORITY).call()
    assert registry.isAuthorized(org, signer, SUBMIT).call()
    assert not registry.isAuthorized(org, signer, PUBLISH).call()

    chain.govern(registry.setStatus(org, SUSPENDED))
    assert not registry.isAuthorized(org, signer, SUBMIT).call()
    chain.govern(registry.setStatus(org, ACTIVE))
    chain.govern(registry.endKey(org, signer, 2**40))
    chain.govern(registry.markCompromised(org, signer, 1))
    key = registry.key(org, signer).call()
    assert (key[3], key[5]) == (2**40, 1)
    again = registry.addKey(org, signer, False, SUBMIT, 0, 0)
    name, _ = refused_with(chain, again, chain.governor.address)
    assert name == "KeyAlreadyAdded"


def test_declarations_are_relayed_by_anyone_once(any_chain: ContractChain) -> None:
    chain = any_chain
    org = chain.register("life of a status")
    signer = chain.add_key(org, STATUS)
    relay = make_account("relay")
    subject, reason = b"\x11" * 32, b"\x22" * 32
    call = sign_status(chain, signer, org, subject=subject, kind=RECALLED, reason=reason)
    receipt = chain.send(relay, call)
    block = chain.web3.eth.get_block(receipt["blockNumber"])
    statuses = chain.status.functions.statuses(subject).call()
    assert statuses == [(org, RECALLED, block["timestamp"], reason, PRODUCER)]
    assert refused_with(chain, call, relay.address)[0] == "StatusNonceUsed"

    foreign = sign_status(
        chain, relay, org, subject=subject, kind=RECALLED, reason=reason, nonce=b"\x02" * 32
    )
    assert refused_with(chain, foreign, relay.address)[0] == "StatusSignerUnauthorized"


def test_domain_tells_what_is_signed(any_chain: ContractChain) -> None:
    chain = any_chain
    for contract in (chain.registry, chain.status):
        _, name, version, chain_id, address, _, _ = contract.functions.eip712Domain().call()
        assert (name, version) == ("Provenance Ledger", "1")
        assert (chain_id, address) == (chain.web3.eth.chain_id, contract.address)


def test_storage_is_where_the_readme_says(london_chain: ContractChain) -> None:
    chain, log = london_chain, london_chain.log.functions
    log_id, publisher = chain.open_log("storage")
    chain.send(publisher, log.append(log_id, 5, root(5), []))
    chain.send(publisher, log.append(log_id, 12, root(12), rfc9162.consistency_proof(5, ENTRIES)))

    def read(slot: int) -> int:
        return int.from_bytes(chain.web3.eth.get_storage_at(chain.log.address, slot))

    def keyed(key: int, slot: int) -> int:
        return int.from_bytes(keccak(key.to_bytes(32, "big") + slot.to_bytes(32, "big")))

    base = keyed(int.from_bytes(log_id), 1)
    assert read(base).to_bytes(32, "big") == log.publisherOf(log_id).call()
    assert read(base + 1) == 12 | 2 << 64
    assert read(keyed(5, base + 2)).to_bytes(32, "big") == root(5)
    assert read(keyed(7, base + 2)) == 0
    _, time, block, _ = log.headAt(log_id, 1).call()
    assert read(keyed(1, base + 3)) == 12 | time << 64 | block << 128


@pytest.mark.parametrize(
    "name", ["AccessManager", "CheckpointLog", "OrganizationRegistry", "RecordStatus"]
)
def test_deployed_code_is_the_artifacts_but_for_its_immutables(
    london_chain: ContractChain, name: str
) -> None:
    artifact = load_artifact(name)
    address = london_chain.deployments[name]["contractAddress"]
    assert address is not None
    code = bytearray(london_chain.web3.eth.get_code(address))
    assert len(code) <= 24_576, "above the limit of EIP-170"
    for start, length in artifact["immutables"]:
        code[start : start + length] = bytes(length)
    assert "0x" + code.hex() == artifact["deployedBytecode"]
