"""The few doors between rooms that stay strangers to each other.

`ChainReader` is how a verifier asks a chain it does not trust more than its nodes; `Journal` is
where the submitter keeps every transaction it has ever promised to send.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from ledger.digest import Digest
from ledger.exchange.leg import Leg
from ledger.identity.organization import KeyEntry, OrgId


@dataclass(frozen=True, slots=True)
class HeadOnChain:
    """One anchored head as the contract keeps it; `time` is the block's, in unix seconds."""

    size: int
    root: Digest
    time: int
    block: int


@dataclass(frozen=True, slots=True)
class OrganizationOnChain:
    """What OrganizationRegistry keeps of an organization. `status`: 1 active, 2 suspended,
    3 removed; `roles` is a bit set."""

    org: OrgId
    status: int
    roles: int
    registered_at: int
    status_since: int
    profile: Digest


@dataclass(frozen=True, slots=True)
class StatusOnChain:
    """One declaration about a subject. `kind`: 1 withdrawn, 2 recalled, 3 superseded, 4 recall
    lifted; `authority` whether the declaring organization holds the role AUTHORITY."""

    org: OrgId
    kind: int
    time: int
    reason: Digest
    authority: bool


class ChainReader(Protocol):
    """Read-only questions to the anchoring contracts.

    Every method raises Unavailable when no node answers: never a guess.
    """

    def identity(self) -> tuple[int, Digest]:
        """Chain id and genesis hash the nodes report now."""

    def find_head(self, log_id: Digest, size: int) -> HeadOnChain | None:
        """The head anchored at exactly this size."""

    def find_organization(self, org: OrgId) -> OrganizationOnChain | None:
        """The organization, if registered."""

    def find_key(self, org: OrgId, address: str) -> KeyEntry | None:
        """The key's history entry, if the organization ever had it."""

    def statuses(self, subject: Digest) -> Sequence[StatusOnChain]:
        """Every declaration about the subject, oldest first."""

    def block_hash(self, number: int) -> Digest | None:
        """Hash of the block at that height on the chain the nodes now hold."""


class LegReader(Protocol):
    """A question to DocumentExchange. Raises Unavailable when no node answers: never a guess."""

    def find_leg(self, leg: bytes) -> Leg:
        """What the contract holds of the leg now; `NEVER_OPENED` for one it does not know."""


class BulkChainReader(ChainReader, Protocol):
    """A ChainReader of nodes of our own, that can be asked for much at once."""

    def statuses_of(self, subjects: Sequence[Digest]) -> Sequence[Sequence[StatusOnChain]]:
        """The declarations about each subject, as `statuses` tells them, in one exchange."""


class TransactionState(StrEnum):
    """Life of a journalled transaction; each state is written before the act it announces."""

    SIGNED = "signed"
    """Nonce taken and bytes stored, in one database transaction. Nothing sent yet."""
    SENT = "sent"
    """At least one node has taken the bytes."""
    MINED = "mined"
    """A receipt was seen; provisional until the engine's confirmation rule holds."""
    CONFIRMED = "confirmed"
    """Confirmed; looked at again whenever the chain shows a different past."""
    FAILED = "failed"
    """Mined, confirmed and reverted. The nonce is used; the purpose is not served."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One transaction with the exact bytes that are broadcast, now and at every retry."""

    id: int
    sender: str
    nonce: int
    purpose: str
    raw: bytes
    hash: Digest
    state: TransactionState
    block: int | None
    block_hash: Digest | None
    created_at: datetime
    sent_at: datetime | None
    failure: str | None


class Journal(Protocol):
    """Durable outbox of one database. Every method is one committed transaction."""

    def append(self, sender: str, purpose: str, floor: int, sign: SignAtNonce) -> JournalEntry:
        """Take the next nonce (at least `floor`) for the sender, sign at it and store the bytes,
        atomically: after a crash there is either a row with its bytes or an unused nonce."""

    def find_purpose(self, purpose: str) -> JournalEntry | None:
        """The newest entry with exactly this purpose."""

    def unconfirmed(self, sender: str) -> Sequence[JournalEntry]:
        """Entries not CONFIRMED and not FAILED, in nonce order."""

    def since(self, sender: str, nonce: int) -> Sequence[JournalEntry]:
        """Every entry of the sender from this nonce on, in nonce order."""

    def last_settled(self, sender: str) -> JournalEntry | None:
        """The CONFIRMED or FAILED entry with the highest nonce."""

    def mark(
        self,
        entry_id: int,
        state: TransactionState,
        *,
        block: int | None = None,
        block_hash: Digest | None = None,
        failure: str | None = None,
    ) -> None:
        """Record a step of the entry's life."""


class SignAtNonce(Protocol):
    """Signs the transaction that was decided on, at the nonce it is given."""

    def __call__(self, nonce: int) -> tuple[bytes, Digest]:
        """Raw signed bytes and their transaction hash."""
