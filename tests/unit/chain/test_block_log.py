from __future__ import annotations

from contextlib import closing
from pathlib import Path

from ledger.chain.block_log import BlockLog, MinedBlock
from ledger.digest import Digest, sha256


def read(path: Path) -> list[MinedBlock]:
    with closing(BlockLog(path)) as log:
        return list(log.blocks)


def fill(path: Path) -> list[MinedBlock]:
    log = BlockLog(path)
    blocks = []
    for number in range(1, 6):
        raw = [bytes([number, n]) * 3 for n in range(2)]
        log.announce(number, 1000 + number, raw)
        log.settle(number, sha256(bytes([number])))
        blocks.append(MinedBlock(number, 1000 + number, tuple(raw), sha256(bytes([number]))))
    log.close()
    return blocks


def test_block_log_reopened_gives_every_block(tmp_path: Path) -> None:
    blocks = fill(tmp_path / "log")
    assert read(tmp_path / "log") == blocks


def test_block_log_cut_anywhere_gives_a_prefix_and_never_a_wrong_block(tmp_path: Path) -> None:
    path = tmp_path / "log"
    blocks = fill(path)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        found = read(path)
        assert len(found) <= len(blocks)
        for one, expected in zip(found, blocks, strict=False):
            assert (one.number, one.time, one.raw) == (
                expected.number,
                expected.time,
                expected.raw,
            )
            assert one.hash in (None, expected.hash)


def test_block_log_flipped_byte_ends_the_reading_there(tmp_path: Path) -> None:
    path = tmp_path / "log"
    blocks = fill(path)
    whole = bytearray(path.read_bytes())
    for position in range(0, len(whole), 7):
        damaged = bytearray(whole)
        damaged[position] ^= 0x01
        path.write_bytes(damaged)
        found = read(path)
        assert [one.raw for one in found] == [one.raw for one in blocks[: len(found)]]


def test_settle_with_other_transactions_keeps_what_was_mined(tmp_path: Path) -> None:
    log = BlockLog(tmp_path / "log")
    log.announce(1, 5, [b"a"])
    log.settle(1, Digest(b"\x01" * 32), [b"b", b"a"])
    log.close()
    [block] = read(tmp_path / "log")
    assert block.raw == (b"b", b"a")


def test_announce_of_a_known_number_replaces_it_and_all_after(tmp_path: Path) -> None:
    fill(tmp_path / "log")
    log = BlockLog(tmp_path / "log")
    log.announce(3, 2000, [b"new"])
    log.close()
    found = read(tmp_path / "log")
    assert [block.number for block in found] == [1, 2, 3]
    assert found[-1] == MinedBlock(3, 2000, (b"new",), None)


def test_forget_through_keeps_the_rest_and_goes_on(tmp_path: Path) -> None:
    blocks = fill(tmp_path / "log")
    log = BlockLog(tmp_path / "log")
    log.forget_through(3)
    log.announce(6, 2000, [b"six"])
    log.close()
    found = read(tmp_path / "log")
    assert found == [*blocks[3:], MinedBlock(6, 2000, (b"six",), None)]
