"""The state of nodes and accounts for an operator's eyes. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ledger.chain.blocks import read_block
from ledger.chain.client import ChainClient
from ledger.chain.rpc import Call, NodeError
from ledger.chain.submitter import Submitter
from ledger.errors import Conflict, LedgerError, Unavailable


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """One node: its head, or why it could not be asked."""

    url: str
    head: int | None
    trouble: str | None


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """One account: nonces used on chain (None if no node answered), journal entries not settled."""

    address: str
    count: int | None
    unconfirmed: int
    quarantined: bool


def read_nodes(client: ChainClient) -> list[NodeStatus]:
    """Every configured node, asked one by one."""
    found: list[NodeStatus] = []
    question = [Call("eth_getBlockByNumber", ("latest", False))]
    for url, answers in client.endpoints.ask_each(question, timeout=3.0):
        if isinstance(answers, LedgerError):
            found.append(NodeStatus(url, None, answers.detail))
        elif isinstance(answers[0], NodeError):
            found.append(NodeStatus(url, None, answers[0].text))
        else:
            found.append(NodeStatus(url, read_block(answers[0]).number, None))
    return found


def read_accounts(client: ChainClient, submitters: Iterable[Submitter]) -> list[AccountStatus]:
    """The accounts we send from."""
    found: list[AccountStatus] = []
    for submitter in submitters:
        count: int | None
        try:
            count = client.transaction_count(submitter.address)
        except Unavailable:
            count = None
        try:
            submitter.check_not_quarantined()
            quarantined = False
        except Conflict:
            quarantined = True
        found.append(
            AccountStatus(submitter.address, count, submitter.unconfirmed_count(), quarantined)
        )
    return found
