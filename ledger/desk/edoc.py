"""What the desk does for the agency's own software: edXML in becomes signed exchange, what comes
out is edXML (`api.desk.lgsp` is the door).

Ids at the door: of a document that came or goes, its leg or message; of a Status, its leg and the
number of the event, `<leg>.<number>`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

from ledger.clock import VIETNAM, unix_seconds
from ledger.desk.clerking import Clerk
from ledger.desk.desk import Desk
from ledger.desk.draft import Draft, File
from ledger.desk.drafts import Drafts
from ledger.desk.events import events_of
from ledger.desk.legs import LegRow, get_leg, legs_of
from ledger.desk.messages import find_message, get_message
from ledger.desk.small_file import read_file, write_file
from ledger.desk.store import Transaction
from ledger.digest import Digest, sha256
from ledger.errors import Conflict, Forbidden, InvalidInput, NotFound, TooLarge
from ledger.exchange.edxml.axis import EdocEntry, EdocKind
from ledger.exchange.edxml.document import EdxmlDocument
from ledger.exchange.edxml.leaves import MAX_BYTES
from ledger.exchange.edxml.status import EdxmlStatus, write_status
from ledger.exchange.edxml.writing import write_document
from ledger.exchange.reasons import reason_of, reasons_of
from ledger.exchange.rules import LegAction
from ledger.exchange.vocabulary import ACTION_OF_STATUS

_SOFTWARE = Clerk(department="Hệ thống quản lý văn bản")


class DeskEdocs:
    """The `EdocDoor` of one desk."""

    def __init__(self, desk: Desk, wake: Callable[[], None]) -> None:
        """`wake` is told when there is something to send."""
        self._desk = desk
        self._wake = wake
        self._drafts = Drafts(desk.folder.drafts)

    def admits(self, system_id: str, secret_key: str) -> bool:
        """Whether code and secret are the agency's own; nobody's where it has made no secret."""
        path = secret_path(self._desk.folder.path)
        if not path.exists():
            return False
        known = read_file(path).strip()
        right = secrets.compare_digest(secret_key.encode(), known)
        return right and system_id == self._desk.settings.organ_id

    def submit(self, said: EdxmlDocument) -> str:
        """Decide to send it; the same document and version is sent once. Raises Forbidden
        `edoc-sender-foreign`, and as `Sending.prepare`."""
        document = said.document
        if document.sender != self._desk.settings.organ_id:
            raise Forbidden("edoc-sender-foreign", f"From is {document.sender}")
        name = sha256(f"{document.document_id.text}\n{document.version}".encode()).hex()[:32]
        self._drafts.drop(name)
        numbers = []
        for one in said.attachments:
            number = self._drafts.add_file(name, one.name, len(one.content)).number
            self._drafts.append(name, number, 0, one.content)
            numbers.append(number)
        files = zip(self._drafts.files(name, numbers), said.attachments, strict=True)
        draft = Draft(
            id=name,
            subject=said.description.subject,
            notation=document.code_notation,
            document_type=document.document_type,
            recipients=document.recipients,
            files=tuple(File(file.path, one.name) for file, one in files),
            number=document.code_number,
            promulgated=document.promulgation_date,
            version=document.version,
            priority=document.priority,
            steering_type=document.steering_type,
            business_type=document.business_doc_type,
            due_date=document.due_date,
            response_for=document.response_for,
            said=said.description,
        )
        sent = self._desk.prepare(draft)
        self._drafts.drop(name)
        self._wake()
        return sent.message.message.hex()

    def step(self, doc_id: str, action: LegAction, note: str | None) -> None:
        """Do it to the leg that came, or to every leg of the message that was sent. Arrival was
        signed when the document came, so hearing of it again changes nothing. Raises InvalidInput
        `exchange-reason-unknown` where a reason is needed and the note does not begin with one."""
        if action is LegAction.ARRIVE:
            self._legs(doc_id)
            return
        reason, rest = _split(action, note)
        for row in self._legs(doc_id):
            self._act(row, action, reason, rest)

    def report(self, status: EdxmlStatus) -> str:
        """The same as a Status message. Raises NotFound `desk-document-unknown`, Conflict
        `desk-ambiguous`."""
        about = status.response_for
        number, _, notation = about.code.partition("/")
        sent = about.organ_id == self._desk.settings.organ_id
        with self._desk.store.read() as tx:
            rows = tx.execute(
                "SELECT DISTINCT message FROM messages WHERE organ_id = ? AND code_number = ?"
                " AND code_notation = ? AND promulgated = ? ORDER BY version DESC LIMIT 1",
                (about.organ_id, number, notation, about.promulgation_date.isoformat()),
            ).fetchall()
            legs = legs_of(tx, rows[0]["message"]) if rows else []
        if not legs:
            raise NotFound("desk-document-unknown", f"no document {about.code} is known here")
        doc_id = rows[0]["message"].hex() if sent else legs[0].id.hex()
        self.step(doc_id, status.action, status.description)
        return doc_id

    def received(self, kind: EdocKind, since: date, until: date) -> Sequence[EdocEntry]:
        """What came, by day of arrival on Vietnam's clock, both included."""
        first, last = _start(since), _start(until + timedelta(days=1))
        with self._desk.store.read() as tx:
            if kind is EdocKind.STATUS:
                return self._statuses(tx, first, last)
            rows = tx.execute(
                "SELECT l.leg, m.organ_id, m.business_type FROM legs l"
                " JOIN messages m ON m.message = l.message"
                " JOIN events e ON e.leg = l.leg AND e.action = ?"
                " WHERE NOT l.outgoing AND m.envelope IS NOT NULL"
                " AND e.received_at >= ? AND e.received_at < ? ORDER BY e.received_at",
                (int(LegAction.ARRIVE), first, last),
            ).fetchall()
            found = []
            for row in rows:
                leg = get_leg(tx, row["leg"])
                if EdocKind.of(get_message(tx, leg.message).business_type) is kind:
                    found.append(self._entry(leg.id.hex(), kind, row["organ_id"]))
            return found

    def fetch(self, doc_id: str) -> bytes:
        """The edXML file of what came. Raises NotFound `desk-document-unknown`, TooLarge
        `edxml-too-large`."""
        leg, _, number = doc_id.partition(".")
        with self._desk.store.read() as tx:
            row = get_leg(tx, _digest(leg))
            if number:
                return self._status(tx, row, number)
            manifest = get_message(tx, row.message).manifest
        if manifest is None or row.outgoing:
            raise NotFound("desk-document-unknown", "no such document lies here")
        if sum(part.size for part in manifest.parts) > MAX_BYTES // 2:
            raise TooLarge("edxml-too-large", "its files are too large for edXML; see the portal")
        contents = {
            part.id: self._desk.content.get(part.digest).read_bytes() for part in manifest.parts
        }
        return write_document(EdxmlDocument.of(manifest, contents))

    def _statuses(self, tx: Transaction, first: int, last: int) -> Sequence[EdocEntry]:
        rows = tx.execute(
            "SELECT e.leg, e.nonce, e.action FROM events e WHERE e.org <> ?"
            " AND e.received_at >= ? AND e.received_at < ? ORDER BY e.received_at",
            (bytes(self._desk.settings.org), first, last),
        ).fetchall()
        told = frozenset(ACTION_OF_STATUS.values())
        found = []
        for row in rows:
            if row["action"] not in told:
                continue
            leg = get_leg(tx, row["leg"])
            evidence = events_of(tx, leg.key)[row["nonce"]].evidence
            assert evidence is not None, "such events are signed"
            said = EdxmlStatus.of(evidence)
            name = f"{leg.id.hex()}.{row['nonce']}"
            found.append(self._entry(name, EdocKind.STATUS, said.organ.organ_id))
        return found

    def _status(self, tx: Transaction, row: LegRow, number: str) -> bytes:
        events = events_of(tx, row.key)
        at = int(number) if number.isascii() and number.isdigit() and len(number) < 7 else -1
        evidence = events[at].evidence if 0 <= at < len(events) else None
        if evidence is None or evidence.event.status_code is None:
            raise NotFound("desk-document-unknown", "no such status lies here")
        return write_status(EdxmlStatus.of(evidence))

    def _entry(self, doc_id: str, kind: EdocKind, sender: str) -> EdocEntry:
        return EdocEntry(doc_id, kind.value, sender, self._desk.settings.organ_id, "done")

    def _legs(self, doc_id: str) -> Sequence[LegRow]:
        digest = _digest(doc_id)
        with self._desk.store.read() as tx:
            if find_message(tx, digest) is not None:
                return legs_of(tx, digest)
            return [get_leg(tx, digest)]

    def _act(self, row: LegRow, action: LegAction, reason: int, note: str | None) -> None:
        desk, leg = self._desk.clerking, row.id
        match action:
            case LegAction.RECEIVE:
                desk.receive(leg, _SOFTWARE)
            case LegAction.REFUSE:
                desk.refuse(leg, _SOFTWARE, reason, note)
            case LegAction.ASSIGN:
                desk.assign(leg, _SOFTWARE, note or "—")
            case LegAction.BEGIN:
                desk.begin(leg, _SOFTWARE)
            case LegAction.FINISH:
                desk.finish(leg, _SOFTWARE, note)
            case LegAction.REQUEST_RECALL:
                order = note or "—"
                desk.request_recall(leg, _SOFTWARE, reason, order, loosely=True)
            case LegAction.ACCEPT_RECALL:
                desk.accept_recall(leg, _SOFTWARE)
            case LegAction.REFUSE_RECALL:
                desk.refuse_recall(leg, _SOFTWARE, reason, note)
            case _:
                raise Conflict("leg-action-illegal", f"{action.name} is not said by a status")


def secret_path(folder: Path) -> Path:
    """Where the secret of the agency's software is."""
    return folder / "edoc-secret"


def make_secret(folder: Path) -> str:
    """A fresh secret instead of the one before."""
    secret = secrets.token_urlsafe(32)
    write_file(secret_path(folder), secret.encode() + b"\n")
    return secret


def _split(action: LegAction, note: str | None) -> tuple[int, str | None]:
    """The reason a note begins with, by its Vietnamese text, name or number, and the rest."""
    said = (note or "").strip()
    for reason in reasons_of(action):
        for start in (reason.vi, reason.code, str(reason.number)):
            if said == start:
                return reason.number, None
            if said.startswith(start + ": "):
                return reason.number, said[len(start) + 2 :].strip() or None
    reason_of(action, 0)  # refuses where one is needed, and names them all
    return 0, said or None


def _digest(text: str) -> Digest:
    try:
        return Digest.from_hex(text)
    except InvalidInput as error:
        raise NotFound("desk-document-unknown", "no such document lies here") from error


def _start(day: date) -> int:
    return unix_seconds(datetime(day.year, day.month, day.day, tzinfo=VIETNAM))
