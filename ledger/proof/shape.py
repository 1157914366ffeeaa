"""Strict reading of the members of one of our JSON objects.

Every file we give out has one spelling: exactly the named members, integers that are integers
(never booleans, never negative), lower-case hexadecimal of an exact length. Whoever reads a file
this way may write it again and get the same bytes.

Every fault raises InvalidInput with the code of the file's kind and the JSON pointer.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime
from typing import Any, NoReturn

from ledger import clock
from ledger.canonical import MAX_SAFE_INTEGER, escape_step
from ledger.digest import Digest
from ledger.errors import InvalidInput

_HEX = re.compile(r"(?:[0-9a-f]{2})*")
_ADDRESS = re.compile(r"0x[0-9a-f]{40}")


class Shape:
    """One JSON object that must hold exactly `names`; members are read by name and type."""

    def __init__(self, value: Any, names: Collection[str], *, code: str, at: str = "") -> None:
        self._code = code
        self.at = at
        if not isinstance(value, dict):
            self.refuse("not an object")
        for name in names:
            if name not in value:
                self.refuse(f"member {name!r} is missing")
        for name in value:
            if name not in names:
                self.refuse("a member this version does not know", name)
        self._value = value

    def refuse(self, detail: str, *steps: str | int) -> NoReturn:
        """Raise InvalidInput at the member the steps lead to."""
        where = self.at + "".join("/" + escape_step(str(step)) for step in steps)
        raise InvalidInput(self._code, detail, pointer=where)

    def value(self, name: str) -> Any:
        """The member as it is."""
        return self._value[name]

    def object(self, name: str, names: Collection[str]) -> Shape:
        """A member that is an object."""
        return Shape(self._value[name], names, code=self._code, at=f"{self.at}/{name}")

    def find_object(self, name: str, names: Collection[str]) -> Shape | None:
        """A member that is an object or null."""
        return None if self._value[name] is None else self.object(name, names)

    def array(self, name: str, most: int) -> list[Any]:
        """A member that is an array of at most `most` items."""
        value = self._value[name]
        if not isinstance(value, list):
            self.refuse("not an array", name)
        if len(value) > most:
            self.refuse(f"more than {most} items", name)
        return value

    def objects(self, name: str, names: Collection[str], most: int) -> list[Shape]:
        """A member that is an array of objects."""
        return [
            Shape(item, names, code=self._code, at=f"{self.at}/{name}/{index}")
            for index, item in enumerate(self.array(name, most))
        ]

    def integer(self, name: str, most: int = MAX_SAFE_INTEGER) -> int:
        """A member that is an integer from 0 to `most`."""
        value = self._value[name]
        if type(value) is not int or not 0 <= value <= most:
            self.refuse(f"not an integer from 0 to {most}", name)
        return value

    def boolean(self, name: str) -> bool:
        """A member that is true or false."""
        value = self._value[name]
        if not isinstance(value, bool):
            self.refuse("neither true nor false", name)
        return value

    def text(self, name: str) -> str:
        """A member that is a string."""
        return self._text(self._value[name], name)

    def texts(self, name: str, most: int) -> list[str]:
        """A member that is an array of strings."""
        items = self.array(name, most)
        return [self._text(item, name, index) for index, item in enumerate(items)]

    def constant(self, name: str, expected: int | str) -> None:
        """A member that says which file and version this is."""
        value = self._value[name]
        if type(value) is not type(expected) or value != expected:
            self.refuse(f"this verifier knows only {expected!r} here", name)

    def choice(self, name: str, allowed: Collection[str]) -> str:
        """A member that is one of the allowed strings."""
        value = self.text(name)
        if value not in allowed:
            self.refuse(f"not one of {', '.join(sorted(allowed))}", name)
        return value

    def digest(self, name: str) -> Digest:
        """A digest spelt without 0x."""
        return Digest(self._bytes(self._value[name], 32, "", name))

    def digests(self, name: str, most: int) -> list[Digest]:
        """An array of digests spelt without 0x."""
        items = self.array(name, most)
        return [Digest(self._bytes(item, 32, "", name, i)) for i, item in enumerate(items)]

    def chain_digest(self, name: str) -> Digest:
        """A 32-byte value that lives on chain, spelt with 0x."""
        return Digest(self._bytes(self._value[name], 32, "0x", name))

    def chain_bytes(self, name: str, length: int) -> bytes:
        """Bytes of exact length that live on chain, spelt with 0x."""
        return self._bytes(self._value[name], length, "0x", name)

    def address(self, name: str) -> str:
        """An account or contract in lower case: the mixed-case checksum is a second spelling."""
        value = self.text(name)
        if _ADDRESS.fullmatch(value) is None:
            self.refuse("not 0x and 40 lower-case hexadecimal digits", name)
        return value

    def time(self, name: str) -> datetime:
        """An RFC 3339 time in the one spelling we write."""
        text = self.text(name)
        try:
            at = clock.parse_time(text)
        except InvalidInput as error:
            self.refuse(error.detail, name)
        if clock.format_time(at) != text:
            self.refuse("not UTC with milliseconds and Z", name)
        return at

    def _text(self, value: Any, *steps: str | int) -> str:
        if not isinstance(value, str):
            self.refuse("not a string", *steps)
        return value

    def _bytes(self, value: Any, length: int, prefix: str, *steps: str | int) -> bytes:
        text = self._text(value, *steps)
        digits = text[len(prefix) :]
        if (
            not text.startswith(prefix)
            or len(digits) != 2 * length
            or _HEX.fullmatch(digits) is None
        ):
            spelt = f"{prefix} and " if prefix else ""
            self.refuse(f"not {spelt}{2 * length} lower-case hexadecimal digits", *steps)
        return bytes.fromhex(digits)
