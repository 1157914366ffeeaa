"""`kill -9` of the command at any moment neither loses nor doubles a message."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from ledger import canonical
from ledger.client.exchange import MESSAGES
from ledger.desk.finding import Wanted, find_legs
from ledger.desk.hand_ins import HandIn, Kind, find_hand_in, put_hand_in
from ledger.desk.legs import legs_of
from ledger.desk.messages import Stage, get_message
from ledger.desk.sending import Sent
from tests.support.desks import Agency, a_draft
from tests.support.installation import PROVENANCE, environment

pytestmark = [pytest.mark.chain, pytest.mark.slow]


def test_a_killed_send_is_one_message_or_none(
    sender: Agency, recipient: Agency, letter: Path
) -> None:
    command = (
        PROVENANCE, "desk", "send", str(letter), "--desk", str(sender.folder.path),
        "--to", recipient.party.organ_id, "--subject", "V/v bị ngắt", "--notation", "NGAT",
    )  # fmt: skip
    delays = [0.9 + 0.12 * step for step in range(10)]
    for number, delay in enumerate(delays, start=1):
        running = subprocess.Popen(
            [*command, "--number", str(number)],
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(delay)
        running.kill()
        running.wait()
    desk = sender.reopen()
    desk.work()
    with desk.store.read() as tx:
        prepared = [
            row["code_number"]
            for row in tx.execute("SELECT code_number FROM messages WHERE code_notation = 'NGAT'")
        ]
        found = find_legs(tx, Wanted(outgoing=True, text="bị ngắt"))
        left = tx.execute("SELECT count(*) AS n FROM hand_ins").fetchone()["n"]
    numbers = [one.message.document_id.code_number for one in found]
    assert sorted(numbers) == sorted(prepared)
    assert len(set(numbers)) == len(numbers)
    assert left == 0
    recipient.work_until(
        lambda: len(_arrived(recipient)) == len(numbers),
    )
    assert sorted(_arrived(recipient)) == sorted(numbers)


def test_a_lost_answer_whose_request_is_refused_by_now_is_not_sent_twice(
    sender: Agency, recipient: Agency, letter: Path
) -> None:
    """The desk died between the server's answer and its own memory of it; when it is back, the same
    request is refused, as after its deadline."""
    desk = sender.desk
    prepared = desk.prepare(a_draft(recipient, files=[letter], notation="HAI-LAN")).message
    desk.send(Sent(prepared, ()))
    with desk.store.write() as tx:
        (leg,) = legs_of(tx, prepared.message)
        tx.execute(
            "UPDATE messages SET stage = ?, data_key = ?, manifest_blob = ? WHERE message = ?",
            (int(Stage.SEALED), prepared.data_key, prepared.manifest_blob, prepared.message),
        )
        told = {"recipient": leg.key.recipient.text, "salt": leg.key.salt.hex()}
        body = canonical.encode({"legs": [told]})
        put_hand_in(tx, HandIn(Kind.MESSAGE, prepared.message, MESSAGES, body, 0))
    sender.reopen().work()
    with sender.desk.store.read() as tx:
        assert get_message(tx, prepared.message).stage is Stage.SUBMITTED
        assert [one.id for one in legs_of(tx, prepared.message)] == [leg.id]
        assert find_hand_in(tx, prepared.message) is None


def _arrived(agency: Agency) -> list[str]:
    with agency.desk.store.read() as tx:
        found = find_legs(tx, Wanted(outgoing=False, text="bị ngắt"))
    return [one.message.document_id.code_number for one in found]
