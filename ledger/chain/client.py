"""The chain as the rest of the room sees it: blocks, receipts, calls, sending.

Everything a node says is converted to our values here and nothing of web3 or JSON leaves. A
question that cannot be answered raises Unavailable; only the chain's own verdict (a revert, a
refused transaction) is told as one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.chain.answers import SendOutcome, classify_send
from ledger.chain.blocks import (
    Block,
    Header,
    LogEntry,
    Receipt,
    read_block,
    read_header,
    read_log,
    read_receipt,
)
from ledger.chain.endpoints import ChainIdentity, Endpoints
from ledger.chain.quantities import (
    read_data,
    read_digest,
    read_list,
    read_quantity,
    write_block,
    write_data,
)
from ledger.chain.rpc import Answer, Call, NodeError
from ledger.digest import Digest
from ledger.errors import Conflict, Misconfigured, Unavailable

LATEST = "latest"


class CallReverted(Conflict):
    """The contract refused; `data` are the revert bytes, empty where the node kept them."""

    def __init__(self, data: bytes, text: str) -> None:
        super().__init__("contract-reverted", f"the contract refused: {text:.200}")
        self.data = data


@dataclass(frozen=True, slots=True)
class Fees:
    """What a transaction offers per gas, in wei. Legacy when `max_fee` is None."""

    gas_price: int
    max_fee: int | None = None
    priority_fee: int | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """What sending came to; `detail` is the node's text when it did not simply take it."""

    outcome: SendOutcome
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """One node's view in one exchange: its head, the sender's used nonces, receipts of the hashes
    (without logs),
    which hashes it knows at all, and its block hashes at the asked heights."""

    head: Block
    count: int
    receipts: Mapping[Digest, Receipt]
    known: frozenset[Digest]
    hashes: Mapping[int, Digest | None]


class ChainClient:
    """Questions to one chain through any of its nodes. Safe for use by several threads."""

    def __init__(
        self,
        urls: Sequence[str],
        *,
        identity: ChainIdentity | None = None,
        on_first_contact: Callable[[ChainIdentity], None] | None = None,
        timeout: float = 10.0,
    ) -> None:
        self.endpoints = Endpoints(
            urls, identity=identity, on_first_contact=on_first_contact, timeout=timeout
        )

    def identity(self) -> ChainIdentity:
        """The pinned identity, contacting a node if none is pinned yet."""
        pinned = self.endpoints.identity
        if pinned is None:
            self.head()
            pinned = self.endpoints.identity
            assert pinned is not None, "an answer was taken from an unidentified chain"
        return pinned

    def ask(self, method: str, *params: Any) -> Any:
        """One raw question; raises NodeError for an error answer."""
        return _value(self.endpoints.ask([Call(method, params)])[0])

    def head(self) -> Block:
        """The newest block."""
        return read_block(self.ask("eth_getBlockByNumber", LATEST, False))

    def find_block(self, number: int) -> Block | None:
        """The block at that height, if the chain is that high."""
        answer = self.ask("eth_getBlockByNumber", hex(number), False)
        return None if answer is None else read_block(answer)

    def headers(self, numbers: Sequence[int]) -> list[Header | None]:
        """Whole headers at those heights, each with its hash recomputed."""
        calls = [Call("eth_getBlockByNumber", (hex(number), False)) for number in numbers]
        answers = self.endpoints.ask(calls)
        return [None if _value(got) is None else read_header(got) for got in answers]

    def transaction_count(self, address: str, block: int | str = LATEST) -> int:
        """Nonces the sender has used up to that block."""
        return read_quantity(self.ask("eth_getTransactionCount", address, write_block(block)))

    def find_receipt(self, transaction: Digest) -> Receipt | None:
        """The receipt, provisional, if the node has one."""
        return read_receipt(
            self.ask("eth_getTransactionReceipt", transaction.prefixed), transaction
        )

    def glimpse(
        self, sender: str, hashes: Sequence[Digest] = (), numbers: Sequence[int] = ()
    ) -> Glimpse:
        """Everything a pass of the submitter looks at, in one exchange with one node.

        The count is asked before the receipts: what it covers must have one.
        """
        calls = [
            Call("eth_getTransactionCount", (sender, LATEST)),
            Call("eth_getBlockByNumber", (LATEST, False)),
            *(Call("eth_getBlockByNumber", (hex(number), False)) for number in numbers),
            *(Call("eth_getTransactionReceipt", (one.prefixed,)) for one in hashes),
            *(Call("eth_getTransactionByHash", (one.prefixed,)) for one in hashes),
        ]
        answers = [_value(answer) for answer in self.endpoints.ask(calls)]
        blocks, rest = answers[2 : 2 + len(numbers)], answers[2 + len(numbers) :]
        receipts = {
            one: receipt
            for one, answer in zip(hashes, rest, strict=False)
            if (receipt := read_receipt(answer, one, with_logs=False)) is not None
        }
        return Glimpse(
            head=read_block(answers[1]),
            count=read_quantity(answers[0]),
            receipts=receipts,
            known=frozenset(
                one for one, got in zip(hashes, rest[len(hashes) :], strict=True) if got is not None
            ),
            hashes={
                number: None if block is None else _hash_at(block, number)
                for number, block in zip(numbers, blocks, strict=True)
            },
        )

    def call(
        self, to: str | None, data: bytes, *, sender: str | None = None, block: int | str = LATEST
    ) -> bytes:
        """Run a call without sending it. Raises CallReverted when the contract refuses."""
        answer = self.endpoints.ask([self.call_question(to, data, sender=sender, block=block)])[0]
        return read_call_answer(answer)

    def call_question(
        self, to: str | None, data: bytes, *, sender: str | None = None, block: int | str = LATEST
    ) -> Call:
        """The `eth_call` that `call` asks, for use in a batch."""
        transaction: dict[str, str] = {"data": write_data(data), "gasPrice": "0x0"}
        if to is not None:
            transaction["to"] = to
        if sender is not None:
            transaction["from"] = sender
        return Call("eth_call", (transaction, write_block(block)))

    def code(self, address: str) -> bytes:
        """The contract's code, empty where none stands."""
        return read_data(self.ask("eth_getCode", address, LATEST))

    def codes(self, addresses: Sequence[str]) -> list[bytes]:
        """Code at several addresses, in one exchange."""
        calls = [Call("eth_getCode", (address, LATEST)) for address in addresses]
        return [read_data(_value(answer)) for answer in self.endpoints.ask(calls)]

    def logs(
        self, address: str, topics: Sequence[str | None], first: int, last: int | str = LATEST
    ) -> list[LogEntry]:
        """Events of one contract between two blocks, both included."""
        question = {
            "address": address,
            "topics": list(topics),
            "fromBlock": hex(first),
            "toBlock": write_block(last),
        }
        return [read_log(entry) for entry in read_list(self.ask("eth_getLogs", question))]

    def fees(self) -> Fees:
        """Legacy and free wherever the base fee is nothing, EIP-1559 where it is not.

        The cap is eight times today's base fee: the bytes are signed once and must still be
        minable after a busy stretch; what the base fee leaves over is not spent.
        """
        base_fee = self.head().base_fee
        if not base_fee:
            return Fees(gas_price=0)
        tip = read_quantity(self.ask("eth_maxPriorityFeePerGas"))
        return Fees(gas_price=0, max_fee=8 * base_fee + tip, priority_fee=tip)

    def send_raw(self, raw: bytes, transaction: Digest) -> Sent:
        """Hand signed bytes to every node; the best answer counts.

        To every node, because nodes do not pass on what pays nothing (geth's pool takes it from
        its own door only), and because the one that took it may die with it. Raises Unavailable
        when no node answered: it may have been taken. Sending again is harmless.
        """
        call = Call("eth_sendRawTransaction", (write_data(raw),))
        sent: list[Sent] = []
        trouble: Unavailable | Misconfigured | None = None
        for _, answers in self.endpoints.ask_each([call], timeout=5.0, awake=True):
            if isinstance(answers, (Unavailable, Misconfigured)):
                trouble = answers
            else:
                sent.append(self._read_sent(answers[0], transaction))
        if not sent:
            assert trouble is not None, "there is at least one node"
            raise trouble
        rank = list(SendOutcome)
        return min(sent, key=lambda one: rank.index(one.outcome))

    def close(self) -> None:
        """Drop pooled connections."""
        self.endpoints.close()

    def _read_sent(self, answer: Answer, transaction: Digest) -> Sent:
        if isinstance(answer, NodeError):
            return Sent(classify_send(answer), answer.text)
        if read_digest(answer) != transaction:
            # A node that names another hash has not taken what we sent: look before believing.
            return Sent(SendOutcome.LOOK_UP, f"the node answered with the hash {answer}")
        return Sent(SendOutcome.TAKEN)


def read_call_answer(answer: Answer) -> bytes:
    """Bytes returned by an `eth_call`. Raises CallReverted, or the NodeError it was."""
    if not isinstance(answer, NodeError):
        return read_data(answer)
    data = _revert_bytes(answer.data)
    text = answer.text.lower()
    if data is not None or answer.number == 3 or "revert" in text or "invalid opcode" in text:
        raise CallReverted(data or b"", answer.text)
    raise answer


def _revert_bytes(data: Any) -> bytes | None:
    """Engines put revert bytes into `data` itself or one object deeper (hardhat)."""
    if isinstance(data, dict):
        data = data.get("data")
    if isinstance(data, str) and data.startswith("Reverted "):
        data = data.removeprefix("Reverted ")
    if isinstance(data, str) and data.startswith("0x") and len(data) > 2:
        return read_data(data)
    return None


def _value(answer: Answer) -> Any:
    if isinstance(answer, NodeError):
        raise answer
    return answer


def _hash_at(value: Any, number: int) -> Digest:
    block = read_block(value)
    if block.number != number:
        raise Unavailable(
            "chain-answer-malformed", f"asked for block {number}, was given block {block.number}"
        )
    return block.hash
