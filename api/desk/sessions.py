"""Who is signed in: a cookie with a random name, known to this process alone.

A session ends after a day, at sign-out, and with the process. Its form token is another random
name: another site can make a browser send the cookie, and cannot read the token.
"""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass

from ledger.desk.people import Person
from ledger.errors import QuotaExceeded

COOKIE = "desk"
_SECONDS = 12 * 3600.0
_MOST = 1000
_TRIES, _TRY_SECONDS = 8, 300.0


@dataclass(frozen=True, slots=True)
class Session:
    """One browser somebody signed in with."""

    name: str
    token: str
    person: Person
    ends_at: float


class Sessions:
    """All of one process. Safe to share among threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}
        self._tries: dict[str, list[float]] = {}

    def begin(self, person: Person) -> Session:
        """Somebody signed in."""
        ends_at = time.monotonic() + _SECONDS
        session = Session(secrets.token_urlsafe(32), secrets.token_urlsafe(32), person, ends_at)
        with self._lock:
            self._forget_old()
            self._sessions[session.name] = session
        return session

    def find(self, name: str | None) -> Session | None:
        """The session of a cookie, while it lasts."""
        with self._lock:
            found = self._sessions.get(name or "")
        return found if found is not None and time.monotonic() < found.ends_at else None

    def end(self, name: str) -> None:
        """Somebody signed out."""
        with self._lock:
            self._sessions.pop(name, None)

    def count_try(self, login: str) -> None:
        """Before a password is looked at. Raises QuotaExceeded `desk-tries-exhausted`: guessing
        takes minutes for a handful."""
        now = time.monotonic()
        with self._lock:
            if len(self._tries) > _MOST:
                self._tries.clear()
            recent = [at for at in self._tries.get(login, []) if now - at < _TRY_SECONDS]
            if len(recent) >= _TRIES:
                raise QuotaExceeded(
                    "desk-tries-exhausted", "too many attempts", retry_after=_TRY_SECONDS
                )
            self._tries[login] = [*recent, now]

    def forget_tries(self, login: str) -> None:
        """The password was right."""
        with self._lock:
            self._tries.pop(login, None)

    def _forget_old(self) -> None:
        now = time.monotonic()
        for name in [name for name, one in self._sessions.items() if one.ends_at <= now]:
            del self._sessions[name]
        while len(self._sessions) >= _MOST:
            del self._sessions[next(iter(self._sessions))]
