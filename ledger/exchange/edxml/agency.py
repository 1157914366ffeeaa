"""Agencies, and documents that are answered: what both documents and statuses name."""

from __future__ import annotations

from ledger.exchange.description import MOST_NAME, MOST_SUBJECT, Organ
from ledger.exchange.document import (
    MOST_DOCUMENT_ID,
    MOST_NOTATION,
    MOST_NUMBER,
    MOST_ORGAN_ID,
    DocumentId,
    ResponseFor,
)
from ledger.exchange.edxml.leaves import Leaves, needed
from ledger.exchange.edxml.spelling import find_date, spell_date

_FIELDS = {
    "in_charge": "OrganizationInCharge",
    "address": "OrganAdd",
    "email": "Email",
    "telephone": "Telephone",
    "fax": "Fax",
    "website": "Website",
}


def read_organ(leaves: Leaves, path: str) -> Organ:
    """The agency below a path; its name is empty where it has none."""
    return Organ(
        organ_id=leaves.text(f"{path}/OrganId", MOST_ORGAN_ID),
        name=leaves.find(f"{path}/OrganName", MOST_NAME) or "",
        **{
            field: leaves.find(f"{path}/{name}", MOST_SUBJECT if field == "address" else MOST_NAME)
            for field, name in _FIELDS.items()
        },
    )


def organ_texts(organ: Organ, path: str) -> dict[str, str]:
    """The agency as texts below a path."""
    texts = {f"{path}/OrganId": organ.organ_id}
    if organ.name:
        texts[f"{path}/OrganName"] = organ.name
    for field, name in _FIELDS.items():
        value = getattr(organ, field)
        if value is not None:
            texts[f"{path}/{name}"] = value
    return texts


def read_response(leaves: Leaves, path: str) -> ResponseFor:
    """The document that is answered, below a path. Some builders give its DocumentId alone, which
    holds all the rest."""
    at = f"{path}/DocumentId"
    text = leaves.find(at, MOST_DOCUMENT_ID)
    known = None if text is None else DocumentId.read(text, leaves.place(at))
    organ = leaves.find(f"{path}/OrganId", MOST_ORGAN_ID)
    code = leaves.find(f"{path}/Code", MOST_NUMBER + MOST_NOTATION + 1)
    on = find_date(leaves, f"{path}/PromulgationDate")
    if known is not None:
        organ = organ or known.organ_id
        code = code or f"{known.code_number}/{known.code_notation}"
        on = on or known.promulgation_date
    return ResponseFor(
        needed(organ, leaves.place(f"{path}/OrganId")),
        needed(code, leaves.place(f"{path}/Code")),
        needed(on, leaves.place(f"{path}/PromulgationDate")),
        known,
    )


def response_texts(response: ResponseFor, path: str) -> dict[str, str]:
    """The same as texts below a path."""
    texts = {
        f"{path}/OrganId": response.organ_id,
        f"{path}/Code": response.code,
        f"{path}/PromulgationDate": spell_date(response.promulgation_date),
    }
    if response.document_id is not None:
        texts[f"{path}/DocumentId"] = response.document_id.text
    return texts
