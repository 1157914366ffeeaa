"""Proving: one record, and everything a stranger needs to check it.

The bundle uses the smallest confirmed anchor that contains the record, so the same record gives
the same proof for ever and proves the earliest time. Key history and declarations are read from
the chain at export; where it cannot be asked, the export says Unavailable instead of guessing.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from ledger import canonical
from ledger.clock import Clock, unix_seconds
from ledger.digest import Digest
from ledger.errors import NotFound, Unavailable
from ledger.identity.organization import KeyEntry, OrgId, Profile
from ledger.merkle.note import NoteSigner
from ledger.merkle.proofs import prove_inclusion
from ledger.merkle.tiles import TileHashReader
from ledger.ports import ChainReader
from ledger.proof.bundle import (
    AnchorEvidence,
    Bundle,
    LogEvidence,
    SignerEvidence,
    StatusEvidence,
)
from ledger.proof.cose_receipt import issue_receipt
from ledger.proof.tlog_proof import TlogProof
from ledger.records.commitment import Commitment, commit
from ledger.records.disclosure import disclose
from ledger.records.policy import Audience
from ledger.records.record import Record, RecordId
from ledger.records.submission import Submission, entry
from ledger.services.caller import Caller
from ledger.services.deployment import Deployment
from ledger.services.partnering import audience_in
from ledger.services.submission_trees import SubmissionTrees
from ledger.storage.anchors import AnchorRow
from ledger.storage.database import Database
from ledger.storage.records import RecordRow
from ledger.storage.submissions import SubmissionRow
from ledger.storage.transaction import Transaction

_KEY_SECONDS = 10.0
_KEPT_KEYS = 10_000


@dataclass(frozen=True, slots=True)
class RecordView:
    """A record as its reader may see it, and how far it has come: `accepted`, `sequenced` or
    `anchored`. `provable_by` is the promise given when it was accepted."""

    id: RecordId
    kind: str
    org: OrgId
    profile: Profile | None
    captured_at: datetime
    audience: Audience
    state: Literal["accepted", "sequenced", "anchored"]
    index: int | None
    provable_by: datetime
    value: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Found:
    """Everything the database knows about one record, read in one snapshot."""

    record: RecordRow
    commitment: Commitment
    row: SubmissionRow
    profile: Profile | None
    anchor: AnchorRow | None
    log: LogEvidence | None
    audience: Audience


class Proving:
    """Exports proofs of single records."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        reader: ChainReader,
        deployment: Deployment,
        signer: NoteSigner,
        *,
        origin: str,
        deadline_seconds: int,
    ) -> None:
        self._db = db
        self._clock = clock
        self._reader = reader
        self._deployment = deployment
        self._signer = signer
        self._origin = origin
        self._deadline = timedelta(seconds=deadline_seconds)
        self._trees = SubmissionTrees()
        self._lock = threading.Lock()
        self._keys: dict[tuple[OrgId, str], tuple[float, KeyEntry]] = {}

    def bundle(self, record_id: RecordId, caller: Caller | None = None) -> Bundle:
        """The proof bundle with what this caller may see.

        Raises NotFound `record-unknown` or `record-erased`, Unavailable when the chain cannot be
        asked for the signer's key or the declarations.
        """
        found = self._find(record_id, caller)
        return self._bundle(found, found.audience)

    def bundle_for(self, record_id: RecordId, audience: Audience) -> Bundle:
        """The same for an audience; whoever asks has made sure who is listening."""
        return self._bundle(self._find(record_id), audience)

    def _bundle(self, found: _Found, audience: Audience) -> Bundle:
        submission = submission_of(found.row)
        now = self._clock.now()
        declared = self._reader.statuses(Digest(found.commitment.digest))
        return Bundle(
            record_id=found.record.record_id,
            view=disclose(found.commitment, found.record.kind, audience),
            submission=submission,
            submission_index=found.record.position,
            submission_path=self._trees.path(found.row, found.record.position),
            log=found.log,
            anchor=None if found.anchor is None else self.anchor_evidence(found.anchor),
            signer=SignerEvidence(self.get_key(submission.org, submission.signer), found.profile),
            status=StatusEvidence(unix_seconds(now), tuple(declared)),
            exported_at=now,
        )

    def tlog_proof(self, record_id: RecordId) -> TlogProof:
        """The same inclusion as a C2SP tlog-proof. Raises Unavailable `record-not-sequenced`."""
        log = _sequenced(self._find(record_id))
        return TlogProof(index=log.index, path=log.path, checkpoint=log.checkpoint)

    def cose_receipt(self, record_id: RecordId) -> bytes:
        """The same inclusion as an RFC 9942 receipt, signed by the log's key.

        Raises NotFound `receipt-not-expressible` while the log has one leaf.
        """
        found = self._find(record_id)
        log = _sequenced(found)
        receipt = issue_receipt(
            entry(found.commitment.digest, found.row.digest),
            index=log.index,
            size=log.size,
            path=log.path,
            key=self._signer.key,
            sign=self._signer.sign_bytes,
        )
        return receipt.encode()

    def record_view(self, record_id: RecordId, caller: Caller | None = None) -> RecordView:
        """What this caller may see of the record."""
        found = self._find(record_id, caller)
        audience = found.audience
        return RecordView(
            id=record_id,
            kind=found.record.kind,
            org=found.row.org,
            profile=found.profile,
            captured_at=found.record.captured_at,
            audience=audience,
            state=state_of(found.record.leaf_index, found.anchor is not None),
            index=found.record.leaf_index,
            provable_by=found.record.captured_at + self._deadline,
            value=disclose(found.commitment, found.record.kind, audience).value().get("body", {}),
        )

    def commitment(self, record_id: RecordId) -> Digest:
        """The record's commitment: its subject on chain."""
        return Digest(self._find(record_id).commitment.digest)

    def _find(self, record_id: RecordId, caller: Caller | None = None) -> _Found:
        with self._db.read() as tx:
            record = tx.records.find(record_id)
            if record is None:
                raise NotFound("record-unknown", f"no record {record_id.text}")
            if record.body is None or record.salt is None:
                raise NotFound("record-erased", "the record was erased; its place in the log stays")
            row = tx.submissions.get(record.submission_pk)
            organization = tx.organizations.find(row.org)
            index = record.leaf_index
            anchor = tx.anchors.find_covering(index) if index is not None else None
            log = self._log_evidence(tx, index, anchor) if index is not None else None
            body = canonical.parse(record.body)
            audience = audience_in(
                tx, caller, org=row.org, record_id=record_id, kind=record.kind, body=body
            )
        envelope = Record(record_id, record.kind, row.org, record.captured_at, body).envelope()
        return _Found(
            record=record,
            commitment=commit(envelope, record.salt),
            row=row,
            profile=organization.profile if organization is not None else None,
            anchor=anchor,
            log=log,
            audience=audience,
        )

    def _log_evidence(self, tx: Transaction, index: int, anchor: AnchorRow | None) -> LogEvidence:
        """Inclusion in the anchored head, or in the newest checkpoint while there is none."""
        checkpoint = (
            tx.log.checkpoint_at(anchor.size) if anchor is not None else tx.log.latest_checkpoint()
        )
        assert checkpoint is not None, "what is sequenced or anchored has a checkpoint"
        reader = TileHashReader(tx.log.load_tile, checkpoint.size)
        return LogEvidence(
            origin=self._origin,
            index=index,
            size=checkpoint.size,
            path=tuple(map(Digest, prove_inclusion(index, checkpoint.size, reader))),
            checkpoint=checkpoint.note,
        )

    def anchor_evidence(self, anchor: AnchorRow) -> AnchorEvidence:
        """Where a confirmed head stands on the chain."""
        assert anchor.block is not None
        assert anchor.block_hash is not None
        assert anchor.block_time is not None
        assert anchor.tx_hash is not None
        return AnchorEvidence(
            chain_id=self._deployment.chain_id,
            genesis=self._deployment.genesis,
            registry=self._deployment.registry,
            checkpoint_log=self._deployment.checkpoint_log,
            record_status=self._deployment.record_status,
            block=anchor.block,
            block_hash=anchor.block_hash,
            block_time=anchor.block_time,
            transaction=anchor.tx_hash,
        )

    def get_key(self, org: OrgId, address: str) -> KeyEntry:
        """The key's entry on chain, read again after ten seconds. Raises Unavailable."""
        known = self._keys.get((org, address))
        if known is not None and known[0] > time.monotonic():
            return known[1]
        entry = self._reader.find_key(org, address)
        if entry is None:
            raise Unavailable("key-not-registered", "the chain does not hold the signing key now")
        with self._lock:
            if len(self._keys) >= _KEPT_KEYS:
                self._keys.clear()
            self._keys[(org, address)] = (time.monotonic() + _KEY_SECONDS, entry)
        return entry


def _sequenced(found: _Found) -> LogEvidence:
    if found.log is None:
        raise Unavailable("record-not-sequenced", "the record has no place in the log yet")
    return found.log


def state_of(index: int | None, is_anchored: bool) -> Literal["accepted", "sequenced", "anchored"]:
    """How far a record has come."""
    if index is None:
        return "accepted"
    return "anchored" if is_anchored else "sequenced"


def submission_of(row: SubmissionRow) -> Submission:
    """The signed submission as it was stored."""
    return Submission(
        org=row.org,
        root=row.root,
        count=row.count,
        signed_at=row.signed_at,
        nonce=row.nonce,
        custody=row.custody,
        signer=row.signer,
        signature=row.signature,
    )
