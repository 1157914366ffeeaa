"""Registers of documents and lists of files, as Decree 30/2020 Annex VI names their columns.

Made of routing metadata and evidence alone, so whoever audits can make them again. What only the
parties know (subject, signers, pages) is not in them; a desk has it beside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ledger.clock import format_time
from ledger.exchange.evidence import FILED, FileCode
from ledger.exchange.history import LegEvent, LegHistory, Month
from ledger.exchange.rules import LegAction
from ledger.identity.organization import OrgId

Cell = str | int | None


@dataclass(frozen=True, slots=True)
class Register:
    """A table: names of columns, and rows of as many cells."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


_PAPER = (
    "TypeName", "CodeNumber", "CodeNotation", "IssuedDate", "OrganId", "Priority",
    "BussinessDocType", "Version", "DueDate",
)  # fmt: skip

OUTGOING_COLUMNS = (*_PAPER, "To", "SubmissionTime", "FileCode", "State")
INCOMING_COLUMNS = (
    "ArrivalNumber", "ArrivalDate", *_PAPER, "ReceiptTime", "FileCode", "TraceHeaderList", "State",
)  # fmt: skip
FILE_COLUMNS = ("FileCode", "DocOrdinal", *_PAPER)
INCOMING_FILE_COLUMNS = (*FILE_COLUMNS, "ArrivalNumber", "ArrivalDate")


def outgoing_register(legs: Iterable[LegHistory], org: OrgId, month: Month) -> Register:
    """Documents the organization sent in that month (sổ đăng ký văn bản đi): one row for each
    version, in the order of their numbers; `To` and `State` for each recipient."""
    found: dict[str, list[tuple[LegHistory, LegEvent]]] = {}
    for leg in _known(legs, month):
        sent = leg.within(month, LegAction.SUBMIT)
        if leg.sender == org and sent is not None:
            name = f"{leg.document.document_id.text};{leg.document.version:010}"
            found.setdefault(name, []).append((leg, sent))
    rows = []
    for _, pairs in sorted(found.items()):
        pairs.sort(key=lambda pair: (_organ(pair[0]), pair[0].leg))
        leg, sent = pairs[0]
        rows.append(
            (
                *_paper(leg),
                "; ".join(_organ(one) for one, _ in pairs),
                format_time(min(event.happened_at for _, event in pairs)),
                _file_text(_file(leg, sent=True)),
                "; ".join(one.state.name for one, _ in pairs),
            )
        )
    return Register(OUTGOING_COLUMNS, tuple(rows))


def incoming_register(legs: Iterable[LegHistory], org: OrgId, month: Month) -> Register:
    """Documents the organization received in that month (sổ đăng ký văn bản đến), in the order of
    their arrival numbers."""
    rows = []
    for leg in _known(legs, month):
        received = leg.within(month, LegAction.RECEIVE)
        if leg.recipient != org or received is None:
            continue
        number, on = _arrival(received)
        rows.append(
            (
                number,
                on,
                *_paper(leg),
                format_time(received.happened_at),
                _file_text(_file(leg, sent=False)),
                "; ".join(_traces(leg)) or None,
                leg.state.name,
            )
        )
    return Register(INCOMING_COLUMNS, tuple(sorted(rows, key=_by_cells)))


def outgoing_files(legs: Iterable[LegHistory], org: OrgId, month: Month) -> Register:
    """The files the organization put documents it sent that month into (mục lục văn bản, tài liệu):
    each document with its place in the file; documents in no file come first."""
    found = {}
    for leg in _known(legs, month):
        if leg.sender == org and leg.within(month, LegAction.SUBMIT) is not None:
            name = (leg.document.document_id.text, leg.document.version)
            found[name] = (_file_text(_file(leg, sent=True)), *_paper(leg))
    return Register(FILE_COLUMNS, _with_ordinals(found.values()))


def incoming_files(legs: Iterable[LegHistory], org: OrgId, month: Month) -> Register:
    """The same of the documents it received."""
    rows = []
    for leg in _known(legs, month):
        received = leg.within(month, LegAction.RECEIVE)
        if leg.recipient == org and received is not None:
            rows.append((_file_text(_file(leg, sent=False)), *_paper(leg), *_arrival(received)))
    return Register(INCOMING_FILE_COLUMNS, _with_ordinals(rows))


def _known(legs: Iterable[LegHistory], month: Month) -> Iterator[LegHistory]:
    """The legs as they stood when the month ended."""
    for leg in legs:
        known = leg.until(month.ends)
        if known is not None:
            yield known


def _paper(leg: LegHistory) -> tuple[Cell, ...]:
    document = leg.document
    return (
        document.document_type,
        document.code_number,
        document.code_notation,
        document.promulgation_date.isoformat(),
        document.sender,
        document.priority,
        int(document.business_doc_type),
        document.version,
        document.due_date.isoformat() if document.due_date else None,
    )


def _organ(leg: LegHistory) -> str:
    """The recipient's code, as the evidence has it; its id once that is erased."""
    for event in leg.events:
        if event.evidence is not None:
            return event.evidence.recipient.organ_id
    return leg.recipient.text


def _arrival(received: LegEvent) -> tuple[Cell, Cell]:
    arrival = received.evidence.arrival if received.evidence else None
    return (None, None) if arrival is None else (arrival.number, arrival.on.isoformat())


def _file(leg: LegHistory, *, sent: bool) -> FileCode | None:
    """Where a party keeps it, by the last that it said about that."""
    for event in reversed(leg.events):
        mine = (event.action is LegAction.SUBMIT) is sent
        if event.action in FILED and mine and event.evidence and event.evidence.file:
            return event.evidence.file
    return None


def _file_text(file: FileCode | None) -> str | None:
    return None if file is None else file.text


def _traces(leg: LegHistory) -> Iterator[str]:
    """What was said about handling it: Annex VI, ý kiến phân phối, chỉ đạo, trạng thái xử lý."""
    for event in leg.events:
        if event.action in (LegAction.ASSIGN, LegAction.BEGIN, LegAction.FINISH):
            note = event.evidence.note if event.evidence else None
            yield f"{event.action.name}: {note}" if note else event.action.name


def _with_ordinals(rows: Iterable[tuple[Cell, ...]]) -> tuple[tuple[Cell, ...], ...]:
    numbered: list[tuple[Cell, ...]] = []
    file: Cell = None
    ordinal = 0
    for row in sorted(rows, key=_by_cells):
        ordinal = ordinal + 1 if numbered and row[0] == file else 1
        file = row[0]
        numbered.append((file, ordinal, *row[1:]))
    return tuple(numbered)


def _by_cells(row: tuple[Cell, ...]) -> tuple[tuple[int, int, str], ...]:
    """An order of rows in which absent comes first, then numbers, then texts."""
    return tuple(
        (0, 0, "") if cell is None else (1, cell, "") if isinstance(cell, int) else (2, 0, cell)
        for cell in row
    )
