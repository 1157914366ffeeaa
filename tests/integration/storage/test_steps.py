from __future__ import annotations

import secrets

import pytest

from ledger.storage import epcis, steps
from ledger.storage.database import Database
from tests.support.stored import NOW, event_row, found, submission


def test_places_by_many_identifiers_and_roles_newest_first(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # tiny segments and chunks: the answer must not show where they end
    monkeypatch.setattr(epcis, "SEGMENT_KEYS", 3)
    monkeypatch.setattr(steps, "_CHUNK", 2)
    org = found(db)
    pks = []
    for number in range(6):
        with db.write() as tx:
            submitted = tx.submissions.add(submission(org, 1))
            body = f'{{"n":{number}}}'.encode()
            (pk,) = tx.records.add_many(
                [(secrets.token_bytes(16), submitted, 0, "epcis.event", NOW, body, b"s" * 32)]
            )
            keys = [(f"k{number}", 1, pk, number), (f"k{number}", 5, pk, number)]
            tx.epcis.add_many([event_row(org, pk, f"e{number}", number)], keys)
            pks.append(pk)
    names = [f"k{number}" for number in range(6)]
    with db.read() as tx:
        assert tx.steps.places(names, [1, 5], 10) == pks[::-1]
        assert tx.steps.places(names, [5], 2) == pks[:3:-1]
        assert tx.steps.places(["k1", "k3", "unknown"], [1], 10) == [pks[3], pks[1]]
        assert tx.steps.places(names, [4], 10) == []
        assert tx.steps.places([], [1], 10) == []
        rows = {row.record_pk: row for row in tx.steps.rows(pks[:3])}
        assert [rows[pk].body for pk in pks[:3]] == [b'{"n":0}', b'{"n":1}', b'{"n":2}']
        assert {(row.org, row.time_ms) for row in rows.values()} == {(org, at) for at in range(3)}
