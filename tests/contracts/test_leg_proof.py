"""The contract's storage, proven: what a chain says of a leg leads to the head we compute."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.chain.blocks import read_header
from ledger.errors import VerificationFailed
from ledger.exchange.rules import LegAction
from ledger.exchange.signed import LegKey, Opening
from ledger.identity.organization import Purpose
from ledger.proof.block_headers import BlockHeader, check_row
from ledger.proof.state_proof import StateProof, check_slot, leg_head_slot
from tests.support.contract_chain import ContractChain
from tests.support.exchange_chain import ExchangeChain

pytestmark = pytest.mark.chain


def _ask(chain: ContractChain, method: str, *parameters: Any) -> Any:
    answer = chain.web3.provider.make_request(method, list(parameters))  # type: ignore[arg-type]
    return answer["result"]


def _nodes(texts: list[str]) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(text[2:]) for text in texts)


def test_head_of_a_leg_is_proven_under_the_header_of_its_block(any_chain: ContractChain) -> None:
    exchange = ExchangeChain.of(any_chain)
    sender = exchange.join("sender of a proof", Purpose.CLERK)
    recipient = exchange.join("recipient of a proof", Purpose.CLERK)
    legs = []
    for number in range(5):
        key = LegKey(sender.org, recipient.org, bytes([number]) * 32)
        exchange.now += 10
        opening = Opening(
            key=key,
            actor=sender.org,
            action=LegAction.SUBMIT,
            message=b"\x01" * 32,
            evidence=b"\x02" * 32,
            deadline=exchange.now + 100,
            arrive_by=exchange.now + 100,
            answer_within=100,
            attempts=1,
        )
        signature = sender.signer.sign_digest(opening.digest(exchange.domain))
        assert exchange.open(opening, sender.signer.address, signature) is None
        legs.append(key.leg)
    number = _ask(any_chain, "eth_blockNumber")
    blocks = [hex(int(number, 16) - 1), number]
    raw = [read_header(_ask(any_chain, "eth_getBlockByNumber", one, False)) for one in blocks]
    headers = [BlockHeader.read(one.encoded) for one in raw]
    check_row(headers)
    assert [one.hash for one in headers] == [one.hash for one in raw]
    assert [one.time for one in headers] == [one.time for one in raw]
    for leg in legs:
        slot = leg_head_slot(leg)
        told = _ask(any_chain, "eth_getProof", exchange.exchange, [f"0x{slot:064x}"], number)
        proof = StateProof(_nodes(told["accountProof"]), _nodes(told["storageProof"][0]["proof"]))
        root = headers[-1].state_root
        assert check_slot(root, exchange.exchange, slot, proof) == exchange.leg(leg).head
        bent = proof.storage[-1][:-1] + bytes([proof.storage[-1][-1] ^ 1])
        for lie in (
            StateProof(proof.account, (*proof.storage[:-1], bent)),
            StateProof(proof.account[:-1], proof.storage),
            StateProof(proof.account, (*proof.storage, proof.storage[-1])),
            StateProof(proof.account, ()),
        ):
            with pytest.raises(VerificationFailed):
                check_slot(root, exchange.exchange, slot, lie)
        with pytest.raises(VerificationFailed):
            check_slot(root, exchange.exchange, slot + 1, proof)
