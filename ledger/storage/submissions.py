"""Signed submissions, in the order they were accepted.

Sequencing writes one number per submission, `first_index`; the leaf of record i is then
first_index + i, so records themselves are never touched again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, func, insert, literal_column, select, update

from ledger.digest import DIGEST_BYTES, Digest
from ledger.errors import Conflict, NotFound
from ledger.identity.organization import OrgId
from ledger.storage.tables import BIG, SubmissionCommitments, Submissions, core
from ledger.storage.times import from_ms, to_ms

_SUBMISSIONS = core(Submissions)
_COMMITMENTS = core(SubmissionCommitments)
_WHOLE = select(_SUBMISSIONS, _COMMITMENTS.c.commitments).join(
    _COMMITMENTS, _COMMITMENTS.c.submission_pk == _SUBMISSIONS.c.pk
)
# built once: a single event's transaction is short enough to feel it
_ADD = insert(_SUBMISSIONS).returning(_SUBMISSIONS.c.pk)
_ADD_COMMITMENTS = insert(_COMMITMENTS)

POSITION_BITS = 20
"""A record's pk is its submission's pk shifted by this, plus its position."""
MOST_RECORDS = 1 << POSITION_BITS

_DISORDER = timedelta(hours=1)
"""How far times of acceptance may run against the order of the pks."""


def submission_of(record_pk: ColumnElement[int]) -> ColumnElement[int]:
    """In SQL: the pk of the submission a record belongs to."""
    return record_pk.op(">>", return_type=BIG)(literal_column(str(POSITION_BITS)))


@dataclass(frozen=True, slots=True)
class SubmissionRow:
    """One signed submission. `signed_at` in unix seconds, as signed; `pk` and `first_index` are
    the database's."""

    org: OrgId
    root: Digest
    count: int
    signed_at: int
    nonce: bytes
    custody: Literal["organization", "platform"]
    signer: str
    signature: bytes
    digest: Digest
    commitments: bytes
    job_id: str | None
    created_at: datetime
    pk: int | None = None
    first_index: int | None = None


@dataclass(frozen=True, slots=True)
class PendingSubmission:
    """What sequencing needs of a submission that has no place in the log yet."""

    pk: int
    count: int
    digest: Digest
    commitments: bytes


@dataclass(frozen=True, slots=True)
class SubmissionSlice:
    """Consecutive leaves of one submission; `first_index` is the first one's place in the log."""

    first_index: int
    digest: Digest
    commitments: bytes


class SubmissionStore:
    """Submissions in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, row: SubmissionRow) -> int:
        """Record a submission and return its pk. The same one again ends in `storage-duplicate`."""
        assert 1 <= row.count <= MOST_RECORDS, "the record pk has no room for more"
        assert len(row.commitments) == DIGEST_BYTES * row.count
        pk = self._connection.execute(
            _ADD,
            {
                "org": bytes(row.org),
                "root": bytes(row.root),
                "records": row.count,
                "signed_at": row.signed_at,
                "nonce": row.nonce,
                "custody": row.custody,
                "signer": row.signer,
                "signature": row.signature,
                "digest": bytes(row.digest),
                "job_id": row.job_id,
                "created_at": to_ms(row.created_at),
            },
        ).scalar_one()
        assert isinstance(pk, int)
        self._connection.execute(
            _ADD_COMMITMENTS, {"submission_pk": pk, "commitments": row.commitments}
        )
        return pk

    def get(self, pk: int) -> SubmissionRow:
        """One submission. Raises NotFound `submission-unknown`."""
        row = self._connection.execute(_WHOLE.where(_SUBMISSIONS.c.pk == pk)).first()
        if row is None:
            raise NotFound("submission-unknown", f"no submission {pk}")
        return _submission(row)

    def find_by_digest(self, digest: bytes) -> SubmissionRow | None:
        """The submission with this digest."""
        row = self._connection.execute(_WHOLE.where(_SUBMISSIONS.c.digest == bytes(digest))).first()
        return None if row is None else _submission(row)

    def first_record_since(self, at: datetime) -> int:
        """The least pk a record accepted at or after this time can have; one past the last where
        there is none.

        pks grow with time, except that what was stamped first may commit second, and that clocks
        of several machines differ. So the place an hour before is found by halving, and read on
        from there in order: no index that every capture would have to keep up.
        """
        columns = _SUBMISSIONS.c
        last = self._connection.execute(select(func.max(columns.pk))).scalar()
        if last is None:
            return 0
        found = self._connection.execute(
            select(columns.pk)
            .where(
                columns.pk > self._last_before(to_ms(at - _DISORDER), last),
                columns.created_at >= to_ms(at),
            )
            .order_by(columns.pk)
            .limit(1)
        ).scalar()
        return int(last + 1 if found is None else found) << POSITION_BITS

    def _last_before(self, at: int, last: int) -> int:
        """Some pk up to which everything was accepted before, by halving; the last such one where
        times grow with pks."""
        columns = _SUBMISSIONS.c
        low, high = 0, last + 1  # pks begin at 1; everything up to `low` is before
        while high - low > 1:
            middle = (low + high) // 2
            # a pk may be missing: a transaction that was rolled back has used it up
            row = self._connection.execute(
                select(columns.pk, columns.created_at)
                .where(columns.pk > low, columns.pk <= middle)
                .order_by(columns.pk.desc())
                .limit(1)
            ).first()
            if row is None or row.created_at < at:
                low = middle
            else:
                high = row.pk
        return low

    def find_by_leaf(self, index: int) -> SubmissionRow | None:
        """The submission that this leaf of the log belongs to."""
        row = self._connection.execute(
            _WHOLE.where(_SUBMISSIONS.c.first_index <= index)
            .order_by(_SUBMISSIONS.c.first_index.desc())
            .limit(1)
        ).first()
        if row is None or index >= row.first_index + row.records:
            return None
        return _submission(row)

    def pending(self, limit_leaves: int) -> Sequence[PendingSubmission]:
        """The oldest submissions not sequenced, up to that many leaves; at least one if any."""
        found: list[PendingSubmission] = []
        leaves = 0
        columns = _SUBMISSIONS.c
        rows = self._connection.execute(
            select(columns.pk, columns.records)
            .where(columns.first_index.is_(None))
            .order_by(columns.pk)
            .limit(limit_leaves)
        ).all()
        chosen: list[int] = []
        for row in rows:
            leaves += row.records
            if chosen and leaves > limit_leaves:
                break
            chosen.append(row.pk)
        if not chosen:
            return found
        for whole in self._connection.execute(
            select(columns.pk, columns.records, columns.digest, _COMMITMENTS.c.commitments)
            .join(_COMMITMENTS, _COMMITMENTS.c.submission_pk == columns.pk)
            .where(columns.first_index.is_(None), columns.pk.between(chosen[0], chosen[-1]))
            .order_by(columns.pk)
        ):
            # within one snapshot this is `chosen`; under READ COMMITTED a late commit may slip in
            if whole.pk in chosen:
                found.append(
                    PendingSubmission(
                        whole.pk, whole.records, Digest(whole.digest), whole.commitments
                    )
                )
        return found

    def pending_count(self) -> int:
        """Records accepted and not yet in the log."""
        columns = _SUBMISSIONS.c
        rows = self._connection.execute(
            select(columns.records).where(columns.first_index.is_(None))
        ).scalars()
        return sum(rows)

    def oldest_pending(self) -> datetime | None:
        """When the longest waiting submission was accepted."""
        columns = _SUBMISSIONS.c
        at = self._connection.execute(
            select(columns.created_at)
            .where(columns.first_index.is_(None))
            .order_by(columns.pk)
            .limit(1)
        ).scalar()
        return None if at is None else from_ms(at)

    def set_first_index(self, pk: int, first_index: int) -> None:
        """Give a submission its place in the log, once. Raises Conflict `already-sequenced`."""
        done = self._connection.execute(
            update(_SUBMISSIONS)
            .where(_SUBMISSIONS.c.pk == pk, _SUBMISSIONS.c.first_index.is_(None))
            .values(first_index=first_index)
        )
        if done.rowcount != 1:
            raise Conflict("already-sequenced", f"submission {pk} has its place in the log already")

    def covering(self, first: int, last: int) -> Sequence[SubmissionSlice]:
        """The leaves first … last (inclusive), in order, as slices of submissions.

        Shorter than asked when the log ends before `last`.
        """
        columns = _SUBMISSIONS.c
        start = self._connection.execute(
            select(columns.first_index)
            .where(columns.first_index <= first)
            .order_by(columns.first_index.desc())
            .limit(1)
        ).scalar()
        if start is None or last < first:
            return []
        slices: list[SubmissionSlice] = []
        for row in self._connection.execute(
            select(columns.first_index, columns.records, columns.digest, _COMMITMENTS.c.commitments)
            .join(_COMMITMENTS, _COMMITMENTS.c.submission_pk == columns.pk)
            .where(columns.first_index.between(start, last))
            .order_by(columns.first_index)
        ):
            begin = max(first, row.first_index)
            end = min(last + 1, row.first_index + row.records)
            if begin >= end:
                continue
            cut = slice(
                (begin - row.first_index) * DIGEST_BYTES, (end - row.first_index) * DIGEST_BYTES
            )
            slices.append(SubmissionSlice(begin, Digest(row.digest), row.commitments[cut]))
        return slices

    def sequenced(self, after_index: int, limit: int) -> Sequence[SubmissionRow]:
        """The submissions in the log that begin behind that leaf, in log order: for audit."""
        rows = self._connection.execute(
            _WHOLE.where(_SUBMISSIONS.c.first_index > after_index)
            .order_by(_SUBMISSIONS.c.first_index)
            .limit(limit)
        )
        return [_submission(row) for row in rows]

    def iterate(self, after_pk: int, limit: int) -> Sequence[SubmissionRow]:
        """The submissions following that pk, in order of acceptance: for audit."""
        rows = self._connection.execute(
            _WHOLE.where(_SUBMISSIONS.c.pk > after_pk).order_by(_SUBMISSIONS.c.pk).limit(limit)
        )
        return [_submission(row) for row in rows]


def _submission(row: Any) -> SubmissionRow:
    return SubmissionRow(
        org=OrgId(row.org),
        root=Digest(row.root),
        count=row.records,
        signed_at=row.signed_at,
        nonce=row.nonce,
        custody=row.custody,
        signer=row.signer,
        signature=row.signature,
        digest=Digest(row.digest),
        commitments=row.commitments,
        job_id=row.job_id,
        created_at=from_ms(row.created_at),
        pk=row.pk,
        first_index=row.first_index,
    )
