"""Who works at the desk: sign-in, name for the evidence, role. Passwords are kept by scrypt (RFC
7914): `scrypt$n$r$p$salt$key`, numbers decimal, the rest hex.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from sqlite3 import Row

from ledger.desk.clerking import Clerk
from ledger.desk.role import DeskRole
from ledger.desk.store import Transaction
from ledger.errors import InvalidInput, Unauthenticated

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
_N, _R, _P = 2**15, 8, 1
_LEAST_PASSWORD, _MOST_PASSWORD = 10, 200
_MOST_NAME = 100


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in."""

    login: str
    name: str
    role: DeskRole

    @property
    def clerk(self) -> Clerk:
        """As evidence names them."""
        return Clerk(name=self.name)


def put_person(tx: Transaction, person: Person, password: str) -> None:
    """Let somebody in, or give them another name, role or password. Raises InvalidInput
    `desk-text-malformed`."""
    if _LOGIN.fullmatch(person.login) is None:
        raise InvalidInput(
            "desk-text-malformed", "1 to 40 of a-z, 0-9, dot, dash, underscore", pointer="/login"
        )
    if not person.name.strip() or len(person.name) > _MOST_NAME:
        raise InvalidInput("desk-text-malformed", "1 to 100 characters", pointer="/name")
    if not _LEAST_PASSWORD <= len(password) <= _MOST_PASSWORD:
        raise InvalidInput("desk-text-malformed", "10 to 200 characters", pointer="/password")
    tx.execute(
        "INSERT INTO people VALUES (?, ?, ?, ?) ON CONFLICT (login) DO UPDATE SET"
        " name = excluded.name, role = excluded.role, password = excluded.password",
        (person.login, person.name.strip(), person.role.value, _hash(password)),
    )


def remove_person(tx: Transaction, login: str) -> bool:
    """Let somebody in no more; False where nobody was."""
    return tx.execute("DELETE FROM people WHERE login = ?", (login,)).rowcount > 0


def list_people(tx: Transaction) -> Sequence[Person]:
    """Everybody, by sign-in."""
    return [_read(row) for row in tx.execute("SELECT * FROM people ORDER BY login").fetchall()]


def find_person(tx: Transaction, login: str) -> Person | None:
    """Somebody by their sign-in."""
    row = tx.execute("SELECT * FROM people WHERE login = ?", (login,)).fetchone()
    return None if row is None else _read(row)


def check_password(tx: Transaction, login: str, password: str) -> Person:
    """Who that is. Raises Unauthenticated `desk-password-wrong`; it takes as long for a sign-in
    that does not exist."""
    row = tx.execute("SELECT * FROM people WHERE login = ?", (login,)).fetchone()
    kept = _NOBODY if row is None else str(row["password"])
    if not _is_right(password[:_MOST_PASSWORD], kept) or row is None:
        raise Unauthenticated("desk-password-wrong", "sign-in or password is wrong")
    return _read(row)


def _hash(password: str) -> str:
    salt = secrets.token_bytes(16)
    key = _stretch(password, salt, _N, _R, _P)
    return f"scrypt${_N}${_R}${_P}${salt.hex()}${key.hex()}"


def _is_right(password: str, kept: str) -> bool:
    _, n, r, p, salt, key = kept.split("$")
    found = _stretch(password, bytes.fromhex(salt), int(n), int(r), int(p))
    return secrets.compare_digest(found, bytes.fromhex(key))


def _stretch(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=256 * r * n, dklen=32)


_NOBODY = _hash(secrets.token_hex(16))


def _read(row: Row) -> Person:
    return Person(row["login"], row["name"], DeskRole(row["role"]))
