"""EIP-712: our digests against eth-account's, and signatures with one spelling only."""

from __future__ import annotations

from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis import given
from hypothesis import strategies as st

from ledger.digest import keccak256
from ledger.errors import InvalidInput, VerificationFailed
from ledger.identity.eip712 import CURVE_ORDER, Domain, recover, status_digest, submission_digest
from ledger.identity.organization import OrgId
from ledger.identity.private_key import PrivateKey

REGISTRY = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
KEY = PrivateKey(bytes(31) + b"\x07")
DIGEST = keccak256(b"a submission")

SUBMISSION_FIELDS = [
    {"name": "org", "type": "bytes32"},
    {"name": "root", "type": "bytes32"},
    {"name": "count", "type": "uint64"},
    {"name": "signedAt", "type": "uint64"},
    {"name": "nonce", "type": "bytes32"},
]
STATUS_FIELDS = [
    {"name": "org", "type": "bytes32"},
    {"name": "subject", "type": "bytes32"},
    {"name": "kind", "type": "uint8"},
    {"name": "reason", "type": "bytes32"},
    {"name": "nonce", "type": "bytes32"},
    {"name": "deadline", "type": "uint64"},
]

words = st.binary(min_size=32, max_size=32)
uint64s = st.integers(0, 2**64 - 1)


def _foreign_digest(
    chain_id: int, name: str, fields: list[dict[str, str]], message: dict[str, Any]
) -> bytes:
    signable = encode_typed_data(
        {
            "name": "Provenance Ledger",
            "version": "1",
            "chainId": chain_id,
            "verifyingContract": REGISTRY,
        },
        {name: fields},
        message,
    )
    return keccak256(b"\x19" + signable.version + signable.header + signable.body)


@given(st.integers(0, 2**256 - 1), words, words, uint64s, uint64s, words)
def test_submission_digest_equals_eth_account(
    chain_id: int, org: bytes, root: bytes, count: int, signed_at: int, nonce: bytes
) -> None:
    message = {"org": org, "root": root, "count": count, "signedAt": signed_at, "nonce": nonce}
    ours = submission_digest(Domain(chain_id, REGISTRY), OrgId(org), root, count, signed_at, nonce)
    assert ours == _foreign_digest(chain_id, "Submission", SUBMISSION_FIELDS, message)


@given(words, words, st.integers(0, 255), words, words, uint64s)
def test_status_digest_equals_eth_account(
    org: bytes, subject: bytes, kind: int, reason: bytes, nonce: bytes, deadline: int
) -> None:
    message = {
        "org": org,
        "subject": subject,
        "kind": kind,
        "reason": reason,
        "nonce": nonce,
        "deadline": deadline,
    }
    domain = Domain(31337, REGISTRY)
    ours = status_digest(domain, OrgId(org), subject, kind, reason, nonce, deadline)
    assert ours == _foreign_digest(31337, "Status", STATUS_FIELDS, message)


def test_domain_address_case_makes_no_difference() -> None:
    assert Domain(1, REGISTRY).separator == Domain(1, REGISTRY.lower()).separator
    assert Domain(1, REGISTRY).separator != Domain(2, REGISTRY).separator
    with pytest.raises(InvalidInput):
        Domain(1, "0x1234")


@given(words)
def test_recover_gives_signer(digest: bytes) -> None:
    assert recover(digest, KEY.sign_digest(digest)) == KEY.address


def test_recover_of_eth_account_signature_gives_its_account() -> None:
    account = Account.from_key(KEY.reveal())
    signed = account.unsafe_sign_hash(DIGEST)
    assert account.address == KEY.address
    assert recover(DIGEST, bytes(signed.signature)) == KEY.address
    assert bytes(signed.signature) == KEY.sign_digest(DIGEST)


def test_recover_high_s_twin_is_refused() -> None:
    """The same key's other valid signature: accepting it would let anyone respell submissions."""
    signature = KEY.sign_digest(DIGEST)
    s = int.from_bytes(signature[32:64], "big")
    v = 55 - signature[64]
    twin = signature[:32] + (CURVE_ORDER - s).to_bytes(32, "big") + bytes([v])
    with pytest.raises(VerificationFailed) as refused:
        recover(DIGEST, twin)
    assert refused.value.code == "signature-malformed"


def test_recover_s_at_the_border_is_the_last_accepted() -> None:
    """EIP-2: s up to n/2 rounded down. Any digest has a key for a given signature."""
    half = CURVE_ORDER // 2
    assert recover(DIGEST, _made_up(half)).startswith("0x")
    with pytest.raises(VerificationFailed) as refused:
        recover(DIGEST, _made_up(half + 1))
    assert refused.value.code == "signature-malformed"


def _made_up(s: int) -> bytes:
    return KEY.sign_digest(DIGEST)[:32] + s.to_bytes(32, "big") + b"\x1b"


def test_digest_of_value_beyond_its_type_is_a_bug() -> None:
    word = bytes(32)
    with pytest.raises(AssertionError):
        submission_digest(Domain(1, REGISTRY), OrgId(word), word, 2**64, 0, word)
    with pytest.raises(AssertionError):
        status_digest(Domain(1, REGISTRY), OrgId(word), word, 256, word, word, 0)
    with pytest.raises(AssertionError):
        submission_digest(Domain(1, REGISTRY), OrgId(word), word[1:], 1, 0, word)


@pytest.mark.parametrize("v", [0, 1, 2, 26, 29, 30, 31, 34, 35, 36, 255])
def test_recover_other_v_is_refused(v: int) -> None:
    with pytest.raises(VerificationFailed) as refused:
        recover(DIGEST, KEY.sign_digest(DIGEST)[:64] + bytes([v]))
    assert refused.value.code == "signature-malformed"


@pytest.mark.parametrize("length", [0, 64, 66, 130])
def test_recover_other_length_is_refused(length: int) -> None:
    with pytest.raises(VerificationFailed) as refused:
        recover(DIGEST, bytes(length))
    assert refused.value.code == "signature-malformed"


@pytest.mark.parametrize(
    ("r", "s"),
    [
        (0, 1),
        (1, 0),
        (0, 0),
        (CURVE_ORDER, 1),
        (2**256 - 1, 1),
        (5, 1),  # no point of the curve has x = 5
    ],
)
def test_recover_impossible_values_are_refused(r: int, s: int) -> None:
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big") + b"\x1b"
    with pytest.raises(VerificationFailed) as refused:
        recover(DIGEST, signature)
    assert refused.value.code == "signature-invalid"


def test_recover_any_flipped_bit_never_gives_signer() -> None:
    signature = KEY.sign_digest(DIGEST)
    for bit in range(8 * len(signature)):
        mutated = bytearray(signature)
        mutated[bit // 8] ^= 1 << bit % 8
        try:
            found = recover(DIGEST, bytes(mutated))
        except VerificationFailed:
            continue
        assert found != KEY.address
    for bit in range(256):
        other = bytearray(DIGEST)
        other[bit // 8] ^= 1 << bit % 8
        assert recover(bytes(other), signature) != KEY.address
