"""The chain's proof verification against the naive RFC 9162, for every small tree."""

from __future__ import annotations

from random import Random

import pytest

from tests.support import rfc9162
from tests.support.campaign import scaled
from tests.support.contract_chain import ContractChain

pytestmark = [pytest.mark.chain, pytest.mark.slow]

LARGEST = 40
ENTRIES = [b"entry %d" % n for n in range(LARGEST)]
ROOTS = [rfc9162.tree_root(ENTRIES[:size]) for size in range(LARGEST + 1)]


def mutate(random: Random, proof: list[bytes]) -> list[bytes]:
    """Give a proof that differs: a bit flipped, a node less or more, two nodes exchanged."""
    kinds = ["more"]
    if proof:
        kinds += ["flip", "less"]
    if len(proof) > 1:
        kinds.append("swap")
    kind = random.choice(kinds)
    changed = list(proof)
    place = random.randrange(len(proof)) if proof else 0
    if kind == "flip":
        flipped = int.from_bytes(proof[place], "big") ^ (1 << random.randrange(256))
        changed[place] = flipped.to_bytes(32, "big")
    elif kind == "less":
        del changed[place]
    elif kind == "more":
        changed.insert(place, random.randbytes(32))
    else:
        other = (place + 1) % len(proof)
        changed[place], changed[other] = changed[other], changed[place]
    return changed


@pytest.fixture(scope="module")
def anchored(london_chain: ContractChain) -> bytes:
    """Anchor every size from 1 to the largest, one head after the other; give the log's id."""
    log_id, publisher = london_chain.open_log("every size")
    for size in range(1, LARGEST + 1):
        proof = rfc9162.consistency_proof(size - 1, ENTRIES[:size]) if size > 1 else []
        london_chain.send(
            publisher, london_chain.log.functions.append(log_id, size, ROOTS[size], proof)
        )
    return log_id


def test_append_of_every_size_keeps_every_root(
    london_chain: ContractChain, anchored: bytes
) -> None:
    log = london_chain.log.functions
    assert log.headCount(anchored).call() == LARGEST
    for size in range(1, LARGEST + 1):
        assert log.rootAt(anchored, size).call() == ROOTS[size]
        head = log.findHead(anchored, size).call()
        assert head == log.headAt(anchored, size - 1).call()
        assert (head[0], head[3]) == (size, ROOTS[size])
        block = london_chain.web3.eth.get_block(head[2])
        assert head[1] == block["timestamp"]


def test_inclusion_of_every_leaf_is_true_and_mutations_false(
    london_chain: ContractChain, anchored: bytes
) -> None:
    random = Random(9162)
    verify = london_chain.log.functions.verifyInclusion
    for size in range(1, LARGEST + 1):
        for index in range(size):
            leaf = rfc9162.leaf_hash(ENTRIES[index])
            proof = rfc9162.inclusion_proof(index, ENTRIES[:size])
            assert verify(anchored, size, index, leaf, proof).call()
            for _ in range(scaled(1)):
                changed = mutate(random, proof)
                expected = rfc9162.is_included(index, size, leaf, changed, ROOTS[size])
                assert not expected
                assert not verify(anchored, size, index, leaf, changed).call()


def test_inclusion_under_any_other_index_or_size_agrees_with_the_standard(
    london_chain: ContractChain, anchored: bytes
) -> None:
    random = Random(21)
    verify = london_chain.log.functions.verifyInclusion
    for _ in range(scaled(300)):
        size, other_size = random.randint(1, LARGEST), random.randint(1, LARGEST)
        index, other_index = random.randrange(size), random.randrange(LARGEST + 5)
        leaf = rfc9162.leaf_hash(ENTRIES[index])
        proof = rfc9162.inclusion_proof(index, ENTRIES[:size])
        expected = rfc9162.is_included(other_index, other_size, leaf, proof, ROOTS[other_size])
        answer = verify(anchored, other_size, other_index, leaf, proof).call()
        assert answer == expected, (index, size, other_index, other_size)


def test_consistency_of_every_pair_is_true_and_mutations_false(london_chain: ContractChain) -> None:
    random = Random(6962)
    verify = london_chain.log.functions.verifyConsistency
    for new in range(1, LARGEST + 1):
        for old in range(1, new + 1):
            proof = rfc9162.consistency_proof(old, ENTRIES[:new])
            assert verify(old, ROOTS[old], new, ROOTS[new], proof).call()
            for _ in range(scaled(1)):
                changed = mutate(random, proof)
                assert not rfc9162.is_consistent(old, ROOTS[old], new, ROOTS[new], changed)
                assert not verify(old, ROOTS[old], new, ROOTS[new], changed).call()


def test_consistency_between_any_other_heads_agrees_with_the_standard(
    london_chain: ContractChain,
) -> None:
    random = Random(22)
    verify = london_chain.log.functions.verifyConsistency
    for _ in range(scaled(300)):
        old, new = sorted(random.choices(range(1, LARGEST + 1), k=2))
        proof = rfc9162.consistency_proof(old, ENTRIES[:new])
        claimed_old, claimed_new = random.randrange(LARGEST + 2), random.randrange(LARGEST + 2)
        old_root, new_root = random.choice(ROOTS), random.choice(ROOTS)
        if random.random() < 0.5:
            old_root, new_root = ROOTS[old], ROOTS[new]
        expected = rfc9162.is_consistent(claimed_old, old_root, claimed_new, new_root, proof)
        answer = verify(claimed_old, old_root, claimed_new, new_root, proof).call()
        assert answer == expected, (old, new, claimed_old, claimed_new)
