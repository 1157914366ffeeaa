"""What is wrong with a form: said at its field, in the reader's language, beside what was typed."""

from __future__ import annotations

from collections.abc import Mapping

from api.web.words import Words
from ledger.errors import InvalidInput, LedgerError

_OWN_FIELD = {
    "desk-number-taken": "arrival",
    "desk-version-known": "number",
    "desk-draft-unfinished": "files",
    "desk-partner-unknown": "to",
    "retention-not-over": "kept_until",
}
"""Errors that are about one field, and say more than that its text is wrong."""


class FormFaults(InvalidInput):
    """The fields that are not as they must be, by name."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        super().__init__("desk-text-malformed", f"not as it must be: {', '.join(fields)}")
        self.fields = fields


FILE_POINTERS = {f"/file/{part}": "file_code" for part in ("organId", "year", "notation")}
"""Where evidence says that the file (hồ sơ) is not as it must be."""


def faults_of(error: LedgerError, words: Words, fields: Mapping[str, str]) -> Mapping[str, str]:
    """A sentence for each field the error is about, in the order of the form; none where it is
    about none of them. `fields` leads from the pointers of errors to the form's own names."""
    if isinstance(error, FormFaults):
        return {name: words.say(f"fault.{name}") for name in error.fields}
    if (own := _OWN_FIELD.get(error.code)) in fields.values() and own is not None:
        return {own: words.say(f"error.{error.code}")}
    named = fields.get(error.pointer or "")
    return {} if named is None else {named: words.say(f"fault.{named}")}


def marks_of(faults: Mapping[str, str], field: str) -> dict[str, str]:
    """The attributes of a faulty field: what is wrong is read out with it, and the first of them
    is where the reader begins."""
    if field not in faults:
        return {}
    marks = {"aria-invalid": "true", "aria-describedby": f"{field}-fault"}
    return {**marks, "autofocus": ""} if next(iter(faults)) == field else marks
