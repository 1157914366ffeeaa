"""Time-stamps handed in by themselves, with rfc3161-client as the oracle."""

from __future__ import annotations

import pytest
from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

from ledger.signatures.verdict import Verdict
from tests.support.inspected import (
    NO_ROOTS,
    NOW,
    authority,
    codes,
    inspected,
    pki,
    stamping,
)
from tests.support.signed_documents import reply, request, token, with_certificate
from tests.support.time_authority import Fault, Pki, TimeAuthority

DATA = b"hello"


def oracle_accepts(answer: bytes, data: bytes, nonce: int | None = None) -> bool:
    builder = VerifierBuilder().add_root_certificate(stamping().root)
    if nonce is not None:
        builder = builder.nonce(nonce)
    try:
        return builder.build().verify_message(decode_timestamp_response(answer), data)
    except (VerificationError, ValueError):
        return False


def test_reply_over_its_data_is_valid_and_the_oracle_agrees() -> None:
    answer = reply(DATA, authority())
    found = inspected(answer, detached=DATA)
    assert found.verdict is Verdict.VALID
    assert found.signatures[0].proven_time == NOW
    assert oracle_accepts(answer, DATA)


def test_reply_over_other_data_is_invalid_and_the_oracle_agrees() -> None:
    answer = reply(DATA, authority())
    assert inspected(answer, detached=b"hallo").verdict is Verdict.INVALID
    assert not oracle_accepts(answer, b"hallo")


def test_bare_token_is_read_like_a_reply() -> None:
    found = inspected(token(DATA, authority()), detached=DATA)
    assert (found.kind, found.verdict) == ("time-stamp-token", Verdict.VALID)


def test_without_data_a_reply_is_only_granted() -> None:
    assert inspected(reply(DATA, authority())).verdict is Verdict.GRANTED


@pytest.mark.parametrize(("asked", "verdict"), [(7, Verdict.VALID), (8, Verdict.INVALID)])
def test_nonce_of_the_request_must_come_back(asked: int, verdict: Verdict) -> None:
    answer = reply(DATA, authority(), 7)
    found = inspected(answer, detached=DATA, request=request(DATA, asked))
    assert found.verdict is verdict
    assert oracle_accepts(answer, DATA, asked) is (verdict is Verdict.VALID)


def test_reply_without_the_nonce_asked_for_is_invalid() -> None:
    silent = authority()
    silent.fault = Fault.NO_NONCE
    answer = reply(DATA, silent, 7)
    found = inspected(answer, detached=DATA, request=request(DATA, 7))
    assert "nonce-differs" in codes(found)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault.REJECTED, "time-stamp-refused"),
        (Fault.WRONG_IMPRINT, "time-stamp-of-other-data"),
        (Fault.NO_PURPOSE, "not-an-authority"),
        (Fault.SHADOWED, "not-an-authority"),
        (Fault.NO_ATTRIBUTE, "signing-certificate-missing"),
    ],
)
def test_faults_of_an_authority_are_named(fault: Fault, code: str) -> None:
    wrong = authority()
    wrong.fault = fault
    found = inspected(reply(DATA, wrong), detached=DATA)
    assert found.verdict is Verdict.INVALID
    assert code in codes(found)


def test_injected_certificate_is_named_and_never_taken_for_the_signer() -> None:
    answer = with_certificate(reply(DATA, authority()), pki().person)
    found = inspected(answer, detached=DATA)
    assert found.verdict is Verdict.VALID_WITH_FOREIGN_CERTS
    assert found.signatures[0].signer is not None
    assert found.signatures[0].signer.name == "Test authority"


def test_authority_under_another_root_is_invalid_and_under_none_is_test_pki() -> None:
    answer = reply(DATA, TimeAuthority(Pki.make("Another authority"), lambda: NOW))
    found = inspected(answer, detached=DATA)
    assert (found.verdict, "authority-not-trusted" in codes(found)) == (Verdict.INVALID, True)
    assert inspected(answer, detached=DATA, trust=NO_ROOTS).verdict is Verdict.VALID_TEST_PKI


def test_every_changed_byte_of_the_token_is_seen_or_changes_nothing_signed() -> None:
    answer = reply(DATA, authority())
    passed = set()
    for at in range(0, len(answer), 3):
        changed = answer[:at] + bytes([answer[at] ^ 1]) + answer[at + 1 :]
        if inspected(changed, name="a.tsr", detached=DATA).verdict is not Verdict.INVALID:
            passed.add(at)
    # Status, version numbers and the list of digest algorithms are signed by nobody.
    assert len(passed) < 8, sorted(passed)
