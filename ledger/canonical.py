"""Canonical JSON: RFC 8785 (JCS) over strict I-JSON (RFC 7493).

Two parties that say the same must hash the same bytes, and no document may mean two things. So
the reader refuses, with the JSON pointer of the fault: duplicate member names, NaN and Infinity,
unpaired surrogates, integers beyond ±(2^53-1), more than 64 levels, bytes that are not UTF-8.
Strings and member names are normalised to NFC on the way in: Vietnamese typed on two systems
looks alike and must be alike. What a client has signed is never changed; `check_normalised`
refuses it instead.

`encode` uses orjson where its output equals JCS, spells the numbers it would write otherwise, and
leaves documents whose member names sort differently in UTF-8 and UTF-16 to the rfc8785 package.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from itertools import accumulate
from typing import Any, NoReturn
from unicodedata import is_normalized, normalize

import orjson
import rfc8785

from ledger.errors import InvalidInput

JsonValue = Any
"""A value made of None, bool, int, float, str, list and dict with str keys."""

MAX_DEPTH = 64
"""Levels of objects and arrays, the outermost counted as one."""

MAX_SAFE_INTEGER = 2**53 - 1

_FIRST_EXPONENT = 1e21

_MEMBER_END = re.compile(rb'"[ \t\r\n]*:')

_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)

_STEP = {**dict.fromkeys(b"[{", 1), **dict.fromkeys(b"]}", -1)}
_NO_BRACKETS = bytes(set(range(256)) - _STEP.keys())


def parse(data: bytes) -> JsonValue:
    """Read one I-JSON document, strings in NFC.

    Raises InvalidInput with a pointer: `json-malformed`, `json-duplicate-key`,
    `json-number-out-of-range`, `json-surrogate`, `json-depth-exceeded`.
    """
    try:
        value = orjson.loads(data)
        compact = orjson.dumps(value)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        # Perhaps deeper than orjson reads, or than it writes.
        _refuse_abyss(data)
        return _parse_slowly(data)
    # Duplicate names: every member leaves one `":` behind; text inside strings leaves the same
    # number in both spellings. Fewer after parsing means that a member was swallowed.
    if b"\\u" in data or len(_MEMBER_END.findall(data)) != len(_MEMBER_END.findall(compact)):
        return _parse_slowly(data)
    if not is_normalized("NFC", data.decode()):
        value = normalise(value)
    try:
        _check(value, "", 0)
    except InvalidInput:
        # orjson turns an integer literal beyond 64 bits into a float: ask the literal itself.
        return _parse_slowly(data)
    return value


def normalise(value: JsonValue) -> JsonValue:
    """The same value with every string and member name in NFC.

    Raises InvalidInput `json-duplicate-key` where two names become one.
    """
    return _normalise(value, "", 0)


def check_normalised(value: JsonValue) -> None:
    """Refuse, with its pointer, the first string that is not in NFC (`json-not-normalised`)."""
    _visit_strings(value, "", _refuse_denormal)


def encode(value: JsonValue) -> bytes:
    """The RFC 8785 bytes of a value that `parse` could have returned."""
    if is_plain(value):
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    try:
        return orjson.dumps(_respell(value), option=orjson.OPT_SORT_KEYS)
    except _SortsDifferently:
        return rfc8785.dumps(value)


def is_plain(value: JsonValue) -> bool:
    """Whether orjson's sorted output is JCS as it stands."""
    kind = type(value)
    if kind is dict:
        if not _sorts_alike(value):
            return False
        members = value.values()
    elif kind is list:
        members = value
    elif kind is float:
        return _is_spelled_alike(value)
    else:
        return True
    # Most members are text: no call for those.
    for member in members:  # noqa: SIM110 - runs for every event, and a generator doubles it
        if type(member) is not str and not is_plain(member):
            return False
    return True


def _sorts_alike(members: dict[str, JsonValue]) -> bool:
    """UTF-8 and UTF-16 order differ only once a name holds something from U+E000 on."""
    names = "".join(members)
    return names.isascii() or max(names) < "\ue000"


def _is_spelled_alike(number: float) -> bool:
    """Both write the shortest digits that read back; exponents and whole numbers differ."""
    return 1e-3 <= abs(number) < 1e15 and not number.is_integer()


class _SortsDifferently(Exception):
    """A member name that only a UTF-16 sort puts in its place."""


def _respell(value: JsonValue) -> JsonValue:
    """A copy in which each float that the two would write differently is spelled already."""
    kind = type(value)
    if kind is dict:
        if not _sorts_alike(value):
            raise _SortsDifferently
        return {name: _respell(member) for name, member in value.items()}
    if kind is list:
        return [_respell(member) for member in value]
    if kind is float and not _is_spelled_alike(value):
        return orjson.Fragment(rfc8785.dumps(value))
    return value


def pointer(*steps: str | int) -> str:
    """RFC 6901 pointer of the steps."""
    return "".join("/" + escape_step(str(step)) for step in steps)


def escape_step(step: str) -> str:
    """One reference token of RFC 6901."""
    if "~" in step or "/" in step:
        return step.replace("~", "~0").replace("/", "~1")
    return step


def _check(value: JsonValue, at: str, depth: int) -> None:
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return
    if kind is dict:
        if depth >= MAX_DEPTH:
            _refuse_depth(at)
        for name, member in value.items():
            if type(member) is not str:
                _check(member, f"{at}/{escape_step(name)}", depth + 1)
    elif kind is list:
        if depth >= MAX_DEPTH:
            _refuse_depth(at)
        for index, item in enumerate(value):
            if type(item) is not str:
                _check(item, f"{at}/{index}", depth + 1)
    elif kind is int:
        if not -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
            _refuse_number(at, value)
    elif value.is_integer() and not -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
        _refuse_number(at, value)


def _refuse_abyss(data: bytes) -> None:
    """Refuse depth before the thorough reader meets it.

    The json module recurses on the C stack and relies on the interpreter's recursion limit, which
    any imported library may have raised: a body of brackets would then end the whole process.
    """
    brackets = _STRING.sub(b"", data).translate(None, _NO_BRACKETS)
    if max(accumulate(map(_STEP.__getitem__, brackets)), default=0) > MAX_DEPTH:
        _refuse_depth("")


def _parse_slowly(data: bytes) -> JsonValue:
    """Name the exact fault, or accept what only needed a closer look."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput(
            "json-malformed", f"byte {error.start} is not UTF-8", pointer=""
        ) from error
    if text.startswith("\ufeff"):
        raise InvalidInput("json-malformed", "starts with a byte order mark", pointer="")
    try:
        pairs = json.loads(text, object_pairs_hook=_Members, parse_constant=_Constant)
    except json.JSONDecodeError as error:
        raise InvalidInput(
            "json-malformed",
            f"{error.msg} at line {error.lineno}, column {error.colno}",
            pointer="",
        ) from error
    except ValueError as error:  # an integer literal longer than Python reads
        raise InvalidInput("json-number-out-of-range", "an integer is too long") from error
    value = _resolve(pairs, "", 0)
    return normalise(value)


class _Members(list[tuple[str, Any]]):
    """The members of one object in document order, duplicates included."""


class _Constant:
    """NaN, Infinity or -Infinity."""

    def __init__(self, literal: str) -> None:
        self.literal = literal


def _resolve(value: Any, at: str, depth: int) -> JsonValue:
    if isinstance(value, _Members):
        if depth >= MAX_DEPTH:
            _refuse_depth(at)
        members: dict[str, JsonValue] = {}
        for name, member in value:
            _refuse_surrogate(name, at)
            here = f"{at}/{escape_step(name)}"
            if name in members:
                raise InvalidInput("json-duplicate-key", f"member {name!r} twice", pointer=here)
            members[name] = _resolve(member, here, depth + 1)
        return members
    if isinstance(value, list):
        if depth >= MAX_DEPTH:
            _refuse_depth(at)
        return [_resolve(item, f"{at}/{index}", depth + 1) for index, item in enumerate(value)]
    if isinstance(value, str):
        _refuse_surrogate(value, at)
    elif isinstance(value, _Constant):
        _refuse_number(at, value.literal)
    elif isinstance(value, float):
        # Below 1e21 JCS spells a whole number without exponent: it would come back as an integer
        # that is refused.
        if not math.isfinite(value) or (
            value.is_integer() and MAX_SAFE_INTEGER < abs(value) < _FIRST_EXPONENT
        ):
            _refuse_number(at, value)
    elif isinstance(value, int):
        _check(value, at, depth)
    return value


def _normalise(value: JsonValue, at: str, depth: int) -> JsonValue:
    if isinstance(value, str):
        return value if value.isascii() else normalize("NFC", value)
    if isinstance(value, dict):
        members: dict[str, JsonValue] = {}
        for name, member in value.items():
            composed = name if name.isascii() else normalize("NFC", name)
            here = f"{at}/{escape_step(composed)}"
            if composed in members:
                raise InvalidInput(
                    "json-duplicate-key", f"member {composed!r} twice after NFC", pointer=here
                )
            members[composed] = _normalise(member, here, depth + 1)
        return members
    if isinstance(value, list):
        return [_normalise(item, f"{at}/{index}", depth + 1) for index, item in enumerate(value)]
    return value


def _visit_strings(value: JsonValue, at: str, visit: Callable[[str, str], None]) -> None:
    if isinstance(value, str):
        visit(value, at)
    elif isinstance(value, dict):
        for name, member in value.items():
            here = f"{at}/{escape_step(name)}"
            visit(name, here)
            _visit_strings(member, here, visit)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _visit_strings(item, f"{at}/{index}", visit)


def _refuse_denormal(text: str, at: str) -> None:
    if not is_normalized("NFC", text):
        raise InvalidInput("json-not-normalised", "text is not in Unicode NFC", pointer=at)


def _refuse_surrogate(text: str, at: str) -> None:
    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        raise InvalidInput("json-surrogate", "text holds an unpaired surrogate", pointer=at)


def _refuse_depth(at: str) -> NoReturn:
    raise InvalidInput("json-depth-exceeded", f"more than {MAX_DEPTH} levels deep", pointer=at)


def _refuse_number(at: str, value: object) -> NoReturn:
    raise InvalidInput(
        "json-number-out-of-range", f"{value!r:.40} cannot be kept exactly", pointer=at
    )
