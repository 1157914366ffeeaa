"""The exchange of documents on a throw-away anvil, driven step by step and compared with the model.

Time goes by only when the test says so: every transaction is put into a block of the time it is
given. Transactions are sent by an account of the node, unsigned by us, because relaying gives no
right and costs the test nothing.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import Any

from eth_utils.crypto import keccak

from ledger.chain.abi import Interface, load_interface
from ledger.chain.exchange_contracts import DocumentExchange
from ledger.exchange.leg import Leg
from ledger.exchange.mandate import Mandate
from ledger.exchange.rules import LegAction
from ledger.exchange.signed import Opening, Step
from ledger.identity.eip712 import Domain
from ledger.identity.organization import OrgId, Purpose
from ledger.identity.private_key import PrivateKey
from ledger.identity.signer import KeySigner
from tests.support.contract_chain import ACTIVE, SUSPENDED, ContractChain

_GAS = 1_000_000


@dataclass
class Agency:
    """A member of the exchange with its one key."""

    org: OrgId
    signer: KeySigner
    purposes: Purpose
    status: int = ACTIVE


@dataclass
class ExchangeChain:
    """The contracts with some agencies in the registry, and what we know to stand there."""

    chain: ContractChain
    mandates: str
    exchange: str
    domain: Domain
    sender: str
    now: int
    agencies: dict[OrgId, Agency] = field(default_factory=dict)
    given: dict[tuple[OrgId, OrgId], tuple[int, int]] = field(default_factory=dict)
    counts: dict[tuple[OrgId, OrgId], int] = field(default_factory=dict)

    @classmethod
    def of(cls, chain: ContractChain) -> ExchangeChain:
        """The exchange of that chain, without members yet."""
        web3 = chain.web3
        mandates, exchange = chain.mandates.address, chain.exchange.address
        domain = Domain(web3.eth.chain_id, exchange)
        now = web3.eth.get_block("latest")["timestamp"]
        return cls(chain, mandates, exchange, domain, web3.eth.accounts[0], now)

    def join(self, name: str, purposes: Purpose) -> Agency:
        """A new member with one key."""
        key = KeySigner(PrivateKey(keccak(text=f"agency {name}")))
        org = OrgId(self.chain.register(f"agency {name}"))
        registry = self.chain.registry.functions
        self.chain.govern(registry.addKey(org, key.address, False, int(purposes), 0, 0))
        self.agencies[org] = Agency(org, key, purposes)
        self.now = self.chain.web3.eth.get_block("latest")["timestamp"]
        return self.agencies[org]

    def set_status(self, agency: Agency, status: int) -> None:
        """Suspend or reinstate a member."""
        if agency.status != status:
            self.now += 1
            self._ask("evm_setNextBlockTimestamp", [self.now])
            self.chain.govern(self.chain.registry.functions.setStatus(agency.org, status))
            agency.status = status

    def reset(self) -> None:
        """Every member active, no mandate in force."""
        for agency in self.agencies.values():
            self.set_status(agency, ACTIVE)
        for (giver, taker), (scope, _) in list(self.given.items()):
            if scope:
                self.now += 1
                assert self.mandate(self.agencies[giver], self.agencies[taker], 0, 0) is None

    def mandate(self, giver: Agency, taker: Agency, scope: int, until: int) -> str | None:
        """Give a mandate, or take it back with scope 0; the name of the error it met, if any."""
        pair = (giver.org, taker.org)
        nonce = self.counts.get(pair, 0)
        terms = (scope, 0, until, b"\x0d" * 32) if scope else (0, 0, 0, bytes(32))
        mandate = Mandate(giver.org, taker.org, *terms)
        deadline = self.now + 1000
        digest = mandate.digest(Domain(self.domain.chain_id, self.mandates), nonce, deadline)
        signature = giver.signer.sign_digest(digest)
        error = self.call(
            self.mandates,
            load_interface("Mandates"),
            "give",
            (*pair, terms, nonce, deadline, giver.signer.address, signature),
        )
        if error is None:
            self.counts[pair] = nonce + 1
            self.given[pair] = (scope, until)
        return error

    def open(self, opening: Opening, signer: str, signature: bytes) -> str | None:
        """Relay an opening; the name of the error it met, if any."""
        return self._exchange("open", (opening.arguments, signer, signature))

    def act(self, step: Step, signer: str, signature: bytes) -> str | None:
        """Relay a step; the name of the error it met, if any."""
        return self._exchange("act", (step.arguments, signer, signature))

    def expire(self, leg: bytes) -> str | None:
        """End the wait for an answer; the name of the error it met, if any."""
        return self._exchange("expire", (leg,))

    def mark_overdue(self, leg: bytes) -> str | None:
        """Mark a deadline that passed; the name of the error it met, if any."""
        return self._exchange("markOverdue", (leg,))

    def leg(self, leg: bytes) -> Leg:
        """What the contract holds."""
        function = load_interface("DocumentExchange").functions["leg"]
        request = {"to": self.exchange, "data": "0x" + function.encode((leg,)).hex()}
        answer = self._ask("eth_call", [request, "latest"])
        (found,) = function.decode(bytes.fromhex(answer[2:]))
        return DocumentExchange.read_leg(found)

    def is_active(self, org: OrgId) -> bool:
        """As the registry was last told."""
        return org in self.agencies and self.agencies[org].status == ACTIVE

    def is_suspended(self, org: OrgId) -> bool:
        """As the registry was last told."""
        return org in self.agencies and self.agencies[org].status == SUSPENDED

    def is_in_force(self, org: OrgId, signer: str, purpose: Purpose) -> bool:
        """Whether that is the member's key, for that purpose."""
        agency = self.agencies.get(org)
        return agency is not None and agency.signer.address == signer and purpose in agency.purposes

    def is_mandated(self, org: OrgId, actor: OrgId, action: LegAction) -> bool:
        """As the mandates were last told; they begin in the past."""
        scope, until = self.given.get((org, actor), (0, 0))
        return bool(scope >> action & 1) and self.now < until

    def _exchange(self, name: str, arguments: tuple[Any, ...]) -> str | None:
        return self.call(self.exchange, load_interface("DocumentExchange"), name, arguments)

    def call(
        self, to: str, interface: Interface, name: str, arguments: tuple[Any, ...]
    ) -> str | None:
        """Send in a block of the time `now`; the name of the error it met, if any."""
        self._ask("evm_setNextBlockTimestamp", [self.now])
        data = "0x" + interface.functions[name].encode(arguments).hex()
        request = {
            "from": self.sender, "to": to, "data": data, "gas": hex(_GAS), "gasPrice": "0x0"
        }  # fmt: skip
        transaction = self._ask("eth_sendTransaction", [request])
        while (receipt := self._ask("eth_getTransactionReceipt", [transaction])) is None:
            time.sleep(0.001)
        if receipt["status"] == "0x1":
            return None
        tracer = {"tracer": "callTracer", "tracerConfig": {"onlyTopCall": True}}
        trace = self._ask("debug_traceTransaction", [transaction, tracer])
        error = interface.errors.get(bytes.fromhex(trace["output"][2:10]))
        assert error is not None, trace
        return error.name

    def _ask(self, method: str, parameters: list[Any]) -> Any:
        answer = self.chain.web3.provider.make_request(method, parameters)  # type: ignore[arg-type]
        assert "result" in answer, answer
        return answer["result"]


def code_of(error: str) -> str:
    """The model's code for a contract's error: LegActionIllegal is leg-action-illegal."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", error).lower()
