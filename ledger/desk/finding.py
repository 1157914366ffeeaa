"""Looking things up: inbox, outbox, search, what is overdue, whether a file was replaced.

All of it is here, nothing is asked of the server. Subjects are searched where they are read, in the
agency's own memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger.desk.erasures import Erasure, find_certificate, find_erasure
from ledger.desk.events import DeskEvent, events_of
from ledger.desk.legs import LegRow, get_leg, legs_of, read_leg, successor_of
from ledger.desk.messages import MessageRow, get_message, messages_with
from ledger.desk.recalling import Recalling, find_recalling
from ledger.desk.reports import reports_of
from ledger.desk.store import Transaction
from ledger.errors import Conflict, InvalidInput, NotFound
from ledger.exchange.rules import ON_THE_WAY, UNANSWERED, UNSETTLED, LegState

PAGE = 50
_OPEN = ON_THE_WAY | UNANSWERED | UNSETTLED | {LegState.RECALL_REQUESTED}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; None and "" mean anything. `text` is part of the subject, or of the
    number, notation or the other party's name."""

    outgoing: bool | None = None
    text: str = ""
    number: str = ""
    other: str = ""
    state: LegState | None = None
    since: date | None = None
    until: date | None = None
    overdue_at: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One leg with its message."""

    leg: LegRow
    message: MessageRow


def find_legs(tx: Transaction, wanted: Wanted, skip: int = 0, limit: int = PAGE) -> Sequence[Found]:
    """Legs, those first that something happened to last; overdue ones by when they were due."""
    order = "due" if wanted.overdue_at is not None else "l.changed_at DESC, l.leg"
    query, values = _query(wanted)
    rows = tx.execute(
        f"{query} ORDER BY {order} LIMIT ? OFFSET ?", (*values, limit, skip)
    ).fetchall()
    return [Found(leg := read_leg(row), get_message(tx, leg.message)) for row in rows]


def count_overdue(tx: Transaction, at: int) -> int:
    """How many legs should have got further by then, unix seconds."""
    query, values = _query(Wanted(overdue_at=at))
    (found,) = tx.execute(f"SELECT count(*) FROM ({query})", values).fetchone()  # noqa: S608
    return int(found)


def count_waiting(tx: Transaction) -> dict[LegState, int]:
    """How many documents to us are in each state."""
    rows = tx.execute("SELECT state, count(*) AS n FROM legs WHERE NOT outgoing GROUP BY state")
    return {LegState(row["state"]): int(row["n"]) for row in rows.fetchall()}


def resolve_leg(tx: Transaction, text: str) -> LegRow:
    """The leg of an id, or of its first eight digits or more; of a document id with one leg.

    Raises NotFound `desk-document-unknown`, Conflict `desk-ambiguous`."""
    text = text.strip()
    if len(text) == 64 and all(one in "0123456789abcdef" for one in text):
        return get_leg(tx, bytes.fromhex(text))
    rows = tx.execute(
        "SELECT l.* FROM legs l JOIN messages m ON m.message = l.message"
        " WHERE (length(?1) >= 8 AND lower(hex(l.leg)) LIKE ?1 || '%') OR m.document_id = ?1"
        " OR m.code_number || '/' || m.code_notation = ?1 LIMIT 2",
        (text.replace("%", "").replace("_", ""),),
    ).fetchall()
    if not rows:
        raise NotFound("desk-document-unknown", f"nothing here is {text!r:.80}")
    if len(rows) > 1:
        raise Conflict("desk-ambiguous", f"several documents or recipients are {text!r:.80}")
    return read_leg(rows[0])


def resolve_message(tx: Transaction, text: str) -> MessageRow:
    """The message of a leg's id, of a number with its notation, or of a document id: its newest
    version. Raises as `resolve_leg`."""
    rows = tx.execute(
        "SELECT message, document_id FROM messages WHERE document_id = ?1"
        " OR code_number || '/' || code_notation = ?1 ORDER BY version DESC",
        (text.strip(),),
    ).fetchall()
    if len({row["document_id"] for row in rows}) == 1:
        return get_message(tx, rows[0]["message"])
    return get_message(tx, resolve_leg(tx, text).message)


@dataclass(frozen=True, slots=True)
class Story:
    """All that is known of a leg: what it carries, what happened, its siblings, its successor, and
    how far this agency's erasure of it is."""

    leg: LegRow
    message: MessageRow
    events: Sequence[DeskEvent]
    siblings: Sequence[LegRow]
    successor: LegRow | None
    recalling: Recalling | None
    reports: dict[bytes, dict[str, Any]]
    erasure: Erasure | None
    certificate: str | None

    @property
    def file_code(self) -> str | None:
        """In which file (hồ sơ) this agency keeps it, by the last that it said."""
        for event in reversed(self.events):
            ours = (event.org == event.key.sender) is self.leg.outgoing
            if ours and event.evidence is not None and event.evidence.file is not None:
                return event.evidence.file.text
        return None


def get_story(tx: Transaction, leg: bytes) -> Story:
    """Raises NotFound `desk-document-unknown`."""
    row = get_leg(tx, leg)
    events = events_of(tx, row.key)
    return Story(
        leg=row,
        message=get_message(tx, row.message),
        events=events,
        siblings=[one for one in legs_of(tx, row.message) if one.id != row.id],
        successor=successor_of(tx, row.id),
        recalling=find_recalling(tx, row, events),
        reports=reports_of(tx, row.id),
        erasure=find_erasure(tx, row.message),
        certificate=find_certificate(tx, row.id),
    )


@dataclass(frozen=True, slots=True)
class FileStanding:
    """What is known of a file somebody holds: the leg it came or went with, and what has become of
    the document since."""

    found: Found
    successor: LegRow | None
    recalling: Recalling | None

    @property
    def is_current(self) -> bool:
        """Whether nothing has replaced it or called it back."""
        gone = (LegState.SUPERSEDED, LegState.RECALLED, LegState.RECALL_REQUESTED)
        return self.successor is None and self.found.leg.leg.state not in (
            *gone,
            LegState.WITHDRAWN,
        )

    def became(self, tx: Transaction) -> str:
        """What has become of it, in a line."""
        word = self.found.leg.leg.state.name
        if self.recalling is not None:
            return f"{word}, recalled by {self.recalling.document_id.text}"
        if self.successor is None:
            return word
        newer = get_message(tx, self.successor.message)
        return f"{word}, replaced by {newer.document_id.text}, version {newer.version}"


def standings_of_file(tx: Transaction, digest: bytes) -> Sequence[FileStanding]:
    """Every leg that carried exactly this file; none where it is not known here."""
    return [
        FileStanding(
            Found(leg, message),
            successor_of(tx, leg.id),
            find_recalling(tx, leg, events_of(tx, leg.key)),
        )
        for message in messages_with(tx, digest)
        for leg in legs_of(tx, message.message)
    ]


def read_state(name: str) -> LegState:
    """A state by its name, in any case. Raises InvalidInput `desk-text-malformed`."""
    try:
        return LegState[name.strip().upper()]
    except KeyError as error:
        known = ", ".join(state.name for state in LegState if state is not LegState.NONE)
        raise InvalidInput(
            "desk-text-malformed", f"no state {name!r:.40}; there is {known}", pointer="/state"
        ) from error


def _query(wanted: Wanted) -> tuple[str, list[object]]:
    conditions, values = _conditions(wanted)
    query = (
        "SELECT l.*, CASE WHEN l.state IN "  # noqa: S608 - our own words and numbers
        f"{_numbers(ON_THE_WAY)} THEN l.arrive_by WHEN l.state IN"
        f" {_numbers(UNANSWERED | {LegState.RECALL_REQUESTED})} THEN l.answer_by"
        " ELSE l.settle_by END AS due"
        " FROM legs l JOIN messages m ON m.message = l.message"
        f" WHERE {' AND '.join(conditions) or '1'}"
    )
    return query, values


def _conditions(wanted: Wanted) -> tuple[list[str], list[object]]:
    conditions: list[str] = []
    values: list[object] = []

    def add(condition: str, *given: object) -> None:
        conditions.append(condition)
        values.extend(given)

    if wanted.outgoing is not None:
        add("l.outgoing = ?", wanted.outgoing)
    if wanted.state is not None:
        add("l.state = ?", int(wanted.state))
    if wanted.number:
        number, _, notation = wanted.number.partition("/")
        add("m.code_number = ?", number.strip())
        if notation:
            add("m.code_notation = ?", notation.strip())
    if wanted.other:
        add("(instr(fold(l.other_name), fold(?)) OR m.organ_id = ?)", wanted.other, wanted.other)
    if wanted.text:
        add(
            "instr(fold(coalesce(m.subject, '') || ' ' || m.code_number || '/' ||"
            " m.code_notation || ' ' || l.other_name), fold(?))",
            wanted.text,
        )
    if wanted.since is not None:
        add("m.promulgated >= ?", wanted.since.isoformat())
    if wanted.until is not None:
        add("m.promulgated <= ?", wanted.until.isoformat())
    if wanted.overdue_at is not None:
        add(f"l.state IN {_numbers(_OPEN)}")
        add("due > 0 AND due < ?", wanted.overdue_at)
    return conditions, values


def _numbers(states: frozenset[LegState] | set[LegState]) -> str:
    return "(" + ", ".join(str(int(state)) for state in sorted(states)) + ")"
