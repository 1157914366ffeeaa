"""Reading a JSON object of the exchange member by member, every fault with its pointer.

Values are as `canonical.parse` returns them. What nobody asks for is refused: a misspelled member
would be lost in silence. An explicit null is refused too, since it would be committed to as a
member of its own. Faults raise InvalidInput with the code given, `document-malformed` if none is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any, NoReturn, TypeVar

from ledger.canonical import escape_step
from ledger.digest import Digest
from ledger.errors import InvalidInput

T = TypeVar("T")

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MISSING = object()


class Members:
    """One JSON object at a pointer. Read what is known, then call `end`."""

    def __init__(self, value: Any, at: str = "", code: str = "document-malformed") -> None:
        self.at = at
        self.code = code
        if not isinstance(value, dict):
            self._refuse("there must be a JSON object here", at)
        self._left: dict[str, Any] = dict(value)

    def text(self, name: str, most: int) -> str:
        """A text of 1 to `most` characters, without space at its ends or control characters."""
        return self._text(self._required(name), self.place(name), most)

    def find_text(self, name: str, most: int) -> str | None:
        """The same, or None where the member is absent."""
        value = self._left.pop(name, _MISSING)
        return None if value is _MISSING else self._text(value, self.place(name), most)

    def texts(self, name: str, most_items: int, most: int) -> tuple[str, ...]:
        """A list of such texts; empty where the member is absent."""
        return self.items(name, most_items, lambda value, at: self._text(value, at, most))

    def integer(self, name: str, least: int, most: int) -> int:
        """A whole number in these bounds."""
        found = self.find_integer(name, least, most)
        if found is None:
            self._missing(name)
        return found

    def find_integer(self, name: str, least: int, most: int) -> int | None:
        """The same, or None where the member is absent."""
        value = self._left.pop(name, _MISSING)
        if value is _MISSING:
            return None
        if type(value) is not int or not least <= value <= most:
            self.refuse(f"there must be a whole number from {least} to {most} here", name)
        return value

    def day(self, name: str) -> date:
        """A calendar date, `2026-03-01`."""
        found = self.find_day(name)
        if found is None:
            self._missing(name)
        return found

    def find_day(self, name: str) -> date | None:
        """The same, or None where the member is absent."""
        text = self.find_text(name, 10)
        if text is None:
            return None
        try:
            return read_day(text)
        except InvalidInput as error:
            self.refuse(error.detail, name)

    def digest(self, name: str) -> Digest:
        """64 lower-case hexadecimal digits."""
        return self.read_digest(self._required(name), self.place(name))

    def find(self, name: str, read: Callable[[Any, str], T]) -> T | None:
        """What `read` makes of the member and its pointer."""
        value = self._left.pop(name, _MISSING)
        return None if value is _MISSING else read(value, self.place(name))

    def items(self, name: str, most: int, read: Callable[[Any, str], T]) -> tuple[T, ...]:
        """A list of at most so many items; empty where the member is absent."""
        value = self._left.pop(name, [])
        if not isinstance(value, list) or len(value) > most:
            self.refuse(f"there must be a list of at most {most} items here", name)
        place = self.place(name)
        return tuple(read(item, f"{place}/{index}") for index, item in enumerate(value))

    def object(self, name: str) -> Members:
        """A member that is an object itself."""
        return Members(self._required(name), self.place(name), self.code)

    def take(self, name: str) -> Any:
        """The member as it stands; None where it is absent."""
        return self._left.pop(name, None)

    def place(self, name: str) -> str:
        """The member's pointer."""
        return f"{self.at}/{escape_step(name)}"

    def end(self) -> None:
        """Refuse what was not asked for."""
        for name in self._left:
            self.refuse("this member is not known here", name)

    def refuse(self, detail: str, name: str) -> NoReturn:
        """Raise InvalidInput at the member."""
        self._refuse(detail, self.place(name))

    def read_digest(self, value: Any, at: str) -> Digest:
        """One digest of a list."""
        try:
            return Digest.from_hex(value)
        except InvalidInput as error:
            self._refuse(error.detail, at)

    def _text(self, value: Any, at: str, most: int) -> str:
        if (
            not isinstance(value, str)
            or not 0 < len(value) <= most
            or value != value.strip()
            or _CONTROL.search(value)
        ):
            self._refuse(
                f"a text here has 1 to {most} characters, no space at its ends and no control "
                "characters",
                at,
            )
        return value

    def _required(self, name: str) -> Any:
        if name not in self._left:
            self._missing(name)
        return self._left.pop(name)

    def _missing(self, name: str) -> NoReturn:
        self.refuse("this member is required", name)

    def _refuse(self, detail: str, at: str) -> NoReturn:
        raise InvalidInput(self.code, detail, pointer=at)


def read_day(text: str) -> date:
    """A calendar date, `2026-03-01`. Raises InvalidInput `document-malformed`."""
    if _DATE.fullmatch(text) is None:
        raise InvalidInput("document-malformed", "there must be a date like 2026-03-01 here")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput("document-malformed", f"no such date: {text}") from error


def without_absent(members: dict[str, Any]) -> dict[str, Any]:
    """The JSON object of what is there: no nulls, no empty lists, no empty objects."""
    return {name: value for name, value in members.items() if value not in (None, [], {})}
