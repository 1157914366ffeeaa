"""What the parties of a leg sign: its opening and each step, as EIP-712 typed data.

The domain is {name "Provenance Ledger", version "1", chainId, verifyingContract: DocumentExchange}.
Field for field the structs of contracts/interfaces/IDocumentExchange.sol, with the leg's id in
place of the salt it is made of.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.digest import Digest, keccak256
from ledger.errors import InvalidInput
from ledger.exchange.rules import LegAction, LegState
from ledger.identity.eip712 import Domain, typed_digest
from ledger.identity.organization import OrgId

ZERO = bytes(32)
"""The word that stands for "nothing"."""

OPENING_TYPE = (
    "Opening(bytes32 leg,bytes32 sender,bytes32 recipient,bytes32 actor,uint8 action,uint16 reason,"
    "bytes32 message,bytes32 evidence,bytes32 replaces,uint64 arriveBy,uint32 answerWithin,"
    "uint64 settleBy,uint8 attempts,uint64 deadline)"
)
STEP_TYPE = (
    "Step(bytes32 leg,bytes32 org,bytes32 actor,uint8 action,uint16 reason,bytes32 evidence,"
    "bytes32 link,uint32 nonce,uint64 deadline)"
)
LAPSE_TYPE = "Lapse(bytes32 leg,uint8 action,uint32 nonce)"

_OPENING = keccak256(OPENING_TYPE.encode())
_STEP = keccak256(STEP_TYPE.encode())
_LAPSE = keccak256(LAPSE_TYPE.encode())


@dataclass(frozen=True, slots=True)
class LegKey:
    """Whose leg: sender, recipient and a random 32-byte salt, which together make its id."""

    sender: OrgId
    recipient: OrgId
    salt: bytes

    def __post_init__(self) -> None:
        _check_words(salt=self.salt)

    @property
    def leg(self) -> Digest:
        """The id: keccak-256 of the three words."""
        return keccak256(self.sender + self.recipient + self.salt)


@dataclass(frozen=True, slots=True)
class Opening:
    """SUBMIT, with the terms of the leg; or REJECT_SUBMISSION, with a reason and without terms.

    Times in unix seconds, `answer_within` in seconds; `settle_by` 0 where there is no such date;
    `replaces` is the leg this one takes the place of, or zero. `message` and `evidence` are
    commitments. Raises InvalidInput `leg-content-malformed` when a field does not fit its type.
    """

    key: LegKey
    actor: OrgId
    action: LegAction
    message: bytes
    evidence: bytes
    deadline: int
    reason: int = 0
    replaces: bytes = ZERO
    arrive_by: int = 0
    answer_within: int = 0
    settle_by: int = 0
    attempts: int = 0

    def __post_init__(self) -> None:
        _check_words(message=self.message, evidence=self.evidence, replaces=self.replaces)
        _check_numbers(
            reason=(self.reason, 16),
            arriveBy=(self.arrive_by, 64),
            answerWithin=(self.answer_within, 32),
            settleBy=(self.settle_by, 64),
            attempts=(self.attempts, 8),
            deadline=(self.deadline, 64),
        )

    def digest(self, domain: Domain) -> Digest:
        """What the signature signs."""
        key = self.key
        return typed_digest(domain, _OPENING, key.leg, key.sender, key.recipient, *self._terms)

    @property
    def arguments(self) -> tuple[object, ...]:
        """The struct, as the contract's `open` takes it."""
        return (self.key.sender, self.key.recipient, self.key.salt, *self._terms)

    @property
    def _terms(self) -> tuple[bytes | int, ...]:
        return (
            self.actor,
            self.action,
            self.reason,
            self.message,
            self.evidence,
            self.replaces,
            self.arrive_by,
            self.answer_within,
            self.settle_by,
            self.attempts,
            self.deadline,
        )


@dataclass(frozen=True, slots=True)
class Step:
    """What one party does to an open leg.

    `org` is the party it is done for, `actor` that organization or whom it has mandated. `nonce` is
    the number of events the leg has so far. `link` is the commitment of the recalling document, or
    the salt of the leg that supersedes this one. Raises InvalidInput `leg-content-malformed`.
    """

    key: LegKey
    org: OrgId
    actor: OrgId
    action: LegAction
    evidence: bytes
    nonce: int
    deadline: int
    reason: int = 0
    link: bytes = ZERO

    def __post_init__(self) -> None:
        _check_words(evidence=self.evidence, link=self.link)
        _check_numbers(
            reason=(self.reason, 16), nonce=(self.nonce, 32), deadline=(self.deadline, 64)
        )

    def digest(self, domain: Domain) -> Digest:
        """What the signature signs."""
        return typed_digest(domain, _STEP, self.key.leg, *self._terms)

    @property
    def arguments(self) -> tuple[object, ...]:
        """The struct, as the contract's `act` takes it."""
        return (self.key.sender, self.key.recipient, self.key.salt, *self._terms)

    @property
    def _terms(self) -> tuple[bytes | int, ...]:
        return (
            self.org,
            self.actor,
            self.action,
            self.reason,
            self.evidence,
            self.link,
            self.nonce,
            self.deadline,
        )


def lapse_digest(leg: bytes, action: LegAction, nonce: int) -> Digest:
    """What stands in the chain of a leg for an event that a deadline alone made true."""
    return keccak256(_LAPSE + leg + action.to_bytes(32, "big") + nonce.to_bytes(32, "big"))


def chain_head(head: bytes, digest: bytes, state: LegState, block_time: int) -> Digest:
    """The head of a leg after one more event: it commits to every event, state and time so far."""
    return keccak256(
        head + digest + state.to_bytes(32, "big") + block_time.to_bytes(32, "big"),
    )


def _check_words(**words: bytes) -> None:
    for name, value in words.items():
        if len(value) != 32:
            raise InvalidInput("leg-content-malformed", "not 32 bytes", pointer=f"/{name}")


def _check_numbers(**numbers: tuple[int, int]) -> None:
    for name, (value, bits) in numbers.items():
        if not 0 <= value < 1 << bits:
            raise InvalidInput("leg-content-malformed", f"not a uint{bits}", pointer=f"/{name}")
