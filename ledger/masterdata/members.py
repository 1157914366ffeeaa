"""Reading a JSON object member by member: every fault with its pointer, nothing unknown let in.

Values are as `canonical.parse` returns them, so texts are in NFC already. Raises InvalidInput
`masterdata-malformed`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, NoReturn, TypeVar

from ledger.canonical import escape_step
from ledger.errors import InvalidInput

T = TypeVar("T")

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Members:
    """One JSON object at a pointer. Read what is known, then call `end`."""

    def __init__(self, value: Any, at: str = "") -> None:
        if not isinstance(value, dict):
            refuse("there must be a JSON object here", at)
        self.at = at
        self._left: dict[str, Any] = dict(value)

    def text(self, name: str, most: int = 200) -> str:
        """A text of 1 to `most` characters, without leading or trailing space."""
        found = self.find_text(name, most)
        if found is None:
            refuse("this member is required", self.place(name))
        return found

    def find_text(self, name: str, most: int = 200) -> str | None:
        """The same, or None where the member is absent."""
        value = self.take(name)
        if value is None:
            return None
        if not isinstance(value, str):
            refuse("there must be text here", self.place(name))
        text = value.strip()
        if not text or len(text) > most or _CONTROL.search(text):
            refuse(
                f"a text here has 1 to {most} characters, none of them a control character",
                self.place(name),
            )
        return text

    def find_match(self, name: str, form: re.Pattern[str], wanted: str) -> str | None:
        """A text of exactly this form; `wanted` says the form in words."""
        text = self.find_text(name)
        if text is not None and form.fullmatch(text) is None:
            refuse(f"there must be {wanted} here", self.place(name))
        return text

    def find_number(self, name: str, least: float, most: float) -> float | None:
        """A number in these bounds."""
        value = self.take(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            refuse("there must be a number here", self.place(name))
        if not least <= value <= most:
            refuse(f"there must be a number from {least:g} to {most:g} here", self.place(name))
        return value

    def find_integer(self, name: str, least: int, most: int) -> int | None:
        """A whole number in these bounds."""
        value = self.find_number(name, least, most)
        if value is not None and not isinstance(value, int):
            refuse("there must be a whole number here", self.place(name))
        return value

    def find_date(self, name: str) -> date | None:
        """A calendar date, `2026-03-01`."""
        text = self.find_match(name, _DATE, "a date like 2026-03-01")
        if text is None:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            refuse(f"no such date: {text}", self.place(name))

    def find(self, name: str, read: Callable[[Any, str], T]) -> T | None:
        """What `read` makes of the member and its pointer."""
        value = self.take(name)
        return None if value is None else read(value, self.place(name))

    def items(self, name: str, most: int, read: Callable[[Any, str], T]) -> tuple[T, ...]:
        """A list of at most so many items; empty where the member is absent."""
        value = self.take(name)
        if value is None:
            return ()
        if not isinstance(value, list):
            refuse("there must be a list here", self.place(name))
        if len(value) > most:
            refuse(f"at most {most} items are kept here", self.place(name))
        place = self.place(name)
        return tuple(read(item, f"{place}/{index}") for index, item in enumerate(value))

    def take(self, name: str) -> Any:
        """The member as it stands, or None; an explicit null is an absent member."""
        return self._left.pop(name, None)

    def place(self, name: str) -> str:
        """The member's pointer."""
        return f"{self.at}/{escape_step(name)}"

    def end(self) -> None:
        """Refuse what nobody asked for: a misspelled member would be lost in silence."""
        for name in self._left:
            refuse("this member is not known here", self.place(name))


def read_text(value: Any, at: str) -> str:
    """One text of a list."""
    if not isinstance(value, str) or not 0 < len(value.strip()) <= 200 or _CONTROL.search(value):
        refuse("there must be a text of 1 to 200 characters here", at)
    return value.strip()


def without_absent(members: dict[str, Any]) -> dict[str, Any]:
    """The JSON object of what is there: no nulls, no empty lists."""
    return {name: value for name, value in members.items() if value is not None and value != []}


def check_distinct(values: Sequence[object], at: str) -> None:
    """Refuse a list that names something twice."""
    for index, value in enumerate(values):
        if value in values[:index]:
            refuse("this item stands there twice", f"{at}/{index}")


def refuse(detail: str, at: str) -> NoReturn:
    """Raise InvalidInput `masterdata-malformed`."""
    raise InvalidInput("masterdata-malformed", detail, pointer=at)
