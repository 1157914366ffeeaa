"""Legs as the desk keeps them: what their events have made of them, judged here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from sqlite3 import Row

from ledger import canonical
from ledger.desk.store import Transaction
from ledger.digest import Digest
from ledger.envelope.data_key import DataKey
from ledger.errors import NotFound
from ledger.exchange.leg import NEVER_OPENED, Leg, LegMark
from ledger.exchange.rules import ON_THE_WAY, RULES, LegAction, LegState
from ledger.exchange.signed import LegKey
from ledger.identity.organization import OrgId

_LEG_COLUMNS = tuple(one.name for one in fields(Leg))


@dataclass(frozen=True, slots=True)
class LegRow:
    """One leg. `other_name` is the other party; `fault` says why nothing more of it
    is believed, `doubt` what of it could not be checked; `rewrapped` are wraps of its data key that
    followed `wrapped_key`, oldest first."""

    key: LegKey
    message: Digest
    outgoing: bool
    other_name: str
    leg: Leg
    replaces: Digest
    wrapped_key: str | None
    arrival_number: int | None
    arrival_date: date | None
    assigned_to: str | None
    changed_at: int
    fault: str | None
    doubt: str | None = None
    rewrapped: tuple[str, ...] = ()

    @property
    def id(self) -> Digest:
        """The leg's id."""
        return self.key.leg


def put_leg(tx: Transaction, row: LegRow) -> None:
    """Enter it, or what has become of it. Arrival number and assignment are kept apart."""
    key, leg = row.key, row.leg
    values = {
        "leg": bytes(row.id),
        "message": bytes(row.message),
        "outgoing": row.outgoing,
        "sender": bytes(key.sender),
        "recipient": bytes(key.recipient),
        "salt": key.salt,
        "other_name": row.other_name,
        **{name: _plain(getattr(leg, name)) for name in _LEG_COLUMNS},
        "replaces": bytes(row.replaces),
        "wrapped_key": row.wrapped_key,
        "changed_at": row.changed_at,
        "fault": row.fault,
        "doubt": row.doubt,
        "rewrapped": canonical.encode(list(row.rewrapped)).decode(),
    }
    names = ", ".join(values)
    places = ", ".join(f":{name}" for name in values)
    updates = ", ".join(f"{name} = excluded.{name}" for name in values if name != "leg")
    tx.execute(
        f"INSERT INTO legs ({names}) VALUES ({places})"  # noqa: S608 - names of columns
        f" ON CONFLICT (leg) DO UPDATE SET {updates}",
        values,
    )


def find_leg(tx: Transaction, leg: bytes) -> LegRow | None:
    """One by its id."""
    row = tx.execute("SELECT * FROM legs WHERE leg = ?", (bytes(leg),)).fetchone()
    return None if row is None else read_leg(row)


def get_leg(tx: Transaction, leg: bytes) -> LegRow:
    """One by its id. Raises NotFound `desk-document-unknown`."""
    found = find_leg(tx, leg)
    if found is None:
        raise NotFound("desk-document-unknown", f"no leg {leg.hex()} is known here")
    return found


def legs_of(tx: Transaction, message: bytes) -> Sequence[LegRow]:
    """The legs of a message, by recipient."""
    rows = tx.execute(
        "SELECT * FROM legs WHERE message = ? ORDER BY other_name, leg", (bytes(message),)
    ).fetchall()
    return [read_leg(row) for row in rows]


def successor_of(tx: Transaction, leg: bytes) -> LegRow | None:
    """The leg that took this one's place."""
    row = tx.execute("SELECT * FROM legs WHERE replaces = ? LIMIT 1", (bytes(leg),)).fetchone()
    return None if row is None else read_leg(row)


def superseding(tx: Transaction) -> Sequence[tuple[LegRow, LegRow]]:
    """Our legs that others of ours take the place of, and that do not say so yet, each with its
    successor."""
    rows = tx.execute(
        "SELECT o.leg AS old, n.leg AS new FROM legs n JOIN legs o ON o.leg = n.replaces"
        " WHERE o.outgoing AND n.outgoing AND o.fault IS NULL"
    ).fetchall()
    pairs = [(get_leg(tx, row["old"]), get_leg(tx, row["new"])) for row in rows]
    return [pair for pair in pairs if pair[0].leg.state in RULES[LegAction.SUPERSEDE].states]


def standing_of(tx: Transaction, leg: bytes) -> LegState:
    """In which state it is, NONE where it was never opened: `ledger.exchange.leg.Standing`."""
    found = find_leg(tx, leg)
    return NEVER_OPENED.state if found is None else found.leg.state


def incoming_on_the_way(tx: Transaction, now: int) -> Sequence[LegRow]:
    """Legs to us whose content is to be fetched now, oldest first."""
    states = ", ".join(str(int(state)) for state in ON_THE_WAY)
    rows = tx.execute(
        f"SELECT * FROM legs WHERE NOT outgoing AND state IN ({states})"  # noqa: S608 - numbers
        " AND fault IS NULL AND try_at <= ? ORDER BY changed_at, rowid",
        (now,),
    ).fetchall()
    return [read_leg(row) for row in rows]


def outgoing_on_the_way(tx: Transaction, now: int, quiet: int) -> Sequence[tuple[LegRow, DataKey]]:
    """Legs of ours that are still to arrive and may be looked at now, with their data keys: those
    that nothing happened to for so many seconds, and those that failed to arrive."""
    states = ", ".join(str(int(state)) for state in ON_THE_WAY)
    rows = tx.execute(
        "SELECT l.*, m.data_key AS key FROM messages m"  # noqa: S608 - numbers
        " JOIN legs l ON l.message = m.message WHERE m.data_key IS NOT NULL AND l.outgoing"
        f" AND l.state IN ({states}) AND l.wrapped_key IS NOT NULL AND l.fault IS NULL"
        " AND l.try_at <= ?1 AND (l.state = ?2 OR l.changed_at <= ?1 - ?3)"
        " ORDER BY l.changed_at, l.rowid",
        (now, int(LegState.CONSIGNMENT_FAILED), quiet),
    ).fetchall()
    return [(read_leg(row), DataKey(row["key"])) for row in rows]


def incoming_wrapped(tx: Transaction) -> Sequence[LegRow]:
    """Legs to us whose data key is known here, wrapped."""
    rows = tx.execute(
        "SELECT * FROM legs WHERE NOT outgoing AND wrapped_key IS NOT NULL AND fault IS NULL"
        " ORDER BY changed_at, rowid"
    ).fetchall()
    return [read_leg(row) for row in rows]


def unbundled(tx: Transaction, limit: int) -> Sequence[LegRow]:
    """Legs whose events are all in blocks, more of them than the kept bundle proves."""
    rows = tx.execute(
        "SELECT * FROM legs l WHERE bundled < events AND fault IS NULL AND NOT EXISTS"
        " (SELECT 1 FROM events e WHERE e.leg = l.leg AND e.block IS NULL)"
        " ORDER BY changed_at, rowid LIMIT ?",
        (limit,),
    ).fetchall()
    return [read_leg(row) for row in rows]


def postpone(tx: Transaction, leg: bytes, until: int) -> None:
    """Do not try to fetch it before that time, unix seconds."""
    tx.execute("UPDATE legs SET try_at = ? WHERE leg = ?", (until, bytes(leg)))


def set_arrival(tx: Transaction, leg: bytes, number: int, on: date) -> None:
    """Under which number the register has it."""
    tx.execute(
        "UPDATE legs SET arrival_number = ?, arrival_date = ? WHERE leg = ?",
        (number, on.isoformat(), bytes(leg)),
    )


def clear_arrival(tx: Transaction, leg: bytes) -> None:
    """It is in no register after all."""
    tx.execute(
        "UPDATE legs SET arrival_number = NULL, arrival_date = NULL WHERE leg = ?", (bytes(leg),)
    )


def set_assignment(tx: Transaction, leg: bytes, whom: str | None) -> None:
    """Who is to settle it; None for nobody after all."""
    tx.execute("UPDATE legs SET assigned_to = ? WHERE leg = ?", (whom, bytes(leg)))


def _plain(value: int | bytes) -> int | bytes:
    return bytes(value) if isinstance(value, bytes) else int(value)


def read_leg(row: Row) -> LegRow:
    """A row of the table."""
    arrived = row["arrival_date"]
    return LegRow(
        key=LegKey(OrgId(row["sender"]), OrgId(row["recipient"]), row["salt"]),
        message=Digest(row["message"]),
        outgoing=bool(row["outgoing"]),
        other_name=row["other_name"],
        leg=Leg(
            state=LegState(row["state"]),
            previous=LegState(row["previous"]),
            failures=row["failures"],
            attempts=row["attempts"],
            marks=LegMark(row["marks"]),
            events=row["events"],
            arrive_by=row["arrive_by"],
            answer_within=row["answer_within"],
            answer_by=row["answer_by"],
            settle_by=row["settle_by"],
            head=Digest(row["head"]),
        ),
        replaces=Digest(row["replaces"]),
        wrapped_key=row["wrapped_key"],
        arrival_number=row["arrival_number"],
        arrival_date=None if arrived is None else date.fromisoformat(arrived),
        assigned_to=row["assigned_to"],
        changed_at=row["changed_at"],
        fault=row["fault"],
        doubt=row["doubt"],
        rewrapped=tuple(canonical.parse(row["rewrapped"].encode())),
    )
