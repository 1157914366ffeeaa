"""Sending a message: sealed, uploaded, its legs opened by signature, handed in.

What a crash leaves, in this order:

1. files copied and sealed, nothing promised: leftovers, thrown away at the next start;
2. one transaction: number taken, manifest committed to, message stored (SEALED). From here it will
   be sent, once;
3. blobs uploaded: those the server has are not sent again;
4. one transaction: openings signed and journalled. From here the very same bytes are handed in;
5. the server's answer: legs are read back and judged (SUBMITTED); the sealed files go.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

import orjson

from ledger import canonical
from ledger.client.exchange import MESSAGES, ExchangeClient
from ledger.client.exchange_drafting import CommittedMessage, draft_leg
from ledger.client.transferring import Transferring
from ledger.clock import Clock, unix_seconds
from ledger.desk.acting import Alone
from ledger.desk.admitting import Admitting, OwnFile
from ledger.desk.content import ContentFolder
from ledger.desk.draft import Draft
from ledger.desk.envelope import LegEnvelope, seal_part, seal_record
from ledger.desk.evidencing import Report, Said, Subject, make_evidence, to_millisecond
from ledger.desk.hand_ins import HandIn, Kind, drop_hand_in, find_hand_in, put_hand_in
from ledger.desk.handing_in import is_final
from ledger.desk.keys import DeskKeys
from ledger.desk.legs import legs_of
from ledger.desk.messages import (
    MessageRow,
    Stage,
    add_message,
    duplicates_of,
    fill_message,
    find_draft,
    get_message,
    in_stage,
    prepare,
    set_stage,
    versions_of,
)
from ledger.desk.partners import get_partner
from ledger.desk.registers import OUTGOING, office_date, take_number
from ledger.desk.reports import drop_reports, keep_report
from ledger.desk.settings import DeskSettings
from ledger.desk.signature_rule import SignatureRule
from ledger.desk.step_signing import SIGNED_FOR_SECONDS
from ledger.desk.store import Store, Transaction
from ledger.desk.syncing import Syncing
from ledger.desk.terms import end_of_day, terms_of
from ledger.desk.transfer import Progress, tell_nobody
from ledger.digest import Digest
from ledger.envelope.data_key import DataKey
from ledger.envelope.encryption_key import EncryptionKey
from ledger.envelope.manifest import ENCRYPTION
from ledger.envelope.wrapping import wrap
from ledger.errors import Conflict, InvalidInput, LedgerError, NotFound, Unavailable
from ledger.exchange.document import Document, DocumentId
from ledger.exchange.evidence import ExchangeParty, FileCode
from ledger.exchange.message import Manifest, Part
from ledger.exchange.rules import LegAction
from ledger.exchange.signed import ZERO, LegKey, Opening
from ledger.identity.eip712 import Domain
from ledger.identity.organization import OrgId, Purpose


class KeyFinder(Protocol):
    """To which key one encrypts for an organization."""

    def find(self, org: OrgId) -> EncryptionKey:
        """The key, checked against the registry. Raises as `ledger.client.encryption_keys`."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that is on its way, and other documents with its number and notation."""

    message: MessageRow
    duplicates: Sequence[DocumentId]


class Sending:
    """Sends what the clerks of one desk want to send."""

    def __init__(
        self,
        store: Store,
        server: ExchangeClient,
        transfer: Transferring,
        key_finder: KeyFinder,
        settings: DeskSettings,
        keys: DeskKeys,
        domain: Domain,
        content: ContentFolder,
        sealed: ContentFolder,
        syncing: Syncing,
        alone: Alone,
        clock: Clock,
        admitting: Admitting,
    ) -> None:
        self._store = store
        self._server = server
        self._transfer = transfer
        self._key_finder = key_finder
        self._settings = settings
        self._keys = keys
        self._domain = domain
        self._content = content
        self._sealed = sealed
        self._syncing = syncing
        self._alone = alone
        self._clock = clock
        self._admitting = admitting

    def prepare(self, draft: Draft) -> Sent:
        """Decide to send it, and to whom; the same draft again is the same message.

        Raises NotFound `desk-partner-unknown`, Conflict `desk-version-known` where this version of
        the document was sent with other content, InvalidInput, and as `Admitting.admit`.
        """
        with self._store.read() as tx:
            known = find_draft(tx, draft.id)
            if known is not None:
                return self._sent(tx, known)
            others = [get_partner(tx, organ_id) for organ_id in draft.recipients]
        admission = self._admit(draft)
        data_key = DataKey.generate()
        kept = [self._content.keep_file(one.path) for one in draft.files]
        blobs = [seal_part(data_key, self._content.get(one.digest), self._sealed) for one in kept]
        parts = tuple(
            Part(f"p{at}", file.name, file.media_type, one.size, one.digest, blob.digest)
            for at, (file, one, blob) in enumerate(
                zip(draft.files, kept, blobs, strict=True), start=1
            )
        )
        message = self._store_message(draft, others, parts, data_key, admission)
        with self._store.read() as tx:
            return self._sent(tx, message)

    def send(self, message: bytes, progress: Progress = tell_nobody) -> MessageRow:
        """Bring a prepared message to the server; goes on where it stopped. One that it replaces
        and that is not there yet goes before it: its openings name the legs of that one.

        Raises what finding the recipients' keys and the server raise; Unavailable leaves everything
        for the next time.
        """
        with self._store.read() as tx:
            row = get_message(tx, message)
            waiting = find_hand_in(tx, message)
        if row.stage is not Stage.SEALED:
            return row
        manifest = row.manifest
        assert manifest is not None, "sealed before"
        assert row.manifest_blob is not None, "sealed before"
        if waiting is None:
            if row.replaces is not None:
                self.send(row.replaces, progress)
            names = {part.blob: part.name for part in manifest.parts}
            for blob in (*manifest.blobs, Digest(row.manifest_blob)):
                self._upload(blob, names.get(blob, ""), progress)
            self._promise(row, manifest)
        return self._hand_in(row, manifest)

    def send_all(self, progress: Progress = tell_nobody) -> Sequence[MessageRow]:
        """Go on with every message that is not at the server yet. Raises as `send` does, after the
        others were tried."""
        with self._store.read() as tx:
            waiting = in_stage(tx, Stage.SEALED)
        sent, failure = [], None
        for row in waiting:
            try:
                sent.append(self.send(row.message, progress))
            except LedgerError as error:
                failure = failure or error
        if failure is not None:
            raise failure
        return sent

    def _upload(self, blob: Digest, name: str, progress: Progress) -> None:
        path = self._sealed.get(blob)
        self._transfer.upload(
            path, blob, path.stat().st_size, lambda done, total: progress(name, done, total)
        )

    def _sent(self, tx: Transaction, row: MessageRow) -> Sent:
        others = duplicates_of(tx, row.document_id, row.message)
        return Sent(row, sorted({one.document_id for one in others}, key=lambda one: one.text))

    def _admit(self, draft: Draft) -> dict[str, Any] | None:
        """What is to be recorded with the submission, if anything."""
        if self._admitting.rule is SignatureRule.SHOWN:
            return None
        files = [
            OwnFile(f"p{at}", one.name, lambda path=one.path: path)  # type: ignore[misc]
            for at, one in enumerate(draft.files, start=1)
        ]
        found = self._admitting.look(files)
        return self._admitting.admit(found, self._settings.party, draft.despite)

    def _store_message(
        self,
        draft: Draft,
        others: Sequence[ExchangeParty],
        parts: Sequence[Part],
        data_key: DataKey,
        admission: dict[str, Any] | None,
    ) -> MessageRow:
        own, now = self._settings.party, self._clock.now()
        today = office_date(now)
        file = draft.file_code and FileCode.read(draft.file_code, own.organ_id, today.year).text
        with self._store.write() as tx:
            number = draft.number or str(take_number(tx, OUTGOING, today.year))
            document = draft.document(own, number, today)
            _check_due(document, unix_seconds(now))
            for version in versions_of(tx, document.document_id, outgoing=True):
                if version.version == document.version:
                    raise Conflict(
                        "desk-version-known",
                        f"version {document.version} of {document.document_id.text} was sent",
                    )
            manifest = Manifest(document, draft.description(own, others), tuple(parts), ENCRYPTION)
            committed = CommittedMessage.commit(manifest, own.org, to_millisecond(now))
            message, envelope = committed.message, committed.record.envelope()
            blob = seal_record(data_key, message, envelope, committed.salt, self._sealed).digest
            add_message(
                tx,
                message,
                document,
                own.org,
                canonical.encode(committed.view.to_json()).decode(),
                Stage.SEALED,
                unix_seconds(now),
            )
            fill_message(tx, message, envelope, committed.salt, Stage.SEALED)
            prepare(tx, message, data_key.reveal(), blob, draft.id, draft.replaces, admission, file)
            return get_message(tx, message)

    def _promise(self, row: MessageRow, manifest: Manifest) -> None:
        """Sign every opening and journal the request."""
        with self._store.read() as tx:
            others = [get_partner(tx, one) for one in manifest.document.recipients]
            replaced = (
                {leg.key.recipient: leg.id for leg in legs_of(tx, row.replaces)}
                if row.replaces is not None
                else {}
            )
        keys = [self._key_finder.find(one.org) for one in others]
        now = self._clock.now()
        reports: dict[Digest, Report] = {}
        legs = [
            self._open(row, manifest, other, key, replaced.get(other.org), now, reports)
            for other, key in zip(others, keys, strict=True)
        ]
        body = orjson.dumps({"view": orjson.loads(row.view), "legs": legs})
        with self._store.write() as tx:
            for leg, report in reports.items():
                keep_report(tx, leg, report)
            put_hand_in(tx, HandIn(Kind.MESSAGE, row.message, MESSAGES, body, unix_seconds(now)))

    def _open(
        self,
        row: MessageRow,
        manifest: Manifest,
        other: ExchangeParty,
        key: EncryptionKey,
        replaced: Digest | None,
        now: datetime,
        reports: dict[Digest, Report],
    ) -> dict[str, object]:
        own, settings = self._settings.party, self._settings
        leg = LegKey(own.org, other.org, secrets.token_bytes(32))
        subject = Subject(leg, own, other, row.message, row.document_id, row.version)
        said = Said()
        if row.file_code is not None:
            said = Said(file=FileCode.read(row.file_code, own.organ_id, office_date(now).year))
        if row.admission is not None:
            body = {**row.admission, "leg": leg.leg.hex()}
            report = reports[leg.leg] = Report.new(own.org, body, now)
            said = replace(said, report=report.commitment)
        evidence = make_evidence(subject, LegAction.SUBMIT, 0, own.org, self._domain, now, said)
        at, terms = unix_seconds(now), terms_of(settings, manifest.document, now)
        opening = Opening(
            key=leg,
            actor=own.org,
            action=LegAction.SUBMIT,
            message=row.message,
            evidence=ZERO,
            deadline=min(at + SIGNED_FOR_SECONDS, terms.arrive_by),
            replaces=ZERO if replaced is None else replaced,
            arrive_by=terms.arrive_by,
            answer_within=terms.answer_within,
            settle_by=terms.settle_by,
            attempts=settings.attempts,
        )
        signer = self._keys.signer(Purpose.CLERK)
        assert row.data_key is not None, "sealed before"
        assert row.manifest_blob is not None, "sealed before"
        wrapped = wrap(DataKey(row.data_key), key, row.message, leg.leg)
        blob = Digest(row.manifest_blob)
        size = self._sealed.get(blob).stat().st_size
        envelope = LegEnvelope(wrapped, blob, size)
        return draft_leg(opening, evidence, signer, self._domain, envelope.encode())

    def _promised(self, waiting: HandIn) -> list[Digest]:
        """The legs that a journalled request opens."""
        return [
            LegKey(
                self._settings.org, OrgId.parse(told["recipient"]), bytes.fromhex(told["salt"])
            ).leg
            for told in orjson.loads(waiting.body)["legs"]
        ]

    def _is_opened(self, leg: Digest) -> bool:
        """Whether a request that is refused now was taken in before, all or nothing of it: its
        answer was lost, and then its time ran out. Signed anew, the document would come twice."""
        try:
            self._server.get_leg(leg)
        except NotFound:
            return False
        return True

    def _hand_in(self, row: MessageRow, manifest: Manifest) -> MessageRow:
        with self._store.read() as tx:
            waiting = find_hand_in(tx, row.message)
        assert waiting is not None, "it was journalled"
        legs = self._promised(waiting)
        try:
            self._server.hand_in(waiting.path, waiting.body)
        except Unavailable:
            raise
        except LedgerError as refusal:
            if not is_final(refusal):
                raise
            if not self._is_opened(legs[0]):
                # Never opened: signed anew with another window at the next try.
                with self._store.write() as tx:
                    for leg in legs:
                        drop_reports(tx, leg)
                    drop_hand_in(tx, row.message)
                raise
        for leg in legs:
            with self._alone():
                self._syncing.sync(leg)
        with self._store.write() as tx:
            set_stage(tx, row.message, Stage.SUBMITTED)
            drop_hand_in(tx, row.message)
            done = get_message(tx, row.message)
        for blob in (*manifest.blobs, Digest(row.manifest_blob or ZERO)):
            self._sealed.remove(blob)
        return done


def _check_due(document: Document, now: int) -> None:
    if document.due_date is not None and end_of_day(document.due_date) <= now:
        raise InvalidInput("document-malformed", "the day it is due has passed", pointer="/dueDate")
