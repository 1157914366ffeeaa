"""Checkpoints: one spelling per tree head."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.digest import Digest
from ledger.errors import InvalidInput, VerificationFailed
from ledger.merkle.checkpoint import (
    Checkpoint,
    check_checkpoint,
    log_id,
    parse_checkpoint,
    sign_checkpoint,
)
from ledger.merkle.note import NoteSigner

ROOT64 = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
ROOT = Digest.from_hex("0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62")
LOG = NoteSigner.from_seed("example.com/behind-the-sofa", b"l" * 32)
HEAD = Checkpoint("example.com/behind-the-sofa", 20852163, ROOT)


def test_text_of_specification_example() -> None:
    assert HEAD.text() == f"example.com/behind-the-sofa\n20852163\n{ROOT64}\n"
    assert parse_checkpoint(HEAD.text()) == HEAD


@given(st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_checkpoint_signed_round_trips(size: int, root: bytes) -> None:
    head = Checkpoint(LOG.key.name, size, Digest(root))
    assert check_checkpoint(sign_checkpoint(head, LOG), LOG.key) == head


def test_parse_checkpoint_keeps_extension_lines_of_others() -> None:
    text = HEAD.text() + "extension one\nextension two\n"
    head = parse_checkpoint(text)
    assert head.extensions == ("extension one", "extension two")
    assert head.text() == text
    assert check_checkpoint(LOG.sign(text), LOG.key) == head


def test_sign_checkpoint_with_extension_is_a_bug() -> None:
    with pytest.raises(AssertionError):
        sign_checkpoint(Checkpoint(HEAD.origin, 1, ROOT, ("x",)), LOG)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "origin\n",
        f"origin\n1\n{ROOT64}",
        f"\n1\n{ROOT64}\n",
        f"origin\n\n{ROOT64}\n",
        f"origin\n01\n{ROOT64}\n",
        f"origin\n00\n{ROOT64}\n",
        f"origin\n+1\n{ROOT64}\n",
        f"origin\n-1\n{ROOT64}\n",
        f"origin\n1 \n{ROOT64}\n",
        f"origin\n1.0\n{ROOT64}\n",
        f"origin\n0x1\n{ROOT64}\n",
        f"origin\n١\n{ROOT64}\n",
        f"origin\n9223372036854775808\n{ROOT64}\n",
        f"origin\n99999999999999999999\n{ROOT64}\n",
        f"origin\n1\n{ROOT64[:-1]}\n",
        f"origin\n1\n{ROOT64[:-2]}J=\n",
        f"origin\n1\n{ROOT64[:-4]}\n",
        f"origin\n1\n{ROOT64.replace('/', '_')}\n",
        "origin\n1\nAAAA\n",
        f"origin\n1\n{ROOT64}\n\n",
        f"origin\n1\n{ROOT64}\n\nextension\n",
        f"origin\r\n1\r\n{ROOT64}\r\n",
    ],
)
def test_parse_checkpoint_other_form_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_checkpoint(text)
    assert refused.value.code == "checkpoint-malformed"


@pytest.mark.parametrize(
    ("origin", "size"), [("", 1), ("two\nlines", 1), ("o", -1), ("o", 2**63), ("tab\t", 1)]
)
def test_checkpoint_no_note_can_hold_is_refused(origin: str, size: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        Checkpoint(origin, size, ROOT)
    assert refused.value.code == "checkpoint-malformed"


def test_check_checkpoint_of_other_log_is_foreign() -> None:
    note = sign_checkpoint(Checkpoint("example.com/other", 1, ROOT), LOG)
    with pytest.raises(VerificationFailed) as refused:
        check_checkpoint(note, LOG.key)
    assert refused.value.code == "checkpoint-origin-foreign"
    assert check_checkpoint(note, LOG.key, "example.com/other").size == 1


def test_check_checkpoint_without_known_signature_is_refused() -> None:
    stranger = NoteSigner.from_seed(LOG.key.name, b"s" * 32)
    with pytest.raises(VerificationFailed) as refused:
        check_checkpoint(sign_checkpoint(HEAD, stranger), LOG.key)
    assert refused.value.code == "note-unsigned"


def test_log_id_is_hash_of_origin() -> None:
    assert (
        log_id("log.example/Thanh Hóa") == hashlib.sha256("log.example/Thanh Hóa".encode()).digest()
    )
