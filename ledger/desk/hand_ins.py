"""What is signed and waits for the server's answer: the desk's journal.

A signed request is stored in the transaction that decides on it, and only then sent. After a crash
the very same bytes are sent again; the server knows what it has by its signature, so nothing is
done twice. One subject (a message, a leg) has one request at most under way: the next step of a leg
counts on the one before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from sqlite3 import Row

from ledger.desk.store import Transaction


class Kind(StrEnum):
    """What is handed in."""

    MESSAGE = "message"
    STEP = "step"
    MANDATE = "mandate"
    DEPUTY_STEP = "deputy-step"


@dataclass(frozen=True, slots=True)
class HandIn:
    """One request: POST `body` to `path`. `subject` is the message, the leg of a step, or
    who is given a mandate."""

    kind: Kind
    subject: bytes
    path: str
    body: bytes
    made_at: int
    id: int = 0


def put_hand_in(tx: Transaction, wanted: HandIn) -> None:
    """Promise to hand it in. There must be none of the same subject under way."""
    tx.execute(
        "INSERT INTO hand_ins (kind, subject, path, body, made_at) VALUES (?, ?, ?, ?, ?)",
        (wanted.kind.value, bytes(wanted.subject), wanted.path, wanted.body, wanted.made_at),
    )


def find_hand_in(tx: Transaction, subject: bytes) -> HandIn | None:
    """The one under way for that subject."""
    row = tx.execute("SELECT * FROM hand_ins WHERE subject = ?", (bytes(subject),)).fetchone()
    return None if row is None else _read(row)


def list_hand_ins(tx: Transaction, kind: Kind) -> Sequence[HandIn]:
    """All under way, oldest first."""
    rows = tx.execute("SELECT * FROM hand_ins WHERE kind = ? ORDER BY id", (kind.value,)).fetchall()
    return [_read(row) for row in rows]


def drop_hand_in(tx: Transaction, subject: bytes) -> None:
    """It was answered."""
    tx.execute("DELETE FROM hand_ins WHERE subject = ?", (bytes(subject),))


def _read(row: Row) -> HandIn:
    return HandIn(
        Kind(row["kind"]), row["subject"], row["path"], row["body"], row["made_at"], row["id"]
    )
