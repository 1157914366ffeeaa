import random
from dataclasses import replace

import pytest

from ledger.digest import DIGEST_BYTES
from ledger.errors import Conflict, NotFound
from ledger.storage.database import Database
from ledger.storage.submissions import POSITION_BITS, SubmissionSlice
from tests.support.stored import NOW, digest, found, later, submission


def test_submission_added_comes_back_with_its_place(db: Database) -> None:
    org = found(db)
    row = submission(org, 5, None)
    with db.write() as tx:
        pk = tx.submissions.add(row)
    with db.write() as tx:
        stored = tx.submissions.get(pk)
        assert (stored.pk, stored.first_index) == (pk, None)
        assert stored.commitments == row.commitments
        assert tx.submissions.find_by_digest(row.digest) == stored
        assert tx.submissions.find_by_digest(digest()) is None
        tx.submissions.set_first_index(pk, 40)
        assert tx.submissions.get(pk).first_index == 40
    with pytest.raises(NotFound), db.read() as tx:
        tx.submissions.get(pk + 1)


def test_submission_same_digest_is_duplicate(db: Database) -> None:
    org = found(db)
    row = submission(org)
    with db.write() as tx:
        tx.submissions.add(row)
    with pytest.raises(Conflict) as caught, db.write() as tx:
        tx.submissions.add(row)
    assert caught.value.code == "storage-duplicate"


def test_pending_oldest_first_within_limit(db: Database) -> None:
    org = found(db)
    with db.write() as tx:
        pks = [tx.submissions.add(submission(org, count)) for count in (4, 3, 5)]
        assert [item.pk for item in tx.submissions.pending(7)] == pks[:2]
        assert [item.pk for item in tx.submissions.pending(100)] == pks
        assert tx.submissions.pending_count() == 12
        assert tx.submissions.oldest_pending() == NOW


def test_pending_larger_than_limit_is_given_alone(db: Database) -> None:
    org = found(db)
    with db.write() as tx:
        large = tx.submissions.add(submission(org, 50))
        tx.submissions.add(submission(org, 1))
        (only,) = tx.submissions.pending(10)
        assert only.pk == large
        assert only.count == 50
        assert len(only.commitments) == 50 * DIGEST_BYTES


def test_sequenced_submission_is_no_longer_pending_and_keeps_its_place(db: Database) -> None:
    org = found(db)
    with db.write() as tx:
        pk = tx.submissions.add(submission(org))
        tx.submissions.set_first_index(pk, 0)
    with db.read() as tx:
        assert tx.submissions.pending(10) == []
        assert tx.submissions.oldest_pending() is None
    with pytest.raises(Conflict) as caught, db.write() as tx:
        tx.submissions.set_first_index(pk, 3)
    assert caught.value.code == "already-sequenced"


def test_covering_cuts_slices_at_every_pair_of_leaves(db: Database) -> None:
    org = found(db)
    counts = [3, 1, 4]
    leaves: list[tuple[bytes, bytes]] = []
    with db.write() as tx:
        for count in counts:
            row = submission(org, count)
            tx.submissions.set_first_index(tx.submissions.add(row), len(leaves))
            cuts = range(0, 32 * count, 32)
            leaves += [(row.digest, row.commitments[at : at + 32]) for at in cuts]
        tx.submissions.add(submission(org, 2))  # pending: must never be covered
    with db.read() as tx:
        for first in range(len(leaves)):
            for last in range(first, len(leaves) + 2):
                slices = tx.submissions.covering(first, last)
                assert _flat(slices) == leaves[first : last + 1]
                assert slices[0].first_index == first
        assert tx.submissions.covering(8, 9) == []
        assert tx.submissions.covering(2, 1) == []


def _flat(slices: object) -> list[tuple[bytes, bytes]]:
    assert isinstance(slices, list)
    pairs: list[tuple[bytes, bytes]] = []
    for part in slices:
        assert isinstance(part, SubmissionSlice)
        for at in range(0, len(part.commitments), 32):
            pairs.append((part.digest, part.commitments[at : at + 32]))
    return pairs


def test_find_by_leaf_names_the_submission_or_none(db: Database) -> None:
    org = found(db)
    with db.write() as tx:
        first = tx.submissions.add(submission(org, 3))
        second = tx.submissions.add(submission(org, 2))
        assert tx.submissions.find_by_leaf(0) is None
        tx.submissions.set_first_index(first, 0)
        tx.submissions.set_first_index(second, 3)
        for leaf, pk in [(0, first), (2, first), (3, second), (4, second)]:
            row = tx.submissions.find_by_leaf(leaf)
            assert row is not None
            assert row.pk == pk
        assert tx.submissions.find_by_leaf(5) is None


def test_iterate_gives_all_in_order(db: Database) -> None:
    org = found(db)
    with db.write() as tx:
        pks = [tx.submissions.add(submission(org)) for _ in range(5)]
    seen: list[int | None] = []
    with db.read() as tx:
        while rows := tx.submissions.iterate(seen[-1] or 0 if seen else 0, 2):
            seen += [row.pk for row in rows]
    assert seen == pks


def test_first_record_since_is_found_among_gaps_and_late_commits(db: Database) -> None:
    org = found(db)
    source = random.Random(5)
    stamped = {}
    with db.write() as tx:
        assert tx.submissions.first_record_since(NOW) == 0
        for number in range(200):
            # half a day, with neighbours up to forty minutes out of order
            at = later(216 * number - source.randrange(2400))
            pk = tx.submissions.add(replace(submission(org, 1), created_at=at))
            stamped[pk] = at
    with db.read() as tx:
        for seconds in range(-7200, 52_000, 900):
            at = later(seconds)
            since = [pk for pk, accepted in stamped.items() if accepted >= at]
            wanted = min(since, default=max(stamped) + 1)
            assert tx.submissions.first_record_since(at) == wanted << POSITION_BITS
