"""The document that calls another back: named by who recalls, found again by who is asked.

Decree 30/2020, Article 18.4: a recall is ordered by a document. The evidence of REQUEST_RECALL has
its id, and the step is bound by its link to that document's message where the recipient was sent
it, so both find it by what was signed; else to a record that names it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger.desk.events import DeskEvent
from ledger.desk.legs import LegRow, legs_of
from ledger.desk.messages import find_message, get_message
from ledger.desk.store import Transaction
from ledger.digest import Digest
from ledger.errors import Conflict, InvalidInput
from ledger.exchange.document import DocumentId
from ledger.exchange.rules import LegAction, LegState

MOST_ORDER = 500
_CALLED = (LegState.RECALL_REQUESTED, LegState.RECALLED)
_VIETNAMESE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")


@dataclass(frozen=True, slots=True)
class RecallOrder:
    """What orders a recall, as it was said; its id, and its message where the recipient has it."""

    text: str
    document_id: DocumentId | None = None
    message: Digest | None = None

    def to_json(self) -> dict[str, Any]:
        """The body of the record that is kept with the step."""
        return {
            "type": "recall",
            "order": self.text,
            "documentId": self.document_id and self.document_id.text,
            "message": self.message and self.message.hex(),
        }


def read_order(tx: Transaction, text: str, leg: LegRow, organ_id: str) -> RecallOrder:
    """A document id, `number/notation` of a document that was sent from here, or these and its
    date (`13/UBND-VX, 26/11/2026`) for one that went another way.

    Raises InvalidInput `desk-text-malformed`, Conflict `desk-ambiguous`.
    """
    said = plain_order(text).text
    document_id = _read_id(said, organ_id)
    rows = tx.execute(
        "SELECT message, document_id FROM messages WHERE outgoing AND message <> ?1"
        " AND (document_id = ?2 OR code_number || '/' || code_notation = ?3)"
        " ORDER BY version DESC",
        (bytes(leg.message), document_id.text if document_id else "", said),
    ).fetchall()
    if len({row["document_id"] for row in rows}) > 1:
        raise Conflict("desk-ambiguous", f"several documents are {said!r:.80}; give its date too")
    if rows:
        document_id = DocumentId.parse(rows[0]["document_id"])
    if document_id is None:
        raise InvalidInput(
            "desk-text-malformed",
            "no document sent from here, and no number/notation with a date",
            pointer="/order",
        )
    for row in rows:
        if any(one.key.recipient == leg.key.recipient for one in legs_of(tx, row["message"])):
            return RecallOrder(said, document_id, Digest(row["message"]))
    return RecallOrder(said, document_id)


def plain_order(text: str) -> RecallOrder:
    """As it was said and no more: agencies' software may know no better. Raises InvalidInput
    `desk-text-malformed`."""
    said = " ".join(text.split())
    if not 0 < len(said) <= MOST_ORDER:
        raise InvalidInput("desk-text-malformed", "1 to 500 characters", pointer="/order")
    return RecallOrder(said)


@dataclass(frozen=True, slots=True)
class Recalling:
    """The document that calls one back; the leg it came or went by, where that is known here."""

    document_id: DocumentId
    leg: LegRow | None

    def to_json(self) -> dict[str, Any]:
        """As `--json` tells it."""
        return {
            "documentId": self.document_id.text,
            "leg": None if self.leg is None else self.leg.id.hex(),
        }


def find_recalling(tx: Transaction, row: LegRow, events: Sequence[DeskEvent]) -> Recalling | None:
    """What calls the document back, while it is called back and its sender said what does."""
    if row.leg.state not in _CALLED:
        return None
    asked = [one for one in events if one.action is LegAction.REQUEST_RECALL]
    evidence = asked[-1].evidence if asked else None
    if evidence is None or evidence.by_document is None:
        return None
    named = evidence.by_document
    messages = [] if evidence.link is None else [find_message(tx, evidence.link)]
    # Bound by what was signed; else the same sender's document of that id.
    messages += [
        get_message(tx, found["message"])
        for found in tx.execute(
            "SELECT message FROM messages WHERE document_id = ? AND sender = ?"
            " ORDER BY version DESC",
            (named.text, bytes(row.key.sender)),
        ).fetchall()
    ]
    for message in messages:
        if message is None or message.document_id != named:
            continue
        for leg in legs_of(tx, message.message):
            if leg.key.sender == row.key.sender and leg.key.recipient == row.key.recipient:
                return Recalling(named, leg)
    return Recalling(named, None)


def _read_id(said: str, organ_id: str) -> DocumentId | None:
    if said.count(",") == 2:
        try:
            return DocumentId.parse(said)
        except InvalidInput:
            return None
    code, _, day = (part.strip() for part in said.partition(","))
    number, _, notation = code.partition("/")
    on = _read_day(day)
    if on is None:
        return None
    try:
        return DocumentId(organ_id, on, number.strip(), notation.strip())
    except InvalidInput:
        return None


def _read_day(text: str) -> date | None:
    found = _VIETNAMESE.fullmatch(text)
    try:
        if found is not None:
            return date(int(found[3]), int(found[2]), int(found[1]))
        return date.fromisoformat(text)
    except ValueError:
        return None
