"""What a desk holds at any time: everything whole, nothing waiting, no number skipped."""

from __future__ import annotations

from pathlib import Path

from ledger.desk.events import events_of
from ledger.desk.legs import get_leg
from ledger.desk.messages import all_digests
from ledger.digest import Digest, sha256
from ledger.exchange.rules import ON_THE_WAY, LegAction
from ledger.proof.leg_bundle import parse_leg_bundle
from tests.support.desks import Agency

_Seen = tuple[int, int, int]
_whole: dict[Path, _Seen] = {}
"""Files that were found whole, as they were then: what is the same file still is not read again."""


def names_of(agency: Agency, leg: Digest) -> list[str]:
    """What happened to the leg, as the desk knows it."""
    with agency.desk.store.read() as tx:
        return [event.action.name for event in events_of(tx, get_leg(tx, leg).key)]


def check_folder(agency: Agency) -> None:
    """Nothing waits or is half written, every document is here and whole, and no other; the data
    keys of what has arrived are forgotten."""
    with agency.desk.store.read() as tx:
        (waiting,) = tx.execute("SELECT count(*) FROM hand_ins").fetchone()
        digests = all_digests(tx)
        states = [row["state"] for row in tx.execute("SELECT state FROM legs WHERE outgoing")]
        (keys,) = tx.execute(
            "SELECT count(*) FROM messages WHERE data_key IS NOT NULL AND outgoing"
        ).fetchone()
    assert waiting == 0
    assert keys == 0 or not ON_THE_WAY.isdisjoint(states)
    assert {path.name for path in agency.folder.content.iterdir()} == {
        digest.hex() for digest in digests
    }
    for digest in digests:
        path = agency.desk.content.get(digest)
        if not _is_seen(path):
            assert sha256(path.read_bytes()) == digest
    assert not list(agency.folder.sealed.iterdir())
    for path in agency.folder.bundles.iterdir():
        assert path.suffix == ".asice", path
        if not _is_seen(path):
            parse_leg_bundle(path.read_bytes())


def check_numbers(agency: Agency) -> None:
    """Registers run from 1 without a gap, and what evidence says is what the register has."""
    with agency.desk.store.read() as tx:
        arrivals = tx.execute("SELECT leg, arrival_number FROM legs WHERE arrival_number NOT NULL")
        given = {Digest(row["leg"]): row["arrival_number"] for row in arrivals}
        outgoing = tx.execute(
            "SELECT DISTINCT document_id, code_number FROM messages WHERE outgoing"
        ).fetchall()
        last = dict(tx.execute("SELECT name, last FROM registers").fetchall())
        for leg, number in given.items():
            events = events_of(tx, get_leg(tx, leg).key)
            (evidence,) = (one.evidence for one in events if one.action is LegAction.RECEIVE)
            assert evidence is not None
            assert evidence.arrival is not None
            assert evidence.arrival.number == number
    assert sorted(given.values()) == list(range(1, last.get("arrivals", 0) + 1))
    numbers = sorted(int(row["code_number"]) for row in outgoing)
    assert numbers == list(range(1, last.get("outgoing", 0) + 1))


def _is_seen(path: Path) -> bool:
    """Whether it was read before, as it is now; from here on it was."""
    now = path.stat()
    seen = (now.st_ino, now.st_size, now.st_mtime_ns)
    if _whole.get(path) == seen:
        return True
    _whole[path] = seen
    return False
