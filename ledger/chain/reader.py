"""`ContractReader`: the verifier's questions to the anchoring contracts.

It implements `ledger.ports.ChainReader` and raises Unavailable on any doubt: no node, a node of
another chain, a node that lags or lies in form, no contract at the address, or nodes that
contradict each other where agreement is asked for. A doubt must never look like "not anchored".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from ledger.chain.abi import Function, load_interface
from ledger.chain.client import ChainClient, read_call_answer
from ledger.chain.contracts import CheckpointLog, OrganizationRegistry, RecordStatus
from ledger.chain.rpc import Answer
from ledger.digest import Digest
from ledger.errors import Conflict, LedgerError, Misconfigured, Unavailable
from ledger.identity.address import address_bytes, parse_address
from ledger.identity.organization import KeyEntry, OrgId
from ledger.ports import HeadOnChain, OrganizationOnChain, StatusOnChain

T = TypeVar("T")


class ContractReader:
    """Reads the three contracts through a client.

    `agreement` is how many nodes must give the same answer; with 1 the word of one node counts,
    which is right for nodes of our own and wrong for strangers'.
    """

    def __init__(
        self,
        client: ChainClient,
        *,
        organization_registry: str,
        checkpoint_log: str,
        record_status: str,
        agreement: int = 1,
    ) -> None:
        if not 1 <= agreement <= len(client.endpoints.urls):
            raise Misconfigured(
                "chain-unavailable",
                f"{agreement} nodes shall agree; {len(client.endpoints.urls)} are configured",
            )
        self._client = client
        self._registry = parse_address(organization_registry)
        self._log = parse_address(checkpoint_log)
        self._status = parse_address(record_status)
        self._agreement = agreement

    def identity(self) -> tuple[int, Digest]:
        """What the nodes say they are, compared with nothing: judging it is the caller's check."""
        found = self._client.endpoints.observe()
        return found.chain_id, found.genesis

    def find_head(self, log_id: Digest, size: int) -> HeadOnChain | None:
        """The head anchored at exactly this size."""
        function = load_interface(CheckpointLog.contract).functions["findHead"]
        head = self._ask(self._log, function, (log_id, size), CheckpointLog.read_head)
        if head is not None and head.size != size:
            raise Unavailable(
                "chain-answer-malformed", f"asked for size {size}, was given size {head.size}"
            )
        return head

    def find_organization(self, org: OrgId) -> OrganizationOnChain | None:
        """The organization, if registered."""
        function = load_interface(OrganizationRegistry.contract).functions["organization"]
        return self._ask(
            self._registry,
            function,
            (org,),
            lambda values: OrganizationRegistry.read_organization(org, values),
        )

    def find_key(self, org: OrgId, address: str) -> KeyEntry | None:
        """The key's history entry, if the organization ever had it."""
        function = load_interface(OrganizationRegistry.contract).functions["key"]
        return self._ask(
            self._registry,
            function,
            (org, address_bytes(address)),
            lambda values: OrganizationRegistry.read_key(address, values),
        )

    def statuses(self, subject: Digest) -> Sequence[StatusOnChain]:
        """Every declaration about the subject, oldest first."""
        function = load_interface(RecordStatus.contract).functions["statuses"]
        return self._ask(self._status, function, (subject,), RecordStatus.read_statuses)

    def statuses_of(self, subjects: Sequence[Digest]) -> Sequence[Sequence[StatusOnChain]]:
        """The declarations about each subject, in one exchange with one node: for nodes of our
        own. Raises Unavailable."""
        assert self._agreement == 1, "agreement is asked for one subject at a time"
        function = load_interface(RecordStatus.contract).functions["statuses"]
        questions = [
            self._client.call_question(self._status, function.encode((subject,)))
            for subject in subjects
        ]
        if not questions:
            return []
        try:
            answers = self._client.endpoints.ask(questions)
            return [
                RecordStatus.read_statuses(function.decode(read_call_answer(answer))[0])
                for answer in answers
            ]
        except LedgerError as error:
            raise doubt(error) from error

    def block_hash(self, number: int) -> Digest | None:
        """Hash of the block at that height on the chain the nodes now hold."""
        try:
            block = self._client.find_block(number)
        except LedgerError as error:
            raise doubt(error) from error
        return None if block is None else block.hash

    def _ask(
        self, address: str, function: Function, arguments: Sequence[object], read: Callable[..., T]
    ) -> T:
        question = self._client.call_question(address, function.encode(arguments))

        def understand(answer: Answer) -> T:
            values = function.decode(read_call_answer(answer))
            return read(values[0] if len(values) == 1 else values)

        try:
            if self._agreement == 1:
                return understand(self._client.endpoints.ask([question])[0])
            found: list[T] = []
            for _, answers in self._client.endpoints.ask_each([question]):
                if not isinstance(answers, LedgerError):
                    found.append(understand(answers[0]))
        except LedgerError as error:
            raise doubt(error) from error
        if len(found) < self._agreement:
            raise Unavailable(
                "chain-unavailable", f"{len(found)} of {self._agreement} nodes answered"
            )
        if any(other != found[0] for other in found[1:]):
            raise Unavailable("chain-answer-malformed", "the chain nodes contradict each other")
        return found[0]


def doubt(error: LedgerError) -> Unavailable:
    """Whatever went wrong on the way to a node's answer is a doubt, to a verifier."""
    if isinstance(error, Unavailable):
        return error
    assert isinstance(error, (Misconfigured, Conflict)), f"not a doubt: {error!r}"
    return Unavailable(error.code, error.detail, advice=error.advice)
