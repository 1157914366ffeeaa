"""Submissions: one signature over a batch, one spelling, no second meaning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import canonical
from ledger.digest import Digest, sha256
from ledger.errors import InvalidInput, VerificationFailed
from ledger.identity.eip712 import CURVE_ORDER, Domain
from ledger.identity.organization import OrgId
from ledger.identity.private_key import PrivateKey
from ledger.identity.signer import KeySigner
from ledger.merkle.hashes import leaf_hash
from ledger.merkle.proofs import ListHashReader, check_inclusion, prove_inclusion
from ledger.records.submission import (
    Custody,
    Submission,
    build,
    check_signature,
    entry,
    submission_root,
)
from tests.support import rfc9162

REGISTRY = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
DOMAIN = Domain(31337, REGISTRY)
PRODUCER = KeySigner(PrivateKey(b"p" * 32))
STRANGER = KeySigner(PrivateKey(b"s" * 32))
COMMITMENTS = [bytes([number]) * 32 for number in range(1, 6)]
ORG = OrgId(b"\xab" * 32)


def example_submission(
    commitments: list[bytes] = COMMITMENTS, custody: Custody = "platform"
) -> Submission:
    return build(
        org=ORG,
        commitments=commitments,
        signed_at=1_772_366_400,
        nonce=b"\x07" * 32,
        custody=custody,
        signer=PRODUCER,
        domain=DOMAIN,
    )


def test_build_signs_rfc9162_root_over_commitments() -> None:
    submission = example_submission()
    assert submission.root == submission_root(COMMITMENTS) == rfc9162.tree_root(COMMITMENTS)
    assert submission.count == 5
    assert submission.signer == PRODUCER.address
    check_signature(submission, DOMAIN)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 70), st.data())
def test_build_each_commitment_has_a_path_to_the_root(count: int, data: st.DataObject) -> None:
    commitments = [number.to_bytes(32, "big") for number in range(count)]
    submission = example_submission(commitments)
    hashes = [leaf_hash(commitment) for commitment in commitments]
    index = data.draw(st.integers(0, count - 1))
    path = prove_inclusion(index, count, ListHashReader(hashes))
    check_inclusion(hashes[index], index, submission.count, path, submission.root)


def test_submission_round_trips_through_json() -> None:
    for custody in ("organization", "platform"):
        submission = example_submission(custody=custody)
        wire = canonical.encode(submission.to_json())
        assert Submission.from_json(canonical.parse(wire)) == submission
        assert submission.digest() == sha256(wire)


def test_to_json_spells_addresses_in_lower_case() -> None:
    value = example_submission().to_json()
    assert value["signer"] == PRODUCER.address.lower()
    assert value["org"] == "0x" + "ab" * 32
    assert value["nonce"] == "07" * 32
    assert list(value) == [
        "v",
        "org",
        "root",
        "count",
        "signedAt",
        "nonce",
        "custody",
        "signer",
        "signature",
    ]


def test_submission_of_documented_example_has_documented_digest() -> None:
    """The example of docs/formats/submission.md."""
    signature = (
        "3c75cf41a39eb8226aebfd1909f96f6ec69dd1baee79b91f511046758467bf1f"
        "5bf4cbe4e017f80824d1694429a9c5e73d98d2060dfec5bfdb74f893b33c2caf"
        "1c"
    )
    digest = "69fe7980b7e83e9281ff0b92c0edc407e9d7fb27568e989d8d1a5728180fb78a"
    assert example_submission().signature.hex() == signature
    assert example_submission().digest().hex() == digest


def _changed(submission: Submission) -> Iterator[Submission]:
    yield replace(submission, org=OrgId(b"\xac" * 32))
    yield replace(submission, root=Digest(b"\x00" * 32))
    yield replace(submission, count=submission.count + 1)
    yield replace(submission, signed_at=submission.signed_at + 1)
    yield replace(submission, nonce=b"\x08" * 32)
    yield replace(submission, signer=STRANGER.address)
    for bit in range(8 * 65):
        signature = bytearray(submission.signature)
        signature[bit // 8] ^= 1 << bit % 8
        yield replace(submission, signature=bytes(signature))


def test_check_signature_of_any_changed_member_fails() -> None:
    for changed in _changed(example_submission()):
        with pytest.raises(VerificationFailed) as refused:
            check_signature(changed, DOMAIN)
        assert refused.value.code in {"signature-invalid", "signature-malformed"}


@pytest.mark.parametrize(
    "domain", [Domain(1, REGISTRY), Domain(31337, "0x" + "11" * 20)], ids=["chain", "contract"]
)
def test_check_signature_in_other_domain_fails(domain: Domain) -> None:
    with pytest.raises(VerificationFailed):
        check_signature(example_submission(), domain)


def test_check_signature_of_high_s_twin_fails() -> None:
    submission = example_submission()
    s = CURVE_ORDER - int.from_bytes(submission.signature[32:64], "big")
    v = bytes([55 - submission.signature[64]])
    twin = submission.signature[:32] + s.to_bytes(32, "big") + v
    with pytest.raises(VerificationFailed):
        check_signature(replace(submission, signature=twin), DOMAIN)


def test_custody_is_bound_by_digest_though_not_by_signature() -> None:
    """Nobody can respell custody after the log has the entry; the registry says what is true."""
    ours, theirs = (
        example_submission(custody="platform"),
        example_submission(custody="organization"),
    )
    assert ours.signature == theirs.signature
    assert ours.digest() != theirs.digest()


def _with(**changes: Any) -> dict[str, Any]:
    return {**example_submission().to_json(), **changes}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "submission-malformed"),
        ([], "submission-malformed"),
        ({}, "submission-malformed"),
        (_with(more=1), "submission-malformed"),
        (_with(v=2), "submission-malformed"),
        (_with(v=True), "submission-malformed"),
        (_with(v="1"), "submission-malformed"),
        (_with(count=0), "submission-malformed"),
        (_with(count=-1), "submission-malformed"),
        (_with(count=True), "submission-malformed"),
        (_with(count=1.0), "submission-malformed"),
        (_with(count=2**53), "submission-malformed"),
        (_with(signedAt=-1), "submission-malformed"),
        (_with(signedAt="now"), "submission-malformed"),
        (_with(signedAt=2**53), "submission-malformed"),
        (_with(custody="nobody"), "submission-malformed"),
        (_with(custody=None), "submission-malformed"),
        (_with(custody=["platform"]), "submission-malformed"),
        (_with(signer=PRODUCER.address), "submission-malformed"),
        (_with(signer=None), "submission-malformed"),
        (_with(signature="0x" + "AB" * 65), "submission-malformed"),
        (_with(signature="ab" * 65), "submission-malformed"),
        (_with(signature="0x" + "ab" * 64), "submission-malformed"),
        (_with(org="0x"), "org-id-malformed"),
        (_with(org=None), "org-id-malformed"),
        (_with(root="0x" + "00" * 32), "digest-malformed"),
        (_with(nonce="00" * 31), "digest-malformed"),
    ],
)
def test_from_json_of_other_form_is_refused(value: Any, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Submission.from_json(value)
    assert refused.value.code == code


@pytest.mark.parametrize("changes", [{"nonce": b"short"}, {"signature": bytes(64)}])
def test_submission_with_parts_of_other_length_is_refused(changes: dict[str, bytes]) -> None:
    with pytest.raises(InvalidInput) as refused:
        replace(example_submission(), **changes)  # type: ignore[arg-type]
    assert refused.value.code == "submission-malformed"


def test_submission_at_the_borders_of_its_numbers_is_read() -> None:
    value = _with(count=2**53 - 1, signedAt=0)
    assert Submission.from_json(value).to_json() == value
    assert Submission.from_json(_with(signedAt=2**53 - 1)).signed_at == 2**53 - 1


def test_entry_is_commitment_and_submission_digest() -> None:
    submission = example_submission()
    assert entry(COMMITMENTS[0], submission.digest()) == COMMITMENTS[0] + submission.digest()
    assert len(entry(bytes(32), bytes(32))) == 64
    with pytest.raises(AssertionError):
        entry(bytes(31), bytes(33))
