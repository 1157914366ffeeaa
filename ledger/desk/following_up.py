"""Drafts that refer to another document: its next version, its replacement, its answer."""

from __future__ import annotations

from dataclasses import replace

from ledger.desk.draft import Draft
from ledger.desk.finding import resolve_message
from ledger.desk.messages import versions_of
from ledger.desk.store import Transaction
from ledger.errors import Conflict
from ledger.exchange.document import BusinessDocType, ResponseFor


def replacing(tx: Transaction, draft: Draft, document: str, *, update: bool) -> Draft:
    """The draft as an update (same number, next version) or a replacement (a document of its own)
    of one that was sent. Raises NotFound `desk-document-unknown`, Conflict `desk-not-ours`."""
    old = resolve_message(tx, document)
    if not old.outgoing:
        raise Conflict("desk-not-ours", f"{old.document_id.text} is another agency's document")
    if not update:
        return replace(draft, business_type=BusinessDocType.REPLACE, replaces=old.message)
    newest = versions_of(tx, old.document_id, outgoing=True)[-1]
    number = old.document_id
    return replace(
        draft,
        business_type=BusinessDocType.UPDATE,
        number=number.code_number,
        notation=number.code_notation,
        promulgated=number.promulgation_date,
        version=newest.version + 1,
        replaces=newest.message,
    )


def answering(tx: Transaction, draft: Draft, document: str) -> Draft:
    """The draft as the answer to a document that was received."""
    asked = resolve_message(tx, document).document_id
    return replace(
        draft,
        response_for=ResponseFor(
            organ_id=asked.organ_id,
            code=f"{asked.code_number}/{asked.code_notation}",
            promulgation_date=asked.promulgation_date,
            document_id=asked,
        ),
    )
