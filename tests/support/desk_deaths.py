"""Deaths of desks: each at a named step, then a start, and everything as it must be."""

from __future__ import annotations

from ledger.desk.entrusted import find_entrusted
from ledger.desk.legs import LegRow, incoming_wrapped
from ledger.desk.rewrapping import open_data_key
from ledger.digest import Digest
from ledger.exchange.rules import LegState
from ledger.storage.blob_store import CHUNK_BYTES
from tests.support.desk_actor import FIRST, act
from tests.support.desk_exchange import NEEDS, Exchange, deputed_names
from tests.support.desk_records import names_of
from tests.support.desks import Agency
from tests.support.durable_steps import is_decided
from tests.support.rewrapped import KeysLeft, is_followed, key_ids, soon

_MORE_THAN_ONE_CHUNK = CHUNK_BYTES + 200_000
_CHUNKS_THERE = {
    ("chunk uploaded", "before"): 0,
    ("chunk uploaded", "after"): 1,
    ("chunk uploaded #2", "before"): 1,
}
"""How many chunks of a large file the server had before the death; else: all."""


class Deaths(Exchange):
    """An exchange in which desks die."""

    def die(self, do: str, step: str, when: str) -> None:
        """One death, a start, and everything as it must be."""
        match do.split():
            case ["send", *_] | ["replace"]:
                self._die_sending(do, step, when)
            case ["work", *_]:
                self._die_taking_in(do, step, when)
            case ["supersede"]:
                self._die_superseding(do, step, when)
            case ["bundle"]:
                self._die_bundling(do, step, when)
            case ["rotate"]:
                self._die_rotating(do, step, when)
            case ["follow", "recipients"]:
                self._die_following(do, step, when)
            case ["follow", _, _]:
                self._die_following_own(do, step, when)
            case [_, "mandate"]:
                self._die_mandating(do, step, when)
            case ["deputy", _]:
                self._die_for_another(do, step, when)
            case _:
                self._die_acting(do, step, when)
        self.check_everything()

    def _die_sending(self, do: str, step: str, when: str) -> None:
        more: dict[str, object] = {}
        old = None
        if do == "replace":
            old = self.ready(LegState.ARRIVED)
            more = self.in_place_of(old)
        path = self.write(_MORE_THAN_ONE_CHUNK if do == "send large" else 0)
        told = self.draft(path, **more)
        self.live(self.sender, do, step, when, **told)
        moved = self.start(self.sender)
        if do == "send large":
            total = max(done for name, done in moved if name == path.name)
            there = _CHUNKS_THERE.get((step, when), 2)
            first = next(done for name, done in moved if name == path.name)
            assert first == min(there * CHUNK_BYTES, total), "only what is missing is sent"
        is_known = self.find(told) is not None
        assert is_known == (do == "send large" or is_decided(do, step, when))
        # Who pressed the button sees a message, or none and presses again: one either way.
        act(self.sender.desk, do, told)
        self.enter(told)
        if old is not None:
            self._is_superseded(old)

    def _die_superseding(self, do: str, step: str, when: str) -> None:
        old = self.ready(LegState.ARRIVED)
        self.send(**self.in_place_of(old))
        self.live(self.sender, do, step, when)
        self.start(self.sender)
        self._is_superseded(old)

    def _is_superseded(self, old: LegRow) -> None:
        self.histories[old.id].append("SUPERSEDE")
        self.sender.work_until_state(old.id, LegState.SUPERSEDED)

    def _die_taking_in(self, do: str, step: str, when: str) -> None:
        path = self.write(_MORE_THAN_ONE_CHUNK if do == "work large" else 0)
        told = self.draft(path)
        act(self.sender.desk, "send", told)
        leg = self.enter(told)
        self.live(self.recipient, do, step, when)
        left = [one.stat().st_size for one in self.recipient.folder.sealed.glob("*.part")]
        moved = [done for name, done in self.start(self.recipient) if name == path.name]
        if do == "work large":
            assert left[:1] == moved[:1], "it goes on with what is here"
        self.arrive(leg)

    def _die_acting(self, do: str, step: str, when: str) -> None:
        row, by = self.ready(NEEDS[do]), self.party(do)
        leg = row.id
        if do == "erase":
            by.desk.erasing.approve(row.message, FIRST, 2001)
        self.live(by, do, step, when, leg=leg.hex())
        self.start(by)
        came_about = names_of(by, leg) != self.histories[leg]
        assert came_about == is_decided(do, step, when), names_of(by, leg)
        if not came_about:
            act(by.desk, do, {"leg": leg.hex()})
        self.histories[leg].append(do.upper())

    def _die_bundling(self, do: str, step: str, when: str) -> None:
        leg, by = self.ready(NEEDS[do]).id, self.recipient
        by.work_until(lambda: self.is_anchored(by, leg))
        self.live(by, do, step, when, leg=leg.hex())
        self.start(by)
        by.work_until(lambda: _bundled(by, leg) == len(self.histories[leg]))

    def _die_rotating(self, do: str, step: str, when: str) -> None:
        before = self.recipient.desk.keys.decryption.public.id
        self.live(self.recipient, do, step, when)
        self.start(self.recipient)
        now = self.recipient.desk.keys.decryption.public.id
        assert (now != before) is is_decided(do, step, when)
        self.recipient.desk.keep_key_published()
        self._is_published()

    def _is_published(self) -> None:
        """Others encrypt to the present key of the recipient."""
        keys, org = self.sender.desk.encryption_keys, self.recipient.party.org
        now = self.recipient.desk.keys.decryption.public.id
        self.server.wait_until(lambda: keys.find(org).id == now)
        stated = keys.list(org)
        assert len({one.valid_from for one in stated}) == len(stated)

    def _die_following(self, do: str, step: str, when: str) -> None:
        leg, sender = self.send().id, self.sender
        old = self.recipient.desk.keys.decryption.public.id
        self.recipient.desk.rotate_encryption_key()
        self._is_published()
        soon(sender)
        self.live(sender, do, step, when)
        self.start(sender)
        sender.work_until(lambda: is_followed(sender, leg))
        soon(sender)
        self.start(sender)
        new = self.recipient.desk.keys.decryption.public.id
        assert key_ids(sender.leg(leg)) == [old, new], "it is wrapped anew once"
        row = self.arrive(sender.leg(leg))
        open_data_key(row, KeysLeft(self.recipient.desk.keys))

    def _die_following_own(self, do: str, step: str, when: str) -> None:
        by = self.recipient
        self.ready(LegState.ARRIVED)
        by.desk.rotate_encryption_key()
        self.live(by, do, step, when)
        self.start(by)
        by.desk.rewrapping.follow_own_key()
        again = by.desk.rewrapping.follow_own_key()
        assert (again.done, again.unreadable) == ([], [])
        with by.desk.store.read() as tx:
            came = incoming_wrapped(tx)
        rows = [row for row in came if row.leg.state is not LegState.WITHDRAWN]
        left = KeysLeft(by.desk.keys)
        for row in rows:
            open_data_key(row, left)
            ids = key_ids(row)
            assert len(set(ids)) == len(ids), "it is wrapped to each key once"
        assert {row.id for row in rows} >= {again.known[0]}
        self._is_published()

    def _die_mandating(self, do: str, step: str, when: str) -> None:
        giver, taker = self.recipient, self.deputy.party.org
        if do == "end mandate":
            self.have_mandated(giver)
        told = {"taker": taker.text}
        self.live(giver, do, step, when, **told)
        self.start(giver)
        if not is_decided(do, step, when):
            act(giver.desk, do, told)
        self.is_mandated(giver, gives=do == "give mandate")

    def _die_for_another(self, do: str, step: str, when: str) -> None:
        name = do.removeprefix("deputy ")
        giver = self.party(name)
        self.have_mandated(giver)
        leg, by = self.ready(NEEDS[name]).id, self.deputy
        told = {"leg": leg.hex(), "giver": giver.party.org.text}
        self.live(by, do, step, when, **told)
        self.start(by)
        came_about = deputed_names(by, leg) != self.deputed.get(leg, [])
        assert came_about == is_decided(do, step, when)
        if not came_about:
            act(by.desk, do, told)
        self.histories[leg].append(name.upper())
        self.deputed[leg].append(name.upper())
        with by.desk.store.read() as tx:
            found = find_entrusted(tx, leg)
        with self.server.app.db.read() as tx_there:
            stands = tx_there.exchange_legs.by_id([leg])[leg].standing.state
        assert found is not None
        assert (found.giver, found.state) == (giver.party.org, stands)


def _bundled(agency: Agency, leg: Digest) -> int:
    with agency.desk.store.read() as tx:
        (bundled,) = tx.execute("SELECT bundled FROM legs WHERE leg = ?", (leg,)).fetchone()
    return int(bundled)
