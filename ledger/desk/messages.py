"""Messages as the desk keeps them: what was sent or received, its parts, how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from sqlite3 import Row
from typing import Any

from ledger import canonical
from ledger.desk.store import Transaction
from ledger.digest import Digest
from ledger.errors import NotFound
from ledger.exchange.document import BusinessDocType, Document, DocumentId
from ledger.exchange.message import Manifest, Part
from ledger.exchange.rules import ON_THE_WAY


class Stage(IntEnum):
    """How far a message is. Outgoing ones go from SEALED to SUBMITTED, incoming ones from ANNOUNCED
    to FETCHED."""

    SEALED = 1
    """Committed to, encrypted, and not yet at the server."""
    SUBMITTED = 2
    """The server has content and openings."""
    ANNOUNCED = 3
    """The server says there is one for us."""
    FETCHED = 4
    """Decrypted, checked against the commitment and kept here."""


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message. `envelope` and `salt` are None before it was fetched and after its copy was
    destroyed; what is left then proves that and when it passed, and nothing of what it said."""

    message: Digest
    outgoing: bool
    stage: Stage
    document_id: DocumentId
    version: int
    sender: bytes
    due_date: str | None
    business_type: BusinessDocType
    view: str
    subject: str | None
    envelope: dict[str, Any] | None
    salt: bytes | None
    data_key: bytes | None
    manifest_blob: bytes | None
    created_at: int
    destroyed_at: int | None
    destroying: bool
    replaces: bytes | None
    admission: dict[str, Any] | None
    file_code: str | None

    @property
    def manifest(self) -> Manifest | None:
        """What it says, while it is here."""
        return None if self.envelope is None else Manifest.read(self.envelope["body"])


def add_message(
    tx: Transaction,
    message: Digest,
    document: Document,
    sender: bytes,
    view: str,
    stage: Stage,
    created_at: int,
) -> None:
    """Enter what is known of every message, fetched or not; known ones stay as they are."""
    number = document.document_id
    tx.execute(
        "INSERT INTO messages (message, outgoing, stage, document_id, version, sender, organ_id,"
        " code_number, code_notation, promulgated, due_date, business_type, view, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (
            bytes(message),
            stage is Stage.SEALED,
            int(stage),
            number.text,
            document.version,
            bytes(sender),
            number.organ_id,
            number.code_number,
            number.code_notation,
            number.promulgation_date.isoformat(),
            document.due_date and document.due_date.isoformat(),
            int(document.business_doc_type),
            view,
            created_at,
        ),
    )


def fill_message(
    tx: Transaction, message: Digest, envelope: dict[str, Any], salt: bytes, stage: Stage
) -> None:
    """Enter what it says."""
    manifest = Manifest.read(envelope["body"])
    tx.execute(
        "UPDATE messages SET stage = ?, subject = ?, envelope = ?, salt = ? WHERE message = ?",
        (
            int(stage),
            manifest.description.subject,
            canonical.encode(envelope).decode(),
            salt,
            bytes(message),
        ),
    )
    for position, part in enumerate(manifest.parts):
        tx.execute(
            "INSERT INTO parts VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (
                bytes(message),
                position,
                bytes(part.blob),
                bytes(part.digest),
                part.size,
                part.name,
                part.media_type,
            ),
        )


def prepare(
    tx: Transaction,
    message: bytes,
    data_key: bytes,
    manifest_blob: bytes,
    draft: str,
    replaces: bytes | None,
    admission: dict[str, Any] | None,
    file_code: str | None,
) -> None:
    """Enter what is needed until it is sent. A draft becomes one message only. `admission` is what
    its submission records of signatures it lacks."""
    tx.execute(
        "UPDATE messages SET data_key = ?, manifest_blob = ?, draft = ?, replaces = ?,"
        " admission = ?, file_code = ? WHERE message = ?",
        (
            data_key,
            bytes(manifest_blob),
            draft,
            replaces,
            None if admission is None else canonical.encode(admission).decode(),
            file_code,
            bytes(message),
        ),
    )


def find_draft(tx: Transaction, draft: str) -> MessageRow | None:
    """The message a draft became."""
    row = tx.execute("SELECT * FROM messages WHERE draft = ?", (draft,)).fetchone()
    return None if row is None else _read(row)


def find_message(tx: Transaction, message: bytes) -> MessageRow | None:
    """One by its commitment."""
    row = tx.execute("SELECT * FROM messages WHERE message = ?", (bytes(message),)).fetchone()
    return None if row is None else _read(row)


def get_message(tx: Transaction, message: bytes) -> MessageRow:
    """One by its commitment. Raises NotFound `desk-document-unknown`."""
    found = find_message(tx, message)
    if found is None:
        raise NotFound("desk-document-unknown", f"no message {message.hex()} is known here")
    return found


def in_stage(tx: Transaction, stage: Stage) -> Sequence[MessageRow]:
    """Those that are so far, oldest first."""
    rows = tx.execute(
        "SELECT * FROM messages WHERE stage = ? ORDER BY created_at, rowid", (int(stage),)
    ).fetchall()
    return [_read(row) for row in rows]


def being_destroyed(tx: Transaction) -> Sequence[MessageRow]:
    """Those whose destruction was decided and may not be complete."""
    return [_read(row) for row in tx.execute("SELECT * FROM messages WHERE destroying").fetchall()]


def versions_of(
    tx: Transaction, document_id: DocumentId, *, outgoing: bool
) -> Sequence[MessageRow]:
    """All versions of a document that were sent or received, oldest first."""
    rows = tx.execute(
        "SELECT * FROM messages WHERE document_id = ? AND outgoing = ? ORDER BY version",
        (document_id.text, outgoing),
    ).fetchall()
    return [_read(row) for row in rows]


def duplicates_of(tx: Transaction, document_id: DocumentId, besides: bytes) -> Sequence[MessageRow]:
    """Other messages with this number and notation of this agency and year: Decree 30/2020 asks
    that a number is used once. Later versions of the same document are none."""
    rows = tx.execute(
        "SELECT * FROM messages WHERE code_number = ? AND code_notation = ? AND organ_id = ?"
        " AND substr(promulgated, 1, 4) = ? AND document_id <> ? AND message <> ?",
        (
            document_id.code_number,
            document_id.code_notation,
            document_id.organ_id,
            document_id.promulgation_date.isoformat()[:4],
            document_id.text,
            bytes(besides),
        ),
    ).fetchall()
    return [_read(row) for row in rows]


def begin_destruction(tx: Transaction, message: bytes) -> None:
    """It is decided: from here it will be destroyed, whatever happens."""
    tx.execute("UPDATE messages SET destroying = 1 WHERE message = ?", (bytes(message),))


def clear_message(tx: Transaction, message: bytes, at: int) -> None:
    """Take out what it said. What the server is shown of it is what evidence says too, but its
    salts confirm it, so they go."""
    tx.execute(
        "UPDATE messages SET destroyed_at = coalesce(destroyed_at, ?),"
        " subject = NULL, envelope = NULL, salt = NULL, data_key = NULL, admission = NULL,"
        " view = '[]'"
        " WHERE message = ?",
        (at, bytes(message)),
    )
    tx.execute("DELETE FROM parts WHERE message = ?", (bytes(message),))
    # What a check of signatures found names files by their plain digests.
    tx.execute(
        "DELETE FROM reports WHERE leg IN (SELECT leg FROM legs WHERE message = ?)",
        (bytes(message),),
    )
    tx.execute(
        "UPDATE legs SET wrapped_key = NULL, rewrapped = '[]', bundled = 0 WHERE message = ?",
        (bytes(message),),
    )


def end_destruction(tx: Transaction, message: bytes) -> None:
    """Nothing of what it said is left, nor in the log of the database."""
    tx.execute("UPDATE messages SET destroying = 0 WHERE message = ?", (bytes(message),))


def digests_only_in(tx: Transaction, message: bytes) -> tuple[Sequence[Digest], Sequence[Digest]]:
    """Content and blobs of its parts that no other message here has."""
    rows = tx.execute(
        "SELECT digest, blob FROM parts p WHERE message = ? AND NOT EXISTS"
        " (SELECT 1 FROM parts q WHERE q.digest = p.digest AND q.message <> p.message)",
        (bytes(message),),
    ).fetchall()
    blobs = [Digest(row["blob"]) for row in rows if row["blob"] is not None]
    return list(dict.fromkeys(Digest(row["digest"]) for row in rows)), blobs


def all_digests(tx: Transaction) -> set[bytes]:
    """Of every content that a message here consists of."""
    return {row["digest"] for row in tx.execute("SELECT DISTINCT digest FROM parts")}


def messages_with(tx: Transaction, digest: bytes) -> Sequence[MessageRow]:
    """Every message with a part of exactly this content."""
    rows = tx.execute(
        "SELECT m.* FROM messages m WHERE m.message IN (SELECT message FROM parts"
        " WHERE digest = ?) ORDER BY m.created_at, m.rowid",
        (bytes(digest),),
    ).fetchall()
    return [_read(row) for row in rows]


def parts_of(tx: Transaction, message: bytes) -> Sequence[Part]:
    """Its parts, in order."""
    row = find_message(tx, message)
    manifest = row.manifest if row is not None else None
    return () if manifest is None else manifest.parts


def set_stage(tx: Transaction, message: bytes, stage: Stage) -> None:
    """It is so far now. Its data key is kept until it has arrived: `forget_data_keys`."""
    tx.execute(
        "UPDATE messages SET stage = ?, manifest_blob = NULL WHERE message = ?",
        (int(stage), bytes(message)),
    )


def forget_data_keys(tx: Transaction) -> None:
    """Forget the keys of messages that are on their way to nobody any more."""
    states = ", ".join(str(int(state)) for state in ON_THE_WAY)
    tx.execute(
        "UPDATE messages SET data_key = NULL WHERE data_key IS NOT NULL AND stage = ?"  # noqa: S608 - numbers
        " AND NOT EXISTS (SELECT 1 FROM legs l WHERE l.message = messages.message"
        f" AND l.state IN ({states}))",
        (int(Stage.SUBMITTED),),
    )


def _read(row: Row) -> MessageRow:
    return MessageRow(
        message=Digest(row["message"]),
        outgoing=bool(row["outgoing"]),
        stage=Stage(row["stage"]),
        document_id=DocumentId.parse(row["document_id"]),
        version=row["version"],
        sender=row["sender"],
        due_date=row["due_date"],
        business_type=BusinessDocType(row["business_type"]),
        view=row["view"],
        subject=row["subject"],
        envelope=None if row["envelope"] is None else canonical.parse(row["envelope"].encode()),
        salt=row["salt"],
        data_key=row["data_key"],
        manifest_blob=row["manifest_blob"],
        created_at=row["created_at"],
        destroyed_at=row["destroyed_at"],
        destroying=bool(row["destroying"]),
        replaces=row["replaces"],
        admission=None if row["admission"] is None else canonical.parse(row["admission"].encode()),
        file_code=row["file_code"],
    )
