"""The form of a message to be sent, field by field: everything wrong with it is said at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from starlette.datastructures import FormData

from api.desk.faults import FILE_POINTERS, FormFaults
from ledger.desk.draft import Draft
from ledger.desk.drafts import Drafts
from ledger.exchange.description import MOST_SUBJECT
from ledger.exchange.document import MOST_NOTATION, MOST_NUMBER, MOST_TYPE

FIELDS = ("to", "subject", "number", "notation", "type", "date", "due", "files")
"""The fields that can be wrong, in the order of the form."""
POINTERS = {
    **{f"/{one}": one for one in (*FIELDS, "despite")},
    "/dueDate": "due",
    **FILE_POINTERS,
}
"""Where an error says it is, and which field that is."""

_PRIORITIES = {str(one): one for one in range(5)}
_NUMBER = re.compile(r"[^/,\s]+")
_FILE = re.compile(r"[0-9]{1,4}", re.ASCII)


def read_draft(form: FormData, drafts: Drafts, today: date) -> Draft:
    """The draft of a filled-in form. Raises FormFaults, and what `Drafts.files` raises."""
    faults = [field for field in FIELDS if not _is_right(form, field, today)]
    if faults:
        raise FormFaults(tuple(faults))
    draft_id = text_of(form, "draft")
    numbers = [int(one) for one in _texts(form, "file")]
    return Draft(
        id=draft_id,
        subject=text_of(form, "subject"),
        notation=text_of(form, "notation"),
        document_type=text_of(form, "type"),
        recipients=_texts(form, "to"),
        files=drafts.files(draft_id, numbers),
        number=text_of(form, "number") or None,
        promulgated=_day(form, "date"),
        priority=_PRIORITIES.get(text_of(form, "priority"), 0),
        due_date=_day(form, "due"),
        despite=text_of(form, "despite") or None,
        file_code=text_of(form, "file_code") or None,
    )


def text_of(form: FormData, name: str) -> str:
    """What stands in a field, its white space made single spaces."""
    return " ".join(str(form.get(name) or "").split())


def _is_right(form: FormData, field: str, today: date) -> bool:
    try:
        return _RIGHT[field](form, today)
    except ValueError:
        return False


def _has(form: FormData, name: str, most: int) -> bool:
    return 0 < len(text_of(form, name)) <= most


def _is_number(form: FormData, _: date) -> bool:
    text = text_of(form, "number")
    return not text or (len(text) <= MOST_NUMBER and _NUMBER.fullmatch(text) is not None)


def _is_due(form: FormData, today: date) -> bool:
    due = _day(form, "due")
    return due is None or due >= today


def _is_day(form: FormData, _: date) -> bool:
    _day(form, "date")
    return True


def _day(form: FormData, name: str) -> date | None:
    text = text_of(form, name)
    return date.fromisoformat(text) if text else None


def _texts(form: FormData, name: str) -> tuple[str, ...]:
    return tuple(str(value) for value in form.getlist(name))


_RIGHT: dict[str, Callable[[FormData, date], bool]] = {
    "to": lambda form, _: len(set(_texts(form, "to"))) == len(_texts(form, "to")) > 0,
    "subject": lambda form, _: _has(form, "subject", MOST_SUBJECT),
    "number": _is_number,
    "notation": lambda form, _: (
        _has(form, "notation", MOST_NOTATION) and "," not in text_of(form, "notation")
    ),
    "type": lambda form, _: _has(form, "type", MOST_TYPE),
    "date": _is_day,
    "due": _is_due,
    "files": lambda form, _: (
        len(_texts(form, "file")) > 0
        and all(_FILE.fullmatch(one) is not None for one in _texts(form, "file"))
    ),
}
