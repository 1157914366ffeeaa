"""The values that event fields may hold (EPCIS 2.0, sections 7.3 and 7.4).

Each check takes the value and the context in force, returns nothing when the value is right and
raises InvalidInput when it is not. Pointers grow on the way out: a check knows only its own value,
whoever called it adds the step that led there, so a valid event pays nothing for them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NoReturn

from ledger.canonical import escape_step
from ledger.epcis.context import Context
from ledger.epcis.uri import is_uri
from ledger.errors import InvalidInput
from ledger.gs1.identifier import MAX_LENGTH, find_identifier
from ledger.gs1.urn import is_class_pattern

Check = Callable[[Any, Context], None]
Fields = Mapping[str, Check]

_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,30})?"
    r"(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
_OFFSET = re.compile(r"[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00)")
_UNIT = re.compile(r"[A-Z0-9]{2,3}")
_HEX = re.compile(r"[0-9A-Fa-f]+")


def under(fault: InvalidInput, *steps: str | int) -> InvalidInput:
    """The same fault, seen from further out: its pointer with the steps in front."""
    head = "".join("/" + escape_step(str(step)) for step in steps)
    fault.pointer = head + (fault.pointer or "")
    return fault


def refuse(code: str, detail: str, pointer: str = "") -> NoReturn:
    """Raise InvalidInput."""
    raise InvalidInput(code, detail, pointer=pointer)


def shown(value: Any) -> str:
    """A value as it may stand in a message: short, and safe whatever it holds."""
    return f"{value!r:.60}" if isinstance(value, str) else f"{type(value).__name__}"


def parse_time(value: Any) -> datetime:
    """An RFC 3339 time with a zone, digits finer than a microsecond cut."""
    if type(value) is not str or _TIME.fullmatch(value) is None:
        refuse("epcis-time-malformed", f"{shown(value)} is not a time with a zone")
    try:
        return datetime.fromisoformat(value.upper())
    except ValueError:
        refuse("epcis-time-malformed", f"there is no such time: {shown(value)}")


def check_time(value: Any, _: Context) -> None:
    """A time."""
    parse_time(value)


def check_offset(value: Any, _: Context) -> None:
    """A UTC offset such as +07:00."""
    if type(value) is not str or _OFFSET.fullmatch(value) is None:
        refuse("epcis-field-malformed", f"{shown(value)} is not an offset such as +07:00")


def check_uri(value: Any, _: Context) -> None:
    """Any absolute URI."""
    if type(value) is not str or not is_uri(value):
        refuse("epcis-uri-malformed", f"{shown(value)} is not an absolute URI")


def check_identifier(value: Any, context: Context) -> None:
    """The id of a thing, class, place or party: a URI, and if it is a GS1 key a right one."""
    if type(value) is not str or (find_identifier(value) is None and not is_uri(value)):
        check_uri(value, context)


def check_instance(value: Any, _: Context) -> None:
    """The id of one thing."""
    if type(value) is not str:
        refuse("epcis-uri-malformed", f"{shown(value)} is not an absolute URI")
    found = find_identifier(value)
    if found is None:
        if not is_uri(value):
            refuse("epcis-uri-malformed", f"{shown(value)} is not an absolute URI")
        is_instance = not is_class_pattern(value)
    else:
        is_instance = found.is_instance
    if not is_instance:
        refuse("epcis-class-in-epc-list", f"{shown(value)} names a class or lot, not one item")


def check_class(value: Any, context: Context) -> None:
    """The id of a class or lot, of which there may be any quantity."""
    check_identifier(value, context)
    found = find_identifier(value)
    if found is not None and found.is_instance:
        refuse("epcis-item-in-quantity-list", f"{shown(value)} names one item, no class or lot")


def check_reference(value: Any, context: Context) -> None:
    """A URI that may happen to hold a GS1 key: then its check digit must be right."""
    check_uri(value, context)
    try:
        find_identifier(value)
    except InvalidInput as fault:
        if fault.code in ("gs1-check-digit-wrong", "identifier-too-long"):
            raise


def check_number(value: Any, _: Context) -> None:
    """A number, not a string of digits and not a truth value."""
    if type(value) is not int and type(value) is not float:
        refuse("epcis-field-malformed", f"{shown(value)} is not a number")


def check_quantity(value: Any, context: Context) -> None:
    """A number of zero or more."""
    check_number(value, context)
    if value < 0:
        refuse("epcis-quantity-negative", f"a quantity of {value} cannot be")


def check_text(value: Any, _: Context) -> None:
    """Any text."""
    if type(value) is not str:
        refuse("epcis-field-malformed", f"{shown(value)} is not text")


def check_truth(value: Any, _: Context) -> None:
    """True or false."""
    if type(value) is not bool:
        refuse("epcis-field-malformed", f"{shown(value)} is neither true nor false")


def check_unit(value: Any, _: Context) -> None:
    """A UN/ECE Recommendation 20 code."""
    if type(value) is not str or _UNIT.fullmatch(value) is None:
        refuse("epcis-field-malformed", f"{shown(value)} is not a unit code such as KGM")


def check_hex(value: Any, _: Context) -> None:
    """Hexadecimal digits."""
    if type(value) is not str or _HEX.fullmatch(value) is None:
        refuse("epcis-field-malformed", f"{shown(value)} is not hexadecimal")


def word(words: frozenset[str], foreign: re.Pattern[str], what: str) -> Check:
    """A standard word, or a URI outside of the namespace the words have in XML."""

    def check(value: Any, _: Context) -> None:
        if type(value) is not str:
            refuse("epcis-word-unknown", f"{shown(value)} is not {what}")
        if value in words:
            return
        if not is_uri(value):
            refuse("epcis-word-unknown", f"{shown(value)} is not {what} of the standard")
        if len(value) > MAX_LENGTH:
            refuse("identifier-too-long", f"at most {MAX_LENGTH} characters are kept")
        if foreign.match(value) is not None:
            refuse("epcis-word-unknown", f"{shown(value)}: in JSON write {what} as a bare word")

    return check


def one_of(values: frozenset[str]) -> Check:
    """One of a few fixed words."""
    wanted = ", ".join(sorted(values))

    def check(value: Any, _: Context) -> None:
        if type(value) is not str or value not in values:
            refuse("epcis-field-malformed", f"{shown(value)} is none of {wanted}")

    return check


def list_of(item: Check, *, unique: bool = False, filled: bool = False) -> Check:
    """A list whose every entry passes."""

    def check(value: Any, context: Context) -> None:
        if type(value) is not list:
            refuse("epcis-field-malformed", f"{shown(value)} is not a list")
        if filled and not value:
            refuse("epcis-field-malformed", "the list is empty")
        for index, entry in enumerate(value):
            try:
                item(entry, context)
            except InvalidInput as fault:
                raise under(fault, index) from None
        if unique and len(set(value)) < len(value):
            index = next(at for at, entry in enumerate(value) if entry in value[:at])
            refuse("epcis-item-repeated", f"{shown(value[index])} stands twice", f"/{index}")

    return check


def either(single: Check, several: Check) -> Check:
    """One value or a list of them."""

    def check(value: Any, context: Context) -> None:
        (several if type(value) is list else single)(value, context)

    return check


def object_of(fields: Fields, *, required: tuple[str, ...] = (), closed: bool = False) -> Check:
    """An object with these fields; beyond them extensions, or nothing if closed."""

    def check(value: Any, context: Context) -> None:
        check_members(value, context, fields, closed=closed)
        require(value, required)

    return check


def require(value: Mapping[str, Any], names: tuple[str, ...]) -> None:
    """Raise for the first of these members that is missing, pointing to where it should be."""
    for name in names:
        if name not in value:
            refuse("epcis-field-missing", f"{name} is missing", f"/{name}")


def check_members(value: Any, context: Context, fields: Fields, *, closed: bool = False) -> None:
    """Check every member of an object: by its field, else as an extension."""
    if type(value) is not dict:
        refuse("epcis-field-malformed", f"{shown(value)} is not an object")
    for name, member in value.items():
        check = fields.get(name)
        try:
            if check is not None:
                check(member, context)
            elif closed:
                refuse("epcis-field-unknown", f"{shown(name)} is not a field here")
            else:
                check_extension(name, member, context)
        except InvalidInput as fault:
            raise under(fault, name) from None


def check_extension(name: str, member: Any, context: Context) -> None:
    """An extension: its name is a URI, in full or with a declared prefix; so are names inside."""
    if not is_uri(name):
        refuse("epcis-field-unknown", f"{shown(name)} is no field and no extension name")
    _check_prefix(name, context)
    if type(member) is dict or type(member) is list:
        check_nested(member, context)


def check_nested(value: Any, context: Context) -> None:
    """Whatever an extension holds: free, but every prefix used in it must be declared."""
    if type(value) is dict:
        if "@context" in value:
            try:
                context = context.extended(value["@context"])
            except InvalidInput as fault:
                raise under(fault, "@context") from None
        for name, member in value.items():
            try:
                if ":" in name:
                    _check_prefix(name, context)
                if name != "@context" and (type(member) is dict or type(member) is list):
                    check_nested(member, context)
            except InvalidInput as fault:
                raise under(fault, name) from None
    elif type(value) is list:
        for index, entry in enumerate(value):
            try:
                check_nested(entry, context)
            except InvalidInput as fault:
                raise under(fault, index) from None


def _check_prefix(name: str, context: Context) -> None:
    prefix, _, rest = name.partition(":")
    if not context.declares(prefix) and not context.remote and not rest.startswith("//"):
        refuse("epcis-prefix-undeclared", f"the prefix {prefix!r:.40} is not declared in @context")
