"""Signed notes: the format to the letter, and nothing readable without a known signature."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import InvalidInput, VerificationFailed
from ledger.merkle.note import NoteKey, NoteSigner, decode_base64, is_key_name, open_note

LOG = NoteSigner.from_seed("log.example/one", bytes(range(32)))
WITNESS = NoteSigner.from_seed("witness.example", b"w" * 32)
STRANGER = NoteSigner.from_seed("stranger.example", b"s" * 32)
TEXT = "log.example/one\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"


def _line(note: str) -> str:
    return note.rpartition("\n\n")[2]


def test_open_note_published_example_verifies() -> None:
    """The example of the Go checksum database's note package."""
    key = NoteKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    text = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
    )
    note = (
        text
        + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2p"
        + "ZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )
    opened = open_note(note, [key])
    assert opened.text == text
    assert opened.signers == (key,)
    assert key.vkey == "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"


@given(st.text(st.characters(blacklist_categories=["Cs"], min_codepoint=32), max_size=40))
def test_note_any_text_round_trips(text: str) -> None:
    note = LOG.sign(text + "\n")
    opened = open_note(note.encode(), [LOG.key])
    assert opened.text == text + "\n"
    assert opened.signers == (LOG.key,)
    assert opened.others == ()


def test_note_text_with_blank_lines_ends_at_last_one() -> None:
    text = "a\n\nb\n\n— not.a.signature AAAA\n"
    assert open_note(LOG.sign(text), [LOG.key]).text == text


def test_note_signature_is_rfc8032_over_text() -> None:
    raw = base64.b64decode(LOG.sign(TEXT).split(" ")[-1])
    assert raw[:4] == LOG.key.key_id
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    assert raw[4:] == key.sign(TEXT.encode())


def test_open_note_several_signatures_tells_known_from_unknown() -> None:
    note = LOG.sign(TEXT) + _line(WITNESS.sign(TEXT)) + _line(STRANGER.sign(TEXT))
    opened = open_note(note, [LOG.key, WITNESS.key])
    assert opened.signers == (LOG.key, WITNESS.key)
    assert [line.name for line in opened.others] == ["stranger.example"]


def test_open_note_repeated_signature_counts_once() -> None:
    note = LOG.sign(TEXT) + _line(LOG.sign(TEXT))
    assert open_note(note, [LOG.key]).signers == (LOG.key,)


def test_open_note_sixteen_and_more_signatures_are_read() -> None:
    lines = [_line(NoteSigner.from_seed(f"w{n}", b"w" * 32).sign(TEXT)) for n in range(99)]
    assert len(open_note(LOG.sign(TEXT) + "".join(lines), [LOG.key]).others) == 99


def test_open_note_too_many_signatures_are_refused() -> None:
    lines = [_line(NoteSigner.from_seed(f"w{n}", b"w" * 32).sign(TEXT)) for n in range(100)]
    with pytest.raises(InvalidInput):
        open_note(LOG.sign(TEXT) + "".join(lines), [LOG.key])


def test_open_note_of_strangers_is_unsigned() -> None:
    with pytest.raises(VerificationFailed) as refused:
        open_note(STRANGER.sign(TEXT), [LOG.key])
    assert refused.value.code == "note-unsigned"
    with pytest.raises(VerificationFailed):
        open_note(LOG.sign(TEXT), [])


def test_open_note_same_name_other_key_is_unsigned() -> None:
    impostor = NoteSigner.from_seed(LOG.key.name, b"i" * 32)
    with pytest.raises(VerificationFailed) as refused:
        open_note(impostor.sign(TEXT), [LOG.key])
    assert refused.value.code == "note-unsigned"


def test_open_note_bad_signature_of_known_key_spoils_good_ones() -> None:
    forged = _line(WITNESS.sign("something else\n"))
    with pytest.raises(VerificationFailed) as refused:
        open_note(LOG.sign(TEXT) + forged, [LOG.key, WITNESS.key])
    assert refused.value.code == "note-signature-invalid"


def test_open_note_signature_of_other_length_is_invalid() -> None:
    short = base64.b64encode(LOG.key.key_id + b"x" * 63).decode()
    with pytest.raises(VerificationFailed) as refused:
        open_note(f"{TEXT}\n— {LOG.key.name} {short}\n", [LOG.key])
    assert refused.value.code == "note-signature-invalid"


def test_open_note_every_flipped_bit_is_refused() -> None:
    note = LOG.sign(TEXT).encode()
    for bit in range(8 * len(note)):
        mutated = bytearray(note)
        mutated[bit // 8] ^= 1 << bit % 8
        with pytest.raises((InvalidInput, VerificationFailed)):
            open_note(bytes(mutated), [LOG.key])


SIGNED = LOG.sign(TEXT)
LINE = _line(SIGNED)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n",
        TEXT,
        TEXT + LINE,
        TEXT + "\n",
        TEXT + "\n" + LINE[:-1],
        TEXT + "\n" + LINE + "\n",
        TEXT + "\n" + LINE + "trailing\n",
        TEXT + "\n-" + LINE[1:],
        TEXT + "\n " + LINE,
        TEXT + "\n" + LINE.replace("— ", "—"),
        TEXT + "\n" + LINE.replace("— ", "—  "),
        TEXT + "\n" + LINE.replace(" ", "\t"),
        TEXT + "\n" + LINE.replace("\n", "\r\n"),
        TEXT + "\n" + LINE.replace("log.example", "log+example"),
        TEXT + "\n" + LINE.replace("log.example", "log\u00a0example"),
        TEXT + "\n" + LINE.replace("\n", " \n"),
        TEXT + "\n— name AAAA\n",
        TEXT + "\n— name AAAAA\n",
        TEXT + "\n— name !!!!AAAAA===\n",
        TEXT + "\n— name\n",
        TEXT.replace("1", "1\t") + "\n" + LINE,
        TEXT.replace("1", "1\0") + "\n" + LINE,
        "\ud800" + SIGNED,
        SIGNED.encode() + b"\xff\n",
        "x" * 1_000_000 + SIGNED,
    ],
)
def test_open_note_other_form_is_refused(note: str | bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        open_note(note, [LOG.key])
    assert refused.value.code == "note-malformed"


def test_open_note_of_greatest_size_is_read() -> None:
    text = "x" * (1_000_000 - len(LOG.sign("\n").encode())) + "\n"
    note = LOG.sign(text)
    assert len(note.encode()) == 1_000_000
    assert open_note(note, [LOG.key]).text == text
    with pytest.raises(InvalidInput):
        open_note("x" + note, [LOG.key])


def test_open_note_unknown_signature_of_one_byte_is_ignored() -> None:
    tiny = base64.b64encode(b"\0\0\0\0s").decode()
    opened = open_note(SIGNED + f"— other {tiny}\n", [LOG.key])
    assert [(line.name, line.signature) for line in opened.others] == [("other", b"s")]


def test_open_note_second_spelling_of_base64_is_refused() -> None:
    # The last group holds 68 = 22·3 + 2 bytes: its last character carries two unused bits.
    assert LINE.endswith("=\n")
    last = LINE[-3]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = alphabet[alphabet.index(last) ^ 1]
    assert base64.b64decode((LINE[:-3] + other + "=").split(" ")[-1]) == base64.b64decode(
        LINE[:-1].split(" ")[-1]
    )
    with pytest.raises(InvalidInput):
        open_note(TEXT + "\n" + LINE[:-3] + other + "=\n", [LOG.key])


@pytest.mark.parametrize("text", ["", "no newline", "tab\t\n", "null\0\n", "cr\r\n"])
def test_sign_text_no_note_can_hold_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        LOG.sign(text)
    assert refused.value.code == "note-malformed"


def test_sign_bytes_is_plain_signature_over_what_is_no_note() -> None:
    for data in (b"\x80", b"\x84jSignature1"):
        key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
        assert LOG.sign_bytes(data) == key.sign(data)


@pytest.mark.parametrize("data", [b"", b"\x7f", TEXT.encode()])
def test_sign_bytes_that_could_be_a_note_is_a_bug(data: bytes) -> None:
    with pytest.raises(AssertionError):
        LOG.sign_bytes(data)


def test_vkey_round_trips() -> None:
    assert NoteKey.parse(LOG.key.vkey) == LOG.key


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "name",
        "name+c74f20a3",
        "name+c74f20a3+",
        "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+AhpcQcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+Ahpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10==",
    ],
)
def test_parse_vkey_other_form_is_refused(vkey: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        NoteKey.parse(vkey)
    assert refused.value.code == "note-key-malformed"


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u2003b", "a\nb", "a\x01b"])
def test_key_name_no_note_can_hold_is_refused(name: str) -> None:
    assert not is_key_name(name)
    with pytest.raises(InvalidInput):
        NoteKey(name, bytes(32))


def test_note_key_of_other_length_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        NoteKey("log.example", bytes(31))
    assert refused.value.code == "note-key-malformed"


def test_decode_base64_non_ascii_is_none() -> None:
    assert decode_base64("é") is None
