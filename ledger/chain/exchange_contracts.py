"""The contracts of the exchange as this project speaks to them.

As in `contracts.py`: what changes the chain is returned as an `Act`, unsigned; what reads asks the
client and returns our values. Meaning, events and errors stand in contracts/interfaces/.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ledger.chain.blocks import LogEntry
from ledger.chain.client import ChainClient, read_call_answer
from ledger.chain.contracts import Act, Facade
from ledger.chain.quantities import malformed
from ledger.digest import Digest
from ledger.errors import Unavailable
from ledger.exchange.leg import Leg, LegMark
from ledger.exchange.mandate import Mandate
from ledger.exchange.rules import LegAction, LegState
from ledger.exchange.signed import Opening, Step
from ledger.identity.address import address_bytes, parse_address
from ledger.identity.organization import OrgId

_WORD = 32
_MOVED_WORDS = 9
_GIVEN_WORDS = 5
_GAS_OPEN = 200_000
_GAS_ACT = 120_000
_GAS_BATCH = 100_000


class Mandates(Facade):
    """Who may act for whom, for what and until when."""

    contract = "Mandates"

    def give(
        self, mandate: Mandate, *, nonce: int, deadline: int, signer: str, signature: bytes
    ) -> Act:
        """Relay a mandate signed by a LEADER key of its giver."""
        terms = (mandate.scope, mandate.valid_from, mandate.valid_until, mandate.document)
        return self._act(
            "give",
            250_000,
            mandate.giver,
            mandate.taker,
            terms,
            nonce,
            deadline,
            address_bytes(signer),
            signature,
        )

    def find(self, giver: OrgId, taker: OrgId) -> Mandate | None:
        """The mandate in question now, None if there is none or it was taken back."""
        scope, valid_from, valid_until, document = self._read("mandate", giver, taker)
        if scope == 0:
            return None
        return Mandate(giver, taker, scope, valid_from, valid_until, document)

    def count(self, giver: OrgId, taker: OrgId) -> int:
        """How many were given between the two: the nonce of the next one."""
        return int(self._read("mandateCount", giver, taker))

    def find_before(self, giver: OrgId, taker: OrgId, block: int, log_index: int) -> Mandate | None:
        """The one that stood when that place in the chain was reached, in force or not; None if
        there was none or it was taken back. By the events, which every node keeps, unlike states
        of old. Raises Unavailable `chain-behind` where the nodes have not come to that block."""
        head = self._client.head().number
        if head < block:
            raise Unavailable("chain-behind", f"the node is at block {head}, not at {block} yet")
        topics = [self.event_topic("MandateGiven"), "0x" + giver.hex(), "0x" + taker.hex()]
        logs = [
            log
            for log in self._client.logs(self.address, topics, 0, block)
            if (log.block, log.index) < (block, log_index)
        ]
        if not logs:
            return None
        newest = max(logs, key=lambda log: (log.block, log.index))
        words = [newest.data[at : at + _WORD] for at in range(0, len(newest.data), _WORD)]
        if len(newest.data) != _GIVEN_WORDS * _WORD:
            raise malformed("the event MandateGiven", f"{len(newest.data)} bytes")
        scope, begins, ends = (int.from_bytes(word, "big") for word in words[1:4])
        return None if scope == 0 else Mandate(giver, taker, scope, begins, ends, words[4])

    def registry(self) -> str:
        """Address of the registry it obeys."""
        return parse_address(self._read("registry"))


@dataclass(frozen=True, slots=True)
class LegMoved:
    """One event of a leg as the contract tells it. `org`, `actor` and `signer` are all zero where a
    deadline alone made it true."""

    leg: Digest
    org: bytes
    actor: bytes
    signer: str
    action: LegAction
    state: LegState
    reason: int
    nonce: int
    evidence: bytes
    link: bytes
    head: Digest
    log: LogEntry


class DocumentExchange(Facade):
    """The life of every document between agencies, one leg per recipient."""

    contract = "DocumentExchange"

    def __init__(self, address: str, client: ChainClient) -> None:
        super().__init__(address, client)
        self.moved_topic = bytes(self._interface.events["LegMoved"])

    def open_call(self, opening: Opening, signer: str, signature: bytes) -> bytes:
        """Call data that relays an opening."""
        return self._relay_call("open", opening.arguments, signer, signature)

    def act_call(self, step: Step, signer: str, signature: bytes) -> bytes:
        """Call data that relays a step."""
        return self._relay_call("act", step.arguments, signer, signature)

    def lapse_call(self, leg: bytes, action: LegAction) -> bytes:
        """Call data that says a deadline passed: EXPIRE or MARK_OVERDUE."""
        name = "expire" if action is LegAction.EXPIRE else "markOverdue"
        return self.function(name).encode((leg,))

    def batch(self, calls: Sequence[bytes], openings: int) -> Act:
        """All of them in one transaction, in this order, or none; so many of them open a leg."""
        gas = _GAS_BATCH + openings * _GAS_OPEN + (len(calls) - openings) * _GAS_ACT
        return Act(self.address, self.function("multicall").selector + _encode_list(calls), gas)

    def legs(self, ids: Sequence[bytes], block: int | str = "latest") -> list[Leg]:
        """What the contract holds of these, in one exchange with one node."""
        function = self.function("leg")
        questions = [
            self._client.call_question(self.address, function.encode((one,)), block=block)
            for one in ids
        ]
        if not questions:
            return []
        answers = self._client.endpoints.ask(questions)
        return [self.read_leg(function.decode(read_call_answer(one))[0]) for one in answers]

    def mandates(self) -> str:
        """Address of the mandates it goes by."""
        return parse_address(self._read("mandates"))

    def read_moved(self, log: LogEntry) -> LegMoved | None:
        """The event of a leg that a log tells of, None for another log. Raises Unavailable
        `chain-answer-malformed`."""
        if log.address != self.address or not log.topics or log.topics[0] != self.moved_topic:
            return None
        if len(log.topics) != 3 or len(log.data) != _MOVED_WORDS * _WORD:
            raise malformed("the event LegMoved", f"{len(log.data)} bytes")
        words = [log.data[at : at + _WORD] for at in range(0, len(log.data), _WORD)]
        actor, signer, action, state, reason, nonce, evidence, link, head = words
        try:
            return LegMoved(
                leg=log.topics[1],
                org=bytes(log.topics[2]),
                actor=actor,
                signer=parse_address("0x" + signer[12:].hex()),
                action=LegAction(int.from_bytes(action, "big")),
                state=LegState(int.from_bytes(state, "big")),
                reason=int.from_bytes(reason, "big"),
                nonce=int.from_bytes(nonce, "big"),
                evidence=evidence,
                link=link,
                head=Digest(head),
                log=log,
            )
        except ValueError as error:
            raise malformed("the event LegMoved", log.data.hex()) from error

    def _relay_call(
        self, name: str, struct: Sequence[object], signer: str, signature: bytes
    ) -> bytes:
        """`name(struct, signer, signature)`, all of whose struct are words. By hand, because this
        is done for every event and a library that works from types takes ten times as long."""
        words = [_word(value) for value in struct]
        words += [_word(address_bytes(signer)), _word((len(words) + 2) * _WORD)]
        return self.function(name).selector + b"".join(words) + _encode_bytes(signature)

    @staticmethod
    def read_leg(values: Any) -> Leg:
        """Our value from the contract's struct."""
        state, previous, failures, attempts, marks, events = values[:6]
        arrive_by, answer_within, answer_by, settle_by, head = values[6:]
        return Leg(
            state=LegState(state),
            previous=LegState(previous),
            failures=failures,
            attempts=attempts,
            marks=LegMark(marks),
            events=events,
            arrive_by=arrive_by,
            answer_within=answer_within,
            answer_by=answer_by,
            settle_by=settle_by,
            head=Digest(head),
        )


def _word(value: object) -> bytes:
    if isinstance(value, int):
        return value.to_bytes(_WORD, "big")
    assert isinstance(value, bytes)
    return value.rjust(_WORD, b"\0")


def _encode_bytes(value: bytes) -> bytes:
    """The tail of a `bytes`: its length, and itself to whole words."""
    return _word(len(value)) + value + bytes(-len(value) % _WORD)


def _encode_list(values: Sequence[bytes]) -> bytes:
    """The arguments `(bytes[])`: where the list is, how long it is, where its items are, these."""
    tails = [_encode_bytes(value) for value in values]
    offsets: list[bytes] = []
    at = len(tails) * _WORD
    for tail in tails:
        offsets.append(_word(at))
        at += len(tail)
    return _word(_WORD) + _word(len(tails)) + b"".join(offsets) + b"".join(tails)
