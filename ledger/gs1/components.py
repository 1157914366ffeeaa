"""The contents of AI values: character sets, lengths and the rules the table names.

GS1 General Specifications, section 3 (formats) and 7 (rules). The rule names are those of the
GS1 Barcode Syntax Dictionary. `gcppos1`/`gcppos2` check that a company prefix can stand there,
not that it has been issued: no list of issued prefixes is consulted.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from typing import NoReturn

from ledger.errors import InvalidInput
from ledger.gs1.application_identifiers import ApplicationIdentifier
from ledger.gs1.check_pair import has_check_pair
from ledger.gs1.country_codes import COUNTRY_ALPHA2, COUNTRY_NUMERIC, CURRENCY_NUMERIC
from ledger.gs1.keys import check_digit

CSET82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
CSET39 = "#-/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CSET64 = "-0123456789=ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"

_CHARSETS = {
    "N": (re.compile(r"[0-9]*"), "a digit"),
    "X": (re.compile(f"[{re.escape(CSET82)}]*"), "in GS1 character set 82"),
    "Y": (re.compile(f"[{re.escape(CSET39)}]*"), "in GS1 character set 39"),
    "Z": (re.compile(r"[-0-9A-Z_a-z]*={0,2}"), "base64url"),
}


def check_value(ai: ApplicationIdentifier, value: str) -> None:
    """Raise InvalidInput unless the value fits the AI: `gs1-value-malformed`, and for check
    digits `gs1-check-digit-wrong`.
    """
    rest = value
    for component in ai.components:
        if not rest and component.optional:
            return
        part, rest = rest[: component.maximum], rest[component.maximum :]
        pattern, wanted = _CHARSETS[component.charset]
        fit = pattern.match(part)
        assert fit is not None
        if fit.end() < len(part):
            _refuse(ai, f"{part[fit.end()]!r} is not {wanted}")
        if len(part) < component.minimum:
            _refuse(ai, "the value is too short")
        for rule in component.rules:
            _apply(ai, rule, part)
    if rest:
        _refuse(ai, "the value is too long")


def _refuse(ai: ApplicationIdentifier, what: str, code: str = "gs1-value-malformed") -> NoReturn:
    raise InvalidInput(code, f"AI ({ai.ai}) {ai.title}: {what}", ai=ai.ai)


def _apply(ai: ApplicationIdentifier, rule: str, part: str) -> None:
    if rule == "csum":
        expected = check_digit(part[:-1])
        if part[-1] != expected:
            _refuse(
                ai,
                f"{part}: the check digit is {part[-1]} and should be {expected}",
                "gs1-check-digit-wrong",
            )
    elif rule == "csumalpha":
        if not has_check_pair(part):
            _refuse(ai, f"{part}: the check character pair is wrong", "gs1-check-digit-wrong")
    else:
        message = _RULES[rule](part)
        if message is not None:
            _refuse(ai, f"{part}: {message}")


def _date(text: str, *, century: str = "", day_may_be_zero: bool = False) -> str | None:
    month, day = int(text[-4:-2]), int(text[-2:])
    if not 1 <= month <= 12:
        return f"there is no month {text[-4:-2]}"
    if day == 0 and day_may_be_zero:
        return None
    year = int(century + text[:-4])
    # Two-digit years slide over 100 years; 2000 and 1600 are both leap, so 20yy decides.
    if not 1 <= day <= monthrange(year if len(text) == 8 else 2000 + year, month)[1]:
        return f"there is no day {text[-2:]} in that month"
    return None


def _full_date(text: str) -> str | None:
    return "there is no year 0000" if text[:4] == "0000" else _date(text)


def _below(limit: int, what: str) -> Callable[[str], str | None]:
    return lambda text: None if int(text) < limit else f"there is no {what} {text}"


def _hour_minute(text: str) -> str | None:
    return _below(24, "hour")(text[:2]) or _below(60, "minute")(text[2:])


def _among(values: frozenset[str], what: str) -> Callable[[str], str | None]:
    return lambda text: None if text in values else f"not {what}"


def _up_to(limit: int, what: str) -> Callable[[str], str | None]:
    return lambda text: None if int(text) <= limit else f"not {what}"


def _prefix(position: int) -> Callable[[str], str | None]:
    def check(text: str) -> str | None:
        head = text[position - 1 : position + 3]
        if len(head) < 4 or not (head.isascii() and head.isdigit()):
            return "does not start with a GS1 company prefix"
        return None

    return check


def _piece_of_total(text: str) -> str | None:
    piece, total = int(text[:2]), int(text[2:])
    if not 1 <= piece <= total:
        return f"piece {piece} of {total} makes no sense"
    return None


def _position_in_sequence(text: str) -> str | None:
    position, slash, total = text.partition("/")
    if slash and position.isdigit() and total.isdigit() and 1 <= int(position) <= int(total):
        return None
    return "not a position in a sequence such as 1/2"


def _iban(text: str) -> str | None:
    if re.fullmatch(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{1,30}", text) is None:
        return "not an IBAN"
    digits = "".join(str(int(char, 36)) for char in text[4:] + text[:4])
    return None if int(digits) % 97 == 1 else "the IBAN's check digits are wrong"


def _percent_encoding(text: str) -> str | None:
    if re.fullmatch(r"(?:[^%]|%[0-9A-Fa-f]{2})*", text) is None:
        return "an incomplete percent escape"
    return None


def _media_type(text: str) -> str | None:
    number = int(text)
    return None if 1 <= number <= 10 or number >= 80 else "not an AIDC media type"


def _coupon(text: str) -> str | None:
    # The inner layout of North American coupons is not decoded; only its alphabet is checked.
    return None if text.isascii() and text.isdigit() else "a coupon holds digits only"


_RULES: dict[str, Callable[[str], str | None]] = {
    "couponcode": _coupon,
    "couponposoffer": _coupon,
    "gcppos1": _prefix(1),
    "gcppos2": _prefix(2),
    "hasnondigit": lambda text: "needs a character that is no digit" if text.isdigit() else None,
    "hh": _below(24, "hour"),
    "hhmi": _hour_minute,
    "hyphen": lambda text: None if set(text) == {"-"} else "only a hyphen may stand here",
    "iban": _iban,
    "importeridx": lambda text: (
        None if re.fullmatch(r"[-0-9A-Z_a-z]", text) else "not an importer index"
    ),
    "iso3166": _among(COUNTRY_NUMERIC, "an ISO 3166 numeric country code"),
    "iso3166999": _among(COUNTRY_NUMERIC | {"999"}, "an ISO 3166 numeric country code or 999"),
    "iso3166alpha2": _among(COUNTRY_ALPHA2, "an ISO 3166 two-letter country code"),
    "iso4217": _among(CURRENCY_NUMERIC, "an ISO 4217 numeric currency code"),
    "iso5218": _among(frozenset("0129"), "an ISO 5218 code"),
    "latitude": _up_to(1_800_000_000, "a latitude"),
    "longitude": _up_to(3_600_000_000, "a longitude"),
    "mediatype": _media_type,
    "mi": _below(60, "minute"),
    "nonzero": lambda text: "must not be zero" if int(text) == 0 else None,
    "nozeroprefix": lambda text: (
        "must not start with zero" if text != "0" and text.startswith("0") else None
    ),
    "packagetype": lambda text: (
        None if re.fullmatch(r"[0-9A-Z]{1,4}", text) else "not a package type code"
    ),
    "pcenc": _percent_encoding,
    "pieceoftotal": _piece_of_total,
    "posinseqslash": _position_in_sequence,
    "ss": _below(60, "second"),
    "winding": _among(frozenset("019"), "a winding direction"),
    "yesno": _among(frozenset("01"), "0 or 1"),
    "yymmd0": lambda text: _date(text, day_may_be_zero=True),
    "yymmdd": _date,
    "yyyymmdd": _full_date,
    "zero": lambda text: None if text == "0" else "must be 0",
}
