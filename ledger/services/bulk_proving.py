"""Proving in bulk: the bundles of many consecutive records, as they stood at one moment.

What records share is read once: a submission and its tree, an organization, an anchor and its
checkpoint. The chain is asked once for every page of records, in one exchange, not once for every
record. No more than a page is in memory, however many records there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger import canonical
from ledger.clock import from_unix, unix_seconds
from ledger.digest import Digest
from ledger.errors import Unavailable
from ledger.identity.organization import OrgId, Profile
from ledger.merkle.hashes import leaf_hash
from ledger.merkle.proofs import ListHashReader, prove_inclusion
from ledger.merkle.tiles import TileHashReader
from ledger.ports import BulkChainReader, StatusOnChain
from ledger.proof.bundle import Bundle, LogEvidence, SignerEvidence, StatusEvidence
from ledger.records.commitment import Commitment, commit
from ledger.records.disclosure import disclose
from ledger.records.policy import Audience
from ledger.records.record import Record
from ledger.records.submission import Submission
from ledger.services.proving import Proving, submission_of
from ledger.storage.anchors import AnchorRow
from ledger.storage.database import Database
from ledger.storage.log import CheckpointRow
from ledger.storage.records import RecordRow
from ledger.storage.submissions import SubmissionRow
from ledger.storage.transaction import Transaction

_PAGE = 500


@dataclass(frozen=True, slots=True)
class ProvenRecord:
    """A record and its bundle. `leaf_index` is its place in the log, `tree_size` the anchored
    head's that holds it."""

    row: RecordRow
    bundle: Bundle
    commitment: Digest
    leaf_index: int
    tree_size: int


@dataclass(frozen=True, slots=True)
class _Found:
    """What the database knows of one record."""

    row: RecordRow
    commitment: Commitment
    submission: _Submission
    anchor: AnchorRow
    log: LogEvidence


class _Submission:
    """One submission, parsed once, with its whole tree in memory."""

    def __init__(self, row: SubmissionRow, profile: Profile | None) -> None:
        self.pk = row.pk
        self.count = row.count
        self.signed: Submission = submission_of(row)
        self.profile = profile
        leaves = (row.commitments[at : at + 32] for at in range(0, len(row.commitments), 32))
        self._tree = ListHashReader([leaf_hash(leaf) for leaf in leaves])

    def path(self, position: int) -> tuple[Digest, ...]:
        """From the record's commitment to the signed root, leaf first."""
        return tuple(map(Digest, prove_inclusion(position, self.count, self._tree)))


class BulkProving:
    """Exports the public proofs of records in their order."""

    def __init__(
        self, db: Database, reader: BulkChainReader, proving: Proving, *, origin: str
    ) -> None:
        self._db = db
        self._reader = reader
        self._proving = proving
        self._origin = origin

    def prove(self, first: int, end: int, at: datetime) -> Iterator[Sequence[ProvenRecord]]:
        """The records with first ≤ pk < end, page by page, erased ones left out.

        Each bundle speaks as of `at`, but not as of before it was anchored: declarations made
        later are left out. The same for ever, while keys and profiles stay. Raises Unavailable
        `opendata-not-ready` at a record that is not anchored, and when the chain cannot be asked.
        """
        run = _Run(self._origin)
        after = first - 1
        while True:
            with self._db.read() as tx:
                rows = [row for row in tx.records.iterate(after, _PAGE) if row.pk < end]
                found = list(run.find(tx, rows))
            if not rows:
                return
            after = rows[-1].pk
            yield self._page(found, at)

    def _page(self, found: Sequence[_Found], at: datetime) -> Sequence[ProvenRecord]:
        subjects = [Digest(one.commitment.digest) for one in found]
        declared = self._reader.statuses_of(subjects)
        return [self._prove(one, told, at) for one, told in zip(found, declared, strict=True)]

    def _prove(
        self, found: _Found, declared: Sequence[StatusOnChain], at: datetime
    ) -> ProvenRecord:
        assert found.anchor.block_time is not None
        at = max(at, from_unix(found.anchor.block_time))
        until = unix_seconds(at)
        signed = found.submission.signed
        bundle = Bundle(
            record_id=found.row.record_id,
            view=disclose(found.commitment, found.row.kind, Audience.PUBLIC),
            submission=signed,
            submission_index=found.row.position,
            submission_path=found.submission.path(found.row.position),
            log=found.log,
            anchor=self._proving.anchor_evidence(found.anchor),
            signer=SignerEvidence(
                self._proving.get_key(signed.org, signed.signer), found.submission.profile
            ),
            status=StatusEvidence(until, tuple(one for one in declared if one.time <= until)),
            exported_at=at,
        )
        commitment = Digest(found.commitment.digest)
        return ProvenRecord(found.row, bundle, commitment, found.log.index, found.log.size)


class _Run:
    """What was read for the records before and serves the next ones too."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._profiles: dict[OrgId, Profile | None] = {}
        self._submission: _Submission | None = None
        self._anchor: AnchorRow | None = None
        self._anchored_from = 0
        self._checkpoint: CheckpointRow | None = None

    def find(self, tx: Transaction, rows: Sequence[RecordRow]) -> Iterator[_Found]:
        """What the database knows of these records, in their order."""
        readers: dict[int, TileHashReader] = {}
        for row in rows:
            if row.body is None or row.salt is None:
                continue
            index = row.leaf_index
            anchor = None if index is None else self._covering(tx, index)
            if index is None or anchor is None:
                raise Unavailable("opendata-not-ready", f"{row.record_id.text} is not anchored yet")
            reader = readers.setdefault(anchor.size, TileHashReader(tx.log.load_tile, anchor.size))
            body = canonical.parse(row.body)
            envelope = Record(row.record_id, row.kind, row.org, row.captured_at, body).envelope()
            yield _Found(
                row=row,
                commitment=commit(envelope, row.salt),
                submission=self._submission_of(tx, row.submission_pk),
                anchor=anchor,
                log=self._log_evidence(tx, index, anchor, reader),
            )

    def _covering(self, tx: Transaction, index: int) -> AnchorRow | None:
        """The smallest confirmed head that holds this leaf."""
        known = self._anchor
        if known is None or not self._anchored_from <= index < known.size:
            self._anchor = tx.anchors.find_covering(index)
            self._anchored_from = index
        return self._anchor

    def _submission_of(self, tx: Transaction, pk: int) -> _Submission:
        if self._submission is None or self._submission.pk != pk:
            row = tx.submissions.get(pk)
            if row.org not in self._profiles:
                organization = tx.organizations.find(row.org)
                self._profiles[row.org] = None if organization is None else organization.profile
            self._submission = _Submission(row, self._profiles[row.org])
        return self._submission

    def _log_evidence(
        self, tx: Transaction, index: int, anchor: AnchorRow, reader: TileHashReader
    ) -> LogEvidence:
        if self._checkpoint is None or self._checkpoint.size != anchor.size:
            self._checkpoint = tx.log.checkpoint_at(anchor.size)
            assert self._checkpoint is not None, "what is anchored has a checkpoint"
        return LogEvidence(
            origin=self._origin,
            index=index,
            size=anchor.size,
            path=tuple(map(Digest, prove_inclusion(index, anchor.size, reader))),
            checkpoint=self._checkpoint.note,
        )
