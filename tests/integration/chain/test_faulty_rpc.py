"""A node, or what stands before it, that stalls, lies, repeats itself or loses the answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger.chain.client import ChainClient
from ledger.chain.endpoints import ChainIdentity
from ledger.chain.reader import ContractReader
from ledger.digest import Digest
from ledger.errors import Misconfigured, Unavailable
from ledger.ports import TransactionState
from tests.support.chain_lab import Lab, wait_for
from tests.support.rpc_proxy import Fault, RpcProxy, running_proxy

pytestmark = pytest.mark.chain

UNUSABLE = [
    Fault.STALL,
    Fault.DRIP,
    Fault.HTML_502,
    Fault.REDIRECT,
    Fault.TRUNCATED,
    Fault.LOST_ANSWER,
    Fault.ANSWERED_TWICE,
    Fault.FOREIGN_ID,
    Fault.REFUSED,
    Fault.HUGE,
]
"""Faults after which an answer says nothing at all."""


@pytest.fixture
def proxy(anvil_lab: Lab) -> Iterator[RpcProxy]:
    with running_proxy(anvil_lab.urls[0]) as made:
        yield made


def through(lab: Lab, *urls: str) -> ChainClient:
    return ChainClient(urls, identity=lab.client.identity(), timeout=0.5)


def reader_of(lab: Lab, client: ChainClient, agreement: int = 1) -> ContractReader:
    return ContractReader(
        client,
        organization_registry=lab.deployment.organization_registry,
        checkpoint_log=lab.deployment.checkpoint_log,
        record_status=lab.deployment.record_status,
        agreement=agreement,
    )


def run_through(lab: Lab, client: ChainClient) -> None:
    """Drive the publisher through the client until all is settled."""
    submitter = lab.submitter(lab.publisher_key, client)

    def step() -> bool:
        try:
            submitter.advance()
        except Unavailable:
            return False
        return lab.is_settled

    wait_for(step, 30, lab.journal)


@pytest.mark.parametrize("fault", UNUSABLE, ids=lambda fault: fault.name.lower())
def test_reader_behind_a_faulty_node_is_unavailable(
    anvil_lab: Lab, proxy: RpcProxy, fault: Fault
) -> None:
    anvil_lab.anchor()
    anvil_lab.settle()
    size = max(anvil_lab.anchored)
    reader = reader_of(anvil_lab, through(anvil_lab, proxy.url))
    assert reader.find_head(anvil_lab.log_id, size) is not None
    proxy.inject(fault)
    with pytest.raises(Unavailable):
        reader.find_head(anvil_lab.log_id, size)
    with pytest.raises(Unavailable):
        reader.find_head(anvil_lab.log_id, size + 1)
    proxy.behave()
    assert reader.find_head(anvil_lab.log_id, size) is not None


@pytest.mark.parametrize("fault", UNUSABLE, ids=lambda fault: fault.name.lower())
def test_client_with_a_second_node_does_not_notice(
    anvil_lab: Lab, proxy: RpcProxy, fault: Fault
) -> None:
    anvil_lab.anchor()
    anvil_lab.settle()
    proxy.inject(fault)
    client = through(anvil_lab, proxy.url, anvil_lab.urls[0])
    reader = reader_of(anvil_lab, client)
    assert reader.find_head(anvil_lab.log_id, max(anvil_lab.anchored)) is not None
    assert client.endpoints.primary == anvil_lab.urls[0]


@pytest.mark.parametrize(
    "fault",
    [*UNUSABLE, Fault.SENT_TWICE, Fault.NULL_RECEIPT, Fault.WRONG_RECEIPT, Fault.LYING_HASH],
    ids=lambda fault: fault.name.lower(),
)
@pytest.mark.parametrize(
    "method", ["eth_sendRawTransaction", "eth_getTransactionReceipt", "eth_getBlockByNumber"]
)
def test_submitter_through_a_fault_sends_once_and_confirms(
    anvil_lab: Lab, proxy: RpcProxy, fault: Fault, method: str
) -> None:
    entry = anvil_lab.anchor()
    proxy.inject(fault, method, times=2)
    run_through(anvil_lab, through(anvil_lab, proxy.url))
    assert anvil_lab.journal.entries[-1].state is TransactionState.CONFIRMED
    assert anvil_lab.journal.entries[-1].id == entry.id
    assert anvil_lab.heads.head_count(anvil_lab.log_id) == 1
    anvil_lab.check_anchored()


def test_receipts_withheld_for_ever_never_count_as_confirmed_or_taken(
    anvil_lab: Lab, proxy: RpcProxy
) -> None:
    """A node that hides receipts looks like a stolen nonce; the transaction itself is still ours
    on every other look, and until somebody shows the receipt the entry is not confirmed."""
    anvil_lab.anchor()
    proxy.inject(Fault.WRONG_RECEIPT, "eth_getTransactionReceipt")
    submitter = anvil_lab.submitter(anvil_lab.publisher_key, through(anvil_lab, proxy.url))
    for _ in range(20):
        try:
            submitter.advance()
        except Unavailable:
            continue
    assert anvil_lab.journal.entries[-1].state is not TransactionState.CONFIRMED
    assert anvil_lab.journal.entries[-1].state is not TransactionState.FAILED
    proxy.behave()
    run_through(anvil_lab, through(anvil_lab, proxy.url))
    anvil_lab.check_anchored()


@pytest.mark.parametrize("fault", [Fault.WRONG_CHAIN, Fault.OTHER_GENESIS])
def test_node_of_another_chain_is_refused(anvil_lab: Lab, proxy: RpcProxy, fault: Fault) -> None:
    client = through(anvil_lab, proxy.url)
    assert client.head().number > 0
    proxy.inject(fault)
    with pytest.raises(Misconfigured) as refused:
        client.head()
    assert refused.value.code == "chain-identity-changed"
    with pytest.raises(Unavailable):
        reader_of(anvil_lab, client).find_head(anvil_lab.log_id, 1)
    found = reader_of(anvil_lab, client).identity()
    assert ChainIdentity(*found) != anvil_lab.client.identity()
    with pytest.raises(Misconfigured):
        anvil_lab.submitter(anvil_lab.publisher_key, client).submit("x", None, b"", 21000)


def test_node_of_another_chain_beside_a_good_one_is_left_out(
    anvil_lab: Lab, proxy: RpcProxy
) -> None:
    proxy.inject(Fault.OTHER_GENESIS)
    client = through(anvil_lab, proxy.url, anvil_lab.urls[0])
    assert client.head().number > 0
    assert client.endpoints.primary == anvil_lab.urls[0]


def test_first_contact_tells_the_identity_and_may_refuse_it(anvil_lab: Lab) -> None:
    told: list[ChainIdentity] = []
    client = ChainClient(anvil_lab.urls, on_first_contact=told.append)
    assert client.identity() == anvil_lab.client.identity()
    assert told == [anvil_lab.client.identity()]

    def refuse(found: ChainIdentity) -> None:
        raise Misconfigured("chain-identity-changed", f"not {found.chain_id}")

    wary = ChainClient(anvil_lab.urls, on_first_contact=refuse)
    for _ in range(2):
        with pytest.raises(Misconfigured):
            wary.head()
    assert wary.endpoints.identity is None


def test_stale_node_does_not_undo_what_was_confirmed(anvil_lab: Lab, proxy: RpcProxy) -> None:
    anvil_lab.anchor()
    anvil_lab.settle()
    proxy.inject(Fault.STALE_BLOCK)
    for _ in range(4):
        anvil_lab.anchor()
        anvil_lab.settle()
    client = through(anvil_lab, proxy.url, anvil_lab.urls[0])
    submitter = anvil_lab.submitter(anvil_lab.publisher_key, client)
    for _ in range(3):
        assert submitter.advance() == []
    assert client.endpoints.primary == anvil_lab.urls[0]
    assert anvil_lab.is_settled


def test_nodes_that_contradict_each_other_are_a_doubt(anvil_lab: Lab, proxy: RpcProxy) -> None:
    anvil_lab.anchor()
    anvil_lab.settle()
    size = max(anvil_lab.anchored)
    client = through(anvil_lab, proxy.url, anvil_lab.urls[0])
    reader = reader_of(anvil_lab, client, agreement=2)
    assert reader.find_head(anvil_lab.log_id, size) is not None
    proxy.inject(Fault.HTML_502)
    with pytest.raises(Unavailable):
        reader.find_head(anvil_lab.log_id, size)
    with pytest.raises(Misconfigured):
        reader_of(anvil_lab, client, agreement=3)


def test_unreachable_node_is_unavailable() -> None:
    client = ChainClient(
        ["http://127.0.0.1:9"], identity=ChainIdentity(1, Digest(bytes(32))), timeout=0.5
    )
    with pytest.raises(Unavailable):
        client.head()
    with pytest.raises(Misconfigured):
        ChainClient(["ftp://127.0.0.1"])
    with pytest.raises(Misconfigured):
        ChainClient([])
