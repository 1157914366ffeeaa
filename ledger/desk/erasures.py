"""Erasures as the desk keeps them: who approved what, when it was decided, what certifies it.

Two people approve the same, one of them a leader; the keys CLERK and LEADER sign for them. The
desk holds both keys, so that two people approved is what it records, and no signature shows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ledger.clock import format_time, from_unix
from ledger.desk.people import Person
from ledger.desk.role import DeskRole
from ledger.desk.store import Transaction
from ledger.errors import Conflict, Forbidden
from ledger.exchange.erasure import ORDERED
from ledger.exchange.reasons import REASONS, reason_of
from ledger.exchange.rules import LegAction
from ledger.identity.organization import Purpose

APPROVED_FOR_SECONDS = 30 * 86_400
"""How long the first approval waits for the second."""


@dataclass(frozen=True, slots=True)
class Approval:
    """Somebody's approval, at that time (unix seconds), and the key that signs for it."""

    purpose: Purpose
    login: str
    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Erasure:
    """The erasure of one message, with all its legs. Times in unix seconds; `kept_until` 0 where no
    law has it kept; `waits` says why what was decided is not done yet."""

    reason: int
    kept_until: int
    approvals: tuple[Approval, ...]
    decided_at: int | None = None
    erased_at: int | None = None
    waits: str | None = None

    @property
    def code(self) -> str:
        """The reason's stable name."""
        return REASONS[self.reason].code

    @property
    def leader(self) -> Approval:
        """Who has the step signed. Only of what was decided."""
        return next(one for one in self.approvals if one.purpose is Purpose.LEADER)

    def has_lapsed(self, now: int) -> bool:
        """Whether the first approval waits for a second no longer. Only of what is undecided."""
        return self.approvals[0].at + APPROVED_FOR_SECONDS < now


def approved(
    before: Erasure | None,
    person: Person,
    reason: int | None,
    kept_until: int | None,
    now: int,
) -> Erasure:
    """What becomes of it when this person approves; what the second leaves out is as the first
    said. Until somebody else has approved, whoever did may say otherwise.

    Raises Forbidden `desk-role-missing`, Conflict `desk-erasure-same-person`,
    `erasure-not-approved` where they do not approve the same, `retention-not-over`; InvalidInput
    `exchange-reason-unknown`.
    """
    if person.role is DeskRole.AUDITOR:
        raise Forbidden("desk-role-missing", "auditors approve nothing")
    if before is None or before.has_lapsed(now):
        return _first(person, reason, kept_until, now)
    first = before.approvals[0]
    differs = (reason is not None and reason != before.reason) or (
        kept_until is not None and kept_until != before.kept_until
    )
    if first.login == person.login:
        if differs:
            until = before.kept_until if kept_until is None else kept_until
            return _first(person, reason or before.reason, until, now)
        raise Conflict("desk-erasure-same-person", f"{first.name} has approved it already")
    if differs:
        kept = "" if not before.kept_until else f", kept until {_day(before.kept_until)}"
        raise Conflict("erasure-not-approved", f"{first.name} approved {before.code}{kept}")
    _check_retention(before.reason, before.kept_until, now)
    purpose = Purpose.CLERK
    if first.purpose is Purpose.CLERK:
        if person.role is not DeskRole.LEADER:
            raise Forbidden("desk-role-missing", "one of the two has to be a leader")
        purpose = Purpose.LEADER
    second = Approval(purpose, person.login, person.name, now)
    return replace(before, approvals=(first, second), decided_at=now)


def find_erasure(tx: Transaction, message: bytes) -> Erasure | None:
    """That of a message, as far as it is."""
    row = tx.execute("SELECT * FROM erasures WHERE message = ?", (bytes(message),)).fetchone()
    if row is None:
        return None
    approvals = tx.execute(
        "SELECT * FROM erasure_approvals WHERE message = ? ORDER BY approved_at, rowid",
        (bytes(message),),
    ).fetchall()
    return Erasure(
        reason=row["reason"],
        kept_until=row["kept_until"],
        approvals=tuple(
            Approval(Purpose(one["purpose"]), one["login"], one["name"], one["approved_at"])
            for one in approvals
        ),
        decided_at=row["decided_at"],
        erased_at=row["erased_at"],
        waits=row["waits"],
    )


def put_erasure(tx: Transaction, message: bytes, one: Erasure) -> None:
    """Enter what was approved, instead of what was before."""
    tx.execute(
        "INSERT INTO erasures VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (message) DO UPDATE SET"
        " reason = excluded.reason, kept_until = excluded.kept_until,"
        " decided_at = excluded.decided_at",
        (bytes(message), one.reason, one.kept_until, one.decided_at, one.erased_at, one.waits),
    )
    tx.execute("DELETE FROM erasure_approvals WHERE message = ?", (bytes(message),))
    for by in one.approvals:
        tx.execute(
            "INSERT INTO erasure_approvals VALUES (?, ?, ?, ?, ?)",
            (bytes(message), int(by.purpose), by.login, by.name, by.at),
        )


def note_waits(tx: Transaction, message: bytes, why: str) -> None:
    """It could not be done yet."""
    tx.execute("UPDATE erasures SET waits = ? WHERE message = ?", (why, bytes(message)))


def end_erasure(tx: Transaction, message: bytes, at: int) -> None:
    """Nothing is left, and it is certified."""
    tx.execute(
        "UPDATE erasures SET erased_at = ?, waits = NULL WHERE message = ?", (at, bytes(message))
    )


def erasures_to_finish(tx: Transaction) -> Sequence[bytes]:
    """Messages whose erasure was decided and is not complete, oldest first."""
    rows = tx.execute(
        "SELECT message FROM erasures WHERE decided_at NOT NULL AND erased_at IS NULL"
        " ORDER BY decided_at"
    ).fetchall()
    return [row["message"] for row in rows]


def put_certificate(tx: Transaction, leg: bytes, certificate: str) -> None:
    """Keep what certifies that of a leg; the first one stays."""
    tx.execute(
        "INSERT INTO erasure_certificates VALUES (?, ?) ON CONFLICT DO NOTHING",
        (bytes(leg), certificate),
    )


def find_certificate(tx: Transaction, leg: bytes) -> str | None:
    """What certifies that of a leg, once it is done."""
    row = tx.execute(
        "SELECT certificate FROM erasure_certificates WHERE leg = ?", (bytes(leg),)
    ).fetchone()
    return None if row is None else str(row["certificate"])


def _first(person: Person, reason: int | None, kept_until: int | None, now: int) -> Erasure:
    number, until = reason or 0, kept_until or 0
    reason_of(LegAction.ERASE, number)
    _check_retention(number, until, now)
    is_leader = person.role is DeskRole.LEADER
    purpose = Purpose.LEADER if is_leader else Purpose.CLERK
    return Erasure(number, until, (Approval(purpose, person.login, person.name, now),))


def _check_retention(reason: int, kept_until: int, now: int) -> None:
    if now < kept_until and reason != ORDERED:
        raise Conflict(
            "retention-not-over",
            f"it has to be kept until {_day(kept_until)}",
            pointer="/keptUntil",
        )


def _day(at: int) -> str:
    return format_time(from_unix(at))
