"""Legs of others, who let this agency act for them, and what it signed on them.

Apart from the agency's own legs: nothing is fetched, acknowledged or numbered for another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from sqlite3 import Row

from ledger.desk.store import Transaction
from ledger.digest import Digest
from ledger.exchange.rules import LegAction, LegState
from ledger.exchange.signed import LegKey
from ledger.identity.organization import OrgId


@dataclass(frozen=True, slots=True)
class EntrustedLeg:
    """One leg of `giver` as it was seen last; `doubt` says what of it could not be checked."""

    giver: OrgId
    key: LegKey
    message: Digest
    document_id: str
    state: LegState
    seen_at: int
    doubt: str | None

    @property
    def id(self) -> Digest:
        """The leg's id."""
        return self.key.leg


def put_entrusted(tx: Transaction, leg: EntrustedLeg) -> None:
    """Enter it, or how it is now."""
    key = leg.key
    tx.execute(
        "INSERT INTO entrusted_legs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (leg)"
        " DO UPDATE SET giver = excluded.giver, state = excluded.state,"
        " seen_at = excluded.seen_at, doubt = excluded.doubt",
        (
            bytes(leg.id),
            bytes(leg.giver),
            bytes(key.sender),
            bytes(key.recipient),
            key.salt,
            bytes(leg.message),
            leg.document_id,
            int(leg.state),
            leg.seen_at,
            leg.doubt,
        ),
    )


def find_entrusted(tx: Transaction, leg: bytes) -> EntrustedLeg | None:
    """One by its id."""
    row = tx.execute("SELECT * FROM entrusted_legs WHERE leg = ?", (bytes(leg),)).fetchone()
    return None if row is None else _read(row)


def list_entrusted(tx: Transaction) -> Sequence[EntrustedLeg]:
    """All that something was done to, the last seen first."""
    rows = tx.execute("SELECT * FROM entrusted_legs ORDER BY seen_at DESC, leg").fetchall()
    return [_read(row) for row in rows]


def put_entrusted_step(
    tx: Transaction, leg: bytes, nonce: int, action: LegAction, body: bytes
) -> None:
    """Keep what we signed, with its evidence: the request itself."""
    tx.execute(
        "INSERT INTO entrusted_steps VALUES (?, ?, ?, ?) ON CONFLICT (leg, nonce)"
        " DO UPDATE SET action = excluded.action, body = excluded.body",
        (bytes(leg), nonce, int(action), body),
    )


def drop_entrusted_step(tx: Transaction, leg: bytes, nonce: int) -> None:
    """It never became true, so the leg goes too where nothing else was done to it."""
    tx.execute("DELETE FROM entrusted_steps WHERE leg = ? AND nonce = ?", (bytes(leg), nonce))
    tx.execute(
        "DELETE FROM entrusted_legs WHERE leg = ?1 AND NOT EXISTS"
        " (SELECT 1 FROM entrusted_steps WHERE leg = ?1)",
        (bytes(leg),),
    )


def entrusted_steps(tx: Transaction, leg: bytes) -> Sequence[LegAction]:
    """What we did to a leg, in order."""
    rows = tx.execute(
        "SELECT action FROM entrusted_steps WHERE leg = ? ORDER BY nonce", (bytes(leg),)
    ).fetchall()
    return [LegAction(row["action"]) for row in rows]


def _read(row: Row) -> EntrustedLeg:
    return EntrustedLeg(
        giver=OrgId(row["giver"]),
        key=LegKey(OrgId(row["sender"]), OrgId(row["recipient"]), row["salt"]),
        message=Digest(row["message"]),
        document_id=row["document_id"],
        state=LegState(row["state"]),
        seen_at=row["seen_at"],
        doubt=row["doubt"],
    )
