"""The numbers of a year: outgoing documents (số đi) and arrivals (số đến), each register from 1.

Decree 30/2020, Articles 15 and 22: numbers run by the calendar year of the office, in its own time.
A number is taken in the transaction that uses it, so none is given twice and none is lost.
"""

from __future__ import annotations

from datetime import date, datetime

from ledger.clock import VIETNAM
from ledger.desk.store import Transaction
from ledger.errors import Conflict

ARRIVALS = "arrivals"
OUTGOING = "outgoing"


def office_date(at: datetime) -> date:
    """The day it is in the office."""
    return at.astimezone(VIETNAM).date()


def take_number(tx: Transaction, register: str, year: int) -> int:
    """The next number of that year."""
    (number,) = tx.execute(
        "INSERT INTO registers VALUES (?, ?, 1)"
        " ON CONFLICT (name, year) DO UPDATE SET last = last + 1 RETURNING last",
        (register, year),
    ).fetchone()
    return int(number)


def claim_number(tx: Transaction, register: str, year: int, number: int) -> None:
    """Take that very number, for an office whose register is kept elsewhere too. Raises Conflict
    `desk-number-taken` where it is not after all that were given."""
    last = next_number(tx, register, year) - 1
    if number <= last:
        raise Conflict("desk-number-taken", f"the register of {year} is at {last} already")
    tx.execute(
        "INSERT INTO registers VALUES (?, ?, ?)"
        " ON CONFLICT (name, year) DO UPDATE SET last = excluded.last",
        (register, year, number),
    )


def give_back_number(tx: Transaction, register: str, year: int, number: int) -> None:
    """The number was not used after all; it is given again if it was the last."""
    tx.execute(
        "UPDATE registers SET last = last - 1 WHERE name = ? AND year = ? AND last = ?",
        (register, year, number),
    )


def next_number(tx: Transaction, register: str, year: int) -> int:
    """The number that `take_number` would give."""
    row = tx.execute(
        "SELECT last FROM registers WHERE name = ? AND year = ?", (register, year)
    ).fetchone()
    return 1 if row is None else int(row["last"]) + 1
