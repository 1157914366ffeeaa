"""A desk whose recipient has rotated its key wraps what is on its way anew, by itself; and a desk
wraps its own legs to its new key before the old one is given up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ledger.cli.main import app
from ledger.desk.rewrapping import open_data_key
from ledger.errors import VerificationFailed
from ledger.exchange.rules import LegState
from tests.support.desks import CLERK, Agency, close_all, found_agencies
from tests.support.rewrapped import KeysLeft, is_followed, key_ids, soon
from tests.support.running_app import RunningApp

pytestmark = [pytest.mark.chain, pytest.mark.slow]


@pytest.fixture(scope="module")
def agencies(
    server: RunningApp, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Agency]]:
    found = found_agencies(server, tmp_path_factory.mktemp("desks"), "Sở Gửi", "Xã Đổi Khóa")
    yield found
    close_all(found)


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "công văn.txt"
    path.write_text("Nội dung công văn", encoding="utf-8")
    return path


def give_up_older_keys(agency: Agency) -> None:
    """Only the present key is left to fetch with."""
    left = KeysLeft(agency.desk.keys)
    agency.desk._fetching._keys = left


def data_keys_left(agency: Agency) -> int:
    with agency.desk.store.read() as tx:
        found = tx.execute("SELECT count(*) FROM messages WHERE data_key IS NOT NULL").fetchone()
    return int(found[0])


def test_what_is_on_its_way_follows_the_recipients_new_key(
    server: RunningApp, agencies: list[Agency], letter: Path
) -> None:
    sender, recipient = agencies
    (leg,) = sender.send(recipient, files=[letter])
    assert data_keys_left(sender) == 1
    old = recipient.desk.keys.decryption.public.id
    recipient.desk.rotate_encryption_key()
    new = recipient.desk.keys.decryption.public.id
    give_up_older_keys(recipient)

    recipient.work_until_state(leg.id, LegState.CONSIGNMENT_FAILED)
    recipient.desk.work()
    assert recipient.leg(leg.id).leg.failures == 1, "it is said once"
    sender.work_until(lambda: is_followed(sender, leg.id))
    assert key_ids(sender.leg(leg.id)) == [old, new]
    soon(sender)
    sender.desk.work()
    assert len(sender.leg(leg.id).rewrapped) == 1

    soon(recipient)
    recipient.work_until_state(leg.id, LegState.ARRIVED)
    recipient.desk.clerking.receive(leg.id, CLERK)
    sender.work_until_state(leg.id, LegState.RECEIVED)
    sender.desk.work()
    assert data_keys_left(sender) == 0
    recipient.reopen()


def test_of_keys_made_within_a_second_the_last_is_wrapped_to(
    server: RunningApp, agencies: list[Agency]
) -> None:
    sender, recipient = agencies
    for _ in range(4):
        recipient.desk.rotate_encryption_key()
    stated = recipient.desk.encryption_keys.list(recipient.party.org)
    assert len({one.valid_from for one in stated}) == len(stated)
    last = recipient.desk.keys.decryption.public.id
    sender.work_until(lambda: sender.desk.encryption_keys.find(recipient.party.org).id == last)


def test_a_new_key_is_followed_before_anybody_fails(
    server: RunningApp, agencies: list[Agency], letter: Path
) -> None:
    sender, recipient = agencies
    (leg,) = sender.send(recipient, files=[letter])
    sender.desk.work()
    recipient.desk.rotate_encryption_key()
    sender.work_until(lambda: is_followed(sender, leg.id))
    new = recipient.desk.keys.decryption.public.id
    assert key_ids(sender.leg(leg.id))[-1] == new
    give_up_older_keys(recipient)
    recipient.work_until_state(leg.id, LegState.ARRIVED)
    assert recipient.leg(leg.id).leg.failures == 0
    recipient.reopen()


def test_an_agency_wraps_its_own_legs_to_its_new_key_by_command(
    server: RunningApp, agencies: list[Agency], letter: Path
) -> None:
    sender, recipient = agencies
    (leg,) = sender.send(recipient, files=[letter])
    (gone,) = sender.send(recipient, files=[letter])
    (withdrawn,) = sender.send(recipient, files=[letter])
    sender.desk.clerking.withdraw(withdrawn.id, CLERK, 1701)
    recipient.work_until_state(withdrawn.id, LegState.WITHDRAWN)
    for one in (leg, gone):
        recipient.work_until_state(one.id, LegState.ARRIVED)
    sender.desk.clerking.request_recall(gone.id, CLERK, 1404, "13/UBND-VX, 26/11/2026")
    recipient.work_until_state(gone.id, LegState.RECALL_REQUESTED)
    recipient.desk.clerking.accept_recall(gone.id, CLERK)
    assert recipient.leg(gone.id).wrapped_key is None, "destroyed, and not taken back in"
    recipient.desk.rotate_encryption_key()
    left = KeysLeft(recipient.desk.keys)
    with pytest.raises(VerificationFailed):
        open_data_key(recipient.leg(leg.id), left)

    command = ["desk", "rewrap", "--desk", str(recipient.folder.path), "--json"]
    for at in range(2):
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 0, done.output
        told = json.loads(done.stdout)
        assert (leg.id.hex() in told["rewrapped"]) is (at == 0)
        assert gone.id.hex() not in told["rewrapped"]
    assert (told["rewrapped"], told["unreadable"]) == ([], [])
    open_data_key(recipient.leg(leg.id), left)
    assert recipient.leg(gone.id).rewrapped == ()
